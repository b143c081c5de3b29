// In every engine a photo keeps the numbers of its file, whatever the engine itself makes of profiles: some convert though
// asked not to, and some do not know all ways of saying colours.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ENGINES } from './engines/driver.mjs';
import { PATIENCE, ROOT, serve } from './support.mjs';

for (const engine of ENGINES) {
  test(`${engine.name} hands out the file's own numbers`, { timeout: PATIENCE, skip: engine.missing() ?? false }, async () => {
    const site = await serve();
    const browser = await engine.launch();
    try {
      const pictures = await readFile(join(ROOT, 'tests/browser/pictures.mjs'), 'base64');
      await browser.goto(new URL('samples/CREDITS.txt', site.url).href);
      const found = await browser.evaluate(`
        const { displayP3, iccp, phonesExif, phonesJpeg, png, readPng, saidBy } = await import(URL.createObjectURL(new Blob([atob('${pictures}')], { type: 'text/javascript' })));
        const { Photo } = await import(${JSON.stringify(new URL('pkg/index.js', site.url).href)});
        const [width, height] = [96, 64];
        const data = new Uint8Array(4 * width * height).map((_, i) => (i % 4 === 3 ? 255 : (i * 37 + (i >> 8) * 11) & 255));
        const context = new OffscreenCanvas(width, height).getContext('2d');
        context.putImageData(new ImageData(Uint8ClampedArray.from(data), width), 0, 0);
        const jpeg = new Uint8Array(await (await context.canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer());
        context.drawImage(await createImageBitmap(new Blob([jpeg])), 0, 0);
        const said = async (name, body) => png({ width, height, data, extra: [[name, body]] });
        const files = {
          'iccp.png': [await said('iCCP', await iccp(displayP3())), data],
          'cicp.png': [await said('cICP', Uint8Array.of(12, 13, 0, 1)), data],
          'gama.png': [await said('gAMA', Uint8Array.of(0, 1, 0x86, 0xa0)), data],
          'phone.jpg': [phonesJpeg(jpeg, phonesExif(), displayP3()), context.getImageData(0, 0, width, height).data],
        };
        const found = {};
        for (const [name, [file, numbers]] of Object.entries(files)) {
          const photo = await Photo.open(new File([file], name));
          const saved = new Uint8Array(await (await photo.save(null)).arrayBuffer());
          const { icc, tags } = await saidBy(saved);
          const out = (await readPng(saved)).data;
          found[name] = { off: numbers.filter((number, i) => number !== out[i]).length, icc: icc && icc.join() === displayP3().join(), camera: tags['10f'] ?? null };
          photo.free();
        }
        return found;`);
      assert.deepEqual(found, {
        'iccp.png': { off: 0, icc: true, camera: null },
        'cicp.png': { off: 0, icc: null, camera: null },
        'gama.png': { off: 0, icc: null, camera: null },
        'phone.jpg': { off: 0, icc: true, camera: 'Maker' },
      });
    } finally {
      await browser.close();
      site.close();
    }
  });
}
