// Faces to learn from: pictures as people have them, each made into the z_sem of its largest face.

import { centred, frameFromEyes } from '../../lib/page/frame.js';
import { Photo } from '../../lib/page/photo.js';

/** @typedef {{ picture: ImageData, zSem: Float32Array }} Example */

/** Deeper folders and more files are a disk, not a few examples. */
const DEEPEST = 4;
const MOST_FILES = 400;

/**
 * The largest face of a picture; null where none is found. A model that is not of faces takes the middle square.
 * @param {Blob} file @param {import('../../lib/page/diffae.js').DiffAe} model @param {import('../../index.js').Addresses} addresses @param {AbortSignal} signal
 * @returns {Promise<Example | null>}
 */
export async function exampleOf(file, model, addresses, signal) {
  const photo = await Photo.open(file, { ...addresses, signal });
  try {
    const { framing, imageSize } = model.info;
    const [face] = framing ? await photo.faces({ signal }) : [];
    if (framing && !face) return null;
    const frame = framing ? frameFromEyes(face.eyes[0], face.eyes[1], framing) : centred(photo);
    const picture = await photo.crop(frame, imageSize, { signal });
    return { picture, zSem: await model.encodeSemantic(photo, { frame, signal }) };
  } finally {
    photo.free();
  }
}

/** The picture files in what was dropped, those in folders, too. To be called while the drop is being handled. @param {DataTransfer} data @returns {Promise<File[]>} */
export async function filesIn(data) {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const loose = [...data.files];
  /** @type {File[]} */
  const found = [];
  /** @param {FileSystemEntry} entry @param {number} depth */
  const walk = async (entry, depth) => {
    if (found.length >= MOST_FILES || depth > DEEPEST) return;
    if (entry.isFile) {
      found.push(await new Promise((resolve, reject) => { /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject); }));
      return;
    }
    const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
    for (;;) {
      /** @type {FileSystemEntry[]} */
      const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
      if (some.length === 0) return;
      for (const one of some.sort((a, b) => a.name.localeCompare(b.name))) await walk(one, depth + 1);
    }
  };
  for (const [i, entry] of entries.entries()) {
    if (entry) await walk(entry, 0);
    else if (loose[i]) found.push(loose[i]);
  }
  return found.filter(({ type, name }) => type.startsWith('image/') || /\.(heic|heif)$/i.test(name)).slice(0, MOST_FILES);
}
