// All that a model without an encoder can do: pictures from noise, drawn on one screen and saved from there.

import { DiffAeError } from '../lib/shared/errors.js';
import { canvasOf, download, fileName, fileOf } from './picture/save.js';
import { SampleView } from './screens/sample-view.js';

/** How many pictures are drawn at a time. */
const PICTURES = 6;

/**
 * @typedef {object} Page what sampling needs of the element
 * @property {import('./words/labels.js').Say} say
 * @property {import('./state/session.js').Session} session
 * @property {(view: HTMLElement, stage: 'start') => void} show
 * @property {(type: 'progress', detail: unknown) => void} tell
 * @property {(error: DiffAeError, retry: (() => void) | null) => void} trouble
 * @property {() => void} calm clears shown trouble
 */

export class Sampling {
  #page;
  #latest;
  #view;

  /** @param {Page} page @param {import('./state/latest.js').Latest} latest @param {import('../index.js').ModelDescription} description */
  constructor(page, latest, description) {
    this.#page = page;
    this.#latest = latest;
    this.#view = new SampleView(page.say, description, {
      onDraw: () => void this.#draw(),
      onCancel: () => latest.cancel(),
      onSave: (picture, name) => void this.#save(picture, fileName(name, description.name)),
    });
  }

  begin() {
    this.#page.show(this.#view.element, 'start');
  }

  async #draw() {
    const { session, tell, trouble, calm } = this.#page;
    const { progress } = this.#view;
    calm();
    this.#view.working(true);
    try {
      this.#view.show(await this.#latest.run(async (signal) => {
        const onProgress = (/** @type {import('../lib/shared/protocol.js').LoadProgress} */ loading) => {
          progress.loading(loading);
          tell('progress', loading);
        };
        const model = await session.model({ signal, onProgress });
        progress.waiting('drawing');
        const seed = crypto.getRandomValues(new Uint32Array(1))[0];
        return model.sample({ count: PICTURES, seed, signal, onProgress, onStep: ({ index, of }) => {
          progress.step('drawing', index, of);
          tell('progress', { stage: 'draw', index, of });
        } });
      }));
    } catch (thrown) {
      const error = DiffAeError.from(thrown);
      if (error.code !== 'cancelled' && error.code !== 'freed') trouble(error, () => void this.#draw());
    } finally {
      this.#view.working(false);
    }
  }

  /** @param {ImageData} picture @param {string} name */
  async #save(picture, name) {
    try {
      await download(await fileOf(canvasOf(picture)), name);
    } catch (error) {
      this.#page.trouble(DiffAeError.from(error), null);
    }
  }
}
