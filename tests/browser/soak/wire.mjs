// The wire between browser and server, which can be cut, clogged and slowed down.

import { connect, createServer } from 'node:net';

/** @typedef {'fine' | 'refuses' | 'silent' | 'slow' | 'cuts'} Mood */

/** What a slow wire lets through at once, and how often. */
const SLOW = { bytes: 96 * 1024, everyMs: 100 };
/** What one that cuts lets through of a connection before it does. */
const CUT_BYTES = 700_000;

export class Wire {
  /** @type {Mood} */
  mood = 'fine';
  #server;
  /** @type {Set<import('node:net').Socket>} */
  #open = new Set();

  /** @param {number} port of the server behind it */
  constructor(port) {
    this.#server = createServer((near) => this.#join(near, connect(port, '127.0.0.1')));
  }

  /** @returns {Promise<string>} the address at which the server is now */
  async listen() {
    await new Promise((listening) => { this.#server.listen(0, '127.0.0.1', () => listening(undefined)); });
    return `http://localhost:${/** @type {import('node:net').AddressInfo} */ (this.#server.address()).port}/`;
  }

  /** Ends every connection there is. */
  cut() {
    for (const socket of this.#open) socket.destroy();
  }

  close() {
    this.#server.close();
    this.cut();
  }

  /** @param {import('node:net').Socket} near @param {import('node:net').Socket} far */
  #join(near, far) {
    for (const [end, other] of [[near, far], [far, near]]) {
      this.#open.add(end);
      end.on('error', () => other.destroy()).on('close', () => {
        this.#open.delete(end);
        other.destroy();
      });
    }
    near.on('data', (data) => {
      if (this.mood === 'refuses') near.destroy();
      else if (this.mood !== 'silent') far.write(data);
    });
    let passed = 0;
    far.on('data', (data) => {
      passed += data.length;
      if (this.mood === 'refuses' || (this.mood === 'cuts' && passed > CUT_BYTES)) {
        near.destroy();
        return;
      }
      if (this.mood === 'silent') return;
      const room = near.write(data);
      const pause = this.mood === 'slow' ? (data.length / SLOW.bytes) * SLOW.everyMs : 0;
      if (room && pause === 0) return;
      far.pause();
      if (pause > 0) setTimeout(() => far.resume(), pause);
      else near.once('drain', () => far.resume());
    });
  }
}
