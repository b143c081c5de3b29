// Keeps what is being edited for a reload or a crash, one record for each editor in each tab, and finds it again. A tab that
// is alive holds a lock on its record, so that no other takes or overwrites it.

import * as kept from './kept.js';

/** @typedef {import('./kept.js').Edit} Edit */
/** @typedef {import('./kept.js').Source} Source */
/** @typedef {import('./kept.js').Pixels} Pixels */
/** @typedef {Omit<Edit, 'id' | 'place' | 'time' | 'thumb'>} Edited */
/** @typedef {{ edit: Edited & { thumb: Pixels | null }, source: Source }} Current */

/** Older ones are deleted. */
const AGE_MS = 7 * 24 * 3600 * 1000;
/** Sliders that move are kept when they have not moved for this long. */
const SETTLE_MS = 300;
/** A page that is left lets go of its record a little later than the next one begins. */
const LEAVING_MS = 600;

const PREFIX = 'diffae.kept ';

export class Keeper {
  #place;
  /** This tab's record, once it is its own: none before something is kept or taken. @type {{ id: string, release: () => void } | null} */
  #own = null;
  /** What is being edited. @type {Current | null} */
  #current = null;
  /** The photo that lies in the record. @type {Source | null} */
  #stored = null;
  /** Writes, claims and deletions happen one after the other. @type {Promise<unknown>} */
  #queue = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #empty = false;
  #ended = false;

