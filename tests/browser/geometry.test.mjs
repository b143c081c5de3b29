// Arithmetic of frames and of enlarging, checked without a browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clamped, dragged, eyesIn, reframed, startFrame, surroundings, toPhoto } from '../../pkg/element/picture/geometry.js';
import { frameFromEyes } from '../../pkg/lib/page/frame.js';
import { declaredSize } from '../../pkg/lib/shared/picture-size.js';

const framing = { eyeMidpoint: /** @type {[number, number]} */ ([32.3 / 64, 31.4 / 64]), eyeDistance: 16.4 / 64 };

/** @param {{ x: number, y: number }} a @param {{ x: number, y: number }} b */
function near(a, b) {
  assert.ok(Math.hypot(a.x - b.x, a.y - b.y) < 1e-9, `${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
}

test('marked eyes come to lie where the model expects them, at any turn', () => {
  for (const [a, b] of [[{ x: 98, y: 123 }, { x: 158, y: 123 }], [{ x: 10, y: 300 }, { x: 60, y: 220 }]]) {
    const frame = frameFromEyes(a, b, framing);
    const [left, right] = eyesIn(framing);
    near(toPhoto(frame, left), a);
    near(toPhoto(frame, right), b);
  }
});

test('a frame for another model has the eyes where that one expects them', () => {
  const other = { eyeMidpoint: /** @type {[number, number]} */ ([0.5, 0.48]), eyeDistance: 0.234 };
  const frame = { x: 50, y: 40, side: 80, angle: 0.3 };
  const before = eyesIn(framing).map((eye) => toPhoto(frame, eye));
  eyesIn(other).forEach((eye, index) => near(toPhoto(reframed(frame, framing, other), eye), before[index]));
});

test('a drag carries the point under the finger with it', () => {
  const frame = { x: 50, y: 40, side: 80, angle: 0.3 };
  const from = { x: 0.2, y: 0.7 };
  const to = { x: 0.6, y: 0.1 };
  near(toPhoto(dragged(frame, from, to, 1.7, -0.4), to), toPhoto(frame, from));
});

test('a frame starts inside the photo and cannot be lost', () => {
  for (const [width, height] of [[512, 512], [3000, 4000], [4000, 3000], [1, 1]]) {
    const { x, y, side } = startFrame(width, height);
    assert.ok(x > 0 && x < width && y > 0 && y < height && side <= Math.min(width, height));
  }
  assert.deepEqual(clamped({ x: -5, y: 1e9, side: 1e9, angle: 0 }, 100, 50), { x: 0, y: 50, side: 200, angle: 0 });
});

test('the surroundings of a frame are whole pixels of the photo', () => {
  assert.deepEqual(surroundings({ x: 50, y: 50, side: 20, angle: 0 }, 100, 100, 1.5), { x: 35, y: 35, width: 30, height: 30 });
  // At a border they move inside; where they do not fit they are cut.
  assert.deepEqual(surroundings({ x: 3, y: 95.4, side: 20, angle: 0 }, 100, 100, 1.5), { x: 0, y: 70, width: 30, height: 30 });
  assert.deepEqual(surroundings({ x: 50, y: 5, side: 80, angle: 1 }, 300, 10, 2), { x: 0, y: 0, width: 221, height: 10 });
});

test('files declare their size before they are decoded', () => {
  const hex = (/** @type {string} */ text) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
  const ascii = (/** @type {string} */ text) => Buffer.from(text, 'latin1').toString('hex');
  const size = { width: 0x1234, height: 0x0567 };
  assert.deepEqual(declaredSize(hex(`89504e47 0d0a1a0a 0000000d ${ascii('IHDR')} 00001234 00000567 08`)), size);
  // A thumbnail inside the EXIF segment has a size of its own, which is not the picture's.
  assert.deepEqual(declaredSize(hex('ffd8 ffe1 0009 ffc0 ffff ff00ff ffc4 0003 00 ffc2 000b 08 0567 1234 03')), size);
  assert.deepEqual(declaredSize(hex(`${ascii('RIFF')} 00000000 ${ascii('WEBPVP8X')} 0a000000 00000000 331200 660500`)), size);
  assert.deepEqual(declaredSize(hex(`${ascii('RIFF')} 00000000 ${ascii('WEBPVP8 ')} 00000000 000000 9d012a 3412 6705`)), size);
  for (const bytes of ['', '89504e47', 'ffd8 ffe1', 'ffd8 0000 0000 0000', ascii('RIFFxxxxWEBPxxxxxxxx'), ascii('GIF89a??')]) {
    assert.equal(declaredSize(hex(bytes)), null);
  }
});
