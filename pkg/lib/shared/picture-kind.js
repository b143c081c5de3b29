// What kind of file a picture is, by its first bytes, so that one that cannot be opened is called by its name.

/**
 * @typedef {object} Kind
 * @property {string} called with its article
 * @property {boolean | 'partly'} common whether every browser opens it, so that one that is not opened is damaged; `partly` where one may open some of them
 */

/** @type {Record<string, Kind>} */
const KINDS = {
  jpeg: { called: 'a JPEG', common: true },
  png: { called: 'a PNG', common: true },
  webp: { called: 'a WebP picture', common: true },
  gif: { called: 'a GIF', common: true },
  bmp: { called: 'a BMP picture', common: true },
  avif: { called: 'an AVIF picture', common: 'partly' },
  heic: { called: 'a HEIC photo', common: false },
  video: { called: 'a video', common: false },
  tiff: { called: 'a TIFF or raw camera picture', common: false },
  jxl: { called: 'a JPEG XL picture', common: false },
  jp2: { called: 'a JPEG 2000 picture', common: false },
  psd: { called: 'a Photoshop file', common: false },
  pdf: { called: 'a PDF document', common: false },
  svg: { called: 'an SVG drawing', common: false },
};

/** How files begin; `?` stands for any character. @type {[string, keyof typeof KINDS][]} */
const BEGINNINGS = [
  ['\xff\xd8\xff', 'jpeg'], ['\x89PNG\r\n\x1a\n', 'png'], ['RIFF????WEBP', 'webp'], ['GIF8', 'gif'], ['BM', 'bmp'],
  ['II*\0', 'tiff'], ['MM\0*', 'tiff'], ['\xff\x0a', 'jxl'], ['\0\0\0\x0cJXL ', 'jxl'], ['\0\0\0\x0cjP  ', 'jp2'], ['\xff\x4f\xff\x51', 'jp2'],
  ['8BPS', 'psd'], ['%PDF', 'pdf'], ['\x1a\x45\xdf\xa3', 'video'], ['RIFF????AVI ', 'video'],
];

/** Brands of files made of boxes, of which one can have several: the first of these that it has says what it is. @type {[RegExp, keyof typeof KINDS][]} */
const BRANDS = [
  [/^avi[fs]$/, 'avif'], [/^he(ic|ix|im|is|vc|vx|vm|vs)$/, 'heic'], [/^jpx |^jp2 /, 'jp2'],
  // Of a still picture and of nothing more: so far only HEIC photos are like that.
  [/^m[is]f1$/, 'heic'], [/^(iso\w|mp4\w|m4v.|qt  |3g\w\w|avc1)$/i, 'video'],
];

/** @param {Uint8Array} head the first bytes of the file @returns {Kind | null} */
export function kindOf(head) {
  const text = latin1(head.subarray(0, 1024));
  const found = BEGINNINGS.find(([beginning]) => [...beginning].every((letter, i) => letter === '?' || text[i] === letter));
  if (found) return KINDS[found[1]];
  if (text.slice(4, 8) === 'ftyp') return boxed(head);
  return /^(?:\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--(?:(?!-->)[\s\S])*-->\s*|<!doctype svg[^>]*>\s*)*<svg[\s>]/i.test(text) ? KINDS.svg : null;
}

/** Whether it is a photo as phones write it and few browsers read it. @param {Kind | null} kind */
export function isHeic(kind) {
  return kind === KINDS.heic;
}

/** @param {Uint8Array} head the first bytes of a file */
export function isJpeg(head) {
  return kindOf(head) === KINDS.jpeg;
}

/** @param {Uint8Array} head */
function boxed(head) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const end = Math.min(view.getUint32(0), head.length, 1024);
  const brands = [latin1(head.subarray(8, 12))];
  // Between the main brand and the others stands a version.
  for (let at = 16; at + 4 <= end; at += 4) brands.push(latin1(head.subarray(at, at + 4)));
  const found = BRANDS.find(([pattern]) => brands.some((brand) => pattern.test(brand)));
  return found ? KINDS[found[1]] : null;
}

/** @param {Uint8Array} bytes */
function latin1(bytes) {
  return String.fromCharCode(...bytes);
}