  /** @param {string} place the editor on its page */
  constructor(place) {
    this.#place = place;
    addEventListener('pagehide', this.#flush);
    document.addEventListener('visibilitychange', this.#flush);
  }

  /** Whether it is known that there is nothing to go on with. */
  get empty() {
    return this.#empty;
  }

  /**
   * What somebody could go on with: the record of this tab, or else the newest that no tab has. What is old goes, and so does
   * what cannot be read, which is told.
   * @returns {Promise<{ edit: Edit | null, damaged: boolean }>}
   */
  async find() {
    await this.#queue;
    const own = this.#own?.id ?? tabs(this.#place);
    const records = await kept.edits();
    const isFree = await this.#freedom(records.some(({ id }) => id === own) ? own : null);
    let damaged = false;
    /** @type {Edit[]} */
    const found = [];
    for (const record of records) {
      const { id, place, time } = record;
      if (typeof id !== 'string' || !isFree(id)) continue;
      if (!(Number(time) > Date.now() - AGE_MS)) await kept.remove(id);
      else if (place !== this.#place) continue;
      else if (kept.isEdit(record)) found.push(record);
      else {
        damaged = true;
        await kept.remove(id);
      }
    }
    found.sort((a, b) => Number(b.id === own) - Number(a.id === own) || b.time - a.time);
    this.#empty = found.length === 0;
    return { edit: found[0] ?? null, damaged };
  }

  /** Makes a record this tab's own and gives its photo. @param {Edit} edit @returns {Promise<Source | 'taken' | 'damaged'>} `taken` where another tab has it by now */
  take({ id }) {
    return this.#after(async () => {
      if (!(await this.#claim(id))) return 'taken';
      const source = this.#stored = await kept.photo(id);
      if (source) return source;
      await kept.remove(id);
      return 'damaged';
    });
  }

  /** A face has been read. @param {Edited} edited @param {Source} source @param {Promise<Pixels | null>} thumb */
  async keep(edited, source, thumb) {
    /** @type {Current} */
    const current = { edit: { ...edited, thumb: null }, source };
    this.#current = current;
    this.#empty = false;
    const small = await thumb;
    if (current !== this.#current || this.#ended) return;
    current.edit = { ...current.edit, thumb: small };
    this.#write();
  }

  /** Sliders have moved. @param {Record<string, number>} values */
  change(values) {
    if (!this.#current) return;
    this.#current.edit = { ...this.#current.edit, values };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), SETTLE_MS);
  }

  /** Nothing is being edited any more. @param {Edit | null} [other] what was offered, which goes, too */
  async forget(other = null) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#current = null;
    await this.#after(async () => {
      const isFree = await this.#freedom(null);
      for (const id of new Set([this.#own?.id, tabs(this.#place), other?.id])) if (id && isFree(id)) await kept.remove(id);
      this.#stored = null;
      this.#own?.release();
      this.#own = null;
    });
  }

  /** The editor is gone; what it kept is there for the next. */
  end() {
    this.#flush();
    this.#ended = true;
    removeEventListener('pagehide', this.#flush);
    document.removeEventListener('visibilitychange', this.#flush);
    void this.#after(async () => this.#own?.release());
  }

  /** Nothing is to be kept in this place: what was, goes, unless another tab is at it. */
  async clear() {
    await this.forget();
    const isFree = await this.#freedom(null);
    for (const { id, place } of await kept.edits()) if (place === this.#place && typeof id === 'string' && isFree(id)) await kept.remove(id);
  }

  #flush = () => { if (this.#timer !== undefined) this.#write(); };

  #write() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const current = this.#current;
    if (current) void this.#after(() => this.#put(current));
  }

  /** Writes the photo once, however often its sliders move. @param {Current} current */
  async #put(current) {
    if (current !== this.#current) return;
    if (!this.#own && !(await this.#claim(tabs(this.#place) ?? fresh())) && !(await this.#claim(fresh()))) return;
    const { id } = /** @type {{ id: string }} */ (this.#own);
    const { edit, source } = current;
    const written = await kept.write({ ...edit, id, place: this.#place, time: Date.now() }, source === this.#stored ? null : source);
    this.#stored = written ? source : null;
    if (written) return;
    // No room, or no permission. What an earlier edit left would be taken for this one.
    await kept.remove(id);
    if (current === this.#current) this.#current = null;
  }

  /** @param {string} id @returns {Promise<boolean>} whether it is this tab's now */
  async #claim(id) {
    if (id === this.#own?.id) return true;
    const release = await lock(PREFIX + id);
    if (!release) return false;
    this.#own?.release();
    this.#own = { id, release };
    this.#stored = null;
    remember(this.#place, id);
    return true;
  }

  /**
   * Tells which records may be taken or deleted: those that no living tab has.
   * @param {string | null} own a record that was this tab's before it was loaded anew, which is waited for
   */
  async #freedom(own) {
    let held = await locked();
    const leaving = () => own !== null && own !== this.#own?.id && held?.has(PREFIX + own);
    for (let waited = 0; waited < LEAVING_MS && leaving(); waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      held = await locked();
    }
    // Without locks nobody knows whose the others are.
    return (/** @type {string} */ id) => id === this.#own?.id || (held ? !held.has(PREFIX + id) : id === tabs(this.#place));
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  #after(work) {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }
}

/** @returns {string} */
function fresh() {
  return crypto.randomUUID();
}

/** The record that this tab had when it was here last; a reload and a restored tab remember it. @param {string} place */
function tabs(place) {
  try {
    return sessionStorage.getItem(PREFIX + place);
  } catch {
    return null;
  }
}

/** @param {string} place @param {string} id */
function remember(place, id) {
  try {
    sessionStorage.setItem(PREFIX + place, id);
  } catch {
    // Then this tab is like any other after a reload.
  }
}

/** Names of all locks that tabs of this origin hold; null where there are none to be had. @returns {Promise<Set<string | undefined> | null>} */
async function locked() {
  try {
    const { held = [] } = await navigator.locks.query();
    return new Set(held.map(({ name }) => name));
  } catch {
    return null;
  }
}

/** Takes a lock until it is released or the tab is gone. @param {string} name @returns {Promise<(() => void) | null>} null where another has it */
async function lock(name) {
  try {
    return await new Promise((resolve, reject) => {
      navigator.locks.request(name, { ifAvailable: true }, (found) => {
        if (!found) {
          resolve(null);
          return undefined;
        }
        return new Promise((release) => resolve(() => release(undefined)));
      }).catch(reject);
    });
  } catch {
    return () => {};
  }
}
