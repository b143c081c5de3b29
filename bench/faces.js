// A worker that searches photos for faces with the package's raw classes: the calls that pkg/lib/worker/photo-host.js makes,
// with nothing between them and the clock.

import { answer } from './rpc.js';
import { draw } from './scenes.js';

/** @typedef {{ faces: number, looks: number, first: number | null, end: number }} Search milliseconds to the first faces, if any, and to the end */

/** @type {typeof import('../www/pkg/diffae_cpu.js')} */
let module;
/** @type {WebAssembly.Memory} */
let memory;
/** @type {import('../www/pkg/diffae_cpu.js').FaceFinder} */
let finder;
/** @type {ImageBitmap} */
let portrait;
/** @type {Map<string, import('../www/pkg/diffae_cpu.js').Photo>} */
const photos = new Map();

/** @param {string} scene */
function open(scene) {
  const { width, height, data } = draw(scene, portrait);
  const room = new module.Pixels(width, height);
  new Uint8Array(memory.buffer, room.address(), data.length).set(data);
  const photo = module.Photo.open(room, 'RGBA', new module.FileDescription(new Uint8Array()), 'srgb', false);
  photos.set(scene, photo);
  return photo;
}

answer({
  ping() {},

  /** @param {{ wasm: ArrayBuffer, weights: ArrayBuffer, portrait: ArrayBuffer }} files */
  async start(files) {
    module = await import('../www/pkg/diffae_cpu.js');
    ({ memory } = await module.default({ module_or_path: files.wasm }));
    module.set_panic_hook((/** @type {string} */ message) => { setTimeout(() => { throw new Error(message); }); });
    finder = new module.FaceFinder(new Uint8Array(files.weights));
    portrait = await createImageBitmap(new Blob([files.portrait]));
  },

  /** @param {string} scene @returns {Promise<Search>} */
  async search(scene) {
    const photo = photos.get(scene) ?? open(scene);
    const begin = performance.now();
    let faces = await photo.faces(finder);
    const first = faces.length ? performance.now() - begin : null;
    for (let more; (more = await photo.moreFaces(finder));) faces = more;
    return { faces: faces.length, looks: photo.looks, first, end: performance.now() - begin };
  },
});
