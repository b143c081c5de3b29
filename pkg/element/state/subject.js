// What the editor works on, as types.

/**
 * @typedef {object} Subject a photo of which a face has been read
 * @property {string} name
 * @property {import('../../lib/page/photo.js').Photo} photo
 * @property {import('../picture/geometry.js').Frame} frame
 * @property {import('../picture/geometry.js').Framing | null} framing where in it the eyes are; null for a model that takes any square
 * @property {import('./dream.js').Dream | null} dream what draws the picture again, where it is a dreamt face as it was drawn
 * @property {import('../../index.js').Code} code
 * @property {ImageData} reconstruction the code decoded without a change
 */

export {};
