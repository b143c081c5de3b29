// The messages between the page and its workers, one for the model, one for each photo and one for each import of a model. The page opens every exchange
// with a request that carries an `id`; the worker answers with any number of `progress` and `step` messages and exactly one
// `done` or `failed`.
// `traffic` has no id: it tells what the worker has asked of the network since it told last.
// `crashed` has none either: the instance is dead, every open request is lost, and the page replaces the worker. `gpu` says that it
// computed on one, which may be to blame.
//
// `thread` brings a port by which a thread of the worker's tells, as by `crashed`, what the worker cannot: it waits for the thread.
//
// Requests run one at a time in the order sent. `cancel` reaches a running request between two steps, and a waiting
// one at once; either way it fails with code `cancelled`.

/** @typedef {'encoder' | 'decoder' | 'latent' | 'attributes'} Part */
/** @typedef {'auto' | 'cpu' | 'gpu'} DeviceChoice */
/** @typedef {Record<'cpu' | 'cpuFused' | 'gpu' | 'threads' | 'threadsFused', string | null>} WasmUrls */

/**
 * @typedef {object} DeviceReport
 * @property {'cpu' | 'gpu'} kind where the model runs
 * @property {import('../../index.js').DeviceReport['reason']} reason
 * @property {string} sentence the reason for people
 * @property {string | null} adapter vendor and architecture of the GPU, where known
 * @property {number} threads of the CPU that compute
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
/** @typedef {{ width: number, height: number, rgba: Uint8Array, colorSpace?: PredefinedColorSpace }} RawPicture in sRGB where nothing else is said */

/** @typedef {Uint8Array | Float32Array} Example  a code, or a z_sem */
/**
 * @typedef {(
 *   { kind: 'encode', photo: RawPicture, frame: Frame | null, steps: number, inversion: 'official' | 'fixed-point', iterations: number } |
 *   { kind: 'encode-semantic', photo: RawPicture, frame: Frame | null } |
 *   { kind: 'reconstruct', code: Uint8Array, steps: number } |
 *   { kind: 'edit', code: Uint8Array, attributes: Record<string, number>, directions: Record<string, Uint8Array>, steps: number } |
 *   { kind: 'interpolate', a: Uint8Array, b: Uint8Array, alpha: number, steps: number } |
 *   { kind: 'variations', code: Uint8Array, count: number, seed: number, steps: number, strength: number } |
 *   { kind: 'sample', count: number, seed: number, steps: number, latentSteps: number, eta: number, psi: number, accept: Uint8Array | null } |
 *   { kind: 'latents', code: Uint8Array, attributes: Record<string, number>, directions: Record<string, Uint8Array> } |
 *   { kind: 'teach', positives: Example[], negatives: Example[] } |
 *   { kind: 'probability', example: Example, direction: Uint8Array }
 * )} Job
 */

/**
 * What each kind of job gives.
 * @typedef {object} Results
 * @property {{ code: Uint8Array, picture: RawPicture }} encode
 * @property {Float32Array} encode-semantic
 * @property {RawPicture} reconstruct
 * @property {RawPicture} edit
 * @property {RawPicture} interpolate
 * @property {RawPicture[]} variations
 * @property {RawPicture[]} sample
 * @property {{ zSem: Float32Array, xT: Float32Array }} latents
 * @property {Uint8Array} teach
 * @property {number} probability
 */

/**
 * @typedef {(
 *   { type: 'load', manifestUrl: string, own: OwnModel | null, device: DeviceChoice, threads: number | null, threadWorker: string | null, why: DeviceReport['reason'] | null, parts: readonly Part[] | null, wasm: WasmUrls } |
 *   { type: 'run', job: Job }
 * )} ModelRequest  `why` names the reason for a device that the page forces after a failure, instead of "you chose it";
 * without `parts` the usual ones are loaded; `own` is the model itself where no server has it, or the manifest alone of one that was loaded before; `wasm` and `threadWorker` are addresses in the place of the package's own; `threads` is
 * how many are wanted, null as many as are of use
 */

/** @typedef {{ x: number, y: number, width: number, height: number }} Rectangle */
/** @typedef {{ maxSide: number, region: Rectangle | null }} View a part of the photo, scaled down to `maxSide` where it is larger */
/** @typedef {{ changed: number, compared: number }} Outside how many pixels beyond the frame an edit changed, and of how many */
/** @typedef {{ frame: Frame, before: RawPicture, after: RawPicture }} RawChange both pictures square and of one size */
/**
 * @typedef {(
 *   { type: 'open', source: Blob | ImageBitmap | RawPicture, dreamt: boolean, wasm: Pick<WasmUrls, 'cpu' | 'cpuFused'>, detector: string | null } |
 *   { type: 'faces' } |
 *   { type: 'crop', frame: Frame, side: number } |
 *   { type: 'preview', view: View, wide: boolean } |
 *   { type: 'composite', change: RawChange, view: View, wide: boolean } |
 *   { type: 'file', change: RawChange | null, quality: number | null, place: boolean }
 * )} PhotoRequest  `dreamt` pictures are a model's own; `wide` views are in Display P3 where the photo has colours of its own;
 * `quality`, 1 to 100, makes the file a JPEG, null a PNG; the file tells of the `place`, if the photo's does, where asked; `wasm` and `detector` are addresses in the place of
 * the package's own
 */

