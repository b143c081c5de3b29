/** Where the model runs; `auto` takes the GPU only where a real adapter is present. */
export type DeviceChoice = 'auto' | 'cpu' | 'gpu';
export type Part = 'encoder' | 'decoder' | 'latent' | 'attributes';

/** Stable codes of `DiffAeError`. */
export type ErrorCode =
  | 'cancelled' | 'freed' | 'not-loaded' | 'internal'
  // The browser or the page's policy
  | 'permission-denied' | 'camera-unavailable'
  // Files
  | 'manifest-invalid' | 'not-found' | 'http-status' | 'offline' | 'network' | 'cross-origin' | 'insecure-context'
  | 'truncated' | 'wrong-size' | 'hash-mismatch' | 'model-updated' | 'model-too-large' | 'part-missing' | 'part-invalid' | 'checkpoint-invalid'
  // Pictures
  | 'picture-heic' | 'picture-unreadable' | 'picture-damaged' | 'picture-too-large' | 'picture-invalid' | 'picture-cross-origin' | 'frame-invalid'
  // Requests
  | 'unsupported' | 'code-invalid' | 'direction-invalid' | 'steps-invalid' | 'attribute-unknown' | 'option-invalid'
  // Engine
  | 'worker-cross-origin' | 'worker-unavailable' | 'engine-unavailable' | 'engine-crashed' | 'detector-invalid'
  | 'device-unavailable' | 'out-of-memory'
  // What a GPU fails with: it is gone, has no memory left, refuses, does not answer, or computes nonsense
  | 'device-lost' | 'device-memory' | 'device-refused' | 'device-hung' | 'device-wrong';

/** Every failure: a stable code for programs, one sentence for people. */
export class DiffAeError extends Error {
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; values?: Record<string, string | number> });
  readonly code: ErrorCode;
  /** What the sentence says in names and numbers of bytes, where it can be said in another language. */
  readonly values: Readonly<Record<string, string | number>> | undefined;
  /** True when the worker had to be replaced; codes and directions stay usable. */
  readonly fatal: boolean;
  static from(value: unknown, fallback?: ErrorCode): DiffAeError;
}

export interface DeviceReport {
  readonly kind: 'cpu' | 'gpu';
  readonly reason:
    | 'gpu' | 'gpu-chosen' | 'cpu-chosen' | 'no-webgpu' | 'no-adapter' | 'fallback-adapter'
    | 'gpu-too-small' | 'gpu-not-started' | 'self-test-failed' | 'gpu-crashed';
  /** The reason in one sentence. */
  readonly sentence: string;
  /** Vendor and architecture of the graphics adapter, where known. */
  readonly adapter: string | null;
  /** Threads of the CPU that compute. */
  readonly threads: number;
}

export interface PartFile {
  readonly file: string;
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly precision: string;
}

export interface ModelDescription {
  readonly name: string;
  /** Side of the model's pictures in pixels. */
  readonly imageSize: number;
  /** Whether it has an encoder, and a code for every picture. One without, a plain DDPM, draws from noise alone: of all requests it takes `sample`. */
  readonly encodes: boolean;
  readonly attributes: readonly string[];
  /** Where the eyes lie in the model's pictures, as fractions of the side. */
  readonly framing: { readonly eyeMidpoint: readonly [number, number]; readonly eyeDistance: number } | null;
  /** Floating-point operations of one picture, where the manifest tells them. */
  readonly cost: { readonly encode: number | null; readonly step: number } | null;
  readonly licence: string;
  readonly origin: string;
  readonly parts: Readonly<Partial<Record<Part, PartFile>>>;
  /** Bytes of the parts that are loaded unless others are named: all that editing a photo takes. */
  readonly editingBytes: number;
}

export interface ModelInfo extends ModelDescription {
  readonly device: DeviceReport;
  readonly loaded: readonly Part[];
  /** Linear memory never shrinks, so its size is its peak. `deviceBytes` is 0 where unknown. */
  readonly memory: { readonly linearBytes: number; readonly deviceBytes: number };
}

