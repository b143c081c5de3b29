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

/**
 * EXIF data as a phone writes it: camera, time, exposure, maker's notes, a place in Paris, and a thumbnail of the face as it
 * was, which is told by its letters.
 */
export function phonesExif() {
  const text = (/** @type {string} */ value) => [...new TextEncoder().encode(`${value}\0`)];
  const ratios = (/** @type {number[]} */ ...values) => values.flatMap(word);
  /** @type {[tag: number, type: number, count: number, value: number[]][][]} */
  const directories = [
    [
      [0x010f, 2, 6, text('Maker')], [0x0110, 2, 8, text('Phone 9')], [0x0112, 3, 1, [0, 1]], [0x0132, 2, 20, text('2024:05:06 07:08:09')],
      [0x8769, 4, 1, []], [0x8825, 4, 1, []],
    ],
    [[0x829a, 5, 1, ratios(1, 125)], [0x9003, 2, 20, text('2024:05:06 07:08:09')], [0x927c, 7, 12, text('maker notes')]],
    [[1, 2, 2, text('N')], [2, 5, 3, ratios(48, 1, 51, 1, 24, 1)], [3, 2, 2, text('E')], [4, 5, 3, ratios(2, 1, 21, 1, 3, 1)]],
    [[0x0201, 4, 1, []], [0x0202, 4, 1, word(9)]],
  ];
  const starts = [8];
  for (const entries of directories) starts.push(/** @type {number} */ (starts.at(-1)) + 6 + 12 * entries.length);
  const valuesAt = /** @type {number} */ (starts.pop());
  directories[0][4][3] = word(starts[1]);
  directories[0][5][3] = word(starts[2]);
  directories[3][0][3] = word(valuesAt);
  const values = [...new TextEncoder().encode('thumbnail')];
  const bytes = [0x4d, 0x4d, 0, 42, ...word(8)];
  directories.forEach((entries, i) => {
    bytes.push(0, entries.length);
    for (const [tag, type, count, value] of entries) {
      bytes.push(tag >> 8, tag & 255, 0, type, ...word(count));
      if (value.length <= 4) {
        bytes.push(...value, ...[0, 0, 0, 0].slice(value.length));
      } else {
        bytes.push(...word(valuesAt + values.length));
        values.push(...value);
      }
    }
    bytes.push(...word(i === 0 ? starts[3] : 0));
  });
  return Uint8Array.of(...bytes, ...values);
}

/** A phone's photo: a JPEG with EXIF data and a profile, in the place of whatever a canvas put there. @param {Uint8Array} jpeg @param {Uint8Array} exif @param {Uint8Array} icc */
export function phonesJpeg(jpeg, exif, icc) {
  const segment = (/** @type {number} */ marker, /** @type {string} */ name, /** @type {Uint8Array} */ held) => {
    const letters = new TextEncoder().encode(name);
    const length = 2 + letters.length + held.length;
    return Uint8Array.of(0xff, marker, length >> 8, length & 255, ...letters, ...held);
  };
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  let rest = 2;
  while (jpeg[rest + 1] >= 0xe0 && jpeg[rest + 1] <= 0xef) rest += 2 + view.getUint16(rest + 2);
  return joined(jpeg.subarray(0, 2), segment(0xe1, 'Exif\0\0', exif), segment(0xe2, 'ICC_PROFILE\0\u0001\u0001', icc), jpeg.subarray(rest));
}

/** The same as a WebP file. @param {Uint8Array} webp of a canvas @param {{ width: number, height: number }} size @param {Uint8Array} exif @param {Uint8Array} icc */
export function phonesWebp(webp, { width, height }, exif, icc) {
  const little = (/** @type {number} */ value, /** @type {number} */ count) => [0, 8, 16, 24].slice(0, count).map((shift) => (value >> shift) & 255);
  const named = (/** @type {string} */ name, /** @type {Uint8Array} */ held) => joined(new TextEncoder().encode(name), Uint8Array.from(little(held.length, 4)), held, new Uint8Array(held.length % 2));
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  let at = 12;
  while (![0x56503820, 0x5650384c].includes(view.getUint32(at))) at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) % 2);
  const pixels = webp.subarray(at, at + 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) % 2));
  const chunks = joined(named('VP8X', Uint8Array.of(0x28, 0, 0, 0, ...little(width - 1, 3), ...little(height - 1, 3))), named('ICCP', icc), pixels, named('EXIF', exif));
  return joined(new TextEncoder().encode('RIFF'), Uint8Array.from(little(4 + chunks.length, 4)), new TextEncoder().encode('WEBP'), chunks);
}

