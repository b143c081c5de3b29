// What goes wrong in a soak. Each fault happens at any moment, whatever the page is doing, and gives what ends it, where it does
// not end by itself. None of them may take more than a photo's last move of a slider, and most take nothing.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SAMPLES } from '../support.mjs';

/** @typedef {import('./world.mjs').World} World */
/** @typedef {(world: World) => Promise<(() => Promise<void> | void) | void>} Fault */

/** Runs something in a worker, if there is one; a worker may go while it is asked. @param {World} world @param {RegExp} url @param {() => void} script */
async function inWorker(world, url, script) {
  const worker = world.page.workers().find((one) => url.test(one.url()));
  // A worker that computes listens between two steps only.
  await Promise.race([worker?.evaluate(script).catch(() => {}), world.pause(3000)]);
}

const MODEL = /\/worker\.js$/;
const PHOTO = /\/photo-worker\.js$/;

/** @param {World} world @param {import('./wire.mjs').Mood} mood */
function wire(world, mood) {
  world.wire.mood = mood;
  if (mood !== 'slow') world.wire.cut();
  return () => {
    world.wire.mood = 'fine';
    // What was asked for meanwhile would be waited for for ever.
    if (mood === 'silent') world.wire.cut();
  };
}

/** Drops a file on the editor. @param {World} world @param {string} name @param {Buffer} bytes */
async function drop({ page }, name, bytes) {
  await page.evaluate(([called, base64]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], called));
    for (const type of ['dragover', 'drop']) document.querySelector('diffae-editor')?.shadowRoot?.querySelector('.main')?.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, composed: true, dataTransfer: data }));
  }, [name, bytes.toString('base64')]);
}

/** A PNG that says that it is very large. */
const BOMB = Buffer.from('89504e470d0a1a0a0000000d494844520000ffff0000ffff0806000000', 'hex');

/** @param {World} world @param {(editor: HTMLElement) => void} change */
async function editor({ page }, change) {
  await page.locator('diffae-editor').evaluate(/** @type {any} */ (change));
}