/** @typedef {{ score: number, bounds: Rectangle, eyes: [Point, Point] }} Face */
/** @typedef {{ x: number, y: number }} Point */
/**
 * What each kind of photo request gives.
 * @typedef {object} PhotoResults
 * @property {{ width: number, height: number, camera: boolean, place: boolean }} open with what the file tells of how the photo was taken
 * @property {Face[]} faces
 * @property {RawPicture} crop
 * @property {RawPicture} preview
 * @property {Outside & { picture: RawPicture }} composite
 * @property {Outside & { bytes: Uint8Array<ArrayBuffer> }} file
 */

/** @typedef {{ text: string, files: Partial<Record<Part, Blob>> }} OwnModel  a model of a person's own: its manifest and its files, which are read when they are needed */
/** @typedef {OwnModel & { kept: boolean }} OwnResult  without files where they are kept on the device */
/** @typedef {{ file: Blob, path: string }} ChosenFile  with its path in a folder that was chosen */
/**
 * @typedef {object} Choice what a checkpoint may be
 * @property {string} name
 * @property {number} imageSize
 * @property {boolean} encodes
 * @property {boolean} samples whether it has a latent model
 * @property {boolean} framed whether it is known where it wants the eyes
 * @property {string[]} attributes
 * @property {{ encode: number | null, step: number }} cost
 * @property {number} parameters
 * @property {number} bytes of the files that are written
 * @property {string | null} licence where it is known
 * @property {string | null} origin
 */
/** @typedef {{ manifest: string | null, parameters: number, choices: Choice[] }} Looked  a model's manifest, or what a checkpoint may be */
/**
 * @typedef {(
 *   { type: 'look', files: ChosenFile[], wasm: string | null } |
 *   { type: 'count', manifest: string, wasm: string | null } |
 *   { type: 'keep', folder: string, bytes: number, choice: number, licence: string, origin: string }
 * )} ImportRequest  `folder` is where the model is kept, `bytes` is what it will take; a `keep` is answered with a `step` for every
 * tensor or piece
 */
/**
 * @typedef {object} ImportResults
 * @property {Looked} look
 * @property {number} count
 * @property {OwnResult} keep
 */

/** @typedef {ModelRequest | PhotoRequest | ImportRequest} Request */
/** @typedef {(Request & { id: number }) | { type: 'cancel', id: number }} ToWorker */

/** @typedef {{ linearBytes: number, deviceBytes: number }} Memory  linear memory never shrinks, so its size is its peak */
/** @typedef {{ value: unknown, memory: Memory, parts?: Part[] }} Answer  `parts` of a model that are loaded now */
/** @typedef {{ file: string, url: string, bytes: number, sha256: string, precision: string }} PartFile */
/**
 * @typedef {object} Manifest
 * @property {string} text the file as fetched, which the engine parses in full
 * @property {string} url where it was fetched from, beside which its parts lie
 * @property {string} name
 * @property {number} imageSize side of the model's pictures in pixels
 * @property {boolean} encodes whether it has an encoder; one without draws pictures from noise alone
 * @property {string[]} attributes
 * @property {{ eyeMidpoint: [number, number], eyeDistance: number } | null} framing as fractions of the picture's side
 * @property {{ encode: number | null, step: number } | null} cost floating-point operations of one picture, where the manifest tells them
 * @property {string} licence
 * @property {string} origin
 * @property {Partial<Record<Part, PartFile>>} parts
 */

/** @typedef {{ device: DeviceReport, manifest: Manifest }} Loaded */
/** @typedef {{ at: number, file: string } | { at: number, sent: number }} Traffic a file that was asked for, by its address, or bytes that were sent; `at` in milliseconds since 1970 */

/**
 * @typedef {(
 *   { type: 'progress', id: number, progress: LoadProgress } |
 *   { type: 'step', id: number, index: number, of: number, preview: ArrayBuffer | null } |
 *   { type: 'found', id: number, faces: Face[] } |
 *   { type: 'traffic', traffic: Traffic[] } |
 *   { type: 'thread', port: MessagePort } |
 *   ({ type: 'done', id: number } & Answer) |
 *   { type: 'failed', id: number, error: { code: import('../../index.js').ErrorCode, message: string, values?: import('./errors.js').Values } } |
 *   { type: 'crashed', error: { code: import('../../index.js').ErrorCode, message: string }, gpu: boolean }
 * )} FromWorker
 */

export {};