/** The contents of an iCCP chunk. @param {Uint8Array} icc */
export async function iccp(icc) {
  return joined(Uint8Array.of(80, 51, 0, 0), await through(new CompressionStream('deflate'), icc));
}

/**
 * What a PNG or JPEG file says beside its pixels: its profile, its EXIF tags by number, with those of the place as `gps…`, and its XMP.
 * @param {Uint8Array} file
 */
export async function saidBy(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const ascii = (/** @type {number} */ from, /** @type {number} */ to) => String.fromCharCode(...file.subarray(from, to));
  const said = { icc: /** @type {Uint8Array | null} */ (null), cicp: /** @type {number[] | null} */ (null), tags: /** @type {Record<string, string>} */ ({}), xmp: '' };
  const takeExif = (/** @type {Uint8Array} */ exif) => { said.tags = tagsOf(exif); };
  if (file[0] === 0x89) {
    for (let at = 8; at < file.length; at += 12 + view.getUint32(at)) {
      const held = file.subarray(at + 8, at + 8 + view.getUint32(at));
      const name = ascii(at + 4, at + 8);
      if (name === 'iCCP') said.icc = await through(new DecompressionStream('deflate'), held.subarray(held.indexOf(0) + 2));
      if (name === 'cICP') said.cicp = [...held];
      if (name === 'eXIf') takeExif(held);
      if (name === 'iTXt') said.xmp = new TextDecoder().decode(held.subarray(22));
    }
    return said;
  }
  const pieces = [];
  for (let at = 2; file[at + 1] !== 0xda; at += 2 + view.getUint16(at + 2)) {
    const held = file.subarray(at + 4, at + 2 + view.getUint16(at + 2));
    const name = ascii(at + 4, at + 4 + Math.min(held.length, 29));
    if (file[at + 1] === 0xe2 && name.startsWith('ICC_PROFILE\0')) pieces.push(held.subarray(14));
    if (file[at + 1] === 0xe1 && name.startsWith('Exif\0\0')) takeExif(held.subarray(6));
    if (file[at + 1] === 0xe1 && name === 'http://ns.adobe.com/xap/1.0/\0') said.xmp = new TextDecoder().decode(held.subarray(29));
  }
  if (pieces.length > 0) said.icc = joined(...pieces);
  return said;
}

/** @param {Uint8Array} exif */
function tagsOf(exif) {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const little = view.getUint16(0) === 0x4949;
  const sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8];
  /** @type {Record<string, string>} */
  const tags = {};
  const walk = (/** @type {number} */ directory, /** @type {string} */ prefix) => {
    const count = view.getUint16(directory, little);
    for (let i = 0, at = directory + 2; i < count; i++, at += 12) {
      const tag = view.getUint16(at, little);
      const length = sizes[view.getUint16(at + 2, little)] * view.getUint32(at + 4, little);
      const from = length <= 4 ? at + 8 : view.getUint32(at + 8, little);
      if (tag === 0x8769) walk(view.getUint32(at + 8, little), '');
      else if (tag === 0x8825) walk(view.getUint32(at + 8, little), 'gps');
      else tags[prefix + tag.toString(16)] = String.fromCharCode(...exif.subarray(from, from + length)).replace(/\0$/, '');
    }
    if (view.getUint32(directory + 2 + 12 * count, little)) tags.thumbnail = 'there';
  };
  walk(view.getUint32(4, little), '');
  return tags;
}

/** @param {...Uint8Array} parts */
function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
