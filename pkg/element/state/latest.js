// Work of which only the newest is wanted: what a person asked for before it is cancelled.

import { cancelled, DiffAeError } from '../../lib/shared/errors.js';

/** Runs one piece of work at a time: a new one cancels the one before it. */
export class Latest {
  /** @type {AbortController | null} */
  #controller = null;
  #ended = false;

  /**
   * @template T
   * @param {(signal: AbortSignal) => Promise<T>} work
   * @returns {Promise<T>} rejects with code `cancelled` when superseded, and at once after the end
   */
  async run(work) {
    this.cancel();
    if (this.#ended) throw cancelled();
    const controller = new AbortController();
    this.#controller = controller;
    try {
      const result = await work(controller.signal);
      if (controller.signal.aborted) throw cancelled();
      return result;
    } catch (error) {
      throw controller.signal.aborted ? cancelled() : DiffAeError.from(error);
    } finally {
      if (this.#controller === controller) this.#controller = null;
    }
  }

  cancel() {
    this.#controller?.abort();
    this.#controller = null;
  }

  /** Cancels what runs, and begins nothing any more. */
  end() {
    this.#ended = true;
    this.cancel();
  }
}
