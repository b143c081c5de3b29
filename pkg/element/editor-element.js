// <diffae-editor>: attributes, properties and events around the way of a photo from screen to screen (flow.js), the model,
// and what is shown on every screen: trouble and the device.

import { choose } from '../lib/shared/device.js';
import { isModel } from '../lib/page/chosen-files.js';
import { DiffAe } from '../lib/page/diffae.js';
import { DiffAeError } from '../lib/shared/errors.js';
import { Flow } from './flow.js';
import { OwnModels } from './own-models.js';
import { isOwn } from '../lib/shared/own-store.js';
import { isOwnDrag } from './picture/drag.js';
import { dropped, fileIn, isFor, isForOthers } from './picture/incoming.js';
import { dreamOf } from './state/dream.js';
import { Keeper } from './state/keeper.js';
import { Session } from './state/session.js';
import { editSeconds } from './state/speed.js';
import { styles } from './style/sheet.js';
import { DeviceBadge } from './widgets/device-badge.js';
import { ModelChoice } from './widgets/model-choice.js';
import { h } from './widgets/dom.js';
import { Notice } from './widgets/notice.js';
import { speaker } from './words/labels.js';
import { languageOf, wordsOf } from './words/languages.js';
import { SaidError, told } from './words/said.js';

/** A server that renders the page has no elements; there the class is only named, never made. */
const Base = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? class {});

export class DiffAeEditor extends Base {
  static observedAttributes = ['model', 'models', 'fixed', 'src', 'device', 'lang', 'forget', 'sliders'];

