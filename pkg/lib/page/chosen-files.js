// Files that a person has chosen or dropped, folders with all that is in them, each with its path.

/** @typedef {import('../shared/protocol.js').ChosenFile} ChosenFile */

/** More files than any model or training has; whoever drops a whole disk is not kept waiting. */
const MOST = 2000;
/** What a model's files are called; a photo never is. */
const MODEL = /\.(ckpt|pkl|pt|pth|safetensors|zip)$/i;

/** @param {Iterable<File>} files of an input, where those of a folder have their path */
export function chosen(files) {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** Whether what is dropped is a model, of which the names tell. @param {DataTransfer} data */
export function isModel(data) {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  return entries.some((entry) => entry?.isDirectory) || [...data.files].some(({ name }) => name === 'manifest.json' || MODEL.test(name));
}

/** All that was dropped. To be called while the drop is being told of, as browsers forget it afterwards. @param {DataTransfer} data @returns {Promise<ChosenFile[]>} */
export async function droppedFiles(data) {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null).filter((entry) => entry !== null);
  if (entries.length === 0) return chosen(data.files);
  /** @type {ChosenFile[]} */
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

/** @param {FileSystemEntry} entry @param {ChosenFile[]} found */
async function walk(entry, found) {
  if (found.length >= MOST) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, '') });
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    /** @type {FileSystemEntry[]} browsers give some at a time */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const inner of some) await walk(inner, found);
  }
}
