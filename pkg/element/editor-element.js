// <diffae-editor>: the whole way of a photo in one element, screen after screen. It owns the photo, the codes and the
// sliders; the model lives in a worker that may be replaced at any time.

import { decode } from '../lib/picture.js';
import { cancelled, DiffAeError } from '../lib/errors.js';
import { choose } from '../lib/device.js';
import { get } from '../lib/fetch.js';
import { crop } from './crop.js';
import { DeviceBadge } from './device-badge.js';
import { h } from './dom.js';
import { EditView } from './edit-view.js';
import { FrameView } from './frame-view.js';
import { frameFromEyes, USUAL_FRAMING } from './geometry.js';
import { speaker } from './labels.js';
import { Notice } from './notice.js';
import { Latest, Session } from './session.js';
import { StartView } from './start-view.js';
import { sheet } from './style/sheet.js';
import { WorkView } from './work-view.js';

/** @typedef {import('./edit-view.js').Subject} Subject */
/** @typedef {import('./geometry.js').Frame} Frame */
/** @typedef {{ bitmap: ImageBitmap, name: string, frame: Frame | null }} Photo */

export class DiffAeEditor extends HTMLElement {
  static observedAttributes = ['model', 'src', 'device'];

  #root = this.attachShadow({ mode: 'open' });
  #main = h('div', { class: 'main' });
  /** @type {Record<string, string>} */
  #labels = {};
  /** @type {readonly string[] | null} */
  #sliders = null;
  #say = speaker({});
  #notice = new Notice(this.#say);
  #latest = new Latest();
  /** @type {Session | null} */
  #session = null;
  /** @type {DeviceBadge | null} */
  #badge = null;
  /** @type {Photo | null} */
  #photo = null;
  /** @type {EditView | null} */
  #edit = null;
  /** @type {EditView | null} the editor to come back to while a second face is chosen */
  #blending = null;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.addEventListener('dragover', (event) => event.preventDefault());
    this.#root.addEventListener('drop', (event) => {
      event.preventDefault();
      event.stopPropagation();
      const file = /** @type {DragEvent} */ (event).dataTransfer?.files[0];
      if (file) void this.open(file);
    });
  }

  /** Which sliders to show, by attribute name; null shows the best and offers all. Also the content attribute `attributes`, separated by commas. (The property cannot be called `attributes`: every element has one.) */
  get sliders() {
    return this.#sliders ?? this.getAttribute('attributes')?.split(',').map((name) => name.trim()).filter(Boolean) ?? null;
  }

  set sliders(names) {
    this.#sliders = names;
    this.#rebuild();
  }

  /** Translations by key of labels.js or attribute name. */
  get labels() {
    return this.#labels;
  }

  set labels(labels) {
    this.#labels = { ...labels };
    this.#rebuild();
  }

  /** The loaded model, or null before the first photo was begun. */
  get model() {
    return this.#session?.current ?? null;
  }

  connectedCallback() {
    document.addEventListener('paste', this.#pasted);
    this.#rebuild();
    this.#openSource();
  }

  disconnectedCallback() {
    document.removeEventListener('paste', this.#pasted);
    this.#edit?.rest();
    this.#latest.cancel();
    this.#session?.free();
    this.#session = null;
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (!this.isConnected || !this.#session || before === now) return;
    if (name === 'src') {
      this.#openSource();
    } else if (name === 'device') {
      this.#session.device = choice(now);
      this.#badge?.choose(this.#session.device);
      void this.#foresee();
      this.#edit?.redraw();
    } else {
      this.#rebuild();
    }
  }

  /**
   * Takes a photo and shows the frame over it. Trouble is shown in the element and sent as an `error` event.
   * @param {Blob | string} source a picture file or its address @param {{ name?: string, eyes?: import('./start-view.js').Sample['eyes'] }} [about]
   */
  async open(source, { name, eyes = null } = {}) {
    this.#notice.clear();
    try {
      const file = typeof source === 'string' ? await (await get(new URL(source, document.baseURI).href)).blob() : source;
      const bitmap = await decode(file instanceof File || typeof source !== 'string' ? file : new File([file], nameOf(source)));
      const framing = (await this.#described().catch(() => null))?.framing ?? USUAL_FRAMING;
      const label = name ?? (file instanceof File ? file.name : typeof source === 'string' ? nameOf(source) : 'face');
      await this.#frame({ bitmap, name: label, frame: eyes && frameFromEyes(eyes[0], eyes[1], framing) });
    } catch (error) {
      this.#trouble(DiffAeError.from(error), null);
    }
  }

  #openSource() {
    const src = this.getAttribute('src');
    if (src) void this.open(src, { eyes: eyesOf(this.getAttribute('eyes')) });
  }

  #pasted = (/** @type {ClipboardEvent} */ event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
    if (!file) return;
    event.preventDefault();
    void this.open(file);
  };

  /** Everything from the start: another model, other labels or other sliders. */
  #rebuild() {
    if (!this.isConnected) return;
    this.#edit?.rest();
    this.#latest.cancel();
    this.#session?.free();
    this.#say = speaker(this.#labels);
    this.#notice = new Notice(this.#say);
    this.#session = new Session(
      new URL(this.getAttribute('model') ?? 'models/portrait64/manifest.json', document.baseURI).href,
      choice(this.getAttribute('device')),
      (change) => this.#engineChanged(change),
      (model) => this.#modelReady(model),
    );
    this.#badge = new DeviceBadge(this.#say, this.#session.device, (device) => this.setAttribute('device', device));
    this.#root.replaceChildren(h('div', { class: 'shell' }, this.#notice.element, this.#main, this.#badge.element));
    this.#start();
    void this.#foresee();
  }

  /** Says which device the model will run on before anything is loaded. */
  async #foresee() {
    const session = /** @type {Session} */ (this.#session);
    const { device } = session;
    const report = await choose(device);
    // Another choice may have been made while the adapter was asked.
    if (session === this.#session && device === session.device && !session.current) this.#badge?.show(report, this.#say);
  }

  #described() {
    return /** @type {Session} */ (this.#session).describe();
  }

  #start() {
    this.#edit?.rest();
    this.#edit = null;
    this.#choosePhoto();
  }

  #choosePhoto() {
    const view = new StartView(this.#say, this.#samples(), {
      onFile: (file) => void this.open(file),
      onSample: (sample) => void this.open(sample.src, { name: sample.label, eyes: sample.eyes }),
      onBack: this.#blending && (() => this.#stopBlending()),
    });
    this.#show(view.element, 'start');
    this.#described().then((description) => view.describe(description), (error) => this.#trouble(error, () => this.#choosePhoto()));
  }

  /** Back to the first face, with nothing changed. */
  #stopBlending() {
    const back = this.#blending;
    this.#blending = null;
    if (!back) return;
    this.#edit = back;
    this.#notice.clear();
    this.#show(back.element, 'edit');
  }

  /** Child pictures with `slot="sample"` become the sample photos; `data-eyes="x,y x,y"` says where their eyes are. */
  #samples() {
    return [...this.querySelectorAll('img[slot=sample]')].map((element) => {
      const image = /** @type {HTMLImageElement} */ (element);
      return { src: image.src, label: image.alt, eyes: eyesOf(image.dataset.eyes) };
    });
  }

  /** @param {Photo} photo */
  async #frame(photo) {
    this.#latest.cancel();
    this.#edit?.rest();
    if (!this.#blending) this.#edit = null;
    this.#photo = photo;
    const description = await this.#described().catch(() => null);
    const download = description && !this.model ? { bytes: description.editingBytes, licence: description.licence } : null;
    const view = new FrameView(this.#say, description?.framing ?? null, { second: this.#blending !== null, download }, {
      onBegin: (frame) => void this.#begin(photo, frame),
      onBack: () => this.#choosePhoto(),
    });
    this.#show(view.element, 'frame', view.beginButton);
    await view.show(photo.bitmap, photo.frame);
  }

  /** Reads the framed face, then opens the editor on it. @param {Photo} photo @param {Frame} frame */
  async #begin(photo, frame) {
    const kept = { ...photo, frame };
    const session = /** @type {Session} */ (this.#session);
    this.#notice.clear();
    const original = crop(photo.bitmap, frame);
    const view = new WorkView(this.#say, original, () => this.#latest.cancel());
    this.#show(view.element, 'work');
    try {
      const subject = await this.#latest.run(async (signal) => {
        const onProgress = (/** @type {import('../lib/protocol.js').LoadProgress} */ progress) => {
          view.progress.loading(progress);
          this.#tell('progress', progress);
        };
        const onStep = (/** @type {string} */ key) => (/** @type {import('./session.js').Step} */ { index, of, preview }) => {
          view.progress.step(key, index, of);
          view.preview(preview);
          this.#tell('progress', { stage: key === 'workEncode' ? 'encode' : 'draw', index, of });
        };
        const model = await session.model({ signal, onProgress });
        view.progress.waiting('workEncode');
        const code = await model.encode(photo.bitmap, { frame, signal, onProgress, onStep: onStep('workEncode') });
        const reconstruction = await model.reconstruct(code, { signal, onStep: onStep('workFirst') });
        return { name: photo.name, original, code, reconstruction };
      });
      this.#opened(subject);
    } catch (error) {
      await this.#frame(kept);
      if (/** @type {DiffAeError} */ (error).code !== 'cancelled') this.#trouble(/** @type {DiffAeError} */ (error), () => void this.#begin(kept, frame));
    }
  }

  /** @param {Subject} subject */
  #opened(subject) {
    const session = /** @type {Session} */ (this.#session);
    const back = this.#blending;
    this.#blending = null;
    if (back) {
      this.#edit = back;
      this.#show(back.element, 'edit');
      back.blendWith(subject);
      return;
    }
    const model = session.current;
    if (!model) throw cancelled();
    const { attributes, parts } = model.info;
    this.#edit = new EditView(this.#say, session, subject, { attributes, chosen: this.sliders, latentBytes: parts.latent?.bytes ?? null }, {
      onChange: (amplitudes, picture) => this.#tell('change', { amplitudes, picture }),
      onProgress: (progress) => this.#tell('progress', progress),
      onError: (error, retry) => this.#trouble(error, retry),
      onNewPhoto: () => this.#start(),
      onBlend: () => {
        this.#blending = this.#edit;
        this.#edit?.rest();
        this.#choosePhoto();
      },
      onOpenFace: (picture, name) => void this.#openFace(picture, name),
    });
    this.#show(this.#edit.element, 'edit');
  }

  /** The model's own pictures are framed already. @param {ImageData} picture @param {string} name */
  async #openFace(picture, name) {
    const side = picture.width;
    this.#edit?.rest();
    await this.#begin({ bitmap: await createImageBitmap(picture), name, frame: null }, { x: side / 2, y: side / 2, side, angle: 0 });
  }

  /** @param {import('../lib/diffae.js').DiffAe} model */
  #modelReady(model) {
    const { info } = model;
    this.#badge?.show(info.device, this.#say);
    this.#tell('ready', info);
  }

  /** @param {{ state: 'restarting' | 'ready' | 'failed', error: DiffAeError | null }} change */
  #engineChanged({ state }) {
    const model = this.model;
    if (state === 'ready' && model) this.#badge?.show(model.info.device, this.#say);
  }

  /** @param {DiffAeError} error @param {(() => void) | null} retry */
  #trouble(error, retry) {
    const kept = error.fatal ? ` ${this.#say('kept')}` : '';
    this.#notice.show(error.message + kept, retry);
    this.#tell('error', error);
  }

  /**
   * Changes the screen. Keyboard focus that was in the element goes on to the new screen; it is never taken from the page.
   * @param {HTMLElement} view @param {'start' | 'frame' | 'work' | 'edit'} stage @param {HTMLElement} [focus]
   */
  #show(view, stage, focus = view) {
    const focused = this.matches(':focus-within');
    view.tabIndex = -1;
    this.#main.replaceChildren(view);
    this.setAttribute('stage', stage);
    if (focused) focus.focus({ preventScroll: true });
  }

  /** @param {'ready' | 'progress' | 'change' | 'error'} type @param {unknown} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @param {string | null} value @returns {import('../lib/protocol.js').DeviceChoice} */
function choice(value) {
  return value === 'cpu' || value === 'gpu' ? value : 'auto';
}

/** Two points as `x,y x,y`. @param {string | null | undefined} text @returns {import('./start-view.js').Sample['eyes']} */
function eyesOf(text) {
  const [a, b, ...more] = (text ?? '').split(' ').map((pair) => pair.split(',').map(Number)).map(([x, y]) => ({ x, y }));
  return b && more.length === 0 && [a.x, a.y, b.x, b.y].every(Number.isFinite) ? [a, b] : null;
}

/** @param {string} url */
function nameOf(url) {
  return url.split(/[?#]/, 1)[0].split('/').pop() || 'face';
}
