// The third screen: original and edited picture, and the panels that change the edited one.

import { BlendPanel } from './blend-panel.js';
import { Compare } from './compare.js';
import { button, h, uid } from './dom.js';
import { FacesPanel, VariationsPanel } from './gallery-panels.js';
import { icon } from './icons.js';
import { duration } from './labels.js';
import { canShare, download, fileName, pair, png, share } from './save.js';
import { Latest } from './session.js';
import { Sliders } from './sliders.js';
import { Tabs } from './tabs.js';
import { blended, enlarged, withDetail } from './upscale.js';

/** A moving slider is followed after this pause, so that passing positions are not drawn. */
const SETTLE_MS = 90;

/** @typedef {import('../lib/errors.js').DiffAeError} DiffAeError */
/**
 * @typedef {object} Subject a photo that has been read
 * @property {string} name
 * @property {ImageData} original the framed photo, SHOWN x SHOWN
 * @property {any} code
 * @property {ImageData} reconstruction the code decoded without a change
 */
/**
 * @typedef {object} EditActions
 * @property {(values: Record<string, number>, picture: ImageData) => void} onChange
 * @property {(progress: object) => void} onProgress
 * @property {(error: DiffAeError, retry: () => void) => void} onError
 * @property {() => void} onNewPhoto
 * @property {() => void} onBlend a second face is wanted
 * @property {(picture: ImageData, name: string) => void} onOpenFace
 */

