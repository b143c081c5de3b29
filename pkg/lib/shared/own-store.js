// The models of a person's own that are kept on this device: each a model directory in the browser's private file system, whose
// manifest is written last, so that what has none was never finished. A part's file has the part's name.

const FOLDER = 'diffae-models';
const SCHEME = 'diffae-local:';
const MANIFEST = 'manifest.json';

/** Whether an address is that of a model of one's own, which no server has. @param {string} url */
export function isOwn(url) {
  return url.startsWith(SCHEME);
}

/** @param {string} id */
export function ownAddress(id) {
  return `${SCHEME}///${id}/${MANIFEST}`;
}

/** @param {string} url */
export function ownId(url) {
  return new URL(url).pathname.split('/').at(-2) ?? '';
}

/** @param {import('./protocol.js').Part} part */
export function partName(part) {
  return `${part}.safetensors`;
}

/** The folder of all of them; null where the browser keeps no files for this page, as in some private windows. @returns {Promise<FileSystemDirectoryHandle | null>} */
async function all() {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(FOLDER, { create: true });
  } catch {
    return null;
  }
}

/** The folder for a new one. @param {string} id */
export async function makeFolder(id) {
  return (await all())?.getDirectoryHandle(id, { create: true }) ?? null;
}

/** Every model's id with the text of its manifest, or with null where it was never finished. */
export async function keptModels() {
  /** @type {{ id: string, text: string | null }[]} */
  const found = [];
  /** @type {any} newer than the types of TypeScript */
  const folder = await all();
  for await (const [id, handle] of folder?.entries() ?? []) {
    if (handle.kind === 'directory') found.push({ id, text: await manifestIn(handle) });
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<string | null>} */
async function manifestIn(folder) {
  try {
    return await (await (await folder.getFileHandle(MANIFEST)).getFile()).text() || null;
  } catch {
    return null;
  }
}

/**
 * A kept model's manifest and files, which are read when they are needed; null where it is not kept any more.
 * @param {string} id
 * @returns {Promise<import('./protocol.js').OwnModel | null>}
 */
export async function keptModel(id) {
  try {
    const folder = await (await all())?.getDirectoryHandle(id);
    const text = folder && await manifestIn(folder);
    if (!folder || !text) return null;
    /** @type {import('./protocol.js').OwnModel['files']} */
    const files = {};
    for (const part of /** @type {const} */ (['encoder', 'decoder', 'latent', 'attributes'])) {
      const handle = await folder.getFileHandle(partName(part)).catch(() => null);
      if (handle) files[part] = await handle.getFile();
    }
    return { text, files };
  } catch {
    return null;
  }
}

/** @param {string} id @returns {Promise<boolean>} whether nothing is left of it */
export async function removeKept(id) {
  const folder = await all();
  // A worker that was ended lets go of its files a moment later.
  for (let tries = 0; folder && tries < 20; tries++) {
    try {
      await folder.removeEntry(id, { recursive: true });
      return true;
    } catch (error) {
      if (/** @type {Error} */ (error).name === 'NotFoundError') return true;
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }
  return !folder;
}
