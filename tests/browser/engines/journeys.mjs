// What a person does in every engine, from the first screen on, and what must come of it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { png, readPng, withExif } from '../pictures.mjs';
import { until } from '../process.mjs';
import { serve as serveFolder } from '../serve.mjs';
import { difference, MOUTH, ROOT, same, SAMPLES, servePage, SUIT } from '../support.mjs';
import { withPackage, withStrictPage } from './pages.mjs';
import { extended, iccp, narrower, profile, tiff, upright, withProfile } from './photos.mjs';

/** @typedef {import('./driver.mjs').Driver} Driver */
/** @typedef {import('./person.mjs').Person} Person */
/** @typedef {{ width: number, height: number, data: Buffer }} Picture */
/**
 * @typedef {object} Here
 * @property {Person} person
 * @property {Driver} driver
 * @property {string} url
 * @property {(name: string) => Promise<void>} shot
 * @property {(name: string, picture: Picture) => void} keep for what the engines make to be compared
 */
/** @typedef {{ always?: boolean, only?: string, options?: import('./driver.mjs').Options, go: (here: Here) => Promise<void> }} Journey */

const threaded = (await readFile(join(ROOT, 'pkg/diffae_threads.js'), 'utf8')).includes('start_threads');

const astronaut = async () => ({ name: 'astronaut.webp', bytes: await readFile(join(SAMPLES, 'astronaut.webp')) });

/** From the first screen to the sliders. @param {Person} person */
async function begin(person) {
  await person.click('button', 'Bring it to life');
  await ready(person);
}

/** Waits for the sliders, and for the photo beside them. @param {Person} person */
async function ready(person) {
  await person.see('slider', 'Smile');
  // A canvas that nobody has touched is 300 pixels wide.
  await person.waitFor(`return ['Original', 'Edited'].every((name) => find('img', name).width !== 300);`, 'photo beside the sliders');
}

