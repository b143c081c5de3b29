// Which device the model runs on, and why, as a sentence for the page.

/** Reasons by code. Kept together so that a page can translate them. */
export const REASONS = Object.freeze({
  'gpu': 'Runs on your GPU through WebGPU.',
  'gpu-chosen': 'Runs on the GPU because you chose it.',
  'cpu-chosen': 'Runs on the CPU because you chose it.',
  'no-webgpu': 'Runs on the CPU: this browser offers no WebGPU.',
  'no-adapter': 'Runs on the CPU: the browser found no graphics adapter for WebGPU.',
  'fallback-adapter': 'Runs on the CPU: the only WebGPU adapter here is a software emulation, which is slower.',
  'gpu-too-small': 'Runs on the CPU: this model is too large for the graphics adapter.',
  'gpu-not-started': 'Runs on the CPU: the GPU engine could not be started.',
  'self-test-failed': 'Runs on the CPU: the GPU gave wrong numbers in the self-test.',
  'gpu-crashed': 'Runs on the CPU: the GPU failed more than once.',
});

/** @typedef {import('./protocol.js').DeviceReport} DeviceReport */
/** @typedef {import('./protocol.js').DeviceChoice} DeviceChoice */

/**
 * @param {'cpu' | 'gpu'} kind @param {keyof typeof REASONS} reason @param {string | null} [adapter]
 * @returns {DeviceReport}
 */
export function report(kind, reason, adapter = null) {
  return { kind, reason, sentence: REASONS[reason], adapter, threads: 1 };
}

/**
 * Looks at the adapter that WebGPU would give and decides; nothing of the GPU engine is fetched for this.
 * A forced GPU takes a software adapter too, but never one on which the engine cannot start.
 * @param {DeviceChoice} choice
 * @param {any} [gpu] navigator.gpu
 * @returns {Promise<DeviceReport>}
 */
export async function choose(choice, gpu = /** @type {any} */ (globalThis.navigator)?.gpu) {
  if (choice === 'cpu') return report('cpu', 'cpu-chosen');
  if (!gpu) return report('cpu', 'no-webgpu');
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) return report('cpu', 'no-adapter');
  const name = [adapter.info?.vendor, adapter.info?.architecture].filter(Boolean).join(' ') || null;
  if (choice === 'gpu') return report('gpu', 'gpu-chosen', name);
  // Older browsers put the flag on the adapter itself.
  if (adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) return report('cpu', 'fallback-adapter', name);
  return report('gpu', 'gpu', name);
}