  #root = this.attachShadow({ mode: 'open' });
  #main = h('div', { class: 'main' });
  /** @type {Record<string, string>} */
  #labels = {};
  /** @type {readonly string[] | null} */
  #sliders = null;
  /** @type {import('../index.js').Addresses} */
  #addresses = {};
  /** @type {Record<string, number>} where the sliders of the next photo begin */
  #begins = {};
  #say = speaker({}, 'en', {});
  #notice = new Notice(this.#say);
  /** @type {Session | null} */
  #session = null;
  /** @type {Flow | null} */
  #flow = null;
  /** @type {Promise<void> | null} until the words of the page's language are there, before which nothing is shown */
  #learning = null;
  /** @type {Keeper | null} of what is edited, unless the page wants nothing kept */
  #keeper = null;
  /** @type {DeviceBadge | null} */
  #badge = null;
  /** @type {ModelChoice | null} */
  #choice = null;
  /** @type {OwnModels | null} the dialog for models that the page does not name, if it allows any */
  #own = null;
  /** @type {string[]} addresses of those */
  #ownAddresses = [];
  /** @type {string | null} the address of a model that is gone with the page, until that has been said where it is seen */
  #unkept = null;
  /** @type {Promise<void> | null} until a person's own models are known */
  #ownFound = null;
  /** @type {string | null} the model that the page named last */
  #named = null;
  /** Pages add and translate their sample photos when they like. */
  #lending = new MutationObserver(() => this.#flow?.lend());
  /** @type {object | null} the notice that the engine is being restarted */
  #restarting = null;
  /** @type {'cpu' | 'gpu' | null} where the model runs, or will run as far as is known */
  #kind = null;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [styles()];
    for (const type of ['dragover', 'dragleave', 'drop']) this.#root.addEventListener(type, (event) => this.#dragged(/** @type {DragEvent} */ (event)));
  }

  /**
   * Which sliders to show, by attribute name; null shows the best and offers all. Also an attribute, separated by commas.
   * @returns {readonly string[] | null}
   */
  get sliders() {
    return this.#sliders ?? listed(this.getAttribute('sliders'));
  }

  /** @param {readonly string[] | string | null} names frameworks set a property where there is one, whatever is written */
  set sliders(names) {
    const list = listed(names);
    if (same(list, this.#sliders)) return;
    this.#sliders = list;
    this.#rebuild();
  }

  /** Translations by key of words/labels.js or attribute name. */
  get labels() {
    return this.#labels;
  }

  set labels(labels) {
    if (same(labels, this.#labels)) return;
    this.#labels = { ...labels };
    this.#rebuild();
  }

  /** Where the package's own files are, if not beside its scripts. */
  get addresses() {
    return this.#addresses;
  }

  set addresses(addresses) {
    if (same(addresses, this.#addresses)) return;
    this.#addresses = { ...addresses };
    this.#rebuild();
  }

  /** Where the sliders are, by attribute, those at zero left out. Set before a photo is opened, it begins so. */
  get amplitudes() {
    return this.#flow?.amplitudes ?? this.#begins;
  }

  set amplitudes(amplitudes) {
    this.#begins = moved(amplitudes);
    this.#flow?.move(this.#begins);
  }

  /** The loaded model, or null before the first photo was begun. Not called as the attribute is, which frameworks would set here. */
  get loaded() {
    return this.#session?.current ?? null;
  }

  connectedCallback() {
    // Everybody on the page comes first.
    window.addEventListener('paste', this.#pasted);
    this.#takeEarly();
    this.#keepOrForget();
    this.#lending.observe(this, { subtree: true, childList: true, attributeFilter: ['alt', 'src', 'slot', 'data-eyes'] });
    this.#rebuild();
  }

  disconnectedCallback() {
    window.removeEventListener('paste', this.#pasted);
    this.#lending.disconnect();
    this.#own?.close();
    this.#flow?.free();
    this.#flow = null;
    this.#session?.end();
    this.#session = null;
    this.#learning = null;
    this.#keeper?.end();
    this.#keeper = null;
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (name === 'model' && now && !this.#ownAddresses.includes(now)) this.#named = now;
    if (!this.isConnected || before === now) return;
    // What is still to be built will be built with it.
    if (this.#learning && name === 'lang') this.#rebuild();
    if (!this.#session) return;
    if (name === 'src') {
      // A framework that gives the element another photo sets one attribute after the other.
      queueMicrotask(() => this.#openSource());
    } else if (name === 'forget') {
      this.#keepOrForget();
    } else if (name === 'device') {
      this.#session.device = choice(now);
      this.#badge?.choose(this.#session.device);
      void this.#foresee();
      this.#flow?.redraw();
    } else if (name === 'model' && this.#choices.includes(this.#manifestUrl)) {
      if (this.#session.manifestUrl === this.#manifestUrl) return;
      this.#session.manifestUrl = this.#manifestUrl;
      this.#choice?.choose(this.#manifestUrl);
      void this.#flow?.remodel();
    } else if (name !== 'lang' || languageOf(this) !== this.#say.language) {
      this.#rebuild();
    }
  }

  /**
   * Takes a photo, finds the face and reads it. Trouble is shown in the element and sent as an `error` event.
   * @param {Blob | string} source a picture file or its address @param {{ name?: string, eyes?: import('./screens/start-view.js').Sample['eyes'] }} [about]
   */
  async open(source, about = {}) {
    if (this.#learning) await this.#learnt();
    await this.#flow?.open(source, about);
  }

  /** Takes what was dropped somewhere else on the page: a file, a picture dragged out of a web page, or a model. @param {DataTransfer} data */
  async drop(data) {
    // Whoever lets go of the edited picture on its own page has thought better of it.
    if (isOwnDrag(data)) return;
    if (this.#own && isModel(data)) {
      this.#own.open(data);
      return;
    }
    // What was dropped can be looked at only now.
    const source = dropped(data, this.#say);
    if (!source) this.#trouble(new SaidError('picture-unreadable', this.#say('dropNothing')), null);
    else if (source instanceof Blob) await this.open(source);
    else {
      if (this.#learning) await this.#learnt();
      await this.#flow?.fetch(source);
    }
  }

  /**
   * Draws faces of nobody: those that a seed, a psi and an eta make, as the `dream` event told them, and opens one of them where
   * its number is given. The same numbers give the same faces. A click begins, since it may take a download.
   * @param {Partial<import('./state/dream.js').Dream>} dream @param {Readonly<Record<string, number>>} [amplitudes] where their sliders begin
   */
  async dream(dream, amplitudes = {}) {
    if (this.#learning) await this.#learnt();
    const whole = dreamOf(dream);
    if (whole) await this.#flow?.dream(whole, moved(amplitudes));
    else this.#trouble(new SaidError('option-invalid', this.#say('dreamInvalid')), null);
  }

  /** Properties that were set before this class was there lie on the element itself, in front of the ones above. */
  #takeEarly() {
    const element = /** @type {Record<string, any>} */ (/** @type {unknown} */ (this));
    for (const name of ['sliders', 'labels', 'addresses', 'amplitudes']) {
      if (!Object.hasOwn(element, name)) continue;
      const value = element[name];
      delete element[name];
      element[name] = value;
    }
  }

  /** What is edited survives a reload, unless the page says that it is to be forgotten. */
  #keepOrForget() {
    this.#keeper ??= new Keeper(this.#place);
    if (this.getAttribute('forget') === null) return;
    void this.#keeper.clear();
    this.#keeper.end();
    this.#keeper = null;
  }

  /** Which editor this is, on whatever address its page has after the path. */
  get #place() {
    const others = /** @type {Document | ShadowRoot} */ (this.getRootNode()).querySelectorAll(this.localName);
    return `${location.pathname} ${this.id || [...others].indexOf(this)}`;
  }

  #openSource() {
    const src = this.getAttribute('src');
    if (src) void this.open(src, { eyes: eyesOf(this.getAttribute('eyes')) });
  }

  /** @param {DragEvent} event */
  #dragged(event) {
    if (isForOthers(event)) return;
    event.preventDefault();
    this.toggleAttribute('dragging', event.type === 'dragover');
    if (event.type !== 'drop') return;
    // A page that takes drops for the element must not give it this one again.
    event.stopPropagation();
    if (event.dataTransfer) void this.drop(event.dataTransfer);
  }

  #pasted = (/** @type {ClipboardEvent} */ event) => {
    const file = event.clipboardData && fileIn(event.clipboardData);
    if (!file?.type.startsWith('image/') || this.#own?.isOpen || !isFor(event, this)) return;
    event.preventDefault();
    void this.open(file);
  };

  get #manifestUrl() {
    return absolute(this.getAttribute('model') ?? this.#pages[0]);
  }

  /** The models that the page names. */
  get #pages() {
    const addresses = this.getAttribute('models')?.split(/\s+/).filter(Boolean) ?? [];
    return (addresses.length > 1 ? addresses : [this.#named ?? addresses[0] ?? 'models/portrait64/manifest.json']).map(absolute);
  }

  /** The models to choose among; none where there is one alone. */
  get #choices() {
    const all = [...new Set([...this.#pages, ...this.#ownAddresses])];
    return all.length > 1 ? all : [];
  }

  /** Everything from the start: another model, another language, other labels or other sliders. */
  #rebuild() {
    if (!this.isConnected) return;
    this.#flow?.free();
    this.#session?.end();
    this.#flow = this.#session = null;
    const language = languageOf(this);
    if (language === 'en') {
      this.#learning = null;
      this.#build(language, {});
      return;
    }
    const learning = this.#learning = wordsOf(language).then((words) => {
      // Another language may have been chosen since.
      if (learning !== this.#learning || !this.isConnected) return;
      this.#learning = null;
      this.#build(language, words);
    });
  }

  /** Until the element has its words. */
  async #learnt() {
    while (this.#learning) await this.#learning;
  }

  /** @param {string} language @param {import('./words/languages.js').Words} words */
  #build(language, words) {
    this.#say = speaker(this.#labels, language, words);
    this.#notice = new Notice(this.#say);
    this.#session = new Session(
      this.#manifestUrl,
      choice(this.getAttribute('device')),
      this.#addresses,
      (change) => this.#engineChanged(change),
      (model) => this.#modelReady(model),
    );
    this.#badge = new DeviceBadge(this.#say, this.#session.device, (device) => this.setAttribute('device', device));
    this.#own?.close();
    const own = this.#own = this.getAttribute('fixed') === null ? this.#ownModels() : null;
    this.#choice = new ModelChoice(this.#say, (address) => this.setAttribute('model', address), own && (() => own.open()));
    this.#root.replaceChildren(h('div', { class: 'shell' }, this.#notice.element, this.#main, h('div', { class: 'machine' }, this.#badge.element, this.#choice.element)), ...(own ? [own.element] : []));
    this.#flow = new Flow({
      say: this.#say,
      session: this.#session,
      keeper: () => this.#keeper,
      offers: async (address) => {
        await this.#ownFound;
        return address === this.#manifestUrl || this.#choices.includes(address);
      },
      choose: (address) => { if (address !== this.#manifestUrl && this.#choices.includes(address)) this.setAttribute('model', address); },
      samples: () => this.#samples(),
      sliders: () => this.sliders,
      begins: () => this.#begins,
      begun: () => { this.#begins = {}; },
      show: (view, stage, focus) => this.#show(view, stage, focus),
      tell: (type, detail) => this.#tell(type, detail),
      trouble: (error, retry) => this.#trouble(error, retry),
      calm: () => this.#notice.clear(),
    });
    this.#flow.start(() => this.#openSource());
    void this.#foresee();
    this.#offer();
    this.#ownFound = own && this.#addOwn(own);
  }

  /** Puts all models into the menu. */
  #offer() {
    const models = this.#choice;
    const choices = this.#choices;
    models?.offer(choices, this.#manifestUrl);
    this.#estimate();
    for (const address of choices) {
      // Another server hears of a visit only once its model is wanted.
      const foreign = this.#ownAddresses.includes(address) && !isOwn(address);
      if (models?.knows(address) || (foreign && address !== this.#manifestUrl)) continue;
      // A model that cannot be looked up says so when it is chosen.
      DiffAe.describe(address).then((model) => {
        models?.describe(address, model);
        this.#estimate();
      }, () => {});
    }
  }

  #ownModels() {
    return new OwnModels(this.#say, this.#addresses, () => this.#kind, {
      onUse: (address, kept) => {
        // The same model from before, if it was here already, has another address now.
        this.#unkept = kept ? null : address;
        if (!kept) this.#notice.show(this.#say('ownNotKept'), null, null);
        void this.#addOwn(this.#own, address).then(() => this.setAttribute('model', address));
      },
      onRemove: (address) => {
        this.#ownAddresses = this.#ownAddresses.filter((other) => other !== address);
        if (this.#session?.manifestUrl === address) this.setAttribute('model', this.#pages[0]);
        this.#offer();
      },
    });
  }

  /** Looks up which models of a person's own there are. @param {OwnModels | null} own @param {string} [address] one that is there now */
  async #addOwn(own, address) {
    const found = await OwnModels.addresses().catch(() => []);
    // Another beginning has looked itself.
    if (own !== this.#own) return;
    const before = this.#ownAddresses;
    this.#ownAddresses = [...new Set([...found, ...(address ? [address] : [])])];
    if (!same(before, this.#ownAddresses)) this.#offer();
  }

  /** Says which device the model will run on before anything is loaded. */
  async #foresee() {
    const session = /** @type {Session} */ (this.#session);
    const { device } = session;
    const report = await choose(device);
    // Another choice may have been made while the adapter was asked.
    if (session !== this.#session || device !== session.device) return;
    if (session.current) return;
    this.#badge?.show(report, this.#say);
    this.#estimate(report.kind);
  }

  /** Tells what an edit takes by each model to choose among. @param {'cpu' | 'gpu' | null} [kind] the device, where that is news */
  #estimate(kind = this.#kind) {
    this.#kind = kind;
    this.#choice?.estimate((model) => kind && editSeconds(kind, model));
  }

  /** Child pictures with `slot="sample"` become the sample photos; `data-eyes="x,y x,y"` says where their eyes are. */
  #samples() {
    return [...this.querySelectorAll('img[slot=sample]')].map((element) => {
      const image = /** @type {HTMLImageElement} */ (element);
      return { src: image.src, label: image.alt, eyes: eyesOf(image.dataset.eyes) };
    });
  }

  /** @param {import('../lib/page/diffae.js').DiffAe} model */
  #modelReady(model) {
    const { info } = model;
    this.#restarted();
    this.#badge?.show(info.device, this.#say);
    // What was said of it is gone with the screen on which it was chosen.
    if (this.#unkept && this.#unkept === this.#session?.manifestUrl) this.#notice.show(this.#say('ownNotKept'), null, null);
    this.#unkept = null;
    this.#estimate(info.device.kind);
    this.#tell('ready', info);
  }

  /** @param {{ state: 'restarting' | 'ready' | 'failed', error: DiffAeError | null }} change */
  #engineChanged({ state, error }) {
    if (state === 'restarting') {
      // What was being done goes on by itself, or its own trouble takes the place of this sentence.
      if (error) this.#restarting = this.#notify(error, null);
      return;
    }
    const there = this.#restarted();
    const model = this.loaded;
    if (state === 'ready' && model) {
      this.#badge?.show(model.info.device, this.#say);
      this.#estimate(model.info.device.kind);
    }
    if (state === 'failed' && error && there) this.#trouble(error, null);
  }

  /** @returns {boolean} whether it was still to be read that the engine is being restarted */
  #restarted() {
    const restarting = this.#restarting;
    this.#restarting = null;
    return this.#notice.withdraw(restarting);
  }

  /** @param {DiffAeError} error @param {(() => void) | null} retry */
  #trouble(error, retry) {
    this.#notify(error, retry);
    this.#tell('error', error);
  }

  /** @param {DiffAeError} error @param {(() => void) | null} retry */
  #notify(error, retry) {
    const { sentence, exact } = told(error, this.#say);
    const kept = error.fatal ? ` ${this.#say('kept')}` : '';
    return this.#notice.show(sentence + kept, exact, retry);
  }

  /**
   * Changes the screen. Keyboard focus that was in the element goes on to the new screen, unless it is on what stays below every
   * screen; it is never taken from the page.
   * @param {HTMLElement} view @param {import('./flow.js').Stage} stage @param {HTMLElement} [focus]
   */
  #show(view, stage, focus = view) {
    const focused = this.matches(':focus-within');
    view.tabIndex = -1;
    this.#main.replaceChildren(view);
    this.setAttribute('stage', stage);
    this.#choice?.open(stage === 'start' || stage === 'frame' || stage === 'edit');
    const stays = this.#root.activeElement?.matches('.machine :enabled');
    if (focused && !stays) focus.focus({ preventScroll: true });
  }

  /** @param {'ready' | 'progress' | 'opened' | 'change' | 'dream' | 'error'} type @param {unknown} detail */
  #tell(type, detail) {
    if (type === 'change') this.#estimate();
    // A change bubbles as that of any field does, and some frameworks listen for it further up only.
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: type === 'change' }));
  }
}

/** What is no address stays as it is: whoever looks for something there says so. @param {string} address */
function absolute(address) {
  try {
    return new URL(address, document.baseURI).href;
  } catch {
    return address;
  }
}

/** Sliders that are not at zero. @param {Readonly<Record<string, number>> | null | undefined} amplitudes as somebody gave them */
function moved(amplitudes) {
  return Object.fromEntries(Object.entries(amplitudes ?? {}).filter(([, value]) => Number.isFinite(value) && value !== 0));
}

/** @param {readonly string[] | string | null} names @returns {readonly string[] | null} */
function listed(names) {
  return typeof names === 'string' ? names.split(',').map((name) => name.trim()).filter(Boolean) : names;
}

/** Frameworks make such values anew and set them again whenever something else on the page changes. @param {unknown} a @param {unknown} b */
function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** @param {string | null} value @returns {import('../lib/shared/protocol.js').DeviceChoice} */
function choice(value) {
  return value === 'cpu' || value === 'gpu' ? value : 'auto';
}

/** Two points as `x,y x,y`. @param {string | null | undefined} text @returns {import('./screens/start-view.js').Sample['eyes']} */
function eyesOf(text) {
  const [a, b, ...more] = (text ?? '').split(' ').map((pair) => pair.split(',').map(Number)).map(([x, y]) => ({ x, y }));
  return b && more.length === 0 && [a.x, a.y, b.x, b.y].every(Number.isFinite) ? [a, b] : null;
}
