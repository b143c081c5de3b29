// What a person's browser has to fetch for each engine: code as a server compresses it, weights as they are.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PKG = join(HERE, '../pkg');
const MODELS = join(HERE, '../models');
const ORT = join(HERE, 'node_modules/onnxruntime-web/dist');

/** Bytes for editing. @param {'ours' | 'ort'} kind @param {string} model @param {'cpu' | 'gpu'} device @param {string | null} wasm address of our wasm file @param {string | null} onnx */
export async function downloads(kind, model, device, wasm, onnx) {
  if (kind === 'ort') {
    const [api, module] = device === 'gpu' ? ['webgpu', '.asyncify'] : ['wasm', ''];
    const code = [`ort.${api}.min.mjs`, `ort-wasm-simd-threaded${module}.mjs`, `ort-wasm-simd-threaded${module}.wasm`];
    return {
      code: await compressed(code.map((file) => join(ORT, file))),
      weights: await sizes([`${model}-unet.onnx`, `${model}-encoder.onnx`].map((file) => join(String(onnx), file))),
    };
  }
  const lib = (await readdir(join(PKG, 'lib'), { recursive: true })).filter((file) => file.endsWith('.js')).map((file) => join('lib', file));
  const code = ['index.js', 'worker.js', ...lib, 'diffae_cpu.js', 'diffae_gpu.js', basename(String(wasm))];
  return {
    code: await compressed(code.map((file) => join(PKG, file))),
    weights: await sizes(['decoder', 'encoder', 'attributes'].map((part) => join(MODELS, model, `${part}.safetensors`))),
  };
}

/** @param {string[]} paths */
async function compressed(paths) {
  const files = await Promise.all(paths.map(async (path) => promisify(gzip)(await readFile(path), { level: 9 })));
  return files.reduce((sum, file) => sum + file.length, 0);
}

/** @param {string[]} paths */
async function sizes(paths) {
  const files = await Promise.all(paths.map((path) => stat(path)));
  return files.reduce((sum, file) => sum + file.size, 0);
}
