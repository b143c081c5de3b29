// Models of a person's own on the page's side: those kept on this device, those that stay until the page is closed because
// nothing is kept, and the import that makes one of chosen files.

import { cancelled, DiffAeError } from '../shared/errors.js';
import { bytesOf, fetchManifest, parseManifest } from '../shared/manifest.js';
import { isOwn, keptModel, keptModels, ownAddress, ownId, removeKept } from '../shared/own-store.js';
import { Connection } from './connection.js';
import { absolute, convertWorker, given } from './workers.js';

/** @typedef {import('../shared/protocol.js').OwnModel} OwnModel */
/** @typedef {import('../shared/protocol.js').ImportRequest} ImportRequest */
/** @typedef {import('../shared/protocol.js').ImportResults} Results */
/** @typedef {{ address: string, name: string, bytes: number }} Kept */

/** Held while an import writes, so that nobody takes what it has written so far for what another left behind. */
const LOCK = 'diffae-models';

/** Those of this page alone, by address. @type {Map<string, OwnModel>} */
const held = new Map();

/** A model's manifest, wherever it is. @param {string | URL} url @param {{ signal?: AbortSignal }} [options] */
export async function manifestAt(url, options) {
  const address = absolute(url);
  return isOwn(address) ? parseManifest((await ownModel(address)).text, address) : fetchManifest(address, options);
}

/** The manifest and the files of a model of one's own. @param {string} address */
export async function ownModel(address) {
  const model = held.get(address) ?? await keptModel(ownId(address));
  if (model) return model;
  throw new DiffAeError('not-found', 'This model is not kept on this device any more; open its files again.');
}

/** Every model that is kept on this device or held by this page. What an import left behind that was never finished goes. */
export async function ownModels() {
  await navigator.locks?.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    for (const { id, text } of await keptModels()) if (text === null) await removeKept(id);
  });
  const texts = new Map((await keptModels()).map(({ id, text }) => [ownAddress(id), text]));
  for (const [address, { text }] of held) texts.set(address, text);
  /** @type {Kept[]} */
  const found = [];
  for (const [address, text] of texts) {
    try {
      const manifest = parseManifest(text ?? '', address);
      found.push({ address, name: manifest.name, bytes: bytesOf(manifest, ['encoder', 'decoder', 'latent', 'attributes']) });
    } catch {
      // Being written, or by a version whose manifests are others.
    }
  }
  return found;
}

/** @param {string} address */
export async function removeOwn(address) {
  held.delete(address);
  if (await removeKept(ownId(address))) return;
  throw new DiffAeError('internal', 'The model cannot be removed while another page uses its files; close that page and try again.');
}

/** Files on their way to a model: looked at first, and written once somebody has agreed to it. */
export class ModelImport {
  #connection;
  #wasm;

  /** @param {import('../../index.js').Addresses} addresses */
  constructor(addresses) {
    this.#wasm = given(addresses.importWasmUrl);
    this.#connection = new Connection(() => convertWorker(addresses), () => {});
  }

  /** What the files are. @param {readonly import('../shared/protocol.js').ChosenFile[]} files */
  look(files) {
    return this.#ask({ type: 'look', files: [...files], wasm: this.#wasm });
  }

  /** Numbers that the model of a manifest consists of; the engine refuses one that makes no sense. @param {string} manifest */
  count(manifest) {
    return this.#ask({ type: 'count', manifest, wasm: this.#wasm });
  }

  /**
   * Writes the model that was looked at. Cancelled or failed, it leaves nothing.
   * @param {{ bytes: number, choice: number, licence: string, origin: string }} what @param {(done: number, of: number) => void} onStep
   * @returns {Promise<{ address: string, kept: boolean }>}
   */
  async keep(what, onStep) {
    const id = crypto.randomUUID();
    const write = async () => {
      try {
        return await this.#ask({ type: 'keep', folder: id, ...what }, onStep);
      } catch (error) {
        this.free();
        await removeKept(id);
        throw error;
      }
    };
    const { kept, text, files } = await (navigator.locks?.request(LOCK, { mode: 'shared' }, write) ?? write());
    this.free();
    const address = ownAddress(id);
    if (!kept) held.set(address, { text, files });
    // The same model once more takes the place of the one before.
    for (const other of await keptModels()) if (other.text === text && other.id !== id) await removeKept(other.id);
    for (const [other, model] of held) if (model.text === text && other !== address) held.delete(other);
    return { address, kept };
  }

  /** Ends whatever is under way; what was written so far goes. */
  free() {
    this.#connection.end(cancelled());
  }

  /**
   * @template {ImportRequest} R
   * @param {R} request @param {(done: number, of: number) => void} [onStep]
   * @returns {Promise<Results[R['type']]>}
   */
  async #ask(request, onStep) {
    const { value } = await this.#connection.ask(request, { onStep: ({ index, of }) => onStep?.(index, of) });
    return /** @type {Results[R['type']]} */ (value);
  }
}
