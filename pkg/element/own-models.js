// The dialog in which a person brings a model of their own: files or an address are looked at, what the model is and costs is
// said, and only then is anything written or remembered. What is cancelled leaves nothing.

import { chosen, droppedFiles } from '../lib/page/chosen-files.js';
import { manifestAt, ModelImport, ownModels, removeOwn } from '../lib/page/own-models.js';
import { usualParts } from '../lib/shared/defaults.js';
import { DiffAeError } from '../lib/shared/errors.js';
import { bytesOf, parseManifest } from '../lib/shared/manifest.js';
import { isOwn } from '../lib/shared/own-store.js';
import { forget } from '../lib/shared/store.js';
import { aboutView, chooseView, timeOf, workingView } from './screens/own-view.js';
import { forgetAddress, remember, remembered } from './state/remembered.js';
import { editSeconds } from './state/speed.js';
import { h, uid } from './widgets/dom.js';
import { icon } from './widgets/icons.js';
import { exactly } from './widgets/notice.js';
import { SaidError, told } from './words/said.js';

/** @typedef {import('./screens/own-view.js').About} About */
/** @typedef {import('./screens/own-view.js').Listed} Listed */
/** @typedef {import('../lib/shared/protocol.js').ChosenFile} ChosenFile */
/** @typedef {import('../lib/shared/protocol.js').Manifest} Manifest */

/** Every part: what a model takes where it is kept whole. */
const ALL = /** @type {const} */ (['encoder', 'decoder', 'latent', 'attributes']);

export class OwnModels {
  #say;
  #addresses;
  #kind;
  #actions;
  #body = h('div', {});
  #trouble = h('div', { class: 'own-trouble', role: 'alert', hidden: true });
  /** @type {ModelImport | null} what is under way */
  #import = null;
  /** Counts what is begun, so that what comes of something left is known. */
  #turn = 0;
  /** @type {((data: DataTransfer) => void) | null} */
  #onDrop = null;

