// How long one waits for a step of the GPU before it counts as hung: far longer than any step before it took. Time in which the
// worker itself slept, as in sleeping tabs and behind closed lids, is not counted.

const TICK_MS = 1000;
/** Before there is anything to compare with: a first step may have to make pipelines. */
const FIRST_MS = 120_000;
const LEAST_MS = 30_000;
/** So many times the slowest step so far: a machine may have other work now. */
const TIMES = 10;

export class Patience {
  #clock;
  /** The slowest step so far, for one picture; 0 before the first. */
  #slowest = 0;
  #pictures = 1;
  #waited = 0;
  #looked = 0;

  /** @param {() => number} [clock] in milliseconds */
  constructor(clock = () => performance.now()) {
    this.#clock = clock;
  }

  /** The longest that a step may take now, in milliseconds. */
  get limit() {
    return this.#slowest === 0 ? FIRST_MS : Math.max(LEAST_MS, TIMES * this.#slowest * this.#pictures);
  }

  /** How long the present step has taken, in milliseconds awake. */
  get waited() {
    return this.#waited;
  }

  /** Waiting begins. @param {number} pictures that each step computes @param {() => void} onOver called once it has taken too long @returns {() => void} ends it */
  begin(pictures, onOver) {
    this.#pictures = pictures;
    this.#waited = 0;
    this.#looked = this.#clock();
    const timer = setInterval(() => {
      if (this.look()) return;
      clearInterval(timer);
      onOver();
    }, TICK_MS);
    return () => clearInterval(timer);
  }

  /** A step is done, and the next one begins. */
  stepped() {
    this.look();
    this.#slowest = Math.max(this.#slowest, this.#waited / this.#pictures);
    this.#waited = 0;
  }

  /** Counts the time since it was last looked. @returns {boolean} whether one waits on */
  look() {
    const now = this.#clock();
    // Whoever looks every second and finds a minute gone was asleep.
    this.#waited += Math.min(now - this.#looked, 2 * TICK_MS);
    this.#looked = now;
    return this.#waited <= this.limit;
  }
}
