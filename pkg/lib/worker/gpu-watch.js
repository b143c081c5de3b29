// Whether the GPU still works. It tells of its failures at any time and beside its answers, and where it hangs it tells nothing,
// so that whatever is asked of it is asked through here.

import { DiffAeError, sentence } from '../shared/errors.js';
import { Patience } from './patience.js';
import { macrotask } from './turn.js';

/** What the engine calls the troubles of a GPU, as the package's errors. @type {Readonly<Record<string, [import('../../index.js').ErrorCode, string]>>} */
const TROUBLES = Object.freeze({
  lost: ['device-lost', 'The GPU is gone'],
  memory: ['device-memory', 'The GPU has too little memory'],
  refused: ['device-refused', 'The GPU refused what the engine asked of it'],
});

export class GpuWatch {
  #onFailure;
  #patience;
  /** @type {DiffAeError | null} the first failure, after which nothing is to be had of this GPU */
  #failure = null;
  /** @type {Set<(error: DiffAeError) => void>} ends of what is waited for */
  #waiting = new Set();
  #abandoned = false;

  /** @param {(error: DiffAeError) => void} onFailure told of a failure while nothing is asked of the GPU @param {Patience} [patience] */
  constructor(onFailure, patience = new Patience()) {
    this.#onFailure = onFailure;
    this.#patience = patience;
  }

  /** What the engine reports of its GPU. @param {string} kind @param {string} message the browser's own words */
  tell(kind, message) {
    const [code, what] = TROUBLES[kind] ?? TROUBLES.refused;
    const line = message.split('\n').map((text) => text.trim()).find(Boolean);
    this.#fail(new DiffAeError(code, sentence(line ? `${what}: ${line}` : what)));
  }

  /**
   * What some work of the GPU gives; it fails as soon as the GPU does, or hangs.
   * @template T @param {Promise<T>} work @param {number} [pictures] that each of its steps computes @returns {Promise<T>}
   */
  async during(work, pictures = 1) {
    /** @type {(error: DiffAeError) => void} */
    let fail = () => {};
    const failed = new Promise((_, reject) => { fail = reject; });
    if (this.#failure) fail(this.#failure);
    this.#waiting.add(fail);
    const rest = this.#patience.begin(pictures, () => {
      const seconds = Math.round(this.#patience.waited / 1000);
      this.#fail(new DiffAeError('device-hung', `The GPU has not answered for ${seconds} seconds.`));
    });
    try {
      return /** @type {T} */ (await Promise.race([failed, this.#settled(work)]));
    } finally {
      rest();
      this.#waiting.delete(fail);
    }
  }

  /** A step of what is waited for is done. */
  stepped() {
    this.#patience.stepped();
  }

  /** Something else computes from now on; what becomes of this GPU matters to nobody. */
  abandon() {
    this.#abandoned = true;
  }

  /** A failure may be told right behind the answer that it makes worthless. @template T @param {Promise<T>} work */
  async #settled(work) {
    try {
      return await work;
    } finally {
      await macrotask();
    }
  }

  /** @param {DiffAeError} error */
  #fail(error) {
    if (this.#failure || this.#abandoned) return;
    this.#failure = error;
    if (this.#waiting.size === 0) this.#onFailure(error);
    for (const fail of this.#waiting) fail(error);
  }
}
