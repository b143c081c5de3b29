// The last screen: the photo before and after, and the panels that change it.

import { DRAFT_STEPS } from '../../lib/shared/defaults.js';
import { cancelled, DiffAeError } from '../../lib/shared/errors.js';
import { BlendPanel } from '../panels/blend-panel.js';
import { Filmstrip } from '../panels/filmstrip.js';
import { FacesPanel, VariationsPanel } from '../panels/gallery-panels.js';
import { InsidePanel } from '../panels/inside-panel.js';
import { OutPanel } from '../panels/out-panel.js';
import { ProofPanel } from '../panels/proof-panel.js';
import { SavePanel } from '../panels/save-panel.js';
import { Sliders } from '../panels/sliders.js';
import { TeachPanel } from '../panels/teach-panel.js';
import { VideoPanel } from '../panels/video-panel.js';
import { spaceOf } from '../picture/colours.js';
import { pairOf } from '../picture/pair.js';
import { fileOf } from '../picture/save.js';
import { blended, changed, SHOWN } from '../picture/upscale.js';
import { COUNT, DREAM_STEPS } from '../state/dream.js';
import { drawFrames } from '../state/frames.js';
import { History } from '../state/history.js';
import { Latest } from '../state/latest.js';
import { Painter } from '../state/painter.js';
import { timed } from '../state/speed.js';
import { drawSweep } from '../state/sweep.js';
import { taughtTo } from '../state/taught.js';
import { Compare } from '../widgets/compare.js';
import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { writes } from '../widgets/peek.js';
import { Tabs } from '../widgets/tabs.js';
import { arranged } from '../words/attributes.js';
import { duration } from '../words/labels.js';

/** What was chosen is drawn after this pause, so that passing positions are not. */
const SETTLE_MS = 90;
/** A slider that is held but has not moved for this long is at rest. */
const REST_MS = 400;

/** Early predictions are vague; from this share of the steps on they are shown. */
const FIRST_DRAFT = 0.4;

/** @typedef {Record<string, number>} Values  amplitudes by attribute that are not zero */
/** @typedef {import('../state/subject.js').Subject} Subject */
/** @typedef {{ values?: Values, alpha?: number, other?: Subject, picture?: ImageData }} Step  what can be taken back: sliders, so much of another face, a variation */
/** @typedef {import('../state/session.js').Watch & { signal: AbortSignal, onStep: (step: import('../state/session.js').Step) => void }} Watch */
/**
 * @typedef {object} EditActions
 * @property {(values: Values, picture: ImageData) => void} onChange
 * @property {(progress: object) => void} onProgress
 * @property {(error: DiffAeError, retry: (() => void) | null) => void} onError
 * @property {() => void} onNewPhoto
 * @property {() => void} onAdjust the eyes are to be corrected
 * @property {() => void} onBlend a second face is wanted
 * @property {(picture: ImageData, name: string, dream: import('../state/dream.js').Dream | null) => void} onOpenFace
 * @property {(dream: import('../state/dream.js').Dream) => void} onDream faces have been dreamt
 * @property {(values: Values) => void} onMove sliders have moved; what they say is still to be drawn
 */

export class EditView {
  #say;
  #session;
  #subject;
  #actions;
  #compare;
  #painter;
  #sliders;
  #film;
  #blend;
  #teach;
  #faces;
  #inside;
  #tabs;
  #save;
  #out;
  /** @type {string | null} the attribute whose slider was moved last */
  #movedLast = null;
  /** @type {Values} where the sliders were then */
  #movedTo = {};
  #latest = new Latest();
  #status = h('p', { class: 'status', role: 'status', 'aria-live': 'polite' });
  #bar = h('progress', { class: 'thin', max: 1, value: 0, 'aria-hidden': 'true' });
  /** @type {HTMLInputElement} */
  #bare;
  /** @type {History<Step>} */
  #history = new History(/** @type {Step} */ ({ values: {} }), (a, b) => a.picture === b.picture && a.other === b.other && a.alpha === b.alpha && JSON.stringify(a.values) === JSON.stringify(b.values));
  /** Whether what happens was done before and is done once more. */
  #again = false;
  #undo;
  #redo;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {(() => Promise<void>) | null} what was begun last, until it is drawn */
  #begun = null;
  /** @type {Values | null} where a moving slider is, until a draft of it is begun */
  #wanted = null;
  #following = false;
  /** Whether a blend is shown, or on its way, rather than what the sliders say. */
  #blended = false;
  /** @type {ImageData | null} the code decoded without a change in as few steps as a draft */
  #draftBase = null;