  /**
   * @param {import('./words/labels.js').Say} say @param {import('../index.js').Addresses} addresses
   * @param {() => 'cpu' | 'gpu' | null} kind the device as far as it is known
   * @param {{ onUse: (address: string, kept: boolean) => void, onRemove: (address: string) => void }} actions
   */
  constructor(say, addresses, kind, actions) {
    this.#say = say;
    this.#addresses = addresses;
    this.#kind = kind;
    this.#actions = actions;
    const id = uid('own');
    this.element = h('dialog', { class: 'own', 'aria-labelledby': id },
      h('div', { class: 'own-head' },
        h('h2', { id, text: say('ownTitle') }),
        h('button', { type: 'button', class: 'button quiet', 'aria-label': say('ownClose'), on: { click: () => this.close() } }, icon('close'))),
      h('div', { class: 'own-body', hidden: true }, this.#trouble),
      this.#body);
    this.element.addEventListener('close', () => this.#leave());
    for (const type of ['dragover', 'dragleave', 'drop']) {
      this.element.addEventListener(type, (event) => {
        event.preventDefault();
        event.stopPropagation();
        const { dataTransfer } = /** @type {DragEvent} */ (event);
        if (type === 'drop' && dataTransfer) this.#onDrop?.(dataTransfer);
      });
    }
  }

  get isOpen() {
    return this.element.open;
  }

  /** Addresses of all that are here, kept and remembered ones. */
  static async addresses() {
    return [...(await ownModels()).map(({ address }) => address), ...remembered()];
  }

  /** @param {DataTransfer} [data] what was dropped to open it */
  open(data) {
    if (!this.element.open) this.element.showModal();
    if (data) void this.#look(droppedFiles(data));
    else void this.#choose();
  }

  close() {
    this.element.close();
  }

  /** Whatever is under way ends. */
  #leave() {
    this.#turn++;
    this.#import?.free();
    this.#import = null;
    this.#onDrop = null;
  }

  /** @param {HTMLElement} view */
  #show(view) {
    this.#body.replaceChildren(view);
    this.#onDrop = null;
  }

  /** @param {DiffAeError | null} error */
  #tell(error) {
    const { sentence, exact } = error ? told(error, this.#say) : { sentence: '', exact: null };
    this.#trouble.replaceChildren(sentence, ...exactly(exact));
    this.#trouble.hidden = !error;
    /** @type {HTMLElement} */ (this.#trouble.parentElement).hidden = !error;
  }

  /** Where a model is asked for. @param {DiffAeError | null} [error] what was wrong with the one before */
  async #choose(error = null) {
    this.#leave();
    const turn = this.#turn;
    this.#tell(error);
    const draw = (/** @type {readonly Listed[]} */ listed) => {
      const view = chooseView(this.#say, listed, {
        onFiles: (files) => void this.#look(Promise.resolve(chosen(files))),
        onDrop: (data) => void this.#look(droppedFiles(data)),
        onAddress: (address) => void this.#lookUp(address),
        onRemove: (model) => void this.#remove(model),
      });
      this.#show(view.element);
      this.#onDrop = view.onDrop;
    };
    draw([]);
    const kept = await ownModels().catch(() => []);
    const listed = [...kept, ...remembered().map((address) => ({ address, name: address, bytes: null }))];
    if (turn === this.#turn && listed.length > 0) draw(listed);
  }

  /** @param {Promise<ChosenFile[]>} files */
  async #look(files) {
    const { turn, work } = this.#begin('ownLooking');
    try {
      const looked = await work.look(await files);
      if (turn !== this.#turn) return;
      if (looked.manifest === null) {
        const choices = looked.choices.map((choice) => ({ ...choice, remote: false }));
        this.#about(choices, (index, stated) => this.#keep({ bytes: choices[index].bytes, choice: index, ...stated }));
      } else {
        const about = aboutManifest(parseManifest(looked.manifest, 'diffae-local:///dropped/manifest.json'), looked.parameters, false);
        this.#about([about], () => this.#keep({ bytes: about.bytes, choice: 0, licence: '', origin: '' }));
      }
    } catch (thrown) {
      if (turn === this.#turn) void this.#choose(DiffAeError.from(thrown));
    }
  }

  /** @param {string} text */
  async #lookUp(text) {
    const { turn, work } = this.#begin('ownLooking');
    /** @type {string[]} */
    const refused = [];
    const listen = (/** @type {SecurityPolicyViolationEvent} */ event) => refused.push(event.blockedURI);
    document.addEventListener('securitypolicyviolation', listen);
    try {
      const address = addressIn(text);
      if (!address) throw new SaidError('option-invalid', this.#say('ownNoAddress'));
      const manifest = await manifestAt(address).catch(async (error) => {
        // The browser tells of it a moment later.
        await new Promise((resolve) => { setTimeout(resolve, 50); });
        const { origin } = new URL(address);
        if (refused.some((uri) => uri.startsWith(origin))) throw new SaidError('cross-origin', this.#say('ownPolicy', { origin }), { cause: error });
        throw error;
      });
      const parameters = await work.count(manifest.text);
      if (turn !== this.#turn) return;
      this.#about([aboutManifest(manifest, parameters, true)], () => {
        remember(address);
        this.#actions.onUse(address, true);
        this.close();
      });
    } catch (thrown) {
      if (turn === this.#turn) void this.#choose(DiffAeError.from(thrown));
    } finally {
      document.removeEventListener('securitypolicyviolation', listen);
    }
  }

  /** @param {readonly About[]} choices @param {(index: number, stated: { licence: string, origin: string }) => void} onUse */
  #about(choices, onUse) {
    const kind = this.#kind() ?? 'cpu';
    const view = aboutView(this.#say, choices, (about) => timeOf(editSeconds(kind, about), this.#say, kind), { onUse, onBack: () => void this.#choose() });
    this.#show(view.element);
    view.element.focus();
  }

  /** @param {{ bytes: number, choice: number, licence: string, origin: string }} what */
  async #keep(what) {
    const turn = this.#turn;
    const { progress, element } = workingView(this.#say, () => void this.#choose());
    progress.share('ownWriting', 0);
    this.#show(element);
    element.focus();
    // Asked once, where browsers throw away what nobody has said is wanted.
    navigator.storage?.persist?.().catch(() => {});
    try {
      const { address, kept } = await /** @type {ModelImport} */ (this.#import).keep(what, (done, of) => progress.share('ownWriting', done / of));
      if (turn !== this.#turn) return;
      this.#actions.onUse(address, kept);
      this.close();
    } catch (thrown) {
      if (turn === this.#turn) void this.#choose(DiffAeError.from(thrown));
    }
  }

  /** @param {Listed} model */
  async #remove({ address, bytes }) {
    this.#actions.onRemove(address);
    /** @type {DiffAeError | null} */
    let trouble = null;
    try {
      if (isOwn(address)) await removeOwn(address);
      else {
        forgetAddress(address);
        const { parts } = await manifestAt(address);
        await Promise.all(Object.values(parts).map(({ sha256 }) => forget(sha256)));
      }
    } catch (error) {
      // What a server has is forgotten also where it cannot be asked any more which files those were.
      if (bytes !== null) trouble = DiffAeError.from(error);
    }
    await this.#choose(trouble);
  }

  /** Something new is under way. @param {string} key */
  #begin(key) {
    this.#leave();
    this.#tell(null);
    const { progress, element } = workingView(this.#say, () => void this.#choose());
    progress.waiting(key);
    this.#show(element);
    element.focus();
    return { turn: this.#turn, work: this.#import = new ModelImport(this.#addresses) };
  }
}

/** @param {Manifest} manifest @param {number} parameters @param {boolean} remote @returns {About} */
function aboutManifest(manifest, parameters, remote) {
  const { name, imageSize, encodes, framing, attributes, cost, licence, origin } = manifest;
  return { name, imageSize, encodes, attributes, cost, licence, origin, parameters, remote, framed: framing !== null, bytes: bytesOf(manifest, remote ? usualParts(manifest) : ALL) };
}

/** A manifest's address as people paste it; that of its folder will do. @param {string} text */
function addressIn(text) {
  try {
    const url = new URL(text.trim(), document.baseURI);
    if (!text.trim() || !/^https?:$/.test(url.protocol)) return null;
    return url.pathname.endsWith('/') ? new URL('manifest.json', url).href : url.href;
  } catch {
    return null;
  }
}
