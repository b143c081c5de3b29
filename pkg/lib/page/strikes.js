// How often the GPU has failed, and when it is given up for the CPU: when it fails twice at what is asked of it without having
// finished anything in between, or for the third time within some minutes. A GPU that manages small work and fails at large is
// given up by the second rule, and one that a closed lid takes away once an hour by neither.

const WINDOW_MS = 10 * 60_000;
const MOST = 3;

export class Strikes {
  #clock;
  /** @type {number[]} when it failed */
  #failures = [];
  #inARow = 0;

  /** @param {() => number} [clock] in milliseconds */
  constructor(clock = () => performance.now()) {
    this.#clock = clock;
  }

  /** The GPU has failed. @param {boolean} asked whether something was asked of it, and be it to come up */
  add(asked) {
    if (asked) this.#inARow += 1;
    this.#failures = [...this.#failures.slice(1 - MOST), this.#clock()];
  }

  /** It has finished something. */
  rest() {
    this.#inARow = 0;
  }

  /** Whether the CPU is to take over. */
  get out() {
    const [first] = this.#failures;
    return this.#inARow > 1 || (this.#failures.length === MOST && this.#clock() - first < WINDOW_MS);
  }
}
