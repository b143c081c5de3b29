// What the hosts of one wasm file have in common: it is started once somebody asks for something, its memory is counted, and
// what it throws is explained.

import { explained } from '../shared/errors.js';

/** @typedef {{ default: (options: { module_or_path?: string }) => Promise<{ memory: WebAssembly.Memory }>, set_panic_hook: (onPanic: (message: string) => void) => void }} Glue */

export class WasmHost {
  #glue;
  #onPanic;
  /** @type {WebAssembly.Memory | null} of the wasm file, once it runs */
  #memory = null;

  /** @param {Glue} glue of the wasm file @param {(message: string) => void} onPanic */
  constructor(glue, onPanic) {
    this.#glue = glue;
    this.#onPanic = onPanic;
  }

  /** @returns {import('../shared/protocol.js').Memory} */
  memory() {
    return { linearBytes: this.#memory?.buffer.byteLength ?? 0, deviceBytes: 0 };
  }

  /** @param {unknown} thrown */
  explain(thrown) {
    return explained(thrown, this.#memory !== null);
  }

  /** @param {string | null} wasm its address, if not beside its glue */
  async start(wasm) {
    const { memory } = await this.#glue.default({ module_or_path: wasm ?? undefined });
    this.#glue.set_panic_hook(this.#onPanic);
    this.#memory = memory;
    return memory;
  }
}
