// Photos as cameras and programs write them: with a colour profile, with EXIF data, with both; made of one picture each.

import { deflateSync } from 'node:zlib';
import { withExif } from '../pictures.mjs';

/** Primaries on the profile connection space. @type {Record<string, [number, number, number][]>} */
const PRIMARIES = {
  'sRGB': [[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.7141]],
  'Display P3': [[0.51512, 0.2412, -0.00105], [0.29198, 0.69225, 0.04189], [0.1571, 0.06657, 0.78407]],
};

/** The ICC profile of a colour space with the curve of sRGB. @param {string} name */
export function profile(name) {
  const fixed = (/** @type {number[]} */ ...values) => values.map((value) => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(Math.round(65536 * value)); return bytes; });
  const tag = (/** @type {string} */ type, /** @type {Buffer[]} */ ...parts) => Buffer.concat([Buffer.from(type), Buffer.alloc(4), ...parts]);
  const xyz = (/** @type {number[]} */ values) => tag('XYZ ', ...fixed(...values));
  const short = (/** @type {number} */ value) => Buffer.from([value >> 8, value & 255]);
  const words = (/** @type {string} */ text) => {
    const letters = Buffer.concat([...text].map((letter) => short(letter.charCodeAt(0))));
    const numbers = Buffer.alloc(20);
    [1, 12, 0x656e5553, letters.length, 28].forEach((number, i) => numbers.writeUInt32BE(number, 4 * i));
    return tag('mluc', numbers, letters);
  };
  const curve = tag('para', short(3), short(0), ...fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045));
  const [red, green, blue] = PRIMARIES[name];
  /** @type {[string, Buffer][]} */
  const tags = [
    ['desc', words(name)], ['cprt', words('none')], ['wtpt', xyz([0.9642, 1, 0.82491])],
    ['rXYZ', xyz(red)], ['gXYZ', xyz(green)], ['bXYZ', xyz(blue)], ['rTRC', curve], ['gTRC', curve], ['bTRC', curve],
  ];
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length);
  let at = 128 + table.length;
  const bodies = tags.map(([signature, body], i) => {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    table.write(signature, 4 + 12 * i, 'latin1');
    table.writeUInt32BE(at, 8 + 12 * i);
    table.writeUInt32BE(body.length, 12 + 12 * i);
    at += padded.length;
    return padded;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(at);
  header.writeUInt32BE(0x04300000, 8);
  header.write('mntrRGB XYZ ', 12, 'latin1');
  header.writeUInt16BE(2026, 24);
  header.writeUInt16BE(1, 26);
  header.writeUInt16BE(1, 28);
  header.write('acsp', 36, 'latin1');
  Buffer.concat(fixed(0.9642, 1, 0.82491)).copy(header, 68);
  return Buffer.concat([header, table, ...bodies]);
}

/** The chunk of a PNG that holds a profile. @param {Buffer} icc @returns {[string, Uint8Array]} */
export function iccp(icc) {
  return ['iCCP', Buffer.concat([Buffer.from('profile\0\0', 'latin1'), deflateSync(icc)])];
}

/** EXIF data without its place in a JPEG. @param {number} orientation */
export function tiff(orientation) {
  const jpeg = withExif(Uint8Array.of(0xff, 0xd8), orientation);
  return Buffer.from(jpeg.subarray(12));
}

/** @param {Uint8Array} jpeg @param {Buffer} icc */
export function withProfile(jpeg, icc) {
  const body = Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), icc]);
  const head = Buffer.from([0xff, 0xe2, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

/**
 * The left part of a lossy WebP: it is kept in blocks of 16 pixels, and its head says how many pixels of them are shown.
 * @param {Uint8Array} webp @param {number} width that takes as many blocks
 */
export function narrower(webp, width) {
  const file = Buffer.from(webp);
  file.writeUInt16LE((file.readUInt16LE(26) & 0xc000) | width, 26);
  return file;
}

/** A lossy WebP with more than its picture. @param {Uint8Array} webp @param {{ icc?: Buffer, exif?: Buffer }} more */
export function extended(webp, { icc, exif }) {
  const file = Buffer.from(webp);
  const chunk = (/** @type {string} */ name, /** @type {Uint8Array} */ body) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
  };
  const about = Buffer.alloc(10);
  about[0] = (icc ? 0x20 : 0) | (exif ? 0x08 : 0);
  about.writeUIntLE((file.readUInt16LE(26) & 0x3fff) - 1, 4, 3);
  about.writeUIntLE((file.readUInt16LE(28) & 0x3fff) - 1, 7, 3);
  const body = Buffer.concat([
    Buffer.from('WEBP'), chunk('VP8X', about), ...(icc ? [chunk('ICCP', icc)] : []), file.subarray(12), ...(exif ? [chunk('EXIF', exif)] : []),
  ]);
  return chunk('RIFF', body);
}

/**
 * Pixels as an EXIF orientation brings them upright.
 * @param {{ width: number, height: number, data: Uint8Array }} picture @param {number} orientation
 */
export function upright({ width, height, data }, orientation) {
  const turned = orientation > 4;
  const size = turned ? { width: height, height: width } : { width, height };
  const out = Buffer.alloc(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [left, top] = [width - 1 - x, height - 1 - y];
      const [toX, toY] = [[x, y], [left, y], [left, top], [x, top], [y, x], [top, x], [top, left], [y, left]][orientation - 1];
      for (let c = 0; c < 4; c++) out[4 * (toY * size.width + toX) + c] = data[4 * (y * width + x) + c];
    }
  }
  return { ...size, data: out };
}