export class EditView {
  #say;
  #session;
  #subject;
  #actions;
  #compare;
  #sliders;
  #blend;
  #tabs;
  #latest = new Latest();
  #status = h('p', { class: 'status', role: 'status', 'aria-live': 'polite' });
  #bar = h('progress', { class: 'thin', max: 1, value: 0, 'aria-hidden': 'true' });
  /** @type {HTMLInputElement} */
  #detail;
  /** @type {ImageData} what the edited side shows, at the model's size */
  #shown;
  /** Whether the shown picture is another face, whose change cannot be laid over the photo. */
  #other = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import('./labels.js').Say} say @param {import('./session.js').Session} session @param {Subject} subject
   * @param {{ attributes: readonly string[], chosen: readonly string[] | null, latentBytes: number | null }} model
   * @param {EditActions} actions
   */
  constructor(say, session, subject, model, actions) {
    this.#say = say;
    this.#session = session;
    this.#subject = subject;
    this.#actions = actions;
    this.#shown = subject.reconstruction;
    this.#compare = new Compare(say);
    this.#sliders = new Sliders(say, model.attributes, model.chosen, (values) => this.#moved(values));
    this.#blend = new BlendPanel(say, { onChoose: actions.onBlend, onAmount: (alpha) => this.#later(() => this.#drawBlend(alpha)) });
    const variations = new VariationsPanel(say, {
      run: (options) => this.#work((loaded, watch) => loaded.variations(subject.code, { ...options, ...watch }), null),
      onOpen: (picture) => this.#showOther(picture),
    });
    const faces = new FacesPanel(say, model.latentBytes, {
      run: (options) => this.#work((loaded, watch) => loaded.sample({ ...options, ...watch }), null),
      onOpen: actions.onOpenFace,
    });
    this.#tabs = new Tabs([
      { key: 'edit', label: say('tabEdit'), content: this.#sliders.element },
      { key: 'blend', label: say('tabBlend'), content: this.#blend.element },
      { key: 'variations', label: say('tabVariations'), content: variations.element },
      ...(model.latentBytes ? [{ key: 'faces', label: say('tabFaces'), content: faces.element }] : []),
    ], (key) => this.#turnedTo(key));
    const detailId = uid('detail');
    this.#detail = h('input', { type: 'checkbox', id: detailId, checked: true, on: { change: () => this.#paint() } });
    const size = subject.reconstruction.width;
    this.element = h('section', { class: 'two edit-view' },
      h('div', { class: 'left' },
        this.#compare.element,
        h('div', { class: 'state' }, this.#bar, this.#status, this.#sliders.resetButton)),
      h('div', { class: 'right' }, this.#tabs.element),
      h('div', { class: 'below' },
        h('div', { class: 'toolbar' },
          this.#compare.controls,
          h('label', { class: 'switch', for: detailId, title: say('detailHint', { size }) }, this.#detail, h('span', { text: say('detail') }))),
        h('div', { class: 'actions' },
          button('primary', icon('download'), say('save'), () => this.#save((canvases) => png(canvases.after), 'edited')),
          button('', icon('side'), say('saveBoth'), () => this.#save((canvases) => png(pair(canvases.before, canvases.after)), 'before-after')),
          canShare() ? button('', icon('share'), say('share'), () => this.#share()) : null,
          button('quiet', icon('photo'), say('newPhoto'), actions.onNewPhoto))),
    );
    this.#paint();
    this.#tell('idle');
  }

  /** A second face has been read. @param {Subject} other */
  blendWith(other) {
    this.#tabs.select('blend');
    this.#blend.show(other);
  }

  /** Draws again what the sliders say, after trouble or on another device. */
  redraw() {
    void this.#drawEdit(this.#sliders.values);
  }

  /** Ends work under way; the view may be shown again later. */
  rest() {
    clearTimeout(this.#timer);
    this.#latest.cancel();
  }

  /** @param {Record<string, number>} values */
  #moved(values) {
    if (Object.keys(values).length === 0) this.#settled(values, this.#subject.reconstruction);
    else this.#later(() => this.#drawEdit(values));
  }

  /** @param {() => Promise<void>} draw */
  #later(draw) {
    clearTimeout(this.#timer);
    this.#latest.cancel();
    this.#timer = setTimeout(() => void draw(), SETTLE_MS);
  }

  /** @param {Record<string, number>} values @param {ImageData} picture */
  #settled(values, picture) {
    this.rest();
    this.#show(picture, false);
    this.#tell('idle');
    this.#actions.onChange(values, picture);
  }

  /** @param {Record<string, number>} values */
  async #drawEdit(values) {
    if (Object.keys(values).length === 0) {
      this.#settled(values, this.#subject.reconstruction);
      return;
    }
    const picture = await this.#work((model, watch) => model.edit(this.#subject.code, values, watch), (preview) => this.#show(preview, false));
    if (!picture) return;
    this.#show(picture, false);
    this.#actions.onChange(values, picture);
  }

  /** @param {number} alpha */
  async #drawBlend(alpha) {
    const other = this.#blend.other;
    if (!other) return;
    const picture = await this.#work((model, watch) => model.interpolate(this.#subject.code, other.code, alpha, watch), (preview) => this.#show(preview, true));
    if (picture) this.#show(picture, true);
  }

  /**
   * Runs one request; a new one cancels it. Gives null when it was cancelled or failed, which has been shown then.
   * @template T
   * @param {(model: import('../lib/diffae.js').DiffAe, watch: object) => Promise<T>} request
   * @param {((preview: ImageData) => void) | null} onPreview
   * @returns {Promise<T | null>}
   */
  async #work(request, onPreview) {
    const from = this.#shown;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const start = performance.now();
    this.#tell('drawing');
    try {
      const result = await this.#latest.run(async (signal) => {
        const onProgress = (/** @type {import('../lib/protocol.js').LoadProgress} */ progress) => {
          this.#bar.value = progress.total > 0 ? progress.loaded / progress.total : 0;
          this.#actions.onProgress(progress);
        };
        const model = await this.#session.model({ signal, onProgress });
        return request(model, {
          signal,
          onProgress,
          onStep: (/** @type {import('./session.js').Step} */ { index, of, preview }) => {
            this.#bar.value = (index + 1) / of;
            this.#actions.onProgress({ stage: 'draw', index, of });
            // Early predictions are vague; the picture glides from the last one to the new one as they firm up.
            if (preview && onPreview && !still) onPreview(blended(from, preview, ((index + 1) / of) ** 2));
          },
        });
      });
      this.#tell('drawn', { time: duration((performance.now() - start) / 1000) });
      return result;
    } catch (thrown) {
      const error = /** @type {DiffAeError} */ (thrown);
      if (error.code === 'cancelled') return null;
      this.#tell('idle');
      this.#actions.onError(error, () => this.redraw());
      return null;
    }
  }

  /** @param {string} key */
  #turnedTo(key) {
    if (key === 'edit' && this.#other) this.redraw();
  }

  /** @param {ImageData} picture */
  #showOther(picture) {
    this.rest();
    this.#show(picture, true);
  }

  /** @param {ImageData} picture @param {boolean} other */
  #show(picture, other) {
    this.#shown = picture;
    this.#other = other;
    this.#paint();
  }

  #paint() {
    const { original, reconstruction, code } = this.#subject;
    this.#detail.disabled = this.#other;
    if (this.#detail.checked && !this.#other) {
      this.#compare.original(original);
      this.#compare.edited(withDetail(original, reconstruction, this.#shown));
    } else {
      this.#compare.original(enlarged(code.picture));
      this.#compare.edited(enlarged(this.#shown));
    }
  }

  /** @param {'idle' | 'drawing' | 'drawn'} key @param {Record<string, string>} [values] */
  #tell(key, values) {
    this.#status.textContent = this.#say(key, values);
    this.#bar.value = 0;
    this.#compare.busy(key === 'drawing');
  }

  /** @param {(canvases: { before: HTMLCanvasElement, after: HTMLCanvasElement }) => Promise<Blob>} write @param {string} suffix */
  async #save(write, suffix) {
    try {
      download(await write(this.#compare.canvases), fileName(this.#subject.name, suffix));
    } catch (error) {
      this.#actions.onError(/** @type {DiffAeError} */ (error), () => this.#save(write, suffix));
    }
  }

  async #share() {
    try {
      const { before, after } = this.#compare.canvases;
      await share(await png(pair(before, after)), fileName(this.#subject.name, 'before-after'));
    } catch (error) {
      this.#actions.onError(/** @type {DiffAeError} */ (error), () => this.#share());
    }
  }
}
