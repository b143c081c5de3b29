// What files are called on their way in and out: kinds by their first bytes, and names in any script.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileName } from '../../pkg/element/picture/save.js';
import { nameIn, shown } from '../../pkg/lib/shared/fetch.js';
import { headOf } from '../../pkg/lib/shared/picture-file.js';
import { kindOf } from '../../pkg/lib/shared/picture-kind.js';
import { unusualJpeg } from '../../pkg/lib/shared/jpeg.js';

test('a download is called as the photo is, in any script', () => {
  const cases = {
    'लम्हा.jpg': 'लम्हा', 'Cafe\u0301.jpeg': 'Caf\u00e9', '写真.JPG': '写真', 'ภาพถ่าย.png': 'ภาพถ่าย', 'صورة.webp': 'صورة', 'நிழற்படம்.avif': 'நிழற்படம்',
    'می\u200cخواهم.jpg': 'می\u200cخواهم', 'Vie\u0323\u0302t.png': 'Việt', '👩🏽‍🚀.png': '👩🏽‍🚀', 'col·lecció.png': 'col·lecció', '🇫🇷.png': '🇫🇷',
    'Eileen Collins, astronaut': 'Eileen-Collins-astronaut', 'Dr. Smith': 'Dr-Smith', 'IMG_1 (2).HEIC': 'IMG_1-2', 'a/b\\c:d.png': 'a-b-c-d',
    '\u202egnp.exe.png': 'gnp-exe', '..png': 'face', '???': 'face', '': 'face', '-x-': 'x', 'no\u0000thing.png': 'no-thing', 'a\ud800b.png': 'a-b',
  };
  for (const [name, stem] of Object.entries(cases)) {
    assert.equal(fileName(name, 'edited'), `${stem}-edited.png`, name);
    assert.equal(fileName(name, 'edited', 'image/jpeg'), `${stem}-edited.jpg`, name);
  }
});

test('a picture at an address is called as people write it', () => {
  const cases = {
    'https://example.org/%E5%86%99%E7%9C%9F.jpg': '写真.jpg', 'https://example.org/a/Caf%C3%A9.png?size=2#top': 'Café.png',
    'https://example.org/caf%E9.png': 'caf%E9.png', 'https://example.org/%E5%86%99%20100%25.jpg': '写 100%.jpg', 'https://example.org/100%.jpg': '100%.jpg',
    'https://example.org/': '', 'data:image/png;base64,AAAA/BBBB': '', 'blob:https://example.org/2f9c0a': '',
  };
  for (const [address, name] of Object.entries(cases)) assert.equal(nameIn(address), name, address);
  assert.equal(shown('https://example.org/%E5%86%99%E7%9C%9F.jpg'), '写真.jpg');
  assert.ok(shown(`data:image/png;base64,${'A'.repeat(1000)}`).length < 100);
});

/** @param {string} text */
const bytes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
/** @param {string} main @param {...string} others */
const boxed = (main, ...others) => bytes(`\0\0\0${String.fromCharCode(16 + 4 * others.length)}ftyp${main}\0\0\0\0${others.join('')}\0\0\0\x08free`);

test('a file is called what its first bytes say', () => {
  /** @type {[string, Uint8Array, string | undefined][]} */
  const cases = [
    ['an AVIF', boxed('avif', 'avif', 'mif1', 'miaf', 'MA1B'), 'an AVIF picture'],
    ['an AVIF that names its container first', boxed('mif1', 'mif1', 'avif', 'miaf'), 'an AVIF picture'],
    ['an animated AVIF', boxed('avis', 'msf1', 'avis'), 'an AVIF picture'],
    ['a HEIC', boxed('heic', 'mif1', 'heic'), 'a HEIC photo'],
    ['a HEIC that names its container first', boxed('mif1', 'mif1', 'heic', 'hevc'), 'a HEIC photo'],
    ['a HEIC of ten bits', boxed('heix', 'mif1', 'heix'), 'a HEIC photo'],
    ['a container alone', boxed('mif1'), 'a HEIC photo'],
    ['a video of a phone', boxed('qt  ', 'qt  '), 'a video'],
    ['a video with a brand that looks like a picture\'s behind its end', bytes(`${String.fromCharCode(...boxed('isom', 'mp42'))}avif`), 'a video'],
    ['an unknown box', boxed('what'), undefined],
    ['a JPEG', bytes('\xff\xd8\xff\xe0'), 'a JPEG'],
    ['a TIFF', bytes('II*\0'), 'a TIFF or raw camera picture'],
    ['a PDF', bytes('%PDF-1.4'), 'a PDF document'],
    ['an SVG', bytes('<?xml version="1.0"?>\n<!-- by hand --><svg xmlns="">'), 'an SVG drawing'],
    ['an SVG with a byte order mark', bytes('\xef\xbb\xbf<svg>'), 'an SVG drawing'],
    // Comments have one reading each, so that many of them take no time.
    ['nothing but comments', bytes('<!---->'.repeat(140)), undefined],
    ['a web page', bytes('<!doctype html><svg>'), undefined],
    ['a text', bytes('This is not a picture at all.'), undefined],
    ['nothing', bytes(''), undefined],
    ['half a box', bytes('\0\0\0 ftyp'), undefined],
  ];
  for (const [name, head, called] of cases) assert.equal(kindOf(head)?.called, called, name);
});

test('a JPEG in a coding that few programs open is called by it', () => {
  const jpeg = (/** @type {number} */ marker, depth = 8) => Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xff, marker, 0, 11, depth, 0, 9, 0, 9, 1, 1, 0x11, 0);
  for (const marker of [0xc0, 0xc1, 0xc2]) assert.equal(unusualJpeg(jpeg(marker)), null);
  assert.equal(unusualJpeg(jpeg(0xc9)), 'a JPEG with arithmetic coding');
  assert.equal(unusualJpeg(jpeg(0xca)), 'a JPEG with arithmetic coding');
  assert.equal(unusualJpeg(jpeg(0xc3)), 'a lossless JPEG');
  assert.equal(unusualJpeg(jpeg(0xc5)), 'a hierarchical JPEG');
  assert.equal(unusualJpeg(jpeg(0xf7)), 'a JPEG-LS picture');
  assert.equal(unusualJpeg(jpeg(0xc1, 12)), 'a JPEG of 12 bits');
  assert.equal(unusualJpeg(Uint8Array.of(0xff, 0xd8)), null);
});

test('a file that is gone is no crash', async () => {
  const gone = /** @type {Blob} */ (/** @type {unknown} */ ({ name: 'old.jpg', slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) }) }));
  await assert.rejects(headOf(gone), { code: 'picture-unreadable', message: 'old.jpg cannot be read; it is a folder, or it has been moved or deleted.' });
});