export interface LoadProgress {
  readonly stage: 'manifest' | 'engine' | 'download' | 'verify' | 'prepare';
  readonly part: Part | null;
  /** Bytes over all parts of this request. */
  readonly loaded: number;
  readonly total: number;
  readonly fromCache: boolean;
}

export interface Step {
  /** 0-based, over all evaluations of the request. */
  readonly index: number;
  readonly of: number;
  /** The predicted x_0 at this step. */
  readonly preview: ImageData | null;
}

export interface Watch {
  /** Aborting rejects with code `cancelled`: at once while other work is waited for, otherwise after the step under way. */
  readonly signal?: AbortSignal;
  /** Called while parts that the request needs are fetched. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

export interface StepOptions extends Watch {
  /** Number of DDIM steps T: 2 to 36, 38, 39, 40, 42, 44, 46, 48, 50, 53, 56, 59, 63, 67, 72, 77, 84, 91, 100, 112, 125, 143, 167, 200, 250, 334, 500 or 1000. */
  readonly steps?: number;
  readonly onStep?: (step: Step) => void;
}

/** A square on a photo in the photo's pixels: centre, side, clockwise turn in radians. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  readonly angle: number;
}

export type PictureSource =
  | Blob | ImageBitmap | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas
  | { readonly width: number; readonly height: number; readonly data: Uint8Array | Uint8ClampedArray };

/** A photo encoded once: z_sem and x_T as bytes, usable for any number of edits and by any later worker. */
export interface Code {
  readonly bytes: Uint8Array;
  /** The aligned picture that was encoded, at the model's size. */
  readonly picture: ImageData;
  /** Steps of the encoding; later requests decode with as many unless told otherwise. */
  readonly steps: number;
  readonly model: string;
}

/** What a request needs of a code: a `Code`, or an object with its bytes as they were kept somewhere. */
export interface StoredCode {
  readonly bytes: Uint8Array;
  readonly steps?: number;
}

/** What a code is made of (paper, section 3). */
export interface Latents {
  /** The semantic code, in units of how much those of the training pictures differ, around their mean. */
  readonly zSem: Float32Array;
  /** The stochastic code, red, green and blue plane one after the other, close to standard normal. */
  readonly xT: Float32Array;
}

