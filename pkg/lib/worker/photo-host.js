// The photo inside its worker: the CPU wasm file, the pixels in its linear memory, the face detector, and how a request
// becomes a call.

import * as module from '../../diffae_cpu.js';
import { cancelled, DiffAeError } from '../shared/errors.js';
import { fetchWhole } from '../shared/fetch.js';
import { cpuFile } from './fused.js';
import { bytesOf, decoded } from './photo-pixels.js';
import { macrotask } from './turn.js';
import { WasmHost } from './wasm-host.js';

/** @typedef {import('../shared/protocol.js').PhotoRequest} PhotoRequest */
/** @typedef {import('../shared/protocol.js').RawPicture} RawPicture */

const NOTHING = new Uint8Array();

export class PhotoHost extends WasmHost {
  /** @type {module.Photo | null} */
  #photo = null;
  /** @type {module.FaceFinder | null} */
  #finder = null;
  /** Where the detector's weights are. */
  #detector = '';

  /** @param {(message: string) => void} onPanic */
  constructor(onPanic) {
    super(module, onPanic);
  }

  /**
   * @param {PhotoRequest} request @param {AbortSignal} signal
   * @param {(faces: import('../shared/protocol.js').Face[]) => void} onFaces told of those found so far
   * @returns {Promise<unknown>}
   */
  async run(request, signal, onFaces) {
    if (request.type === 'open') return this.#open(request);
    const photo = this.#photo;
    if (!photo) throw new DiffAeError('not-loaded', 'No photo is open in this worker.');
    switch (request.type) {
      case 'faces':
        this.#finder ??= await startFinder(this.#detector, signal);
        return search(photo, this.#finder, signal, onFaces);
      case 'crop':
        return photo.crop(request.frame, request.side);
      case 'preview':
        return photo.preview(request.view, request.wide);
      case 'composite': {
        const { frame, before, after } = request.change;
        return photo.composite(frame, before.width, before.rgba, after.rgba, request.view, request.wide);
      }
      case 'file': {
        const { frame, before, after } = request.change ?? { frame: null, before: { width: 0, rgba: NOTHING }, after: { rgba: NOTHING } };
        return photo.file(frame, before.width, before.rgba, after.rgba, request.quality ?? undefined, request.place);
      }
    }
  }

  /** @param {Extract<PhotoRequest, { type: 'open' }>} request @returns {Promise<import('../shared/protocol.js').PhotoResults['open']>} */
  async #open({ source, dreamt, wasm, detector }) {
    this.#detector = detector ?? new URL('../../face/blazeface.safetensors', import.meta.url).href;
    // Everything here is light work, so it never waits for a GPU and never breaks with one.
    const [memory, file] = await Promise.all([this.start(cpuFile(wasm)), source instanceof Blob ? bytesOf(source) : NOTHING]);
    const description = new module.FileDescription(file);
    const pixels = await decoded(source, description.colourless());
    const { width, height } = pixels;
    try {
      const room = new module.Pixels(width, height);
      // Written in place: nothing else runs in this instance meanwhile, so its memory does not move.
      const { format, numbers } = await pixels.fill({
        whole: () => new Uint8Array(memory.buffer, room.address(), 4 * width * height),
        place: (rows, first, turns, mirrored) => room.place(rows, first, turns, mirrored),
      });
      const photo = this.#photo = module.Photo.open(room, format, description, numbers, dreamt);
      return { width, height, camera: photo.hasCamera, place: photo.hasPlace };
    } finally {
      pixels.close();
    }
  }
}

/**
 * All faces; the large ones are found first, and small ones are looked for as long as nobody wants something else.
 * @param {module.Photo} photo @param {module.FaceFinder} finder
 * @param {AbortSignal} signal @param {(faces: import('../shared/protocol.js').Face[]) => void} onFaces
 */
async function search(photo, finder, signal, onFaces) {
  let faces = await photo.faces(finder);
  for (;;) {
    onFaces(faces);
    // A cancellation that has arrived meanwhile is heard now.
    await macrotask();
    if (signal.aborted) throw cancelled();
    const more = await photo.moreFaces(finder);
    if (!more) return faces;
    faces = more;
  }
}

/** @param {string} url of the detector's weights @param {AbortSignal} signal */
async function startFinder(url, signal) {
  const { blob } = await fetchWhole(url, { signal });
  return new module.FaceFinder(new Uint8Array(await blob.arrayBuffer()));
}
