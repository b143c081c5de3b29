// `Photo`: a person's photo on the main thread. Its pixels lie in a worker of its own, decoded once; here is only what they
// were decoded from, so that a worker that dies is replaced without anybody noticing.

import { cancelled, DiffAeError } from '../shared/errors.js';
import { raw, salvaged, size } from './picture.js';
import { Connection } from './connection.js';
import { widest } from './screen.js';
import { moment } from './traffic.js';
import { given, photoWorker } from './workers.js';

/** @typedef {import('./picture.js').PictureSource} PictureSource */
/** @typedef {import('../shared/protocol.js').Frame} Frame */
/** @typedef {import('../shared/protocol.js').Rectangle} Rectangle */
/** @typedef {{ signal?: AbortSignal, onFaces?: (faces: Face[]) => void }} Watch */
/** @typedef {{ frame: Frame, before: ImageData, after: ImageData }} Change */
/** @typedef {import('../shared/protocol.js').Face} Face */
/** @typedef {import('../shared/protocol.js').PhotoRequest} PhotoRequest */
/** @typedef {import('../shared/protocol.js').PhotoResults} Results */

/** @typedef {(outside: import('../shared/protocol.js').Outside) => void} OnCompared  internal: told how many pixels beyond the frame the edit changed */

/** The side of a picture that a model may have. */
const MOST_CROPPED = 1024;
/** No photo is longer. */
const LONGEST_SIDE = 2 ** 31;

export class Photo {
  #source;
  #addresses;
  /** @type {Connection | null} */
  #connection = null;
  /** @type {Promise<void> | null} settles when the present worker holds the photo */
  #opening = null;
  #size = { width: 0, height: 0 };
  #told = { camera: false, place: false };
  #openedAt = 0;
  #dreamt;
  #memory = { linearBytes: 0 };
  /** @type {string | null} */
  #damage = null;
  #freed = false;
  /** Internal: called when the photo is freed. @type {(() => void) | null} */
  onFreed = null;

  /** Internal: use `Photo.open`. @param {PictureSource} source @param {import('../../index.js').Addresses} addresses @param {boolean} dreamt */
  constructor(source, addresses, dreamt) {
    this.#source = source;
    this.#addresses = addresses;
    this.#dreamt = dreamt;
  }

  /**
   * Decodes a picture once, upright as its EXIF orientation says.
   * @param {PictureSource} source kept to decode it again after a crash @param {import('../../index.js').OpenOptions} [options]
   */
  static async open(source, { signal, dreamt = false, ...addresses } = {}) {
    if (signal?.aborted) throw cancelled();
    const photo = new Photo(source, addresses, dreamt);
    // Nothing but its worker's end stops a decode that is under way, and its memory is wanted for the next photo.
    const end = () => photo.free();
    signal?.addEventListener('abort', end);
    try {
      await photo.#opened(signal);
      photo.#openedAt = moment();
    } catch (error) {
      photo.free();
      throw signal?.aborted ? cancelled() : error;
    } finally {
      signal?.removeEventListener('abort', end);
    }
    return photo;
  }

  get width() {
    return this.#size.width;
  }

  get height() {
    return this.#size.height;
  }

