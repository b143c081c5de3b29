// `Photo` from the package: exact pixels in and out, edits that stay in their frame, what files are refused or shed, what
// a photo costs in time and memory, and how its worker is replaced.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { served } from './served.mjs';
import { patchEngine, PATIENCE, ROOT, withPackage } from './support.mjs';

const { site, newPage } = await served();

/** Runs `script` in a page that also has pictures.mjs at hand. @param {string} script @param {import('./support.mjs').Page} [given] */
async function run(script, given) {
  const page = given ?? await newPage();
  for (const name of ['pictures.mjs', 'fixtures/cmyk.jpg']) {
    const body = await readFile(join(ROOT, 'tests/browser', name));
    await page.context().route(`**/${name}`, (route) => route.fulfill({ body, contentType: name.endsWith('.mjs') ? 'text/javascript' : 'image/jpeg' }));
  }
  return withPackage(page, site.url, `
    const { Photo } = diffae;
    const { png, readPng, withExif } = await import(${JSON.stringify(new URL('pictures.mjs', site.url).href)});
    const blob = (bytes, name = 'holiday.png') => new File([bytes], name);
    const saved = async (photo, change, options) => new Uint8Array(await (await photo.save(change, options)).arrayBuffer());
    /** Any bytes at all, the same each time. */
    const noise = (length) => {
      const bytes = new Uint8Array(length);
      for (let i = 0, s = 1; i < length; i++) bytes[i] = (s = (Math.imul(s, 1103515245) + 12345) & 0x7fffffff) >> 16;
      return bytes;
    };
    const differing = (a, b) => a.reduce((sum, byte, i) => sum + (byte !== b[i]), a.length === b.length ? 0 : Infinity);
    ${script}`);
}

test('pixels come in and go out as they are in the file', { timeout: PATIENCE }, async () => {
  const result = await run(`
    const [width, height] = [61, 43];
    const alpha = noise(4 * width * height);
    const opaque = alpha.map((byte, i) => (i % 4 === 3 ? 255 : byte));
    const deep = noise(8 * width * height);
    const cases = {
      alpha: [await png({ width, height, data: alpha }), alpha],
      opaque: [await png({ width, height, data: opaque }), opaque],
      rgb: [await png({ width, height, channels: 3, data: opaque.filter((_, i) => i % 4 !== 3) }), opaque],
      // Of 16 bits the upper 8 are kept.
      deep: [await png({ width, height, depth: 16, data: deep }), deep.filter((_, i) => i % 2 === 0)],
      pixel: [await png({ width: 1, height: 1, data: Uint8Array.of(9, 200, 3, 0) }), Uint8Array.of(9, 200, 3, 0)],
    };
    const result = {};
    for (const [name, [file, wanted]] of Object.entries(cases)) {
      const photo = await Photo.open(blob(file));
      const shown = await photo.preview(1000);
      const out = await readPng(await saved(photo, null));
      result[name] = [shown.width * shown.height, differing(wanted, shown.data), differing(wanted, out.data), out.chunks.join()];
      photo.free();
    }
    return result;`);
  for (const [name, [pixels, shown, out, chunks]] of Object.entries(result)) {
    assert.equal(pixels, name === 'pixel' ? 1 : 61 * 43, name);
    assert.deepEqual([shown, out], [0, 0], `${name}: differing bytes`);
    assert.match(chunks, /^IHDR(,IDAT)+,IEND$/, name);
  }
});

test('other colour spaces come in as what they look like', { timeout: PATIENCE }, async () => {
  const result = await run(`
    const canvasOf = async (file) => {
      const bitmap = await createImageBitmap(file);
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      context.drawImage(bitmap, 0, 0);
      return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    };
    const [width, height] = [31, 17];
    const data = noise(4 * width * height).map((byte, i) => (i % 4 === 3 ? 255 : byte));
    // Code points of Display P3.
    const p3 = blob(await png({ width, height, data, extra: [['cICP', Uint8Array.of(12, 13, 0, 1)]] }));
    const photo = await Photo.open(p3);
    const shown = (await photo.preview(1000)).data;
    const cmyk = await Photo.open(await (await fetch(${JSON.stringify(new URL('fixtures/cmyk.jpg', site.url).href)})).blob());
    const ink = (await cmyk.preview(1000)).data;
    const seen = await canvasOf(p3);
    return { asBytes: differing(data, shown), asSeen: Math.max(...seen.map((byte, i) => Math.abs(byte - shown[i]))), ink: [[4, 4], [12, 4], [4, 12], [12, 12]].map(([x, y]) => [...ink.slice(4 * (16 * y + x), 4 * (16 * y + x) + 3)]) };`);
  assert.ok(result.asBytes > 500);
  // Two programs that convert colours may round to either side.
  assert.ok(result.asSeen <= 1, String(result.asSeen));
  const [cyan, magenta, yellow, black] = result.ink;
  assert.ok(cyan[0] + 80 < cyan[1] && cyan[0] + 80 < cyan[2], `cyan is ${cyan}`);
  assert.ok(magenta[1] + 80 < magenta[0], `magenta is ${magenta}`);
  assert.ok(yellow[2] + 80 < yellow[0], `yellow is ${yellow}`);
  assert.ok(Math.max(...black) < 80, `black is ${black}`);
});

