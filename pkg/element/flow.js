// The way of a photo from screen to screen: found, framed, read, edited; and the detour to a second face and back. It owns
// the photos that are open.

import { centred, frameFromEyes } from '../lib/page/frame.js';
import { Photo } from '../lib/page/photo.js';
import { absolute } from '../lib/page/workers.js';
import { cancelled, DiffAeError } from '../lib/shared/errors.js';
import { fetchWhole, nameIn } from '../lib/shared/fetch.js';
import { clamped, reframed, surroundings, USUAL_FRAMING } from './picture/geometry.js';
import { pasted } from './picture/incoming.js';
import { canvasOf, download, fileName, fileOf } from './picture/save.js';
import { enlarged } from './picture/upscale.js';
import { CameraView } from './screens/camera-view.js';
import { EditView } from './screens/edit-view.js';
import { FindView } from './screens/find-view.js';
import { FrameView } from './screens/frame-view.js';
import { Sampling } from './sampling.js';
import { StartView } from './screens/start-view.js';
import { WorkView } from './screens/work-view.js';
import { freshDream } from './state/dream.js';
import { canKeep } from './state/kept.js';
import { Latest } from './state/latest.js';
import { plainly } from './words/labels.js';
import { SaidError, told } from './words/said.js';

/** @typedef {import('./picture/geometry.js').Frame} Frame */
/** @typedef {import('./state/subject.js').Subject} Subject */
/** @typedef {import('./screens/start-view.js').Sample} Sample */
/**
 * @typedef {object} Opened a photo on its way to the editor
 * @property {Photo} photo
 * @property {string} name
 * @property {import('./picture/geometry.js').Framing | null} framing where the model wants the eyes; null for one that takes any square of a photo
 * @property {Frame | null} frame where the face is, as it was found or moved since; null where nobody has said yet
 * @property {boolean} found whether the face was found, or has been read before
 * @property {import('./screens/edit-view.js').Values | null} values sliders to start with, where they have been moved before
 * @property {import('./state/dream.js').Dream | null} dream what draws the picture again, where it is a dreamt face as it was drawn
 */
/** @typedef {import('./state/kept.js').Edit} Edit */
/** @typedef {{ opened: Opened, faces: readonly { eyes: import('../lib/page/photo.js').Face['eyes'] }[], failure: DiffAeError | null }} Found */
/** @typedef {'start' | 'camera' | 'find' | 'frame' | 'work' | 'edit'} Stage */
/**
 * @typedef {object} Page what the flow needs of the element
 * @property {import('./words/labels.js').Say} say
 * @property {import('./state/session.js').Session} session
 * @property {() => import('./state/keeper.js').Keeper | null} keeper of what is edited, for after a reload; null where nothing is to be kept
 * @property {(address: string) => Promise<boolean>} offers whether a model can be chosen here
 * @property {(address: string) => void} choose chooses a model where it can be chosen
 * @property {() => readonly Sample[]} samples
 * @property {() => readonly string[] | null} sliders
 * @property {() => import('./screens/edit-view.js').Values} begins where the sliders of the next photo begin
 * @property {() => void} begun one has begun so
 * @property {(view: HTMLElement, stage: Stage, focus?: HTMLElement) => void} show
 * @property {(type: 'progress' | 'opened' | 'change' | 'dream', detail: unknown) => void} tell
 * @property {(error: DiffAeError, retry: (() => void) | null) => void} trouble
 * @property {() => void} calm clears shown trouble
 */

/** Side of the small picture that stands for a photo which can be gone on with, and how much of the photo around the frame it shows. */
const THUMB = { side: 128, around: 1.4 };

export class Flow {
  #page;
  #latest = new Latest();
  /** The fetch of a dropped picture, which ends no other work. */
  #fetching = new Latest();
  /** @type {Opened | null} the photo at hand that no editor has yet */
  #opened = null;
  /** @type {EditView | null} */
  #edit = null;
  /** @type {EditView | null} the editor to come back to while a second face is chosen */
  #blending = null;
  /** What photos were opened from. @type {WeakMap<Photo, import('./state/kept.js').Source>} */
  #sources = new WeakMap();
  /** @type {StartView | null} the first screen, while it is the one that was made last */
  #start = null;
  /** @type {StartView | null} the screen on which a photo was last to be chosen */
  #choosing = null;
  /** @type {(() => void) | null} what opens by itself where nobody has something to go on with */
  #initial = null;
  /** @type {Edit | null} what somebody could go on with */
  #offered = null;
  #goingOn = false;
  /** @type {CameraView | null} */
  #camera = null;
  #freed = false;

