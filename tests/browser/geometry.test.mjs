// Arithmetic of frames and of enlarging, checked without a browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clamped, dragged, eyesIn, frameFromEyes, startFrame, toPhoto } from '../../pkg/element/geometry.js';
import { parseManifest } from '../../pkg/lib/manifest.js';

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

test('manifests are refused with the reason', () => {
  const part = { file: 'd.safetensors', bytes: 3, sha256: 'A'.repeat(64) };
  const good = { name: 'm', config: { image_size: 64, attributes: ['Smiling'] }, parts: { decoder: part } };
  const manifest = parseManifest(JSON.stringify(good), 'https://example.org/a/manifest.json');
  assert.equal(manifest.parts.decoder?.url, 'https://example.org/a/d.safetensors');
  assert.equal(manifest.parts.decoder?.sha256, 'a'.repeat(64));
  /** @type {[object, RegExp][]} */
  const bad = [
    [{ ...good, config: {} }, /image_size/],
    [{ ...good, config: { image_size: 64, attributes: 'Smiling' } }, /attributes/],
    [{ ...good, parts: {} }, /no decoder/],
    [{ ...good, parts: { decoder: { ...part, sha256: 'x' } } }, /part decoder/],
    [{ ...good, parts: { decoder: { ...part, bytes: -1 } } }, /part decoder/],
  ];
  for (const [json, reason] of bad) {
    assert.throws(() => parseManifest(JSON.stringify(json), 'https://example.org/'), (/** @type {any} */ error) => error.code === 'manifest-invalid' && reason.test(error.message));
  }
});
