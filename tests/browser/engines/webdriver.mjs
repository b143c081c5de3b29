// What Firefox and WebKit have in common: a session of the W3C's WebDriver protocol, whatever carries its commands.

/** @typedef {import('./driver.mjs').Driver} Driver */
/** @typedef {import('./driver.mjs').Point} Point */

/** Keys without a letter of their own, as WebDriver writes them. @type {Record<string, string>} */
const KEYS = {
  Tab: '\ue004', Enter: '\ue007', Shift: '\ue008',
  ArrowLeft: '\ue012', ArrowRight: '\ue014', ArrowDown: '\ue015',
};

/**
 * @typedef {object} Commands
 * @property {(url: string) => Promise<unknown>} navigate
 * @property {(script: string) => Promise<any>} execute with the callback as its only argument
 * @property {(actions: object[]) => Promise<unknown>} perform
 * @property {() => Promise<string>} screenshot Base64 of a PNG
 * @property {() => Promise<void>} end
 */

/**
 * @param {{ name: string, folder: string, commands: Commands }} engine `folder` is its own, for downloads too
 * @returns {Driver}
 */
export function webDriver({ name, folder, commands }) {
  const pointer = (/** @type {object[]} */ ...actions) => commands.perform([{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions }]);
  const move = (/** @type {Point} */ { x, y }, duration = 0) => ({ type: 'pointerMove', origin: 'viewport', duration, x: Math.round(x), y: Math.round(y) });
  const [down, up] = [{ type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }];
  return {
    name,
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
    screenshot: async () => Buffer.from(await commands.screenshot(), 'base64'),
    close: () => commands.end(),
  };
}