/** Without DIFFAE_JOURNEYS=all only those of them that every change must pass. @type {Record<string, Journey>} */
export const JOURNEYS = {
  'a photo is dropped, its face found, edited, compared and saved': {
    always: true,
    go: async ({ keep, person, driver, url, shot }) => {
      await person.open(url);
      await person.read(/downloaded once when you begin/);
      await shot('start');
      // The teaser may be moving it still.
      const accent = /^#[b-d].[2-4].[01].$/;
      let colour = '';
      for (let tries = 0; tries < 20 && !accent.test(colour); tries += 1) colour = await colourOfThumb(person, driver);
      assert.match(colour, accent, 'the thumb has the colour of the page');
      const [long, short] = await person.evaluate(`
        const parts = [...document.querySelectorAll('main, .how')];
        const left = () => document.querySelector('.brand').getBoundingClientRect().left;
        const long = left();
        for (const part of parts) part.style.display = 'none';
        const short = left();
        for (const part of parts) part.style.display = '';
        return [long, short];`);
      assert.equal(short, long, 'a screen without a scrollbar begins where one with it does');
      await person.drop(await astronaut());
      await person.read('Found the face');
      await shot('frame');
      await begin(person);
      const original = await person.pixels('Original');
      assert.ok(original.data.equals((await person.pixels('Edited')).data), 'with all sliders at zero the photo is unchanged');
      keep('the photo', original);
      await person.click('button', 'Smile');
      await person.read(/^Drawn in/);
      const smiling = await person.pixels('Edited');
      assert.ok(difference(original, smiling, MOUTH) > 2, 'the mouth changes');
      assert.equal(difference(original, smiling, SUIT), 0, 'and nothing outside the face');
      keep('the smile', smiling);
      await person.slide('Blond hair', 0.5, 0.8);
      await person.read(/^Drawn in/);
      assert.ok(Number(await person.value('slider', 'Blond hair')) > 0.2);
      await person.click('button', 'Side by side');
      await shot('edit');
      await person.click('button', 'Slide');
      await person.drag('slider', /^Divider/, 60, 0);
      await person.click('button', 'Blond');
      await person.click('button', 'Reset Blond hair');
      await person.waitFor(`return find('slider', 'Blond hair').value === '0';`, 'slider at zero');
      await person.read(/^Drawn in/);
      await person.click('button', 'Download');
      const saved = await readPng(await person.downloaded('astronaut-edited.png'));
      assert.ok(smiling.data.equals(saved.data), 'a photo no larger than the screen is saved as it is seen');
      const plain = await withPackage(person, url, { photo: (await astronaut()).bytes }, `
        const model = await diffae.DiffAe.load('../models/portrait64/manifest.json', { device: 'cpu', threads: 1, cpuWasmUrl: '../pkg/diffae_cpu_bg.wasm' });
        const { width, height, data } = await model.edit(await model.encode(await createImageBitmap(files.photo)), { Smiling: 0.3 });
        return { width, height, data: [...data] };`);
      keep('what the model makes with plain SIMD', { ...plain, data: Buffer.from(plain.data) });
    },
  },

  'a page of a host that sends no headers becomes isolated, and as many threads as it may have compute what one does': {
    go: async ({ person, driver }) => {
      const host = await serveFolder({ isolates: false });
      try {
        await person.open(host.url);
        // The page is loaded anew meanwhile, and nothing can be asked of it for a moment.
        await until(() => person.evaluate('return globalThis.crossOriginIsolated;').catch(() => false), 'the page is not isolated');
        await person.read('Drop a photo of a face');
        const [shares, one, several] = await withPackage(person, host.url, { photo: (await astronaut()).bytes }, `
          const photo = await createImageBitmap(files.photo);
          const made = ['SharedArrayBuffer' in globalThis];
          for (const threads of [1, 2]) {
            const model = await diffae.DiffAe.load('../models/portrait64/manifest.json', { device: 'cpu', threads });
            const code = await model.encode(photo);
            made.push({ threads: model.info.device.threads, data: [...(await model.edit(code, { Smiling: 0.3 })).data] });
            model.free();
          }
          return made;`);
        assert.deepEqual([one.threads, several.threads], [1, threaded && shares ? 2 : 1], driver.name);
        assert.deepEqual(several.data, one.data);
      } finally {
        host.close();
      }
    },
  },

  'the element of another origin edits a photo on a page that takes scripts from trusted types alone': {
    go: async ({ person }) => {
      const cdn = await serveFolder({ headers: { 'access-control-allow-origin': '*' } });
      const { origin } = new URL(cdn.url);
      const policy = `default-src 'none'; script-src ${origin} 'wasm-unsafe-eval'; worker-src blob: ${origin}; connect-src 'self' ${origin}; img-src blob: data:; require-trusted-types-for 'script'; trusted-types diffae`;
      try {
        await servePage(`
          <meta http-equiv="Content-Security-Policy" content="${policy}">
          <script type="module" src="${cdn.url}pkg/element.js"></script>
          <diffae-editor model="${cdn.url}models/portrait64/manifest.json" src="samples/face-09.webp"></diffae-editor>`, async (url) => {
          await person.open(url);
          await begin(person);
          const original = await person.pixels('Original');
          await person.click('button', 'Smile');
          await person.read(/^Drawn in/);
          assert.ok(difference(original, await person.pixels('Edited')) > 0.1);
        });
      } finally {
        cdn.close();
      }
    },
  },

  'the strictest policy for the page refuses nothing that the element does, and everything else': {
    always: true,
    go: async ({ person, driver }) => {
      const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types diffae";
      await withStrictPage({ 'content-security-policy': policy, 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-resource-policy': 'same-origin' }, async (url) => {
        await person.open(url);
        const refused = () => person.evaluate('return window.refused;');
        await begin(person);
        const original = await person.pixels('Original');
        await person.click('button', 'Smile');
        await person.read(/^Drawn in/);
        assert.ok(difference(original, await person.pixels('Edited'), MOUTH) > 2);
        await person.click('button', 'Download');
        await person.downloaded('face-09-edited.png');
        assert.deepEqual(await refused(), [], `${driver.name} refuses nothing`);
        assert.equal(await person.evaluate('return crossOriginIsolated;'), true);
        await person.evaluate(`
          await fetch('http://127.0.0.1:9/').catch(() => {});
          try {
            const script = document.createElement('script');
            script.textContent = 'window.hacked = true';
            document.body.append(script);
          } catch {}
          const image = new Image();
          image.src = 'http://127.0.0.1:9/x.png';
          await new Promise((resolve) => setTimeout(resolve, 300));`);
        assert.equal(await person.evaluate("return 'hacked' in window;"), false);
        const directives = new Set(await refused());
        for (const directive of ['connect-src', 'img-src']) assert.ok(directives.has(directive), `${driver.name} refuses ${directive}; it refused ${[...directives]}`);
      });
    },
  },

  'photos of every kind come in and go out as they are': {
    always: true,
    go: async ({ keep, person, url }) => {
      const { files, expected } = await everyKind(person, url);
      /** As each came out. @type {Map<string, Picture>} */
      const pictures = new Map();
      const results = await withPackage(person, url, files, `
        const change = (photo) => {
          const [before, after] = [60, 90].map((value) => new ImageData(new Uint8ClampedArray(4 * 64 * 64).fill(255).map((byte, i) => (i % 4 === 3 ? 255 : value)), 64, 64));
          return { frame: { x: photo.width / 2, y: photo.height / 2, side: 24, angle: 0.2 }, before, after };
        };
        const result = {};
        for (const [name, file] of Object.entries(files)) {
          const image = new Image();
          image.src = URL.createObjectURL(file);
          await image.decode();
          const photo = await diffae.Photo.open(file);
          const shown = await photo.preview(4000);
          const [saved, edited] = [await photo.save(null), await photo.save(change(photo))];
          const reopened = await diffae.Photo.open(saved);
          const again = await reopened.preview(4000);
          reopened.free();
          result[name] = {
            size: [image.naturalWidth, image.naturalHeight], width: shown.width, height: shown.height,
            shown: await base64(shown.data), again: await base64(again.data), saved: await base64(saved), edited: await base64(edited),
          };
          photo.free();
        }
        return result;`);
      for (const [name, { size, width, height, ...texts }] of Object.entries(results)) {
        const [shown, again, saved, edited] = [texts.shown, texts.again, texts.saved, texts.edited].map((text) => Buffer.from(text, 'base64'));
        assert.deepEqual([width, height], size, `${name} has the size that the browser shows it in`);
        const out = await readPng(saved);
        assert.ok(shown.equals(again), `${name} looks the same once it is saved`);
        // A photo in other colours than sRGB keeps its own numbers, which are not those of the screen.
        const data = Buffer.from(out.data);
        if (!name.includes('Display P3')) assert.ok(shown.equals(data), `${name} is saved as it was read`);
        const wanted = expected[name];
        if (wanted) assert.ok(shown.equals(wanted.data), `${name} is read as it is in the file`);
        const other = await readPng(edited);
        let [inside, outside] = [0, 0];
        for (let i = 0; i < data.length; i += 4) {
          const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)];
          const differs = data.readUInt32LE(i) !== Buffer.from(other.data.buffer, other.data.byteOffset).readUInt32LE(i);
          // A square of 24 pixels, turned a little.
          if (Math.max(Math.abs(x + 0.5 - width / 2), Math.abs(y + 0.5 - height / 2)) > 16) outside += Number(differs);
          else inside += Number(differs);
        }
        assert.ok(inside > 100, `${name} can be edited`);
        assert.equal(outside, 0, `${name} is as it was outside the edit`);
        pictures.set(name, { width, height, data });
      }
      for (const [name, picture] of pictures) keep(name, picture);
      // A turned file has the pixels of the one that is not.
      const shown = (/** @type {string} */ name) => /** @type {Picture} */ (pictures.get(name));
      for (const kind of ['jpeg', 'webp', 'png']) {
        const plain = shown(kind);
        // Not every browser turns every kind, which the size of a picture on its side shows.
        const turns = shown(`${kind} turned 6`).width !== plain.width;
        assert.ok(turns || kind !== 'jpeg', 'a JPEG is turned');
        for (const orientation of [3, 5, 6]) {
          const wanted = turns ? upright(plain, orientation) : plain;
          assert.ok(same(wanted, shown(`${kind} turned ${orientation}`)), `${kind} turned ${orientation}${turns ? '' : ' is left as it lies'}`);
        }
      }
    },
  },

  'a second face is read and blended with the first': {
    go: async ({ keep, person, url, shot }) => {
      await person.open(url);
      await person.click('button', 'Face of nobody 1');
      await begin(person);
      await person.click('tab', 'Blend');
      await person.click('button', 'Another face');
      await person.click('button', 'Face of nobody 2');
      await person.see('slider', 'From this face to the other');
      await person.read(/^Drawn in/);
      const middle = await person.pixels('Edited');
      keep('the blend', middle);
      await shot('blend');
      await person.slide('From this face to the other', 0.5, 1);
      await person.waitFor(`return find('slider', 'From this face to the other').value === '1';`, 'other face');
      await person.read(/^Drawn in/);
      assert.ok(difference(middle, await person.pixels('Edited')) > 1);
    },
  },

  'keys are enough from the first screen to the saved file': {
    go: async ({ person, url }) => {
      await person.open(url);
      await person.tabTo('button', 'Face of nobody 1');
      await person.press('Enter');
      await person.tabTo('summary', 'Line it up by hand');
      await person.press('Enter');
      await person.tabTo('slider', 'Tilt');
      const tilt = Number(await person.value('slider', 'Tilt'));
      await person.tabTo('group', /^Photo under the frame/, 'Shift+Tab');
      await person.press('ArrowLeft', 'ArrowDown', '+', ']', ']');
      assert.ok(Number(await person.value('slider', 'Tilt')) > tilt + 1);
      await person.tabTo('button', 'Bring it to life');
      await person.press('Enter');
      await ready(person);
      await person.tabTo('slider', 'Smile');
      await person.press('ArrowRight', 'ArrowRight', 'ArrowRight');
      assert.ok(Number(await person.value('slider', 'Smile')) > 0.1);
      await person.read(/^Drawn in/);
      await person.tabTo('tab', 'Edit', 'Shift+Tab');
      await person.press('ArrowRight');
      assert.equal(await person.value('tab', 'Blend', 'ariaSelected ?? found.getAttribute("aria-selected")'), 'true');
      await person.tabTo('button', 'Adjust the eyes');
      await person.press('Enter');
      await person.tabTo('button', /^Eye on the left/);
      await person.press('ArrowRight', 'Shift+ArrowDown', 'Enter');
      await ready(person);
      assert.ok(Number(await person.value('slider', 'Smile')) > 0.1, 'the sliders stay');
      await person.read(/^Drawn in/);
      await person.tabTo('button', 'Download');
      await person.press('Enter');
      assert.ok((await person.downloaded('Face-of-nobody-1-edited.png')).length > 1000);
    },
  },

  'the page is dark where the system is': {
    options: { dark: true },
    go: async ({ person, url, shot }) => {
      await person.open(url);
      await person.read(/downloaded once when you begin/);
      const [paper, ink] = await person.evaluate(`const style = getComputedStyle(document.body); return [style.backgroundColor, style.color].map((text) => text.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0));`);
      assert.ok(paper < 120 && ink > 600, `paper ${paper}, ink ${ink}`);
      await shot('dark-start');
      await person.click('button', 'Eileen Collins, astronaut');
      await person.read('Found the face');
      await shot('dark-frame');
      await begin(person);
      await person.click('button', 'Smile');
      await person.read(/^Drawn in/);
      await person.evaluate('scrollTo(0, 0)');
      await shot('dark-edit');
    },
  },

  'the whole way fits on 360 pixels': {
    go: async ({ keep, person, url, shot }) => {
      const fits = async (/** @type {string} */ what) => {
        await shot(`narrow-${what}`);
        assert.ok(await person.evaluate('return framed().documentElement.scrollWidth <= framed().defaultView.innerWidth;'), `${what} does not scroll sideways`);
      };
      await person.open(url, { width: 360 });
      await person.read(/downloaded once when you begin/);
      assert.equal(await person.evaluate('return framed().defaultView.innerWidth;'), 360);
      await fits('start');
      await person.click('button', 'Eileen Collins, astronaut');
      await person.read('Found the face');
      await person.click('summary', 'Line it up by hand');
      await person.tabTo('slider', 'Tilt');
      // Straight, so that it is the same in each engine.
      await person.evaluate(`
        const tilt = focused();
        tilt.value = '30';
        tilt.dispatchEvent(new Event('input'));`);
      await fits('frame');
      keep('the framed photo', await person.evaluate(`
        const canvas = [...inside(framed())].find((element) => element.className === 'frame-canvas');
        const small = new OffscreenCanvas(64, 64).getContext('2d', { willReadFrequently: true });
        small.drawImage(canvas, 0, 0, 64, 64);
        return { width: 64, height: 64, data: [...small.getImageData(0, 0, 64, 64).data] };`));
      await begin(person);
      await person.click('button', 'Smile');
      await person.read(/^Drawn in/);
      await fits('edit');
    },
  },

  'the page opens and edits when the server has gone': {
    go: async ({ person }) => {
      const own = await serveFolder();
      try {
        await person.open(own.url);
        await person.waitFor('return Boolean((await navigator.serviceWorker.ready).active);', 'service worker');
        await person.click('button', 'Face of nobody 1');
        await begin(person);
      } finally {
        own.close();
      }
      await person.open(own.url);
      await person.click('button', 'Face of nobody 2');
      // What is kept already needs no further consent.
      await ready(person);
      await person.click('button', 'Smile');
      await person.read(/^Drawn in/);
    },
  },

  'a worker goes on while the page is busy': {
    go: async ({ person, url }) => {
      const [alone, left] = await withPackage(person, url, { 'face.webp': await readFile(join(SAMPLES, 'face-03.webp')) }, `
        const model = await diffae.DiffAe.load(${JSON.stringify(new URL('models/portrait64/manifest.json', url).href)}, { device: 'cpu' });
        const read = async (busy) => {
          let start = 0;
          await model.encode(files['face.webp'], { onStep: () => {
            if (start) return;
            start = performance.now();
            while (performance.now() - start < busy);
            start = performance.now();
          } });
          return performance.now() - start;
        };
        await read(0);
        const alone = await read(0);
        return [alone, await read(2 * alone)];`);
      // What is left when the page has been busy for twice as long as reading takes is to fetch the result.
      assert.ok(left < 0.5 * alone, `${Math.round(left)} ms are left of ${Math.round(alone)} ms`);
    },
  },

  'a browser that perturbs what a page reads is not taken at its word': {
    only: 'Firefox',
    options: { preferences: { 'privacy.resistFingerprinting': true } },
    go: async ({ person, url }) => {
      await person.open(url);
      await person.drop(await astronaut());
      await person.read(/^This browser changes the pixels that a page reads/);
    },
  },
};

