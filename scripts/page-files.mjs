// The list of the page's files that the service worker keeps, each with its hash: the module `page-files.js` beside sw.js.
// It is never written by hand: serve.mjs makes it for every request, `node page-files.mjs FOLDER` writes it into a folder
// that is to be hosted.

import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RELAXED } from '../pkg/lib/worker/fused.js';

export const NAME = 'page-files.js';

/** What a page is made of. Weights are not among it: the package keeps them under their hash. */
const KINDS = /(\.(html|css|js|svg|webp|txt|wasm|webmanifest)|^icons\/[^/]+\.png|^models\/[^/]+\/manifest\.json|^pkg\/face\/[^/]+\.safetensors)$/;
/** The worker itself, and the list in it. */
const OWN = ['sw.js', NAME];
/** Kept once they have been of use: not every machine can run the one, few people bring models, and fewer read licences. */
const LATER = /^pkg\/(diffae_(gpu|import|threads|\w+_fused)_bg\.wasm|THIRD-PARTY\.txt)$/;

/** The list as a script for the service worker. @param {string} folder with the page's index.html */
export async function pageFiles(folder) {
  /** @type {Record<'first' | 'later', Record<string, string>>} */
  const files = { first: {}, later: {} };
  for (const path of (await paths(folder)).sort()) {
    if (!KINDS.test(path) || OWN.includes(path)) continue;
    files[LATER.test(path) ? 'later' : 'first'][path] = createHash('sha256').update(await readFile(join(folder, path))).digest('hex');
  }
  // Another worker is another version, even of the same files.
  const version = createHash('sha256').update(JSON.stringify(files)).update(await readFile(join(folder, 'sw.js'))).digest('hex');
  return `self.pageFiles = ${JSON.stringify({ version, ...files, relaxed: [...RELAXED] }, null, 1)};\n`;
}

/** Every file below a folder, links followed. @param {string} folder @param {string} [below] @returns {Promise<string[]>} */
async function paths(folder, below = '') {
  const found = [];
  for (const name of await readdir(join(folder, below))) {
    const path = below ? `${below}/${name}` : name;
    if (name.startsWith('.') || name === 'node_modules') continue;
    if ((await stat(join(folder, path))).isDirectory()) found.push(...await paths(folder, path));
    else found.push(path);
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (!folder) {
    console.error('page-files.mjs: name the folder of the page.');
    process.exitCode = 1;
  } else {
    await writeFile(join(folder, NAME), await pageFiles(folder));
  }
}
