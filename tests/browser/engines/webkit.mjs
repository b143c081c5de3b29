// WebKit as GTK has it, on a screen that nobody sees: WebKitWebDriver, which is spoken to in plain HTTP, drives MiniBrowser.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { png } from '../pictures.mjs';
import { ended, freePort, program, until, within } from '../process.mjs';
import { webDriver } from './webdriver.mjs';

const DRIVER = program(process.env.WEBKIT_DRIVER, 'WebKitWebDriver');
const SCREEN = program('xvfb-run');
const BROWSER = browser();

/** MiniBrowser lies beside the library, in a folder that is called after the system's kind. */
function browser() {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => name.includes('-linux-')) : [];
  const paths = folders.flatMap((folder) => ['webkitgtk-6.0', 'webkit2gtk-4.1', 'webkit2gtk-4.0'].map((library) => `/usr/lib/${folder}/${library}/MiniBrowser`));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** @type {import('./driver.mjs').Engine} */
export const webkit = {
  name: 'WebKit',
  missing: () => (!DRIVER || !BROWSER ? 'there is no WebKitWebDriver with its MiniBrowser' : SCREEN ? null : 'there is no xvfb-run'),
  launch: async ({ dark = false } = {}) => {
    const folder = await mkdtemp(join(tmpdir(), 'diffae-webkit-'));
    const port = await freePort();
    const env = {
      ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CACHE_HOME: folder, XDG_DOWNLOAD_DIR: folder,
      GTK_THEME: dark ? 'Adwaita:dark' : 'Adwaita',
      // As root, and in containers, its sandbox cannot be made.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    };
    const driver = spawn(/** @type {string} */ (SCREEN), ['-a', '-s', `-screen 0 1400x1000x24 -fbdir ${folder}`, /** @type {string} */ (DRIVER), '-p', String(port)], { stdio: 'ignore', env, detached: true });
    /** @type {string | null} */
    let session = null;
    const ask = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {object} */ body = {}) => {
      const { value } = await http(port, method, session ? `/session/${session}${path}` : path, method === 'POST' ? body : null);
      if (value?.error) throw new Error(`${value.error}: ${value.message}`);
      return value;
    };
    const end = async () => {
      // A driver that has lost its browser never answers, and is ended all the same.
      if (session) await within(ask('DELETE', ''), 'the session does not end', 10_000).catch(() => {});
      await ended(driver);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      await until(() => http(port, 'GET', '/status', null).then(() => true, () => false), 'WebKitWebDriver does not answer');
      const { sessionId } = await within(ask('POST', '/session', {
        capabilities: { alwaysMatch: { timeouts: { script: 300_000, pageLoad: 300_000 }, 'webkitgtk:browserOptions': { binary: BROWSER, args: ['--automation'] } } },
      }), 'WebKit begins no session');
      session = sessionId;
      await ask('POST', '/window/rect', { x: 0, y: 0, width: 1280, height: 900 });
      return webDriver({
        name: 'WebKit',
        folder,
        commands: {
          navigate: (url) => ask('POST', '/url', { url }),
          execute: (script) => ask('POST', '/execute/async', { script, args: [] }),
          perform: (actions) => ask('POST', '/actions', { actions }),
          // The driver's own leaves out canvases that a GPU draws, and shifts pages that are scrolled.
          screenshot: async () => {
            const [width, height, bars] = await ask('POST', '/execute/sync', { script: 'return [innerWidth, innerHeight, outerHeight - innerHeight];', args: [] });
            const look = () => readFile(join(folder, 'Xvfb_screen0'));
            // What is on the screen can be seconds old: a mark that comes and goes shows when it is not.
            for (const [shown, script] of /** @type {const} */ ([[true, MARK], [false, UNMARK]])) {
              await ask('POST', '/execute/sync', { script, args: [] });
              await until(async () => isMarked(await look(), bars) === shown, 'WebKit does not paint');
            }
            return (await cut(await look(), { width, height, bars })).toString('base64');
          },
          end,
        },
      });
    } catch (error) {
      await end();
      throw error;
    }
  },
};

const MARK = `
  const mark = document.createElement('div');
  mark.id = 'mark';
  Object.assign(mark.style, { position: 'fixed', left: '0', top: '0', width: '8px', height: '8px', background: '#f0f', zIndex: '2147483647' });
  document.documentElement.append(mark);`;
const UNMARK = "document.getElementById('mark').remove();";

/** @param {Buffer} dump @param {number} bars */
function isMarked(dump, bars) {
  const { start, stride } = layout(dump);
  const at = start + (bars + 4) * stride + 16;
  return dump[at] > 250 && dump[at + 1] < 5 && dump[at + 2] > 250;
}

/** Where the rows of a dump begin: after a header of which the first number tells the length, and a colour map. @param {Buffer} dump */
function layout(dump) {
  const [header, stride, colours] = [0, 48, 76].map((at) => dump.readUInt32BE(at));
  return { start: header + 12 * colours, stride };
}

/**
 * The page as a PNG. Its window begins at the screen's top left corner and has bars above the page.
 * @param {Buffer} dump of the window system, in rows of BGRX
 * @param {{ width: number, height: number, bars: number }} page
 */
async function cut(dump, { width, height, bars }) {
  const { start, stride } = layout(dump);
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    const from = start + (y + bars) * stride;
    for (let x = 0; x < 4 * width; x += 4) data.set([dump[from + x + 2], dump[from + x + 1], dump[from + x], 255], 4 * y * width + x);
  }
  return Buffer.from(await png({ width, height, data }));
}

/** Without fetch, which gives up on an answer that takes minutes. @param {number} port @param {string} method @param {string} path @param {object | null} body @returns {Promise<any>} */
function http(port, method, path, body) {
  return new Promise((resolve, reject) => {
    const text = body && JSON.stringify(body);
    const sent = request({ port, host: '127.0.0.1', method, path, headers: text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {} }, async (response) => {
      /** @type {Buffer[]} */
      const parts = [];
      for await (const part of response) parts.push(part);
      try {
        resolve(JSON.parse(Buffer.concat(parts).toString()));
      } catch (error) {
        reject(error);
      }
    });
    sent.on('error', reject);
    sent.end(text ?? undefined);
  });
}
