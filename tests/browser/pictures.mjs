// Picture files made on the spot, in node or in a page: PNGs of any depth written and read back independently of the
// browser and of the package, JPEGs with EXIF data, and files that are damaged.

/** @typedef {{ width: number, height: number, data: Uint8Array }} Pixels */

const TYPES = /** @type {Record<number, number>} */ ({ 1: 0, 3: 2, 4: 6 });

/**
 * @param {Pixels & { channels?: number, depth?: number, extra?: [string, Uint8Array][] }} picture rows of `depth` bits a channel, big-endian;
 *   `extra` chunks go before the pixels
 */
export async function png({ width, height, data, channels = 4, depth = 8, extra = [] }) {
  const row = Math.ceil((width * channels * depth) / 8);
  const rows = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([depth, TYPES[channels]], 8);
  const parts = [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), chunk('IHDR', head)];
  for (const [name, body] of extra) parts.push(chunk(name, body));
  parts.push(chunk('IDAT', await through(new CompressionStream('deflate'), rows)), chunk('IEND', new Uint8Array()));
  return new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (parts)).arrayBuffer());
}

/** Reads 8-bit RGB and RGBA. @param {Uint8Array} file @returns {Promise<Pixels & { chunks: string[] }>} */
export async function readPng(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const chunks = [];
  const packed = [];
  for (let at = 8; at < file.length; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
    chunks.push(name);
    if (name === 'IDAT') packed.push(file.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const channels = { 2: 3, 6: 4 }[file[25]];
  if (file[24] !== 8 || !channels || file[28] !== 0) throw new Error(`a PNG of depth ${file[24]} and type ${file[25]}`);
  const rows = await through(new DecompressionStream('deflate'), ...packed);
  const row = width * channels;
  unfilter(rows, row, height, channels);
  const data = new Uint8Array(4 * width * height).fill(255);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = y * (row + 1) + 1; x < width; x++, to += 4, from += channels) {
      for (let c = 0; c < channels; c++) data[to + c] = rows[from + c];
    }
  }
  return { width, height, data, chunks };
}

/** @param {Uint8Array} rows @param {number} row @param {number} height @param {number} pixel bytes of one */
function unfilter(rows, row, height, pixel) {
  for (let y = 0; y < height; y++) {
    const start = y * (row + 1) + 1;
    const filter = rows[start - 1];
    for (let x = 0; x < row; x++) {
      const at = start + x;
      const a = x < pixel ? 0 : rows[at - pixel];
      const b = y === 0 ? 0 : rows[at - row - 1];
      const c = x < pixel || y === 0 ? 0 : rows[at - row - 1 - pixel];
      const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
      rows[at] += [0, a, b, (a + b) >> 1, pa <= pb && pa <= pc ? a : pb <= pc ? b : c][filter];
    }
  }
}

/**
 * Puts EXIF data into a JPEG: the orientation, and a position somewhere in Paris.
 * @param {Uint8Array} jpeg @param {number} orientation 1 to 8
 */
export function withExif(jpeg, orientation) {
  const tiff = new Uint8Array(96);
  const view = new DataView(tiff.buffer);
  const entry = (/** @type {number} */ at, /** @type {number} */ tag, /** @type {number} */ type, /** @type {number} */ count, /** @type {number} */ value) => {
    view.setUint16(at, tag);
    view.setUint16(at + 2, type);
    view.setUint32(at + 4, count);
    if (type === 3) view.setUint16(at + 8, value);
    else view.setUint32(at + 8, value);
  };
  view.setUint32(0, 0x4d4d002a);
  view.setUint32(4, 8);
  view.setUint16(8, 2);
  entry(10, 0x0112, 3, 1, orientation);
  entry(22, 0x8825, 4, 1, 38); // The GPS directory
  view.setUint16(38, 2);
  entry(40, 1, 2, 2, 0x4e000000); // "N"
  entry(52, 2, 5, 3, 72);
  [48, 1, 51, 1, 24, 1].forEach((number, index) => view.setUint32(72 + 4 * index, number));
  const head = Uint8Array.of(0xff, 0xe1, 0, 2 + 6 + tiff.length, ...new TextEncoder().encode('Exif'), 0, 0);
  const result = new Uint8Array(jpeg.length + head.length + tiff.length);
  result.set(jpeg.subarray(0, 2));
  result.set(head, 2);
  result.set(tiff, 2 + head.length);
  result.set(jpeg.subarray(2), 2 + head.length + tiff.length);
  return result;
}

