// Steps that a person can take back and take again.

/** The most steps kept; a step is a few numbers, or a small picture. */
const MOST = 200;

/** @template T */
export class History {
  /** @type {T[]} */
  #steps;
  #at = 0;
  #same;

  /** @param {T} start @param {(a: T, b: T) => boolean} same whether two steps lead to the same */
  constructor(start, same) {
    this.#steps = [start];
    this.#same = same;
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#steps.length - 1;
  }

  /** A new step; what had been taken back is gone. The same again is no step. @param {T} step */
  add(step) {
    if (this.#same(step, this.#steps[this.#at])) return;
    this.#steps = [...this.#steps.slice(0, this.#at + 1), step].slice(-MOST);
    this.#at = this.#steps.length - 1;
  }

  /** @returns {T} the step before, or the first one again */
  undo() {
    this.#at = Math.max(0, this.#at - 1);
    return this.#steps[this.#at];
  }

  /** @returns {T} the step after, or the last one again */
  redo() {
    this.#at = Math.min(this.#steps.length - 1, this.#at + 1);
    return this.#steps[this.#at];
  }
}
