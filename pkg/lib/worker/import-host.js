// What turns files that a person has chosen into a model on this device, inside its worker: a wasm file of its own reads them in
// pieces, says what they are, and writes a model directory of them.

import * as module from '../../diffae_import.js';
import { DiffAeError } from '../shared/errors.js';
import { HeldFiles, KeptFiles, NotKept } from './own-writer.js';
import { WasmHost } from './wasm-host.js';

/** @typedef {import('../shared/protocol.js').ImportRequest} ImportRequest */
/** @typedef {import('../shared/protocol.js').ChosenFile} ChosenFile */
/** @typedef {import('../shared/protocol.js').Looked} Looked */
/** @typedef {import('../shared/protocol.js').Part} Part */
/** @typedef {(done: number, of: number) => void} OnStep */

/** How files of weights are called; in a folder of training there are others beside them. */
const WEIGHTS = /\.(ckpt|pkl|pt|pth|bin|safetensors)$/i;
/** A configuration is a few hundred bytes. */
const MAX_CONFIG = 1 << 20;

export class ImportHost extends WasmHost {
  /** @type {module.Checkpoints | null} */
  #checkpoints = null;
  /** @type {module.ModelFiles | null} */
  #files = null;
  /** What the model will take on this device. */
  #bytes = 0;

  /** @param {(message: string) => void} onPanic */
  constructor(onPanic) {
    super(module, onPanic);
  }

  /** @param {ImportRequest} request @param {OnStep} onStep @returns {Promise<unknown>} */
  async run(request, onStep) {
    switch (request.type) {
      case 'look':
        await this.start(request.wasm);
        return this.#look(request.files);
      case 'count':
        await this.start(request.wasm);
        return module.parameters(request.manifest);
      case 'keep':
        return this.#keep(request, onStep);
    }
  }


  /** @param {readonly ChosenFile[]} chosen @returns {Promise<Looked>} */
  async #look(chosen) {
    const directory = modelDirectory(chosen);
    if (directory) {
      this.#files = module.ModelFiles.plain(directory.map(({ file }) => file), directory.map(({ path }) => nameOf(path)));
    } else if (chosen.length === 1 && await isZip(chosen[0].file)) {
      this.#files = module.ModelFiles.unpacked(chosen[0].file) ?? null;
    }
    if (this.#files) {
      const missing = this.#files.missing();
      if (missing) throw new DiffAeError('part-missing', `The model's manifest names the file ${missing}, which is not there: choose the whole folder of the model.`);
      const manifest = this.#files.manifest();
      return { manifest, parameters: module.parameters(manifest), choices: [] };
    }
    const configs = chosen.filter(({ path }) => /\.json$/i.test(path));
    const rest = chosen.filter(({ path }) => !/\.json$/i.test(path) && !nameOf(path).startsWith('.'));
    const weights = rest.some(({ path }) => WEIGHTS.test(path)) ? rest.filter(({ path }) => WEIGHTS.test(path)) : rest;
    if (weights.length === 0) throw new DiffAeError('checkpoint-invalid', 'There is no model among these files: a folder with a manifest.json, its zip, or a checkpoint such as last.ckpt is needed.');
    const [config] = configs;
    const text = config ? await config.file.slice(0, MAX_CONFIG).text() : undefined;
    this.#checkpoints = module.Checkpoints.open(weights.map(({ file }) => file), weights.map(({ path }) => path), text);
    return { manifest: null, parameters: 0, choices: this.#checkpoints.choices() };
  }

  /**
   * Writes the model, and where that fails for want of room, once more into memory.
   * @param {Extract<ImportRequest, { type: 'keep' }>} request @param {OnStep} onStep
   * @returns {Promise<import('../shared/protocol.js').OwnResult>}
   */
  async #keep({ folder, bytes, choice, licence, origin }, onStep) {
    this.#bytes = bytes;
    const parts = /** @type {Part[]} */ (this.#files ? this.#files.parts() : this.#checkpoints?.choose(choice, licence, origin) ?? []);
    const kept = await KeptFiles.open(folder, this.#bytes);
    if (kept) {
      try {
        return await this.#write(parts, kept, onStep);
      } catch (error) {
        await kept.discard();
        if (!(error instanceof NotKept)) throw error;
      }
    }
    return this.#write(parts, new HeldFiles(), onStep);
  }

  /** @param {readonly Part[]} parts @param {KeptFiles | HeldFiles} into @param {OnStep} onStep */
  async #write(parts, into, onStep) {
    const [files, checkpoints] = [this.#files, this.#checkpoints];
    let done = 0;
    for (const part of parts) {
      await into.write(part, (take) => {
        if (files) {
          let copied = 0;
          files.copy_part(part, take, (/** @type {number} */ bytes) => {
            done += bytes - copied;
            copied = bytes;
            onStep(done, this.#bytes);
          });
        } else {
          checkpoints?.write_part(part, take, () => {
            done += 1;
            onStep(done, checkpoints.tensors());
          });
        }
      });
    }
    const text = files?.manifest() ?? checkpoints?.manifest() ?? '';
    return { text, ...await into.finish(text) };
  }
}

/**
 * The files of the one folder that has a manifest, if any has; the outermost where several have, as a page's folder may.
 * @param {readonly ChosenFile[]} chosen
 */
function modelDirectory(chosen) {
  const manifests = chosen.filter(({ path }) => nameOf(path) === 'manifest.json').sort((a, b) => depth(a.path) - depth(b.path));
  if (manifests.length === 0) return null;
  const [first, second] = manifests;
  if (second && depth(second.path) === depth(first.path)) throw new DiffAeError('option-invalid', `There are several models, ${first.path} and ${second.path} among them: choose the folder of one.`);
  const folder = first.path.slice(0, -'manifest.json'.length);
  return chosen.filter(({ path }) => path.startsWith(folder) && !path.slice(folder.length).includes('/'));
}

/** @param {string} path */
function depth(path) {
  return path.split('/').length;
}

/** @param {string} path */
function nameOf(path) {
  return path.split('/').at(-1) ?? '';
}

/** @param {Blob} file */
async function isZip(file) {
  return await file.slice(0, 4).text() === 'PK\x03\x04';
}