/** @type {Record<string, Fault>} */
export const FAULTS = {
  'the model’s worker throws': (world) => inWorker(world, MODEL, () => { setTimeout(() => { throw new Error('lost by the soak'); }); }),
  'the engine traps': (world) => inWorker(world, MODEL, () => { void Promise.reject(new WebAssembly.RuntimeError('unreachable, by the soak')); }),
  'the photo’s worker throws': (world) => inWorker(world, PHOTO, () => { setTimeout(() => { throw new Error('lost by the soak'); }); }),
  'the GPU process is killed': async (world) => {
    await world.killGpuProcess();
  },
  'the tab crashes': (world) => world.crash(),
  'the tab is closed and another one opened': (world) => world.reopen(),
  'a reload': async ({ page }) => {
    await page.reload({ timeout: 5000 });
  },
  'the network is gone for a while': async ({ context }) => {
    await context.setOffline(true);
    return () => context.setOffline(false);
  },
  'the server refuses every connection': async (world) => wire(world, 'refuses'),
  'the server accepts and says nothing': async (world) => wire(world, 'silent'),
  'connections are cut in the middle': async (world) => wire(world, 'cuts'),
  'the network is slow': async (world) => wire(world, 'slow'),
  'the disk is full': async (world) => {
    await world.quota(1000);
    return () => world.quota(undefined);
  },
  'a weight file in the cache is damaged': async ({ page, random }) => {
    await page.evaluate(async (place) => {
      const cache = await caches.open('diffae-weights');
      const keys = (await cache.keys()).filter(({ url }) => /\/[0-9a-f]{64}$/.test(url));
      const key = keys[Math.floor(place * keys.length)];
      if (!key) return;
      const bytes = new Uint8Array((await (await cache.match(key))?.arrayBuffer()) ?? new ArrayBuffer(0));
      bytes[Math.floor(place * bytes.length)] ^= 4;
      await cache.put(key, new Response(bytes));
    }, random.next());
  },
  'the weights are deleted': async ({ page }) => {
    await page.evaluate(() => caches.delete('diffae-weights'));
  },
  'all storage of the site is cleared': (world) => world.clear(),
  'the page is hidden until its model rests': async (world) => {
    await world.sight('hidden');
    return async () => {
      await world.pause(2500);
      await world.sight('visible');
    };
  },
  'the page is hidden for a moment': async (world) => {
    await world.sight('hidden');
    return () => world.sight('visible');
  },
  'the page is frozen and thawed': async (world) => {
    await world.client.send('Page.setWebLifecycleState', { state: 'frozen' });
    await world.pause(800);
    await world.client.send('Page.setWebLifecycleState', { state: 'active' });
  },
  'memory is said to be short': async (world) => {
    await world.root.send('Memory.simulatePressureNotification', { level: 'critical' }).catch(() => {});
  },
  'the processor is four times as slow': async ({ client }) => {
    await client.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    return async () => { await client.send('Emulation.setCPUThrottlingRate', { rate: 1 }).catch(() => {}); };
  },
  'a text is dropped as a photo': (world) => drop(world, 'notes.png', Buffer.from('This is no picture.')),
  'an empty file is dropped': (world) => drop(world, 'empty.jpg', Buffer.alloc(0)),
  'a photo of four billion pixels is dropped': (world) => drop(world, 'bomb.png', BOMB),
  'half a photo is dropped': async (world) => drop(world, 'half.webp', (await readFile(join(SAMPLES, 'face-08.webp'))).subarray(0, 900)),
  'a photo is dropped in the middle of it all': async (world) => {
    await drop(world, 'face-03.webp', await readFile(join(SAMPLES, 'face-03.webp')));
  },
  'one photo after the other, none waited for': async (world) => {
    for (const name of ['face-03.webp', 'face-04.webp', 'face-08.webp']) await drop(world, name, await readFile(join(SAMPLES, name)));
  },
  'the other model is chosen': (world) => editor(world, (element) => {
    const addresses = element.getAttribute('models')?.split(' ') ?? [];
    element.setAttribute('model', addresses.find((address) => address !== (element.getAttribute('model') ?? addresses[0])) ?? '');
  }),
  'models are chosen faster than they come': (world) => editor(world, (element) => {
    const addresses = element.getAttribute('models')?.split(' ') ?? [];
    for (let i = 0; i < 7; i++) element.setAttribute('model', addresses[i % addresses.length]);
  }),
  'another device is chosen': (world) => editor(world, (element) => element.setAttribute('device', element.getAttribute('device') === 'cpu' ? 'auto' : 'cpu')),
  'another language is chosen': async (world) => {
    await editor(world, (element) => element.setAttribute('lang', 'de'));
    return () => editor(world, (element) => element.setAttribute('lang', 'en'));
  },
  'the editor is taken out and put in again': async (world) => {
    await editor(world, (element) => {
      const { parentNode, nextSibling } = element;
      element.remove();
      setTimeout(() => parentNode?.insertBefore(element, nextSibling), 200);
    });
    await world.pause(400);
  },
  'attributes are set to nonsense': async (world) => {
    await editor(world, (element) => {
      for (const [name, value] of [['device', 'quantum'], ['eyes', 'NaN,1 x'], ['sliders', '__proto__,constructor'], ['model', 'nowhere/manifest.json']]) element.setAttribute(name, value);
    });
    return () => editor(world, (element) => {
      for (const name of ['device', 'eyes', 'sliders']) element.removeAttribute(name);
      element.setAttribute('model', element.getAttribute('models')?.split(' ')[0] ?? '');
    });
  },
  'the record of the edit is damaged': async ({ page }) => {
    await page.evaluate(() => new Promise((resolve) => {
      const request = indexedDB.open('diffae-kept', 1);
      request.onerror = resolve;
      request.onsuccess = () => {
        try {
          const transaction = request.result.transaction(['edits'], 'readwrite');
          const all = transaction.objectStore('edits').getAll();
          all.onsuccess = () => { for (const record of all.result) transaction.objectStore('edits').put({ ...record, frame: 'gone' }); };
          transaction.oncomplete = transaction.onabort = resolve;
        } catch {
          resolve(null); // It has no stores yet, or none any more.
        } finally {
          request.result.close();
        }
      };
    }));
  },
  'a download is thought better of': async ({ page }) => {
    const button = page.getByRole('button', { name: 'Download', exact: true });
    if (!(await button.isVisible())) return;
    const begun = page.waitForEvent('download', { timeout: 10_000 }).catch(() => null);
    await button.click({ timeout: 2000 }).catch(() => {});
    await (await begun)?.cancel();
  },
  'undone and done again, faster than it is drawn': async ({ page }) => {
    for (const key of ['Control+z', 'Control+z', 'Control+Shift+z', 'Control+z', 'Control+Shift+z']) await page.keyboard.press(key);
  },
  'twenty moves of sliders at once': async ({ page }) => {
    await page.locator('diffae-editor').evaluate((element) => {
      const inputs = [...element.shadowRoot?.querySelectorAll('input[type=range]') ?? []];
      for (let i = 0; i < 20 && inputs.length > 0; i++) {
        const input = /** @type {HTMLInputElement} */ (inputs[i % inputs.length]);
        input.value = String((i % 9) / 10 - 0.4);
        input.dispatchEvent(new Event(i % 3 ? 'input' : 'change', { bubbles: true }));
      }
    });
  },
  'the window is turned': async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    return () => page.setViewportSize({ width: 1280, height: 800 });
  },
};
