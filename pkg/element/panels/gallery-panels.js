// Two panels that draw several pictures at once: variations of the photo, and faces of nobody.

import { STRENGTH } from '../../lib/shared/defaults.js';
import { COUNT, DREAM, freshDream } from '../state/dream.js';
import { atWork, button, h, uid } from '../widgets/dom.js';
import { Gallery } from '../widgets/gallery.js';
import { icon } from '../widgets/icons.js';
import { Share } from '../widgets/share.js';
import { megabytes } from '../words/labels.js';

/** @typedef {import('../state/dream.js').Dream} Dream */

/** Strengths below this show the photo again. */
const LEAST_STRENGTH = 0.1;
/** Below this all faces are the mean one. */
const LEAST_PSI = 0.3;

/** A gallery and the button that fills it: with new pictures, or with the same ones drawn otherwise. */
class Drawn {
  #gallery;
  #run;
  #seed = 0;
  /** How often pictures were asked for. */
  #asked = 0;

  /** @param {string} label @param {Gallery} gallery @param {(seed: number, again: () => void) => Promise<ImageData[] | null>} run given what asks for the same once more */
  constructor(label, gallery, run) {
    this.#gallery = gallery;
    this.#run = run;
    this.button = button('', icon('dice'), label, () => void this.draw(freshDream().seed));
  }

  /** @param {number} seed */
  async draw(seed) {
    const { element } = this.#gallery;
    const asked = ++this.#asked;
    this.#seed = seed;
    atWork(this.button, true);
    element.classList.add('busy');
    const pictures = await this.#run(seed, () => void this.draw(seed));
    // Others were asked for meanwhile.
    if (asked !== this.#asked) return;
    if (pictures) this.#gallery.show(pictures);
    element.classList.remove('busy');
    atWork(this.button, false);
  }

  /** After a range was moved; before the first pictures were asked for there is nothing to draw again. */
  again() {
    if (this.#asked > 0) void this.draw(this.#seed);
  }
}

export class VariationsPanel {
  /**
   * @param {import('../words/labels.js').Say} say
   * @param {{ run: (options: { count: number, seed: number, strength: number }, again: () => void) => Promise<ImageData[] | null>, onOpen: (picture: ImageData) => void }} actions
   */
  constructor(say, { run, onOpen }) {
    const gallery = new Gallery((number) => say('variation', { number }), onOpen);
    const drawn = new Drawn(say('variationsRun'), gallery, (seed, again) => run({ count: COUNT, seed, strength: strength.value }, again));
    const strength = new Share(say('variationsStrength'), { min: LEAST_STRENGTH, value: STRENGTH }, { onChange: () => drawn.again() });
    this.element = h('div', {},
      h('p', { class: 'hint', text: say('variationsText') }),
      gallery.element,
      strength.element,
      drawn.button);
  }
}

export class FacesPanel {
  #say;
  #like;
  #likeRow;

  /**
   * @param {import('../words/labels.js').Say} say @param {number | null} bytes what the latent model takes to download
   * @param {{ run: (dream: Dream, like: string | null, again: () => void) => Promise<ImageData[] | null>, onDream: (dream: Dream) => void, onOpen: (picture: ImageData, name: string, dream: Dream | null) => void }} actions
   *   a face is opened with the numbers that draw it again, where such lead anybody else to it
   */
  constructor(say, bytes, { run, onDream, onOpen }) {
    this.#say = say;
    /** @type {Dream | null} of the faces that are shown */
    let shown = null;
    const gallery = new Gallery((number) => say('openFace', { number }), (picture, number) => onOpen(picture, say('face', { number }), shown && { ...shown, face: number }));
    const drawn = new Drawn(say('facesRun'), gallery, async (seed, retry) => {
      const [dream, like] = [{ seed, psi: psi.value, eta: eta.value }, this.#like.value || null];
      const pictures = await run(dream, like, retry);
      // What was taught is on this device alone, so no numbers lead anybody else to such faces.
      if (pictures) shown = like === null ? dream : null;
      if (pictures && shown) onDream(shown);
      return pictures;
    });
    const again = { onChange: () => drawn.again() };
    const psi = new Share(say('facesPsi'), { min: LEAST_PSI, value: DREAM.psi, hint: say('facesPsiHint') }, again);
    const eta = new Share(say('facesEta'), { value: DREAM.eta, hint: say('facesEtaHint') }, again);
    const id = uid('like');
    this.#like = h('select', { id, class: 'entry', on: { change: () => drawn.again() } });
    this.#likeRow = h('div', { class: 'named' }, h('label', { for: id, text: say('facesLike') }), this.#like);
    this.taught([]);
    this.element = h('div', {},
      h('p', { class: 'hint', text: say('facesText') }),
      gallery.element,
      this.#likeRow,
      psi.element,
      eta.element,
      drawn.button,
      bytes ? h('p', { class: 'hint', text: say('facesDownload', { size: megabytes(bytes, say) }) }) : null);
  }

  /** What faces can be asked to have. @param {readonly string[]} names */
  taught(names) {
    const { value } = this.#like;
    this.#like.replaceChildren(h('option', { value: '', text: this.#say('facesAnyone') }), ...names.map((name) => h('option', { value: name, text: name })));
    this.#like.value = names.includes(value) ? value : '';
    this.#likeRow.hidden = names.length === 0;
  }
}
