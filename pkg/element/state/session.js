// The model as the element uses it: described early, loaded when first needed, loaded anew when another device is chosen.

import { DiffAe } from '../../lib/page/diffae.js';
import { cancelled } from '../../lib/shared/errors.js';
import { usualParts } from '../../lib/shared/defaults.js';
import { isOwn } from '../../lib/shared/own-store.js';
import { hasAll } from '../../lib/shared/store.js';
import { taughtTo } from './taught.js';

/** @typedef {import('../../lib/shared/errors.js').DiffAeError} DiffAeError */
/** @typedef {import('../../lib/shared/protocol.js').LoadProgress} LoadProgress */
/** @typedef {{ index: number, of: number, preview: ImageData | null }} Step */
/** @typedef {{ signal?: AbortSignal, onProgress?: (progress: LoadProgress) => void }} Watch */

export class Session {
  #manifestUrl;
  #onState;
  /** @readonly */
  addresses;
  #onReady;
  /** @type {DiffAe | null} */
  #model = null;
  #ended = false;
  /** @type {ReturnType<typeof DiffAe.describe> | null} */
  #description = null;
  /** @type {import('../../lib/shared/protocol.js').DeviceChoice} */
  #device;

  /**
   * @param {string} manifestUrl @param {import('../../lib/shared/protocol.js').DeviceChoice} device
   * @param {import('../../index.js').Addresses} addresses of the package's files, for photos, too
   * @param {(change: { state: 'restarting' | 'ready' | 'failed', error: DiffAeError | null }) => void} onState
   * @param {(model: DiffAe) => void} onReady called for every loaded model
   */
  constructor(manifestUrl, device, addresses, onState, onReady) {
    this.#manifestUrl = manifestUrl;
    this.addresses = addresses;
    this.#device = device;
    this.#onState = onState;
    this.#onReady = onReady;
  }

  /** Size, licence and framing, without a download. A failed look is repeated by the next call. */
  describe() {
    const description = this.#description ?? DiffAe.describe(this.#manifestUrl).catch((error) => {
      if (this.#description === description) this.#description = null;
      throw error;
    });
    return this.#description = description;
  }

  /**
   * What beginning would download, to be said before it is: null where the model is loaded, kept from an earlier visit, or
   * cannot be looked up.
   */
  async download() {
    if (this.#model || isOwn(this.#manifestUrl)) return null;
    const about = await this.describe().catch(() => null);
    if (!about) return null;
    const kept = await hasAll(usualParts(about).map((part) => about.parts[part]));
    return kept ? null : { bytes: about.editingBytes, licence: about.licence };
  }

  /** The loaded model, if any. */
  get current() {
    return this.#model;
  }

  get device() {
    return this.#device;
  }

  get manifestUrl() {
    return this.#manifestUrl;
  }

  /** Codes of the model before are none of this one's. @param {string} url */
  set manifestUrl(url) {
    if (url === this.#manifestUrl) return;
    this.#manifestUrl = url;
    this.#description = null;
    this.free();
  }

  /** Codes stay valid; the next request loads the model on the new device. @param {import('../../lib/shared/protocol.js').DeviceChoice} device */
  set device(device) {
    if (device === this.#device) return;
    this.#device = device;
    this.free();
  }

  /** @param {Watch} [watch] @returns {Promise<DiffAe>} */
  async model(watch = {}) {
    if (this.#model) return this.#model;
    const [device, manifestUrl] = [this.#device, this.#manifestUrl];
    const model = await DiffAe.load(manifestUrl, { ...this.addresses, ...watch, device, onState: this.#onState });
    if (device !== this.#device || manifestUrl !== this.#manifestUrl) {
      // Another one was chosen meanwhile; whoever waits for the model waits for that.
      model.free();
      return this.model(watch);
    }
    const present = this.#ended ? null : this.#model;
    if (this.#ended || present) {
      // Nobody waits for it any more, or somebody else's request has loaded it.
      model.free();
      if (present) return present;
      throw cancelled();
    }
    for (const direction of taughtTo(model.info)) model.learn(direction);
    this.#model = model;
    this.#onReady(model);
    return model;
  }

  free() {
    this.#model?.free();
    this.#model = null;
  }

  /** Ends it for good: a model that is still on its way is freed once it comes. */
  end() {
    this.#ended = true;
    this.free();
  }
}