  /** @param {Page} page */
  constructor(page) {
    const show = this.#unlessFreed(page.show);
    /** @type {Page['show']} */
    const alone = (view, stage, focus) => {
      // Whatever comes next, no camera stays on.
      if (view !== this.#camera?.element) this.#closeCamera();
      show(view, stage, focus);
    };
    this.#page = { ...page, show: alone, tell: this.#unlessFreed(page.tell), trouble: this.#unlessFreed(page.trouble), calm: this.#unlessFreed(page.calm) };
  }

  /** @template {unknown[]} A @param {(...args: A) => void} act @returns {(...args: A) => void} */
  #unlessFreed(act) {
    return (...args) => { if (!this.#freed) act(...args); };
  }

  /** Begins with the first screen. @param {() => void} initial opens what the page has for it */
  start(initial) {
    this.#initial = initial;
    this.choose();
  }

  /** Where the sliders of the photo in the editor are, if there is one. */
  get amplitudes() {
    return this.#edit?.values ?? null;
  }

  /** Moves the sliders of the photo in the editor, or tells where those of the next one begin. @param {import('./screens/edit-view.js').Values} amplitudes */
  move(amplitudes) {
    if (this.#edit) {
      this.#edit.values = amplitudes;
      this.#page.begun();
    } else this.#start?.begins(amplitudes);
  }

  /** Draws the present edit again, on another device. */
  redraw() {
    this.#edit?.redraw();
  }

  /** Another model was chosen: what is being edited is read again by it, with the sliders where they are. */
  async remodel() {
    const { session, trouble } = this.#page;
    const edit = this.#edit ?? this.#blending;
    if (edit) {
      edit.rest();
      this.#drop(this.#opened);
      this.#edit = this.#blending = null;
      const { photo, name, frame, framing } = edit.subject;
      // By this model the same numbers are other faces.
      this.#opened = { photo, name, frame, framing, found: true, values: edit.values, dream: null };
    }
    const opened = this.#opened;
    if (!opened) {
      this.choose();
      return;
    }
    // The editor of the model before is gone at once, so that nothing of it reaches the other one.
    if (edit) this.#workView(opened).working();
    try {
      const { encodes, framing } = await this.#latest.run(() => session.describe());
      if (!encodes) {
        this.choose();
        return;
      }
      const before = opened.framing;
      opened.framing = framing;
      if (framing && !before) {
        await this.#lookFor(opened);
        return;
      }
      if (framing && before) opened.frame = opened.frame && reframed(opened.frame, before, framing);
      await (edit ? this.#go(opened) : this.#frame(opened));
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      if (over(error)) return;
      await this.#frame(opened);
      trouble(error, null);
    }
  }

  /** A square of anything says nothing of where a face is, which is looked for now. @param {Opened} opened */
  async #lookFor(opened) {
    opened.frame = null;
    opened.found = false;
    const view = new FindView(this.#page.say, () => this.#leave());
    this.#page.show(view.element, 'find');
    const found = await this.#latest.run((signal) => this.#find(view, opened, null, signal));
    await this.#foundIn(view, found);
  }

  /** Ends all work and gives the photos' memory back. What still comes of it is told to nobody. */
  free() {
    this.#freed = true;
    this.#closeCamera();
    this.#fetching.end();
    this.#latest.end();
    this.#drop(this.#opened);
    this.#opened = null;
    for (const edit of [this.#edit, this.#blending]) {
      edit?.rest();
      edit?.subject.photo.free();
    }
    this.#edit = this.#blending = null;
  }

  /** A first photo is wanted, or the second of a blend. */
  choose() {
    const { say, session, show, trouble } = this.#page;
    this.#latest.cancel();
    this.#drop(this.#opened);
    this.#opened = null;
    const view = this.#choosing = new StartView(say, {
      onFile: (file) => void this.open(file, {}),
      onSample: (sample) => void this.open(sample.src, { name: sample.label, eyes: sample.eyes }),
      onCamera: () => void this.#going(this.#photograph()),
      onPaste: () => void this.#paste(),
      onDream: () => void this.dream(freshDream()),
      onBack: this.#blending && (() => this.#stopBlending()),
    });
    this.lend();
    show(view.element, 'start');
    if (!this.#blending) {
      this.#start = view;
      view.begins(this.#page.begins());
      void this.#offerKept(view);
    }
    session.describe().then((description) => {
      if (description.encodes) view.describe(description);
      else if (view.element.isConnected) this.#sample(description, null);
    }, (error) => { if (view.element.isConnected) trouble(error, () => this.choose()); });
  }

  /** Offers the sample photos that the page has now. */
  lend() {
    this.#choosing?.lend(this.#page.samples());
  }

  /** Offers to go on with what was being edited here. Nothing of it is opened before that is wanted: it may be what crashed the tab. @param {StartView} view */
  async #offerKept(view) {
    const { say, keeper, trouble } = this.#page;
    const records = keeper();
    if (records) void canKeep().then((can) => can && view.keeps());
    if (this.#goingOn) return;
    // What is known is not looked up once more, so that a page's own photo comes at once.
    if (records && !(this.#initial && records.empty)) {
      const { edit, damaged } = await records.find();
      if (this.#freed || !view.element.isConnected) return;
      if (damaged) trouble(new SaidError('picture-damaged', say('keptDamaged')), null);
      this.#offered = edit;
      if (edit) {
        const other = !await this.#page.offers(edit.model);
        if (this.#freed || !view.element.isConnected) return;
        view.offer(edit, other, { onGoOn: () => void this.#goOn(edit), onForget: () => void records.forget(edit).then(() => this.choose()) });
        return;
      }
    }
    const initial = this.#initial;
    this.#initial = null;
    initial?.();
  }

  /** @param {Edit} edit */
  async #goOn(edit) {
    const { say, session, keeper, choose, trouble, calm } = this.#page;
    const records = keeper();
    if (!records) return;
    calm();
    const source = await records.take(edit);
    if (this.#freed) return;
    if (typeof source === 'string') {
      this.choose();
      trouble(source === 'taken' ? new SaidError('unsupported', say('keptTaken')) : new SaidError('picture-damaged', say('keptDamaged')), null);
      return;
    }
    this.#goingOn = true;
    try {
      this.#initial = this.#offered = null;
      choose(edit.model);
      const opened = await this.#latest.run((signal) => this.#take(source, edit.name, signal));
      const { photo, framing } = opened;
      opened.values = edit.values;
      opened.dream = edit.model === session.manifestUrl ? edit.dream : null;
      if (photo.damage) trouble(new DiffAeError('picture-damaged', photo.damage), null);
      this.#goingOn = false;
      if (framing && !edit.framing) {
        await this.#lookFor(opened);
        return;
      }
      const same = JSON.stringify(framing) === JSON.stringify(edit.framing);
      const frame = same || !framing || !edit.framing ? edit.frame : reframed(edit.frame, edit.framing, framing);
      opened.frame = clamped(frame, photo.width, photo.height);
      opened.found = true;
      await this.#go(opened);
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      this.#goingOn = false;
      if (over(error)) return;
      const damaged = error.code.startsWith('picture-');
      if (damaged) await records.forget(edit);
      this.choose();
      trouble(damaged ? new SaidError(error.code, say('keptDamaged'), { cause: error }) : error, null);
    }
  }

  /** What is edited from now on is kept, for a reload or a crash. @param {Subject} subject @param {import('./screens/edit-view.js').Values} values */
  #keep({ photo, name, frame, framing, dream }, values) {
    const { session, keeper } = this.#page;
    const source = this.#sources.get(photo);
    if (!source) return;
    const region = surroundings(frame, photo.width, photo.height, THUMB.around);
    const thumb = photo.preview(THUMB.side, { region }).then(({ width, height, data }) => ({ width, height, data }), () => null);
    void keeper()?.keep({ name, frame, framing, values, dream, model: session.manifestUrl }, source, thumb);
  }

  /** What was edited or offered is over. */
  #forget() {
    void this.#page.keeper()?.forget(this.#offered);
    this.#offered = null;
  }

  /** A photo is taken here and now. */
  async #photograph() {
    const { session, show, trouble, calm } = this.#page;
    calm();
    // A model that cannot be looked up is most likely one for faces.
    const { framing } = await this.#latest.run(() => session.describe().catch(() => ({ framing: USUAL_FRAMING })));
    if (this.#freed) return;
    const view = new CameraView(this.#words(framing), framing !== null, {
      onPhoto: (file) => void this.open(file, {}),
      onTrouble: (error) => {
        this.choose();
        trouble(error, () => void this.#going(this.#photograph()));
      },
      onBack: () => this.choose(),
    });
    this.#closeCamera();
    this.#camera = view;
    show(view.element, 'camera', view.shutter);
    view.open();
  }

  #closeCamera() {
    this.#camera?.close();
    this.#camera = null;
  }

  async #paste() {
    const { say, trouble, calm } = this.#page;
    calm();
    try {
      const file = await this.#fetching.run(() => pasted(say));
      await this.open(file, {});
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      if (!over(error)) trouble(error, null);
    }
  }

  /**
   * Faces of nobody, which some numbers make the ones they are.
   * @param {import('./state/dream.js').Dream} dream @param {import('./screens/edit-view.js').Values} [amplitudes] where their sliders begin
   */
  async dream(dream, amplitudes = {}) {
    const { say, session, trouble } = this.#page;
    try {
      // Whoever goes on to a photo meanwhile wants that.
      const description = await this.#fetching.run(() => session.describe());
      if (!description.parts.latent || !description.encodes) throw new SaidError('unsupported', say('noDreams', { name: description.name }));
      if (this.#freed || (dream.face && (await this.#isKept(dream)))) return;
      this.#initial = null;
      this.#latest.cancel();
      this.#edit?.rest();
      this.#drop(this.#opened);
      this.#opened = null;
      this.#sample(description, dream, amplitudes);
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      if (!over(error)) trouble(error, null);
    }
  }

  /** Whether this very face is offered already, as it was edited here. @param {import('./state/dream.js').Dream} dream */
  async #isKept(dream) {
    const { session, keeper } = this.#page;
    if (this.#edit || this.#opened) return false;
    const found = await keeper()?.find();
    return found?.edit?.model === session.manifestUrl && JSON.stringify(found.edit.dream) === JSON.stringify(dream);
  }

  /** @param {import('../index.js').ModelDescription} description @param {import('./state/dream.js').Dream | null} dream @param {import('./screens/edit-view.js').Values} [amplitudes] of the faces of these numbers */
  #sample(description, dream, amplitudes = {}) {
    const { say } = this.#page;
    new Sampling({ ...this.#page, say: this.#words(description.framing) }, this.#latest, description, dream, {
      onPicture: (picture, number, drawn) => void (dream
        ? this.#going(this.#openFace(picture, say('face', { number }), drawn, drawn?.seed === dream.seed ? amplitudes : {}))
        : this.#download(picture, fileName(say('picture', { number }), description.name))),
      onBack: dream && (() => this.#leave()),
    }).begin();
  }

  /** @param {ImageData} picture @param {string} name */
  async #download(picture, name) {
    try {
      await download(await fileOf(canvasOf(picture), 'image/png', undefined, 'model'), name);
    } catch (error) {
      this.#page.trouble(DiffAeError.from(error), null);
    }
  }

  /** Opens a picture once it is there; until then, and where it cannot be had, what is under way goes on. @param {import('./picture/incoming.js').Source} source */
  async fetch(source) {
    const { calm, trouble } = this.#page;
    calm();
    try {
      const file = await this.#fetching.run(source);
      await this.open(file, {});
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      if (!over(error)) trouble(error, null);
    }
  }

  /** @param {Blob | string} source a picture file or its address @param {{ name?: string, eyes?: Sample['eyes'] }} about */
  async open(source, { name, eyes = null }) {
    const { say, session, show, trouble, calm } = this.#page;
    this.#fetching.cancel();
    this.#initial = null;
    calm();
    this.#edit?.rest();
    const before = this.#opened;
    // A photo that was being lined up is still there as long as no other one is.
    const back = async () => { if (before && before === this.#opened) await this.#frame(before); else this.#leave(); };
    const view = new FindView(say, () => void this.#going(back()));
    show(view.element, 'find');
    session.describe().then(({ framing }) => { if (!framing) view.plain(); }, () => {});
    try {
      const found = await this.#latest.run(async (signal) => {
        const file = source instanceof Blob ? source : await fetched(source, signal);
        const opened = await this.#take(file, name ?? /** @type {Partial<File>} */ (file).name ?? 'face', signal);
        return this.#find(view, opened, eyes, signal);
      });
      await this.#foundIn(view, found);
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      if (over(error)) return;
      await this.#going(back());
      trouble(error, null);
    }
  }

  /**
   * Looks for the faces on a photo, for a model that wants them.
   * @param {FindView} view @param {Opened} opened @param {Sample['eyes']} eyes where they are known @param {AbortSignal} signal
   * @returns {Promise<Found>}
   */
  async #find(view, opened, eyes, signal) {
    const { photo, framing } = opened;
    await view.show(photo, signal);
    // At once: whoever picks a face while more are looked for ends the search.
    if (photo.damage) this.#page.trouble(new DiffAeError('picture-damaged', photo.damage), null);
    if (!framing) return { opened, faces: [], failure: null };
    if (eyes) return { opened, faces: [{ eyes }], failure: null };
    // Whoever cannot have the face found lines it up.
    const onFaces = (/** @type {import('../lib/page/photo.js').Face[]} */ some) => some.length > 1 && this.#offer(view, opened, some);
    const faces = await photo.faces({ signal, onFaces }).catch((error) => {
      if (signal.aborted) throw error;
      return DiffAeError.from(error);
    });
    return faces instanceof DiffAeError ? { opened, faces: [], failure: faces } : { opened, faces, failure: null };
  }

  /**
   * Opens a photo and makes it the one at hand, unless somebody has gone on to something else meanwhile.
   * @param {import('./state/kept.js').Source} source @param {string} name @param {AbortSignal} signal
   */
  async #take(source, name, signal) {
    const { say, session } = this.#page;
    const describing = session.describe().catch(() => null);
    // What is no file is a picture that a model drew.
    const photo = await Photo.open(source, { ...session.addresses, dreamt: !(source instanceof Blob), signal });
    // A manifest that never comes must not keep the photo of somebody who has gone on.
    const gone = new Promise((resolve) => { signal.addEventListener('abort', () => resolve(null), { once: true }); });
    const model = signal.aborted ? null : await Promise.race([describing, /** @type {Promise<null>} */ (gone)]);
    // A model that cannot be looked up is most likely one for faces.
    const framing = model ? model.framing : USUAL_FRAMING;
    if (signal.aborted || model?.encodes === false) {
      photo.free();
      throw signal.aborted ? cancelled() : new SaidError('unsupported', say('noEncoder', { name: model?.name ?? '' }));
    }
    this.#sources.set(photo, source);
    this.#drop(this.#opened);
    /** @type {Opened} */
    const opened = { photo, name, framing, frame: null, found: false, values: null, dream: null };
    return this.#opened = opened;
  }

  /** Trouble on the way to a screen is shown on the one before it. @param {Promise<void>} going */
  async #going(going) {
    try {
      await going;
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      if (!over(error)) this.#page.trouble(error, null);
    }
  }

  /** Back to where a photo was asked for. */
  #leave() {
    this.#latest.cancel();
    this.#drop(this.#opened);
    this.#opened = null;
    if (this.#edit) {
      this.#page.show(this.#edit.element, 'edit');
      this.#edit.resume();
    } else {
      this.choose();
    }
  }

  /**
   * @param {FindView} view
   * @param {Found} found
   */
  async #foundIn(view, { opened, faces, failure }) {
    const { say } = this.#page;
    this.#dismiss();
    if (!opened.framing) await this.#frame(opened);
    else if (failure) await this.#frame(opened, `${say('notSearched')} ${told(failure, say).sentence}`);
    else if (faces.length === 0) await this.#frame(opened, say('noFace'));
    else if (faces.length === 1) await this.#go(placed(opened, faces[0]));
    else this.#offer(view, opened, /** @type {import('../lib/page/photo.js').Face[]} */ (faces));
  }

  /** Lets go of the photo before, now that there is something better. */
  #dismiss() {
    if (this.#blending) return;
    this.#forget();
    this.#edit?.subject.photo.free();
    this.#edit = null;
  }

  /** The choice among several faces, of which more may be found. @param {FindView} view @param {Opened} opened @param {import('../lib/page/photo.js').Face[]} faces */
  #offer(view, opened, faces) {
    const chosen = view.pick(opened.photo, faces, {
      onPick: (face) => {
        this.#dismiss();
        void this.#going(this.#go(placed(opened, face)));
      },
      onByHand: () => {
        this.#dismiss();
        void this.#going(this.#frame(opened));
      },
    });
    if (chosen) this.#page.show(view.element, 'find', chosen);
  }

