// What Firefox and WebKit have in common: a session of the W3C's WebDriver protocol, whatever carries its commands.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @typedef {import('./driver.mjs').Driver} Driver */
/** @typedef {import('./driver.mjs').Point} Point */

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** Keys without a letter of their own, as WebDriver writes them. @type {Record<string, string>} */
const KEYS = {
  Tab: '\ue004', Enter: '\ue007', Shift: '\ue008', Escape: '\ue00c', ' ': ' ',
  ArrowLeft: '\ue012', ArrowUp: '\ue013', ArrowRight: '\ue014', ArrowDown: '\ue015',
};

/**
 * @typedef {object} Commands
 * @property {(url: string) => Promise<unknown>} navigate
 * @property {(script: string) => Promise<any>} execute with the callback as its only argument
 * @property {(script: string) => Promise<any>} executeSync
 * @property {(element: string, text: string) => Promise<unknown>} sendKeys
 * @property {(actions: object[]) => Promise<unknown>} perform
 * @property {() => Promise<string>} screenshot Base64 of a PNG
 * @property {(width: number, height: number) => Promise<unknown>} resize
 * @property {() => Promise<void>} end
 */

/**
 * @param {{ name: string, version: string, folder: string, commands: Commands }} engine `folder` is its own, for downloads too
 * @returns {Driver}
 */
export function webDriver({ name, version, folder, commands }) {
  const pointer = (/** @type {object[]} */ ...actions) => commands.perform([{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions }]);
  const move = (/** @type {Point} */ { x, y }, duration = 0) => ({ type: 'pointerMove', origin: 'viewport', duration, x: Math.round(x), y: Math.round(y) });
  const [down, up] = [{ type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }];
  return {
    name,
    version,
    folder,
    goto: async (url) => void await commands.navigate(url),
    evaluate: async (script) => {
      const { value, error } = await commands.execute(`
        const done = arguments[arguments.length - 1];
        (async () => { ${script} })().then((value) => done({ value: value ?? null }), (error) => done({ error: String(error) + '\\n' + error?.stack }));`);
      if (error) throw new Error(error);
      return value;
    },
    click: async (at) => void await pointer(move(at), down, up),
    drag: async (from, to) => void await pointer(move(from), down, move(to, 200), up),
    press: async (keys) => {
      const codes = (keys === '+' ? [keys] : keys.split('+')).map((key) => KEYS[key] ?? key);
      await commands.perform([{
        type: 'key', id: 'keyboard',
        actions: [...codes.map((value) => ({ type: 'keyDown', value })), ...codes.reverse().map((value) => ({ type: 'keyUp', value }))],
      }]);
    },
    choose: async (input, file) => {
      const path = join(folder, file.name);
      await writeFile(path, file.bytes);
      const found = await commands.executeSync(`return ${input};`);
      await commands.sendKeys(found[ELEMENT], path);
    },
    screenshot: async () => Buffer.from(await commands.screenshot(), 'base64'),
    resize: async (width, height) => void await commands.resize(width, height),
    close: () => commands.end(),
  };
}