/** What is seen of the slider on the first screen, in the middle of it. @param {Person} person @param {Driver} driver */
async function colourOfThumb(person, driver) {
  const [x, y] = await person.evaluate(`
    const slider = find('slider', 'Smile');
    slider.value = '0';
    slider.dispatchEvent(new Event('input'));
    const { x, y, width, height } = slider.getBoundingClientRect();
    return [Math.round(x + width / 2), Math.round(y + height / 2)];`);
  const { width, data } = await readPng(await driver.screenshot());
  return `#${Buffer.from(data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)).toString('hex')}`;
}

/** Pictures of one kind of file each, and their pixels where those are known beforehand. @param {Person} person @param {string} url */
async function everyKind(person, url) {
  const [width, height] = [96, 64];
  const data = Buffer.alloc(4 * width * height, 255);
  for (let i = 0, s = 1; i < data.length; i++) {
    s = (Math.imul(s, 1103515245) + 12345) & 0x7fffffff;
    if (i % 4 < 3) data[i] = ((i >> 2) % width) + (s >> 24);
  }
  const [srgb, p3] = ['sRGB', 'Display P3'].map(profile);
  const picture = { width, height, data };
  const webp = narrower(await readFile(join(SAMPLES, 'face-03.webp')), 244);
  // The package writes the same JPEG in every engine.
  const jpeg = Buffer.from(await withPackage(person, url, { png: await png(picture) }, `
    const photo = await diffae.Photo.open(files.png);
    return base64(await photo.save(null, { type: 'image/jpeg', quality: 0.9 }));`), 'base64');
  /** @type {Record<string, Uint8Array>} */
  const files = {
    'png': await png(picture),
    'png with sRGB': await png({ ...picture, extra: [iccp(srgb)] }),
    'png with Display P3': await png({ ...picture, extra: [iccp(p3)] }),
    'jpeg': jpeg, 'jpeg with sRGB': withProfile(jpeg, srgb), 'jpeg with Display P3': withProfile(jpeg, p3),
    'webp': webp, 'webp with sRGB': extended(webp, { icc: srgb }), 'webp with Display P3': extended(webp, { icc: p3 }),
  };
  for (const orientation of [3, 5, 6]) {
    files[`jpeg turned ${orientation}`] = withExif(jpeg, orientation);
    files[`webp turned ${orientation}`] = extended(webp, { exif: tiff(orientation) });
    files[`png turned ${orientation}`] = await png({ ...picture, extra: [['eXIf', tiff(orientation)]] });
  }
  files['jpeg turned 6 with Display P3'] = withExif(withProfile(jpeg, p3), 6);
  return { files, expected: /** @type {Record<string, Picture>} */ ({ png: picture }) };
}