test('photos are turned as their EXIF data says, and nothing of it leaves', { timeout: PATIENCE }, async () => {
  const result = await run(`
    // Red, green, blue and white quarters, clockwise from the top left.
    const canvas = new OffscreenCanvas(32, 16);
    const context = canvas.getContext('2d');
    [['#f00', 0, 0], ['#0f0', 16, 0], ['#00f', 16, 8], ['#fff', 0, 8]].forEach(([colour, x, y]) => { context.fillStyle = colour; context.fillRect(x, y, 16, 8); });
    const jpeg = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 })).arrayBuffer());
    const turned = [];
    const leaks = [];
    for (let orientation = 1; orientation <= 8; orientation++) {
      const photo = await Photo.open(blob(withExif(jpeg, orientation), 'a.jpg'));
      const { width, height, data } = await photo.preview(1000);
      const at = (x, y) => [0, 1, 2].map((c) => (data[4 * (Math.floor(y * height) * width + Math.floor(x * width)) + c] > 128 ? 1 : 0)).join('');
      const name = { '100': 'r', '010': 'g', '001': 'b', '111': 'w' };
      turned.push(width + 'x' + height + ' ' + [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]].map(([x, y]) => name[at(x, y)]).join(''));
      for (const type of ['image/png', 'image/jpeg']) {
        const file = await saved(photo, null, { type, quality: 0.9 });
        const text = new TextDecoder('latin1').decode(file);
        if (/exif|gps/i.test(text) || (type === 'image/jpeg' && text.includes('\\xff\\xe1'))) leaks.push(type + orientation);
      }
      photo.free();
    }
    return { turned, leaks, given: /Exif/.test(new TextDecoder('latin1').decode(withExif(jpeg, 1))) };`);
  assert.ok(result.given);
  assert.deepEqual(result.turned, ['32x16 rgbw', '32x16 grwb', '32x16 bwrg', '32x16 wbgr', '16x32 rwbg', '16x32 wrgb', '16x32 bgrw', '16x32 gbwr']);
  assert.deepEqual(result.leaks, []);
});

test('what cannot be opened or asked for is said', { timeout: PATIENCE }, async () => {
  const result = await run(`
    const fails = (promise) => promise.then(() => null, (error) => [error.code, error.message]);
    const tiny = await Photo.open({ width: 2, height: 2, data: new Uint8Array(16) });
    const change = (before, after) => ({ frame: { x: 1, y: 1, side: 2, angle: 0 }, before: new ImageData(before, 4), after: new ImageData(after, 4) });
    const controller = new AbortController();
    controller.abort();
    return {
      large: await fails(Photo.open(blob(await png({ width: 10_000, height: 10_000, channels: 1, depth: 1, data: new Uint8Array(1250 * 10_000) })))),
      damaged: await fails(Photo.open(blob((await png({ width: 9, height: 9, data: new Uint8Array(324) })).slice(0, 50)))),
      pixels: await fails(Photo.open({ width: 2, height: 2, data: new Uint8Array(15) })),
      frame: await fails(tiny.crop({ x: 0, y: 0, side: NaN, angle: 0 }, 64)),
      side: await fails(tiny.crop({ x: 1, y: 1, side: 2, angle: 0 }, -1)),
      change: await fails(tiny.composite(change(4, 8), 100)),
      type: await fails(tiny.save(null, { type: 'image/webp' })),
      aborted: await fails(Photo.open(blob(new Uint8Array(9)), { signal: controller.signal })),
      freed: (tiny.free(), await fails(tiny.preview(9))),
    };`);
  assert.deepEqual(Object.fromEntries(Object.entries(result).map(([name, [code]]) => [name, code])), {
    large: 'picture-too-large', damaged: 'picture-unreadable', pixels: 'picture-invalid', frame: 'frame-invalid', side: 'option-invalid', change: 'option-invalid',
    type: 'option-invalid', aborted: 'cancelled', freed: 'freed',
  });
  assert.equal(result.large[1], 'holiday.png has 100 million pixels; pictures of up to 50 million can be opened, so please use a smaller copy.');
});