  /** Straight on, unless something has to be downloaded first, which is said and agreed to. @param {Opened} opened */
  async #go(opened) {
    const download = await this.#page.session.download();
    if (this.#opened !== opened) return;
    if (download) await this.#frame(opened);
    else await this.#read(opened);
  }

  /** @param {Opened} opened @param {string | null} [sentence] why no face was found */
  async #frame(opened, sentence = null) {
    const { session, show } = this.#page;
    this.#latest.cancel();
    const about = { again: false, second: this.#blending !== null, found: opened.found, sentence, download: await session.download() };
    if (this.#opened !== opened) return;
    const view = new FrameView(this.#words(opened.framing), opened.framing, about, {
      onMove: (frame) => { opened.frame = frame; },
      onBegin: () => void this.#going(this.#read(opened)),
      onBack: () => this.choose(),
    });
    show(view.element, 'frame', view.beginButton);
    await view.show(opened.photo, opened.frame);
  }

  /** Reads the framed face, then opens the editor on it. @param {Opened} opened */
  async #read(opened) {
    opened.found = true;
    const view = this.#workView(opened);
    // At once, so that whoever goes on to something else meanwhile ends this, too.
    await Promise.all([view.show(opened.photo, /** @type {Frame} */ (opened.frame)), this.#encode(view, opened)]);
  }

  /** The screen on which a face is read. @param {Opened} opened */
  #workView(opened) {
    const view = new WorkView(this.#words(opened.framing), opened.framing, {
      onGrab: () => this.#latest.cancel(),
      onFrame: (moved) => {
        opened.frame = moved;
        void this.#encode(view, opened);
      },
      // A square of the photo in the editor is moved beside it.
      onCancel: () => { if (this.#opened === opened) void this.#going(this.#frame(opened)); else this.#leave(); },
      onBack: null,
    });
    this.#page.show(view.element, 'work');
    return view;
  }

  /** The eyes of the face in the editor are corrected. @param {EditView} edit */
  async #adjust(edit) {
    const { say, show } = this.#page;
    edit.rest();
    const { photo, name, frame, framing } = edit.subject;
    const adjusted = { photo, name, frame, framing, found: true, values: edit.values, dream: null };
    if (!framing) {
      await this.#move(adjusted);
      return;
    }
    const view = new WorkView(say, framing, {
      onGrab: () => this.#latest.cancel(),
      onFrame: (moved) => {
        adjusted.frame = moved;
        void this.#encode(view, adjusted);
      },
      onCancel: () => this.#leave(),
      onBack: () => this.#leave(),
    });
    show(view.element, 'work');
    await view.show(photo, frame);
  }

