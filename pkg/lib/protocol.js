// The messages between the page and its worker. The page opens every exchange with a request that carries an `id`;
// the worker answers with any number of `progress` and `step` messages and exactly one `done` or `failed`.
// `crashed` has no id: the instance is dead, every open request is lost, and the page replaces the worker.
//
// Requests run one at a time in the order sent. `cancel` reaches a running request between two steps, and a waiting
// one at once; either way it fails with code `cancelled`.

/** @typedef {'encoder' | 'decoder' | 'latent' | 'attributes'} Part */
/** @typedef {'auto' | 'cpu' | 'gpu'} DeviceChoice */

/**
 * @typedef {object} DeviceReport
 * @property {'cpu' | 'gpu'} kind where the model runs
 * @property {string} reason stable code, see device.js
 * @property {string} sentence the reason for people
 * @property {string | null} adapter vendor and architecture of the GPU, where known
 */

/**
 * @typedef {object} LoadProgress
 * @property {'manifest' | 'engine' | 'download' | 'verify' | 'prepare'} stage
 * @property {Part | null} part
 * @property {number} loaded bytes so far, over all parts of this request
 * @property {number} total bytes of all parts of this request
 * @property {boolean} fromCache whether this part came from the browser's cache
 */

/** @typedef {{ x: number, y: number, side: number, angle: number }} Frame a square on the photo: centre, side, clockwise turn in radians */
/** @typedef {{ width: number, height: number, rgba: Uint8Array }} RawPicture */

/**
 * @typedef {(
 *   { kind: 'encode', photo: RawPicture, frame: Frame | null, steps: number, inversion: 'official' | 'fixed-point', iterations: number } |
 *   { kind: 'encode-semantic', photo: RawPicture, frame: Frame | null } |
 *   { kind: 'reconstruct', code: Uint8Array, steps: number } |
 *   { kind: 'edit', code: Uint8Array, attributes: Record<string, number>, directions: Record<string, Uint8Array>, steps: number } |
 *   { kind: 'interpolate', a: Uint8Array, b: Uint8Array, alpha: number, steps: number } |
 *   { kind: 'variations', code: Uint8Array, count: number, seed: number, steps: number } |
 *   { kind: 'sample', count: number, seed: number, steps: number, latentSteps: number } |
 *   { kind: 'teach', positives: Uint8Array[], negatives: Uint8Array[] }
 * )} Job
 */

/**
 * @typedef {(
 *   { type: 'load', id: number, manifestUrl: string, device: DeviceChoice, why: string | null, parts: readonly Part[] } |
 *   { type: 'run', id: number, job: Job } |
 *   { type: 'cancel', id: number }
 * )} ToWorker  `why` names the reason for a device that the page forces after a failure, instead of "you chose it"
 */

/** @typedef {{ linearBytes: number, deviceBytes: number }} Memory  linear memory never shrinks, so its size is its peak */
/** @typedef {{ device: DeviceReport, manifest: import('./manifest.js').Manifest }} Loaded */

/**
 * @typedef {(
 *   { type: 'progress', id: number, progress: LoadProgress } |
 *   { type: 'step', id: number, index: number, of: number, preview: ArrayBuffer | null } |
 *   { type: 'done', id: number, value: unknown, parts: Part[], memory: Memory } |
 *   { type: 'failed', id: number, error: { code: string, message: string } } |
 *   { type: 'crashed', error: { code: string, message: string } }
 * )} FromWorker
 */

export {};