/** The first part of a file, as a download that broke off leaves it. @param {Uint8Array} file @param {number} share */
export function cut(file, share) {
  return file.slice(0, Math.round(share * file.length));
}

/** A PNG whose last pixels come with a wrong checksum. @param {Uint8Array} file */
export function withWrongSum(file) {
  const broken = file.slice();
  const view = new DataView(broken.buffer);
  let last = 0;
  for (let at = 8; at < broken.length; at += 12 + view.getUint32(at)) if (view.getUint32(at + 4) === 0x49444154) last = at;
  broken[last + 8 + view.getUint32(last)] ^= 1;
  return broken;
}

/** A JPEG that says that it is in another coding: its frame's marker is changed. @param {Uint8Array} jpeg @param {number} marker */
export function inCoding(jpeg, marker) {
  const changed = jpeg.slice();
  const view = new DataView(changed.buffer);
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    if (changed[at + 1] < 0xc0 || changed[at + 1] > 0xc2) continue;
    changed[at + 1] = marker;
    return changed;
  }
}

/** @param {CompressionStream | DecompressionStream} stream @param {...Uint8Array} parts */
async function through(stream, ...parts) {
  const packed = new Blob(/** @type {BlobPart[]} */ (parts)).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** @param {string} name @param {Uint8Array} body */
function chunk(name, body) {
  const whole = new Uint8Array(12 + body.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, body.length);
  whole.set(new TextEncoder().encode(name), 4);
  whole.set(body, 8);
  view.setUint32(8 + body.length, crc(whole.subarray(4, 8 + body.length)));
  return whole;
}

const CRC = Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

/** @param {Uint8Array} bytes */
function crc(bytes) {
  let value = -1;
  for (const byte of bytes) value = CRC[(value ^ byte) & 255] ^ (value >>> 8);
  return ~value >>> 0;
}

/** An ICC profile of Display P3, as phones put it into their photos: its primaries, seen under D50, and sRGB's curve. */
export function displayP3() {
  const fixed = (/** @type {number[]} */ ...values) => values.flatMap((value) => word(Math.round(value * 65536)));
  const text = (/** @type {string} */ value) => [...new TextEncoder().encode(value)];
  const xyz = (/** @type {number[]} */ ...values) => [...text('XYZ '), ...word(0), ...fixed(...values)];
  const curve = [...text('para'), ...word(0), 0, 3, 0, 0, ...fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)];
  /** @type {[string, number[]][]} */
  const tags = [
    ['desc', [...text('mluc'), ...word(0), ...word(1), ...word(12), ...text('enUS'), ...word(20), ...word(28), ...[...'Display P3'].flatMap((letter) => [0, letter.charCodeAt(0)])]],
    ['wtpt', xyz(0.96420, 1, 0.82491)],
    ['rXYZ', xyz(0.51512, 0.2412, -0.00105)], ['gXYZ', xyz(0.29198, 0.69225, 0.04189)], ['bXYZ', xyz(0.1571, 0.06657, 0.78407)],
    ['rTRC', curve], ['gTRC', curve], ['bTRC', curve],
  ];
  const table = word(tags.length);
  /** @type {number[]} */
  const bodies = [];
  for (const [name, body] of tags) {
    while (bodies.length % 4) bodies.push(0);
    table.push(...text(name), ...word(128 + 4 + 12 * tags.length + bodies.length), ...word(body.length));
    bodies.push(...body);
  }
  const size = 128 + table.length + bodies.length;
  const head = [...word(size), ...word(0), 4, 0, 0, 0, ...text('mntrRGB XYZ '), 7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, ...text('acsp')];
  while (head.length < 68) head.push(0);
  head.push(...fixed(0.9642, 1, 0.82491));
  while (head.length < 128) head.push(0);
  return Uint8Array.of(...head, ...table, ...bodies);
}

/** Four bytes, the highest first. @param {number} value */
function word(value) {
  return [24, 16, 8, 0].map((shift) => (value >> shift) & 255);
}
