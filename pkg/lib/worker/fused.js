// Which of two files with the same functions is fetched: one with relaxed SIMD, whose products and sums are one instruction, where
// the browser knows it, or one for every browser. Both compute the same but for the last digits.

/** A module whose only function is one f32x4.relaxed_madd. */
export const RELAXED = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  // A function without parameters that returns a vector,
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00,
  // which makes three of the number 0.
  0x0a, 0x13, 0x01, 0x11, 0x00, 0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0xfd, 0x85, 0x02, 0x0b,
]);

/** Whether this browser knows relaxed SIMD. */
const fused = WebAssembly.validate(RELAXED);

/** @typedef {import('../shared/protocol.js').WasmUrls} WasmUrls */

/** The CPU's file. Where the page names only the one for every browser, that is it. @param {Pick<WasmUrls, 'cpu' | 'cpuFused'>} named */
export function cpuFile({ cpu, cpuFused }) {
  if (fused && (cpuFused || !cpu)) return cpuFused ?? new URL('../../diffae_cpu_fused_bg.wasm', import.meta.url).href;
  return cpu ?? new URL('../../diffae_cpu_bg.wasm', import.meta.url).href;
}

/** The one for several threads, likewise. @param {Pick<WasmUrls, 'threads' | 'threadsFused'>} named */
export function threadsFile({ threads, threadsFused }) {
  if (fused && (threadsFused || !threads)) return threadsFused ?? new URL('../../diffae_threads_fused_bg.wasm', import.meta.url).href;
  return threads ?? new URL('../../diffae_threads_bg.wasm', import.meta.url).href;
}
