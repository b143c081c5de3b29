// The search for faces, on the CPU as everywhere in the package: every photo is searched in each round.

import { ask } from './measure.mjs';
import { SCENES } from './scenes.js';

/**
 * @typedef {object} Searches of one photo; it finds and looks alike every time
 * @property {string} scene
 * @property {number} faces
 * @property {number} looks of the network
 * @property {number[]} first milliseconds to the first faces, where there are any
 * @property {number[]} end milliseconds to the end
 */

const NAME = 'faces on cpu';
const FILES = { wasm: '../www/pkg/diffae_cpu_fused_bg.wasm', weights: '../www/pkg/face/blazeface.safetensors', portrait: '../www/samples/astronaut.webp' };

/**
 * @param {import('./measure.mjs').Evaluates} page
 * @param {{ rounds: number, tell?: (line: string) => void }} options
 */
export async function search(page, { rounds, tell = () => {} }) {
  await ask(page, 'finder', NAME, FILES);
  /** @type {Searches[]} */
  const searches = SCENES.map((scene) => ({ scene, faces: 0, looks: 0, first: [], end: [] }));
  for (let round = 0; round <= rounds; round++) {
    tell(round ? `Searches for faces, round ${round} of ${rounds}` : 'Laying out photos of faces');
    for (const one of searches) {
      /** @type {import('./faces.js').Search} */
      const { faces, looks, first, end } = await ask(page, 'call', NAME, 'search', one.scene);
      Object.assign(one, { faces, looks });
      // The first round warms up.
      if (round === 0) continue;
      if (first !== null) one.first.push(first);
      one.end.push(end);
    }
  }
  await ask(page, 'stop', NAME);
  return searches;
}