/** A taught direction; `name` can be used in `edit` like an attribute. */
export interface Direction {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Where the package's own files are, if not where they were published or a bundler has put them. Relative addresses are the
 * page's. Any may be on another origin that allows the page to read it.
 */
export interface Addresses {
  /** `worker.js`, in which the model runs. */
  readonly workerUrl?: string | URL;
  /** `photo-worker.js`, in which a photo lies. */
  readonly photoWorkerUrl?: string | URL;
  /** `convert-worker.js`, which makes a model of files that a person chooses. */
  readonly convertWorkerUrl?: string | URL;
  /** `diffae_cpu_bg.wasm`, which photos take, and models on the CPU, */
  readonly cpuWasmUrl?: string | URL;
  /** and `diffae_cpu_fused_bg.wasm`, fetched in its place by browsers that know relaxed SIMD. Without this, what `cpuWasmUrl` names is for all. */
  readonly cpuFusedWasmUrl?: string | URL;
  /** `diffae_gpu_bg.wasm`, fetched only where the model runs on a GPU. */
  readonly gpuWasmUrl?: string | URL;
  /** `diffae_threads_bg.wasm`, fetched in place of the CPU's where the model runs on several threads, */
  readonly threadsWasmUrl?: string | URL;
  /** `diffae_threads_fused_bg.wasm` in its place, likewise, */
  readonly threadsFusedWasmUrl?: string | URL;
  /** and `thread-worker.js`, which each of those runs. */
  readonly threadWorkerUrl?: string | URL;
  /** `diffae_import_bg.wasm`, fetched only where a person brings a model. */
  readonly importWasmUrl?: string | URL;
  /** `face/blazeface.safetensors`, which finds faces. */
  readonly detectorUrl?: string | URL;
}

export interface LoadOptions extends Watch, Addresses {
  readonly device?: DeviceChoice;
  /** Default: encoder, decoder and attributes, as far as the model has them. Other parts follow when first needed. */
  readonly parts?: readonly Part[];
  /**
   * Threads of the CPU. Default: as many as help on this machine. Several need a page that is isolated from others (the headers
   * COOP and COEP); elsewhere, and where they do not come up, there is one. 1 asks for no more.
   */
  readonly threads?: number;
  /**
   * A page that has been hidden for so many milliseconds lets go of the worker, and with it of the GPU's memory, until it is seen
   * again or something is asked for; where the weights are not kept on the device, it does not. Default: five minutes. Infinity: never.
   */
  readonly restMs?: number;
  /** Told when a dead worker is replaced, with what it died of, when one that was let go of comes back, and how that ends. */
  readonly onState?: (change: { readonly state: 'restarting' | 'ready' | 'failed'; readonly error: DiffAeError | null }) => void;
}

export interface EncodeOptions extends StepOptions {
  /** Where the face is; without one the picture is centre-cropped. */
  readonly frame?: Frame | null;
  readonly inversion?: 'official' | 'fixed-point';
  /** The most fixed-point iterations for each step, 1 to 20; a step that has settled takes fewer. */
  readonly iterations?: number;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A face on a photo, in the photo's pixels. */
export interface Face {
  /** How sure the detector is, up to 1. */
  readonly score: number;
  readonly bounds: Rectangle;
  /** First the eye that is seen on the left once the face is upright. */
  readonly eyes: readonly [Point, Point];
}

/** The frame that puts a face's eyes where the model expects them. */
export function frameFromEyes(left: Point, right: Point, framing: { readonly eyeMidpoint: readonly [number, number]; readonly eyeDistance: number }): Frame;

/** What an edit changed: `before` the reconstruction, `after` the edited picture, both of the framed face at the model's size. */
export interface Change {
  readonly frame: Frame;
  readonly before: ImageData;
  readonly after: ImageData;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface OpenOptions extends CallOptions, Addresses {
  /** The picture is no photo, but one that a model drew; files made of it say so. */
  readonly dreamt?: boolean;
}

export interface FacesOptions extends CallOptions {
  /** Told of the faces found so far, as often as there may be more: large ones are found at once, small ones in a large photo after a while. */
  readonly onFaces?: (faces: Face[]) => void;
}

export interface ViewOptions extends CallOptions {
  /** A part of the photo in its pixels; the whole without one. */
  readonly region?: Rectangle | null;
  /** `display-p3` for a photo that has colours of its own, where the browser can show it; sRGB otherwise. */
  readonly colorSpace?: PredefinedColorSpace;
}

export interface SaveOptions extends CallOptions {
  readonly type?: 'image/png' | 'image/jpeg';
  /** Of a JPEG, 0 to 1. */
  readonly quality?: number;
  /** Whether the file tells where the photo was taken, if the photo's own does; without it, it does not. */
  readonly place?: boolean;
}

/**
 * A person's photo, of up to 50 million pixels: decoded once, upright, 8 bits a channel, in the memory of a worker of its
 * own, in the numbers of its file with the file's profile. Only the source is kept here, to decode it again should that worker die.
 */
export class Photo {
  private constructor();
  static open(source: PictureSource, options?: OpenOptions): Promise<Photo>;
  readonly width: number;
  readonly height: number;
  /** What is the matter with a file of which only a part could be read, as a sentence; null where nothing is missing. */
  readonly damage: string | null;
  /** Whether the file tells how the photo was taken, and where. */
  readonly metadata: { readonly camera: boolean; readonly place: boolean };
  /** Whether it was opened as a model's own picture. */
  readonly dreamt: boolean;
  /** Of the photo's worker; its size is its peak. */
  readonly memory: { readonly linearBytes: number };
  /** Every face, the largest and surest first; empty where there is none. */
  faces(options?: FacesOptions): Promise<Face[]>;
  /** The photo for the screen, at most `maxSide` pixels along its longer side, never enlarged. */
  preview(maxSide: number, options?: ViewOptions): Promise<ImageData>;
  /** What a model of `side` pixels, 1 to 1024, sees in a frame: mirrored beyond the borders, on white where transparent. */
  crop(frame: Frame, side: number, options?: CallOptions): Promise<ImageData>;
  /** The preview with an edit laid over it. Where `before` equals `after` it is the preview, byte for byte. */
  composite(change: Change, maxSide: number, options?: ViewOptions): Promise<ImageData>;
  /**
   * The whole photo at its own size as a file, with an edit laid over it or as it is. It keeps the photo's colours, and of its
   * metadata camera, exposure, time, author and rights; one with an edit says in XMP that it was edited by a model.
   */
  save(change: Change | null, options?: SaveOptions): Promise<Blob>;
  /** Ends the worker and gives its memory back. */
  free(): void;
}

export interface SemanticOptions {
  /** Where the face is; without one the picture is centre-cropped. */
  readonly frame?: Frame | null;
  readonly signal?: AbortSignal;
}

export interface VariationOptions extends StepOptions {
  readonly count?: number;
  readonly seed?: number;
  /** How far each x_T goes from the code's own: 0 is the picture itself, 1 fresh noise as in the paper. */
  readonly strength?: number;
}

export interface SampleOptions extends StepOptions {
  readonly count?: number;
  readonly seed?: number;
  readonly latentSteps?: number;
  /** Noise added in each step: 0 is deterministic DDIM, 1 has DDPM's variance. */
  readonly eta?: number;
  /** Truncation: the part of its distance from the mean face that each z_sem keeps, 0 to 1. */
  readonly psi?: number;
  /** Faces that have what was taught under this name, each kept with its probability. */
  readonly like?: string | null;
}

export class DiffAe {
  private constructor();
  static describe(manifestUrl: string | URL, options?: { readonly signal?: AbortSignal }): Promise<ModelDescription>;
  static load(manifestUrl: string | URL, options?: LoadOptions): Promise<DiffAe>;
  readonly attributes: readonly string[];
  readonly info: ModelInfo;
  encode(image: PictureSource | Photo, options?: EncodeOptions): Promise<Code>;
  /** z_sem alone, un-normalized, without the x_T that takes `encode` most of its time: for comparing and searching faces. */
  encodeSemantic(image: PictureSource | Photo, options?: SemanticOptions): Promise<Float32Array>;
  reconstruct(code: StoredCode, options?: StepOptions): Promise<ImageData>;
  /** Amplitudes by attribute name, typically -0.5 to 0.5. */
  edit(code: StoredCode, amplitudes: Readonly<Record<string, number>>, options?: StepOptions): Promise<ImageData>;
  /** `alpha` 0 gives a, 1 gives b. */
  interpolate(a: StoredCode, b: StoredCode, alpha: number, options?: StepOptions): Promise<ImageData>;
  /** The same z_sem with other x_T. */
  variations(code: StoredCode, options?: VariationOptions): Promise<ImageData[]>;
  sample(options?: SampleOptions): Promise<ImageData[]>;
  /** What a code is made of, with amplitudes as in `edit`. */
  latents(code: StoredCode, amplitudes?: Readonly<Record<string, number>>, options?: Watch): Promise<Latents>;
  /** Learns a direction from a few faces with something and a few without it, each a code or what `encodeSemantic` gave (paper, section 5.6). */
  teach(positives: readonly (StoredCode | Float32Array)[], negatives: readonly (StoredCode | Float32Array)[], options: Watch & { readonly name: string }): Promise<Direction>;
  /** Takes a direction that was taught to this model before. */
  learn(direction: Direction): Direction;
  /** Forgets a direction. */
  unlearn(name: string): void;
  /** The probability, 0 to 1, that a face has what was taught. */
  probability(face: StoredCode | Float32Array, name: string, options?: Watch): Promise<number>;
  /** Ends the worker and everything it holds. */
  free(): void;
}

/** Range of an attribute slider. */
export const AMPLITUDE: { readonly min: number; readonly max: number; readonly step: number };
export const ITERATIONS: number;
export const LATENT_STEPS: number;
export const SAMPLING: { readonly psi: number; readonly eta: number };
export const STRENGTH: number;
export const STEPS: Readonly<Record<'cpu' | 'gpu', { readonly encode: number; readonly decode: number }>>;
