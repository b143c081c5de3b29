// Pictures from noise, drawn on one screen without a photo: all that a model without an encoder can do, and the faces of
// nobody that somebody's link tells of.

import { DiffAeError } from '../lib/shared/errors.js';
import { SampleView } from './screens/sample-view.js';
import { COUNT, DREAM_STEPS, freshDream } from './state/dream.js';

/**
 * @typedef {object} Page what sampling needs of the element
 * @property {import('./words/labels.js').Say} say
 * @property {import('./state/session.js').Session} session
 * @property {(view: HTMLElement, stage: 'start') => void} show
 * @property {(type: 'progress' | 'dream', detail: unknown) => void} tell
 * @property {(error: DiffAeError, retry: (() => void) | null) => void} trouble
 * @property {() => void} calm clears shown trouble
 */

export class Sampling {
  #page;
  #latest;
  #view;
  /** @type {import('./state/dream.js').Dream | null} */
  #dream;
  /** @type {import('./state/dream.js').Dream | null} the faces that are shown */
  #drawn = null;
  #onPicture;
  /** Whether the faces that it was made for have not been seen yet. */
  #told = true;

  /**
   * @param {Page} page @param {import('./state/latest.js').Latest} latest @param {import('../index.js').ModelDescription} description
   * @param {import('./state/dream.js').Dream | null} dream the faces to draw first; null for a model that draws from noise alone
   * @param {{ onPicture: (picture: ImageData, number: number, dream: import('./state/dream.js').Dream | null) => void, onBack: (() => void) | null }} actions
   *   a picture is opened with the numbers that draw it again
   */
  constructor(page, latest, description, dream, { onPicture, onBack }) {
    this.#page = page;
    this.#latest = latest;
    this.#dream = dream;
    this.#onPicture = (/** @type {ImageData} */ picture, /** @type {number} */ number) => onPicture(picture, number, this.#drawn && { ...this.#drawn, face: number });
    this.#view = new SampleView(page.say, description, dream, {
      onDraw: () => {
        // A link's own faces first, however often that is begun, then others.
        if (!this.#told) this.#dream = dream && freshDream();
        void this.#draw();
      },
      onCancel: () => latest.cancel(),
      onPicture: this.#onPicture,
      onBack,
    });
  }

  begin() {
    this.#page.show(this.#view.element, 'start');
  }

  async #draw() {
    const { session, tell, trouble, calm } = this.#page;
    const { progress } = this.#view;
    const dream = this.#dream;
    calm();
    this.#view.working(true);
    try {
      const pictures = await this.#latest.run(async (signal) => {
        const onProgress = (/** @type {import('../lib/shared/protocol.js').LoadProgress} */ loading) => {
          progress.loading(loading);
          tell('progress', loading);
        };
        const model = await session.model({ signal, onProgress });
        progress.waiting('drawing');
        const how = dream ? { seed: dream.seed, psi: dream.psi, eta: dream.eta, steps: DREAM_STEPS } : { seed: freshDream().seed };
        return model.sample({ count: COUNT, ...how, signal, onProgress, onStep: ({ index, of }) => {
          progress.step('drawing', index, of);
          tell('progress', { stage: 'draw', index, of });
        } });
      });
      this.#view.show(pictures);
      this.#told = false;
      if (!dream) return;
      const { face, ...drawn } = dream;
      this.#drawn = drawn;
      tell('dream', drawn);
      // Somebody's link tells of this one.
      if (face) this.#onPicture(pictures[face - 1], face);
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      if (error.code !== 'cancelled' && error.code !== 'freed') trouble(error, () => void this.#draw());
    } finally {
      this.#view.working(false);
    }
  }
}