  /** Another square of the photo in the editor, which is read once it is settled. @param {Opened} adjusted */
  async #move(adjusted) {
    const moved = { ...adjusted };
    const about = { second: false, again: true, found: true, sentence: null, download: null };
    const view = new FrameView(this.#words(null), null, about, {
      onMove: (frame) => { moved.frame = frame; },
      onBegin: () => void this.#going(this.#read(moved)),
      onBack: () => this.#leave(),
    });
    this.#page.show(view.element, 'frame', view.beginButton);
    await view.show(moved.photo, moved.frame);
  }

  /** The words for what a model takes. @param {import('./picture/geometry.js').Framing | null} framing */
  #words(framing) {
    return framing ? this.#page.say : plainly(this.#page.say);
  }

  /** @param {WorkView} view @param {Opened} opened */
  async #encode(view, opened) {
    const { session, tell, trouble, calm } = this.#page;
    // What is the matter with the photo itself stays.
    if (!opened.photo.damage) calm();
    view.working();
    /** @type {import('../lib/page/diffae.js').DiffAe | null} */
    let asked = null;
    try {
      const subject = await this.#latest.run(async (signal) => {
        const onProgress = (/** @type {import('../lib/shared/protocol.js').LoadProgress} */ progress) => {
          view.progress.loading(progress);
          tell('progress', progress);
        };
        const onStep = (/** @type {string} */ key) => (/** @type {import('./state/session.js').Step} */ { index, of, preview }) => {
          view.progress.step(key, index, of);
          view.preview(preview);
          tell('progress', { stage: key === 'workEncode' ? 'encode' : 'draw', index, of });
        };
        const model = asked = await session.model({ signal, onProgress });
        view.progress.waiting('workEncode');
        const frame = /** @type {Frame} */ (opened.frame);
        const code = await model.encode(opened.photo, { frame, signal, onProgress, onStep: onStep('workEncode') });
        const reconstruction = await model.reconstruct(code, { signal, onStep: onStep('workFirst') });
        return { name: opened.name, photo: opened.photo, frame, framing: opened.framing, dream: opened.dream, code, reconstruction };
      });
      this.#edited(subject, opened);
    } catch (thrown) {
      const error = /** @type {DiffAeError} */ (thrown);
      // Whoever cancelled has gone on to something else.
      if (error.code === 'cancelled') return;
      // The model went with the device that it was on.
      if (error.code === 'freed' && asked !== session.current) {
        await this.#encode(view, opened);
        return;
      }
      if (this.#opened === opened) await this.#frame(opened);
      else this.#leave();
      trouble(error, this.#opened === opened ? () => void this.#going(this.#read(opened)) : null);
    }
  }

  /** @param {Subject} subject @param {Opened} opened */
  #edited(subject, opened) {
    const { session, keeper, sliders, begins, begun, show, tell, trouble } = this.#page;
    this.#opened = null;
    const back = this.#blending;
    this.#blending = null;
    if (back) {
      // Of the second face the code is all that is needed.
      opened.photo.free();
      this.#edit = back;
      show(back.element, 'edit');
      back.blendWith(subject);
      return;
    }
    const { attributes, parts } = /** @type {import('../lib/page/diffae.js').DiffAe} */ (session.current).info;
    const edit = new EditView(this.#words(opened.framing), session, subject, { attributes, chosen: sliders(), latentBytes: parts.latent?.bytes ?? null }, {
      onChange: (amplitudes, picture) => tell('change', { amplitudes, picture, dream: subject.dream }),
      onProgress: (progress) => tell('progress', progress),
      onError: (error, retry) => trouble(error, retry),
      onNewPhoto: () => this.#startOver(),
      onAdjust: () => void this.#going(this.#adjust(edit)),
      onBlend: () => {
        edit.rest();
        this.#blending = edit;
        this.#edit = null;
        this.choose();
      },
      onOpenFace: (picture, name, dream) => void this.#going(this.#openFace(picture, name, dream)),
      onDream: (dream) => tell('dream', dream),
      onMove: (values) => keeper()?.change(values),
    });
    this.#edit = edit;
    const values = opened.values ?? begins();
    begun();
    this.#keep(subject, values);
    tell('opened', { dream: subject.dream });
    show(edit.element, 'edit');
    if (Object.keys(values).length > 0) edit.values = values;
  }

  #startOver() {
    this.#edit?.rest();
    this.#forget();
    this.#edit?.subject.photo.free();
    this.#edit = null;
    this.choose();
  }

  /** Back to the first face, with nothing changed. */
  #stopBlending() {
    this.#edit = this.#blending;
    this.#blending = null;
    this.#page.calm();
    this.#leave();
  }

  /** The model's own pictures are framed already, and small: enlarged they make a photo. @param {ImageData} picture @param {string} name @param {import('./state/dream.js').Dream | null} dream @param {import('./screens/edit-view.js').Values} [amplitudes] */
  async #openFace(picture, name, dream, amplitudes = {}) {
    this.#edit?.rest();
    const { width, height, data } = enlarged(picture);
    const opened = await this.#latest.run((signal) => this.#take({ width, height, data }, name, signal));
    this.#dismiss();
    opened.frame = centred(opened.photo);
    opened.dream = dream;
    opened.values = amplitudes;
    await this.#read(opened);
  }

  /** @param {Opened | null} opened */
  #drop(opened) {
    if (opened && opened.photo !== this.#edit?.subject.photo) opened.photo.free();
  }
}

/** @param {string} source @param {AbortSignal} signal */
async function fetched(source, signal) {
  const href = absolute(source);
  return new File([(await fetchWhole(href, { signal })).blob], nameIn(href) || 'face');
}

/** A photo whose face has been found. @param {Opened} opened @param {{ eyes: import('../lib/page/photo.js').Face['eyes'] }} face @returns {Opened} */
function placed(opened, { eyes: [a, b] }) {
  return Object.assign(opened, { frame: frameFromEyes(a, b, opened.framing ?? USUAL_FRAMING), found: true });
}

/** Whether work ended because somebody went on to something else. @param {DiffAeError} error */
function over({ code }) {
  return code === 'cancelled' || code === 'freed';
}