test('a photo of 12 megapixels: no edit changes nothing, an edit stays in its frame, and memory is bounded', { timeout: 2 * PATIENCE }, async () => {
  const result = await run(`
    const [width, height] = [4000, 3000];
    const data = new Uint8Array(4 * width * height);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i += 4) {
        data[i] = (x >> 4) ^ (y >> 5);
        data[i + 1] = x >> 3;
        data[i + 2] = y >> 4;
        // One corner is see-through and keeps its colours.
        data[i + 3] = x < 700 && y < 700 ? (x + y) & 255 : 255;
      }
    }
    const photo = await Photo.open(blob(await png({ width, height, data })));
    const opened = photo.memory.linearBytes;
    const still = (await readPng(await saved(photo, null))).data;
    const frame = { x: 1800, y: 900, side: 640, angle: 0.3 };
    const before = await photo.crop(frame, 64);
    const after = new ImageData(Uint8ClampedArray.from(before.data, (byte, i) => (i % 4 === 3 ? 255 : byte + 40)), 64);
    const same = (await readPng(await saved(photo, { frame, before, after: before }))).data;
    const edited = (await readPng(await saved(photo, { frame, before, after }))).data;
    const peak = photo.memory.linearBytes;
    let [inside, outside] = [0, 0];
    const [cos, sin] = [Math.cos(frame.angle), Math.sin(frame.angle)];
    for (let i = 0; i < data.length; i++) {
      if (edited[i] === data[i]) continue;
      const [dx, dy] = [((i >> 2) % width) + 0.5 - frame.x, Math.floor((i >> 2) / width) + 0.5 - frame.y];
      if (i % 4 === 3 || Math.max(Math.abs(cos * dx + sin * dy), Math.abs(cos * dy - sin * dx)) > frame.side / 2 + 1) outside += 1;
      else inside += 1;
    }
    const times = async (count, work) => {
      const all = [];
      for (let n = 0; n < count; n++) {
        const start = performance.now();
        await work();
        all.push(performance.now() - start);
      }
      return all.sort((a, b) => a - b)[count >> 1];
    };
    await photo.preview(1200);
    const composite = await times(9, () => photo.composite({ frame, before, after }, 1200));
    const jpeg = await saved(photo, { frame, before, after }, { type: 'image/jpeg', quality: 0.9 });
    const result = { still: differing(data, still), same: differing(data, same), inside, outside, opened, peak, end: photo.memory.linearBytes, composite, jpeg: [jpeg[0], jpeg[1]] };
    photo.free();
    return result;`);
  console.log(`linear memory of a 12-megapixel photo: ${mib(result.opened)} opened, ${mib(result.peak)} after an edit was saved as PNG, ${mib(result.end)} as JPEG; composite for the screen: ${result.composite.toFixed(0)} ms`);
  assert.equal(result.still, 0);
  assert.equal(result.same, 0);
  assert.equal(result.outside, 0);
  assert.ok(result.inside > 100_000);
  assert.deepEqual(result.jpeg, [0xff, 0xd8]);
  // The pixels are 46 MiB: one copy while it lies there, another while it is edited, and the file that is written.
  assert.ok(result.opened < 64 * 2 ** 20, mib(result.opened));
  assert.ok(result.end < 128 * 2 ** 20, mib(result.end));
});

test('a worker that dies is replaced, and the photo opened again from its file', { timeout: PATIENCE }, async () => {
  const page = await newPage();
  await patchEngine(page, 'cpu', `
    const preview = Photo.prototype.preview;
    Photo.prototype.preview = function (options) {
      if (options.maxSide === 13) throw new WebAssembly.RuntimeError('unreachable');
      if (options.maxSide === 12 && !self.name) {
        throw new WebAssembly.RuntimeError('unreachable');
      }
      return preview.call(this, options);
    };`);
  const result = await run(`
    // Every second worker has a name, by which the patched engine knows that it is a replacement.
    const Native = Worker;
    let workers = 0;
    globalThis.Worker = class extends Native { constructor(url, options) { super(url, { ...options, name: workers++ % 2 ? 'second' : '' }); } };
    const data = noise(4 * 20 * 20).map((byte, i) => (i % 4 === 3 ? 255 : byte));
    const photo = await Photo.open(blob(await png({ width: 20, height: 20, data })));
    // As wide as an element on a screen of fine pixels.
    const once = (await photo.preview(4.5 * 2.625)).width;
    const spawned = workers;
    const always = await photo.preview(13).then(() => null, (error) => error.code);
    return { once, spawned, always, exact: differing(data, (await photo.preview(100)).data) };`, page);
  assert.deepEqual(result, { once: 12, spawned: 2, always: 'engine-crashed', exact: 0 });
});

/** @param {number} bytes */
function mib(bytes) {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