  /** What its file tells of how the photo was taken: by which camera, when, how exposed; and where. */
  get metadata() {
    return { ...this.#told };
  }

  /** Whether it is no photo, but a model's own picture. */
  get dreamt() {
    return this.#dreamt;
  }

  /** Internal: when it was opened, in milliseconds since 1970. */
  get openedAt() {
    return this.#openedAt;
  }

  /** What is the matter with a file of which only a part could be read, as a sentence. */
  get damage() {
    return this.#damage;
  }

  /** Of the photo's worker. It never shrinks, so its size is its peak. */
  get memory() {
    return { ...this.#memory };
  }

  /** Every face, best first; `onFaces` is told of those found so far. @param {Watch} [watch] @returns {Promise<Face[]>} */
  faces(watch = {}) {
    return this.#ask({ type: 'faces' }, watch);
  }

  /** What the model sees of a framed face. @param {Frame} frame @param {number} side @param {Watch} [watch] */
  async crop(frame, side, watch = {}) {
    if (!(Number.isInteger(side) && side >= 1 && side <= MOST_CROPPED)) throw new DiffAeError('option-invalid', `The side of a crop must be a whole number from 1 to ${MOST_CROPPED}, not ${side}.`);
    return picture(await this.#ask({ type: 'crop', frame: { ...frame }, side }, watch));
  }

  /** The photo or a part of it for the screen. @param {number} maxSide @param {Watch & { region?: Rectangle | null, colorSpace?: PredefinedColorSpace }} [options] */
  async preview(maxSide, { region = null, colorSpace = 'srgb', ...watch } = {}) {
    return picture(await this.#ask({ type: 'preview', view: view(maxSide, region), wide: wide(colorSpace) }, watch));
  }

  /**
   * The same with a change laid over it.
   * @param {Change} change @param {number} maxSide
   * @param {Watch & { region?: Rectangle | null, colorSpace?: PredefinedColorSpace, onCompared?: OnCompared }} [options]
   */
  async composite(change, maxSide, { region = null, colorSpace = 'srgb', onCompared, ...watch } = {}) {
    const { picture: edited, ...outside } = await this.#ask({ type: 'composite', change: rawChange(change), view: view(maxSide, region), wide: wide(colorSpace) }, watch);
    onCompared?.(outside);
    return picture(edited);
  }

  /**
   * The whole photo at its own size as a file that tells how it was taken, and that it was edited.
   * @param {Change | null} change @param {Watch & { type?: 'image/png' | 'image/jpeg', quality?: number, place?: boolean, onCompared?: OnCompared }} [options] `quality` 0 to 1,
   *   of a JPEG; `place` for a file that tells where the photo was taken
   */
  async save(change, { type = 'image/png', quality = 0.92, place = false, onCompared, ...watch } = {}) {
    if (type !== 'image/png' && type !== 'image/jpeg') throw new DiffAeError('option-invalid', `A photo is saved as image/png or image/jpeg, not as ${type}.`);
    if (!(quality >= 0 && quality <= 1)) throw new DiffAeError('option-invalid', 'The quality of a JPEG must be a number from 0 to 1.');
    const percent = type === 'image/jpeg' ? Math.max(1, Math.round(quality * 100)) : null;
    const { bytes, ...outside } = await this.#ask({ type: 'file', change: change && rawChange(change), quality: percent, place }, watch);
    if (change) onCompared?.(outside);
    return new Blob([bytes], { type });
  }

  /** Ends the worker and gives its memory back. */
  free() {
    this.#freed = true;
    this.onFreed?.();
    this.onFreed = null;
    this.#connection?.end(freed());
    this.#connection = null;
  }

  /**
   * A request that a crash took down is made once more, of a new worker.
   * @template {PhotoRequest} R
   * @param {R} request @param {Watch} watch
   * @returns {Promise<Results[R['type']]>}
   */
  async #ask(request, watch) {
    for (let again = false; ; again = true) {
      await this.#opened();
      try {
        return await this.#send(request, watch);
      } catch (error) {
        if (again || this.#freed || !(/** @type {DiffAeError} */ (error).fatal)) throw error;
      }
    }
  }

  /**
   * @template {PhotoRequest} R
   * @param {R} request @param {Watch} watch @param {Transferable[]} [transfer]
   * @returns {Promise<Results[R['type']]>}
   */
  async #send(request, { signal, onFaces }, transfer) {
    if (this.#freed) throw freed();
    const { value, memory } = await /** @type {Connection} */ (this.#connection).ask(request, { signal, onFaces }, transfer);
    this.#memory = { linearBytes: memory.linearBytes };
    return /** @type {Results[R['type']]} */ (value);
  }

  /** @param {AbortSignal} [signal] */
  #opened(signal) {
    this.#opening ??= this.#open(signal).catch((error) => {
      this.#lost();
      throw error;
    });
    return this.#opening;
  }

  /** @param {AbortSignal} [signal] */
  async #open(signal) {
    if (this.#freed) throw freed();
    const source = await sendable(this.#source);
    if (this.#freed) throw freed();
    this.#connection = new Connection(() => photoWorker(this.#addresses), () => this.#lost());
    const { cpuWasmUrl, cpuFusedWasmUrl, detectorUrl } = this.#addresses;
    const wasm = { cpu: given(cpuWasmUrl), cpuFused: given(cpuFusedWasmUrl) };
    const request = /** @type {const} */ ({ type: 'open', dreamt: this.#dreamt, wasm, detector: given(detectorUrl) });
    const describe = (/** @type {Results['open']} */ { width, height, camera, place }) => {
      this.#size = { width, height };
      this.#told = { camera, place };
    };
    try {
      describe(await this.#send({ ...request, source }, { signal }, source instanceof ImageBitmap ? [source] : []));
    } catch (error) {
      const unread = ['picture-unreadable', 'picture-heic'].includes(DiffAeError.from(error).code);
      const found = source instanceof Blob && unread && !this.#freed ? await salvaged(source) : null;
      if (!found) throw error;
      this.#damage = found.damage;
      describe(await this.#send({ ...request, source: found.bitmap }, { signal }, [found.bitmap]));
    }
  }

  /** The next request makes a new worker. */
  #lost() {
    this.#connection?.end(freed());
    this.#connection = null;
    this.#opening = null;
  }
}

/**
 * What can cross to the worker: a file as it is, pixels, or a bitmap of anything that can be drawn.
 * @param {PictureSource} source
 */
async function sendable(source) {
  if (source instanceof Blob) return source;
  if ('data' in source) return raw(source);
  const { width, height } = size(source);
  if (!(width > 0 && height > 0)) throw new DiffAeError('picture-unreadable', 'The picture has no pixels; wait until it has loaded.');
  try {
    return await createImageBitmap(source, { premultiplyAlpha: 'none' });
  } catch (error) {
    throw new DiffAeError('picture-unreadable', 'The picture cannot be read; it may have been closed.', { cause: error });
  }
}

/** What is seen of a photo. A side of a page's own pixels need not be whole. @param {number} maxSide @param {Rectangle | null} region */
function view(maxSide, region) {
  return { maxSide: Math.min(Math.round(maxSide), LONGEST_SIDE), region: region && { ...region } };
}

/** Whether numbers of the wider colour space are wanted, and can be told to be such. @param {PredefinedColorSpace} wanted */
function wide(wanted) {
  return wanted === 'display-p3' && widest() === 'display-p3';
}

/** @param {Change} change @returns {import('../shared/protocol.js').RawChange} */
function rawChange({ frame, before, after }) {
  for (const { width, height } of [before, after]) {
    if (width !== height || width !== before.width) throw new DiffAeError('option-invalid', 'A change needs two square pictures of one size.');
  }
  return { frame: { ...frame }, before: raw(before), after: raw(after) };
}

/** @param {import('../shared/protocol.js').RawPicture} raw */
function picture({ width, height, rgba, colorSpace = 'srgb' }) {
  const data = new Uint8ClampedArray(/** @type {ArrayBuffer} */ (rgba.buffer));
  // Some browsers know no other colour space, and refuse the option.
  return colorSpace === 'srgb' ? new ImageData(data, width, height) : new ImageData(data, width, height, { colorSpace });
}

function freed() {
  return new DiffAeError('freed', 'This photo was freed; open it again.');
}