  /**
   * @param {import('../words/labels.js').Say} say @param {import('../state/session.js').Session} session @param {Subject} subject
   * @param {{ attributes: readonly string[], chosen: readonly string[] | null, latentBytes: number | null }} model
   * @param {EditActions} actions
   */
  constructor(say, session, subject, model, actions) {
    this.#say = say;
    this.#session = session;
    this.#subject = subject;
    this.#actions = actions;
    this.#compare = new Compare(say, { onLook: () => this.#painter?.look() });
    const proof = new ProofPanel(say, subject.photo);
    const onCompared = (/** @type {import('../../lib/shared/protocol.js').Outside} */ outside) => proof.compared(outside);
    this.#painter = new Painter(subject, this.#compare, onCompared);
    const { first, rest } = arranged(model.attributes, model.chosen);
    this.#film = new Filmstrip(say, [...first, ...rest.flatMap(([, members]) => members)], {
      run: (name, onFrame, again) => this.#sweep(name, onFrame, again),
      onPick: (name, amplitude) => this.#sliders.set({ ...this.values, [name]: amplitude }),
    });
    this.#sliders = new Sliders(say, model.attributes, model.chosen, (values, moving) => this.#moved(values, moving), this.#film.element);
    this.#blend = new BlendPanel(say, { onChoose: actions.onBlend, onAmount: (alpha) => this.#later(() => this.#drawBlend(alpha)) });
    const small = (/** @type {'undo' | 'redo'} */ name, /** @type {() => void} */ click) => h('button', { type: 'button', class: 'button quiet', 'aria-label': say(name), title: say(name), on: { click } }, icon(name));
    this.#undo = small('undo', () => this.#take(this.#history.undo()));
    this.#redo = small('redo', () => this.#take(this.#history.redo()));
    const variations = new VariationsPanel(say, {
      run: (options, again) => this.#beside((loaded, watch) => loaded.variations(subject.code, { ...options, ...watch }), again),
      onOpen: (picture) => this.#showOther(picture),
    });
    this.#faces = new FacesPanel(say, model.latentBytes, {
      run: (dream, like, again) => this.#beside((loaded, watch) => loaded.sample({ count: COUNT, steps: DREAM_STEPS, like, ...dream, ...watch }), again),
      onDream: actions.onDream,
      onOpen: actions.onOpenFace,
    });
    this.#teach = new TeachPanel(say, session, subject.code, {
      onTaught: (name) => {
        this.#sliders.addTaught(name);
        this.#knownTaught();
        this.#tabs.select('edit');
        this.#sliders.focus(name);
      },
      onForgotten: (name) => {
        this.#sliders.removeTaught(name);
        this.#knownTaught();
      },
      onError: (error) => actions.onError(error, null),
    });
    this.#inside = new InsidePanel(say, async (values) => (await session.model()).latents(subject.code, values));
    this.#tabs = new Tabs([
      { key: 'edit', label: say('tabEdit'), content: this.#sliders.element },
      { key: 'blend', label: say('tabBlend'), content: this.#blend.element },
      { key: 'variations', label: say('tabVariations'), content: variations.element },
      ...(model.latentBytes ? [{ key: 'faces', label: say('tabFaces'), content: this.#faces.element }] : []),
      { key: 'teach', label: say('tabTeach'), content: this.#teach.element },
    ], (key) => this.#turnedTo(key));
    const toggle = (/** @type {string} */ label, /** @type {string | null} */ title, /** @type {(on: boolean) => Promise<void>} */ turn) => {
      const id = uid('switch');
      const input = h('input', { type: 'checkbox', id, on: { change: () => void this.#painted(turn(input.checked)) } });
      return { input, element: h('label', { for: id, class: 'switch', title }, input, h('span', { text: label })) };
    };
    const bare = toggle(say('bare', { size: subject.reconstruction.width }), say('bareHint'), (on) => {
      const painted = this.#painter.bare(on);
      this.#tellFile();
      return painted;
    });
    const zoom = toggle(say('zoomFace'), null, (on) => this.#painter.zoom(on));
    this.#bare = bare.input;
    const { photo } = subject;
    /** @returns {Promise<Blob>} */
    const file = async (/** @type {import('../picture/save.js').Type} */ type, /** @type {number} */ quality, /** @type {AbortSignal | undefined} */ signal = undefined) => {
      await this.#asked();
      return this.#painter.alone ? fileOf(this.#compare.canvases.after, type, quality, this.#maker) : photo.save(this.#painter.change, { type, quality, place: save.chosen.place, onCompared, signal });
    };
    const onError = (/** @type {unknown} */ thrown, /** @type {() => void} */ retry) => {
      const error = DiffAeError.from(thrown);
      // What is over because the edit went on is no trouble.
      if (error.code !== 'cancelled' && error.code !== 'freed') actions.onError(error, retry);
    };
    const save = this.#save = new SavePanel(say, { name: subject.name, width: photo.width, height: photo.height, dreamt: photo.dreamt, ...photo.metadata }, { file, onError });
    const video = new VideoPanel(say, { name: subject.name, small: this.#painter.small }, {
      edit: () => ({ values: this.values, name: this.#sliders.names.find((name) => name === this.#movedLast) ?? this.#sliders.names[0] ?? null, other: this.#blend.other }),
      called: (name) => this.#sliders.called(name),
      draw: async (sweep, options) => drawSweep(await this.#session.model({ signal: options.signal }), subject, sweep, options),
      onError,
    });
    const newPhoto = button('quiet', icon('photo'), say('newPhoto'), actions.onNewPhoto);
    this.#out = new OutPanel(say, subject.name, video, newPhoto, {
      drawn: () => this.#asked(),
      file,
      pair: (type, quality) => this.#pair(type, quality),
      chosen: () => save.chosen,
      edit: () => [this.#painter.alone, this.#painter.alone ? this.#painter.shown : this.#painter.change?.after, save.chosen.quality, save.chosen.place],
      onError,
    });
    if (this.#painter.small) {
      this.#compare.view('slide');
      this.#compare.divide(Math.round(100 * Math.max(0.04, this.#painter.edge)));
    }
    this.element = h('section', { class: 'two edit-view' },
      h('div', { class: 'left' },
        this.#compare.element,
        h('div', { class: 'state' }, this.#bar, this.#status, h('div', { class: 'steps' }, this.#undo, this.#redo, this.#sliders.resetButton))),
      h('div', { class: 'right' }, this.#tabs.element),
      h('div', { class: 'below' },
        h('div', { class: 'toolbar' },
          this.#compare.controls,
          button('quiet', icon('eye'), say('adjust'), actions.onAdjust),
          h('div', { class: 'switches' }, this.#painter.small ? zoom.element : null, bare.element)),
        save.element,
        this.#out.element,
        proof.element,
        this.#inside.element),
    );
    this.element.addEventListener('keydown', (event) => this.#key(event));
    for (const name of this.#knownTaught()) this.#sliders.addTaught(name);
    this.#compare.listen(this.element);
    this.#remember(null);
    void this.#painted(this.#painter.paint());
    this.#tell('idle');
  }

  /** What was taught to this model, of which faces can be dreamt, too. */
  #knownTaught() {
    const model = this.#session.current;
    const taught = model ? taughtTo(model.info) : [];
    // Another tab may have taught it since it was loaded.
    for (const direction of taught) model?.learn(direction);
    const names = taught.map(({ name }) => name);
    this.#faces.taught(names);
    this.#film.taught(names);
    // A model without attributes has sliders only where something was taught to it.
    const slides = this.#sliders.names.length + names.length > 0;
    this.#tabs.offer('edit', slides);
    this.#sliders.resetButton.hidden = !slides;
    return names;
  }

  get subject() {
    return this.#subject;
  }

  /** Amplitudes of the sliders that are not at zero. */
  get values() {
    return this.#sliders.values;
  }

  /** @param {Values} values */
  set values(values) {
    this.#sliders.set(values);
  }

  /** A second face has been read. @param {Subject} other */
  blendWith(other) {
    this.#tabs.select('blend');
    this.#blend.show(other);
  }

  /** Draws again what is to be seen, after trouble or on another device. */
  redraw() {
    const begun = this.#begun;
    this.#stop();
    this.#tell('idle');
    if (begun) void begun();
    else if (this.#painter.other) void this.#painted(this.#painter.paint());
    else if (this.#blended) void this.#drawBlend(this.#blend.amount);
    else void this.#drawEdit(this.values);
  }

  /** Ends work under way; the view may be shown again later. */
  rest() {
    this.#teach.rest();
    this.#pause();
    this.#out.rest();
  }

  #pause() {
    this.#stop();
    this.#painter.rest();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#wanted = null;
    this.#latest.cancel();
  }

  /** Goes on where `rest` ended the work. */
  resume() {
    void this.#painted(this.#painter.paint());
    void this.#begun?.();
  }

  /** A step of the person's own, which can be taken back; one that is done once more is remembered already. @param {Step | null} step */
  #remember(step) {
    if (step && !this.#again) this.#history.add(step);
    const { canUndo, canRedo } = this.#history;
    const focused = /** @type {ShadowRoot | Document} */ (this.element.getRootNode()).activeElement;
    [this.#undo.disabled, this.#redo.disabled] = [!canUndo, !canRedo];
    // A button that can do no more would swallow the keys that take the step back.
    if (focused === this.#sliders.resetButton && this.#sliders.resetButton.disabled) this.#undo.focus();
    if (focused === this.#redo && !canRedo) this.#undo.focus();
    if (focused === this.#undo && !canUndo) this.#redo.focus();
  }

  /** Does once more what a step of the history did. @param {Step} step */
  #take(step) {
    this.#again = true;
    const { values, alpha, other, picture } = step;
    if (values) {
      if (this.#sliders.names.length > 0) this.#tabs.select('edit');
      this.#sliders.set(values);
    } else if (other) {
      this.#tabs.select('blend');
      this.#blend.show(other, alpha);
    } else if (picture) {
      this.#tabs.select('variations');
      this.#showOther(picture);
    }
    this.#again = false;
    this.#remember(null);
  }

  /** Ctrl or Cmd+Z takes back, with Shift again; digits move the divider. @param {KeyboardEvent} event */
  #key(event) {
    const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (event.defaultPrevented || altKey || writes(event.target)) return;
    if ((ctrlKey || metaKey) && key.toLowerCase() === 'z') {
      if (shiftKey && this.#history.canRedo) this.#take(this.#history.redo());
      if (!shiftKey && this.#history.canUndo) this.#take(this.#history.undo());
    } else if (!ctrlKey && !metaKey && /^\d$/.test(key)) this.#compare.jump(10 * Number(key));
    else return;
    event.preventDefault();
  }

  /** @param {Values} values @param {boolean} moving */
  #moved(values, moving) {
    this.#film.follow(values);
    this.#actions.onMove(values);
    const before = this.#movedTo;
    this.#movedLast = Object.keys({ ...before, ...values }).find((name) => before[name] !== values[name]) ?? this.#movedLast;
    this.#movedTo = values;
    if (!moving) this.#remember({ values });
    this.#inside.moved(values);
    if (Object.keys(values).length === 0) void this.#settled(values, this.#subject.reconstruction);
    else if (moving && this.#subject.code.steps > DRAFT_STEPS) void this.#follow(values);
    else this.#later(() => this.#drawEdit(values));
  }

  /** Draws drafts as fast as they come while a slider moves, and the whole picture once it rests. @param {Values} values */
  async #follow(values) {
    clearTimeout(this.#timer);
    this.#wanted = values;
    this.#begun = () => this.#drawEdit(values);
    if (this.#following) return;
    this.#following = true;
    this.#out.changing();
    this.#tell('drawing');
    try {
      await this.#latest.run(async (signal) => {
        const model = await this.#session.model({ signal });
        while (this.#wanted && !signal.aborted) {
          const next = this.#wanted;
          this.#wanted = null;
          this.#painter.draft(await this.#draft(model, next, signal));
        }
      });
      this.#timer = setTimeout(() => void this.#begun?.(), REST_MS);
    } catch (thrown) {
      const error = /** @type {DiffAeError} */ (thrown);
      if (error.code === 'cancelled') return;
      this.#tell('idle');
      this.#actions.onError(error, () => this.redraw());
    } finally {
      this.#following = false;
      // The slider moved on after this was cancelled.
      if (this.#wanted) void this.#follow(this.#wanted);
    }
  }

  /** The change that a few steps make, on the reconstruction of all. @param {import('../../lib/page/diffae.js').DiffAe} model @param {Values} values @param {AbortSignal} signal */
  async #draft(model, values, signal) {
    const { code, reconstruction } = this.#subject;
    const base = await this.#base(model, signal);
    return changed(reconstruction, base, await model.edit(code, values, { signal, steps: DRAFT_STEPS }));
  }

  /** Draws a filmstrip. @param {string} name @param {(picture: ImageData, index: number) => void} onFrame @param {() => void} again */
  async #sweep(name, onFrame, again) {
    const { values } = this;
    const drawn = await this.#beside(async (model, watch) => {
      await drawFrames(model, this.#subject, await this.#base(model, watch.signal), { name, values }, { ...watch, onFrame });
      return true;
    }, again);
    return drawn !== null;
  }

  /** Resolves when what was begun is drawn; rejects with `cancelled` where it is not, and that has been told. */
  async #asked() {
    const draw = this.#begun;
    if (!draw) return;
    this.#stop();
    await draw();
    // It failed, or something else was begun.
    if (this.#begun) throw cancelled();
  }

  /**
   * Runs a request whose pictures are shown beside the edited one, once that is drawn. Gives null like `#work`.
   * @template T
   * @param {(model: import('../../lib/page/diffae.js').DiffAe, watch: Watch) => Promise<T>} request @param {() => void} again asks for the same once more
   */
  async #beside(request, again) {
    try {
      await this.#asked();
    } catch {
      return null;
    }
    return this.#work(request, null, again);
  }

  /** The code decoded as drafts are. @param {import('../../lib/page/diffae.js').DiffAe} model @param {AbortSignal} signal */
  async #base(model, signal) {
    const { code } = this.#subject;
    return this.#draftBase ??= await model.reconstruct(code, { signal, steps: Math.min(DRAFT_STEPS, code.steps) });
  }

  /** @param {() => Promise<void>} draw */
  #later(draw) {
    this.#stop();
    this.#begun = draw;
    this.#out.changing();
    this.#tell('drawing');
    this.#timer = setTimeout(() => void draw(), SETTLE_MS);
  }

  /** Without a change there is nothing to draw. @param {Values} values @param {ImageData} picture */
  async #settled(values, picture) {
    this.#blended = false;
    this.#pause();
    this.#begun = null;
    this.#tell('idle');
    await this.#painted(this.#painter.show(picture));
    this.#actions.onChange(values, picture);
  }

  /** @param {Values} values */
  async #drawEdit(values) {
    this.#blended = false;
    if (Object.keys(values).length === 0) {
      await this.#settled(values, this.#subject.reconstruction);
      return;
    }
    this.#begun = () => this.#drawEdit(values);
    const picture = await this.#work(async (model, watch) => {
      const start = performance.now();
      const edited = await model.edit(this.#subject.code, values, watch);
      timed(model.info.device.kind, model.info, this.#subject.code.steps, (performance.now() - start) / 1000);
      return edited;
    }, (drawn) => this.#painter.show(drawn));
    if (picture) this.#actions.onChange(values, picture);
  }

  /** @param {number} alpha */
  async #drawBlend(alpha) {
    const other = this.#blend.other;
    if (!other) return;
    this.#begun = () => this.#drawBlend(alpha);
    this.#remember({ alpha, other });
    this.#blended = true;
    await this.#work((model, watch) => model.interpolate(this.#subject.code, other.code, alpha, watch), (drawn) => this.#painter.show(drawn));
  }

  /**
   * Runs one request; a new one cancels it. Gives null when it was cancelled or failed, which has been shown then.
   * @template T
   * @param {(model: import('../../lib/page/diffae.js').DiffAe, watch: Watch) => Promise<T>} request
   * @param {((result: T) => Promise<void>) | null} show puts the result in the place of the edited picture, which then shows drafts of it
   * @param {() => void} again asks for the same once more
   * @returns {Promise<T | null>}
   */
  async #work(request, show, again = () => this.redraw()) {
    const from = this.#painter.shown;
    const gliding = show !== null && !this.#painter.other;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const start = performance.now();
    if (show) this.#out.changing();
    this.#tell('drawing');
    try {
      const result = await this.#latest.run(async (signal) => {
        const onProgress = (/** @type {import('../../lib/shared/protocol.js').LoadProgress} */ progress) => {
          this.#bar.value = progress.total > 0 ? progress.loaded / progress.total : 0;
          this.#actions.onProgress(progress);
        };
        const model = await this.#session.model({ signal, onProgress });
        const result = await request(model, {
          signal,
          onProgress,
          onStep: (/** @type {import('../state/session.js').Step} */ { index, of, preview }) => {
            this.#bar.value = (index + 1) / of;
            this.#actions.onProgress({ stage: 'draw', index, of });
            if (preview) this.#inside.step(index, of, preview);
            const done = (index + 1) / of;
            // The picture glides from the last one to the new one as the predictions firm up.
            if (preview && gliding && !still && done >= FIRST_DRAFT) this.#painter.draft(blended(from, preview, done ** 2));
          },
        });
        await show?.(result);
        return result;
      });
      if (show) this.#begun = null;
      this.#tell('drawn', { time: duration((performance.now() - start) / 1000, this.#say) });
      return result;
    } catch (thrown) {
      const error = /** @type {DiffAeError} */ (thrown);
      if (error.code === 'cancelled') return null;
      this.#tell('idle');
      this.#actions.onError(error, again);
      return null;
    }
  }

  /** @param {string} key */
  #turnedTo(key) {
    if (key !== 'edit' || !(this.#painter.other || this.#blended)) return;
    this.#remember({ values: this.values });
    void this.#drawEdit(this.values);
  }

  /** @param {ImageData} picture */
  #showOther(picture) {
    this.#blended = false;
    this.#remember({ picture });
    this.#pause();
    this.#begun = null;
    void this.#painted(this.#painter.show(picture, { other: true }));
    this.#tell('idle');
  }

  /** What goes wrong while painting is shown like all trouble. @param {Promise<void>} painting */
  async #painted(painting) {
    try {
      await painting;
    } catch (error) {
      this.#actions.onError(DiffAeError.from(error), () => void this.#painted(this.#painter.paint()));
    }
  }

  /** @param {import('../picture/save.js').Type} type @param {number} quality */
  async #pair(type, quality) {
    await this.#asked();
    const { photo } = this.#subject;
    const { change, alone } = this.#painter;
    const { before, after } = this.#compare.canvases;
    const file = { type, quality, maker: alone || change || photo.dreamt ? this.#maker : null, colorSpace: spaceOf(before) };
    if (alone) {
      return pairOf(before, [async () => readBack(before), async () => readBack(after)], file);
    }
    const { colorSpace } = file;
    const preview = (/** @type {number} */ side) => photo.preview(side, { colorSpace });
    return pairOf(photo, [preview, (side) => change ? photo.composite(change, side, { colorSpace }) : preview(side)], file);
  }

  /** Who makes what is edited here: a model and a camera, or a model alone. */
  get #maker() {
    return this.#subject.photo.dreamt ? /** @type {const} */ ('model') : /** @type {const} */ ('edit');
  }

  /** What a file that is saved now will be. */
  #tellFile() {
    this.#save.holds(this.#painter.alone ? { width: SHOWN, height: SHOWN } : null);
  }

  /** @param {'idle' | 'drawing' | 'drawn'} key @param {Record<string, string>} [values] */
  #tell(key, values) {
    if (key !== 'drawing') this.#out.rested();
    this.#status.textContent = this.#say(key === 'idle' && this.#sliders.names.length === 0 ? 'idleNoSliders' : key, values);
    this.#bar.value = 0;
    this.#bare.disabled = this.#painter.other;
    this.#tellFile();
    this.#compare.busy(key === 'drawing');
  }
}

/** @param {HTMLCanvasElement} canvas */
function readBack(canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
