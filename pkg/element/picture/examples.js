// Faces to learn from: pictures as people have them, each made into the z_sem of its largest face.

import { droppedFiles } from '../../lib/page/chosen-files.js';
import { centred, frameFromEyes } from '../../lib/page/frame.js';
import { Photo } from '../../lib/page/photo.js';

/** @typedef {{ picture: ImageData, zSem: Float32Array }} Example */

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
    return { picture, zSem: await model.encodeSemantic(picture, { signal }) };
  } finally {
    photo.free();
  }
}

/** The picture files in what was dropped, those in folders, too. To be called while the drop is being handled. @param {DataTransfer} data @returns {Promise<File[]>} */
export async function picturesIn(data) {
  const files = (await droppedFiles(data)).map(({ file }) => file).filter((file) => file instanceof File);
  return files.filter(({ type, name }) => type.startsWith('image/') || /\.(heic|heif)$/i.test(name));
}
