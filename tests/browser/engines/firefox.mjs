// Firefox without a screen, through Marionette: its own end of WebDriver, which needs no program in between. A message is
// its length, a colon, and `[0, id, command, parameters]`; an answer `[1, id, error, result]`.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, program, until, within } from '../process.mjs';
import { webDriver } from './webdriver.mjs';

const BINARY = program(process.env.FIREFOX, 'firefox-esr', 'firefox');

/** @type {import('./driver.mjs').Engine} */
export const firefox = {
  name: 'Firefox',
  missing: () => (BINARY ? null : 'there is no firefox-esr or firefox'),
  launch: async ({ dark = false, preferences = {} } = {}) => {
    const home = await mkdtemp(join(tmpdir(), 'diffae-firefox-'));
    const folder = join(home, 'downloads');
    await mkdir(folder);
    const all = {
      'marionette.port': 0,
      'browser.download.folderList': 2, 'browser.download.dir': folder, 'browser.download.useDownloadDir': true,
      'browser.download.alwaysOpenPanel': false, 'browser.shell.checkDefaultBrowser': false, 'browser.aboutwelcome.enabled': false,
      'datareporting.policy.dataSubmissionEnabled': false, 'app.update.disabledForTesting': true, 'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false, 'browser.newtabpage.enabled': false, 'browser.startup.page': 0,
      'extensions.getAddons.cache.enabled': false, 'services.settings.server': 'data:,', 'toolkit.telemetry.enabled': false,
      'layout.css.prefers-color-scheme.content-override': dark ? 0 : 1,
      ...preferences,
    };
    await writeFile(join(home, 'user.js'), Object.entries(all).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
    const browser = spawn(/** @type {string} */ (BINARY), ['--headless', '--marionette', '--no-remote', '--profile', home, '--width', '1280', '--height', '800'], { stdio: 'ignore', env: { ...process.env, MOZ_HEADLESS_WIDTH: '1280', MOZ_HEADLESS_HEIGHT: '900' } });
    const end = async () => {
      await ended(browser);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    };
    try {
      const port = join(home, 'MarionetteActivePort');
      await until(() => existsSync(port), 'Firefox did not say where Marionette listens');
      const ask = await within(marionette(Number(await readFile(port, 'utf8'))), 'Marionette does not answer');
      await within(ask('WebDriver:NewSession', { capabilities: { alwaysMatch: { timeouts: { script: 300_000, pageLoad: 300_000 } } } }), 'Firefox begins no session');
      return webDriver({
        name: 'Firefox',
        folder,
        commands: {
          navigate: (url) => ask('WebDriver:Navigate', { url }),
          execute: async (script) => (await ask('WebDriver:ExecuteAsyncScript', { script, args: [], sandbox: null })).value,
          perform: (actions) => ask('WebDriver:PerformActions', { actions }),
          screenshot: async () => (await ask('WebDriver:TakeScreenshot', { full: false })).value,
          end,
        },
      });
    } catch (error) {
      await end();
      throw error;
    }
  },
};

/** @param {number} port @returns {Promise<(command: string, parameters?: object) => Promise<any>>} */
async function marionette(port) {
  const socket = connect(port, '127.0.0.1');
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  const open = new Map();
  let received = Buffer.alloc(0);
  let next = 1;
  const greeting = new Promise((resolve, reject) => open.set(0, { resolve, reject }));
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    for (;;) {
      const colon = received.indexOf(':');
      const length = Number(received.subarray(0, Math.max(colon, 0)).toString());
      if (colon < 0 || received.length < colon + 1 + length) return;
      const message = JSON.parse(received.subarray(colon + 1, colon + 1 + length).toString());
      received = received.subarray(colon + 1 + length);
      const [, id, error, result] = Array.isArray(message) ? message : [1, 0, null, message];
      if (error) open.get(id)?.reject(new Error(`${error.error}: ${error.message}`));
      else open.get(id)?.resolve(result);
      open.delete(id);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => { for (const { reject } of open.values()) reject(new Error('Firefox has gone')); });
  await greeting;
  return (command, parameters = {}) => new Promise((resolve, reject) => {
    if (socket.destroyed) throw new Error('Firefox has gone');
    const id = next++;
    open.set(id, { resolve, reject });
    const message = Buffer.from(JSON.stringify([0, id, command, parameters]));
    socket.write(Buffer.concat([Buffer.from(`${message.length}:`), message]));
  });
}
