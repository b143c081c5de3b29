// What a person does in a browser: looks for things by what they are and what they are called, points at them, presses keys
// and waits. Everything is found by what is seen, through shadow roots and frames of the page's own origin.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../process.mjs';

/** @typedef {import('./driver.mjs').Driver} Driver */
/** @typedef {string | RegExp} Name  the whole name, or a pattern in it */
/** @typedef {{ width: number, height: number, data: Buffer }} Shown  RGBA, row by row */

/** A journey waits for many things, and for all of them as long as its test may take. */
const PATIENCE = 60_000;

/** Functions that scripts in the page have at hand. */
const HELPERS = `
  const framed = () => document.querySelector('iframe.narrow')?.contentDocument ?? document;
  const inside = function* (root) {
    for (const element of root.querySelectorAll('*')) {
      yield element;
      if (element.shadowRoot) yield* inside(element.shadowRoot);
    }
  };
  const roleOf = (element) => element.getAttribute('role') ?? ({
    BUTTON: 'button', SELECT: 'combobox', SUMMARY: 'summary', A: 'link', IMG: 'img', H1: 'heading', H2: 'heading',
    INPUT: { range: 'slider', checkbox: 'checkbox', file: 'file' }[element.type] ?? 'textbox',
  })[element.tagName];
  const plain = (text) => (text ?? '').replace(/\\s+/g, ' ').trim();
  const nameOf = (element) => plain(element.getAttribute('aria-label') ?? (element.labels?.length ? element.labels[0].textContent : element.textContent));
  const isSeen = (element) => element.getClientRects().length > 0 && element.ownerDocument.defaultView.getComputedStyle(element).visibility === 'visible';
  const matches = (wanted, text) => (typeof wanted === 'string' ? wanted === text : wanted.test(text));
  const find = (role, name) => [...inside(framed())].find((element) => roleOf(element) === role && isSeen(element) && matches(name, nameOf(element))) ?? null;
  const findText = (wanted) => [...inside(framed())].find((element) => isSeen(element) && matches(wanted, plain([...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('')))) ?? null;
  const focused = () => {
    let element = framed().activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  };
  const base64 = (bytes) => new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.readAsDataURL(new Blob([bytes]));
  });
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
`;

/** @param {Name} name as a script has it */
const spelt = (name) => (name instanceof RegExp ? String(name) : JSON.stringify(name));

export class Person {
  #driver;

  /** @param {Driver} driver */
  constructor(driver) {
    this.#driver = driver;
  }

  /** Opens a page, in a frame of a certain width where one is named. @param {string} url @param {{ width?: number, height?: number }} [frame] */
  async open(url, { width, height = 740 } = {}) {
    if (!width) {
      await this.#driver.goto(url);
      return;
    }
    await this.#driver.goto(new URL('samples/CREDITS.txt', url).href);
    await this.evaluate(`
      const frame = document.createElement('iframe');
      frame.className = 'narrow';
      frame.style = 'position: absolute; left: 0; top: 0; border: 0; width: ${width}px; height: ${height}px';
      document.documentElement.style.overflow = 'hidden';
      frame.src = ${JSON.stringify(url)};
      const loaded = new Promise((resolve) => { frame.onload = resolve; });
      document.body.replaceChildren(frame);
      document.body.style.margin = '0';
      await loaded;`);
  }

  /** @param {string} script body of an async function, with the helpers at hand */
  evaluate(script) {
    return this.#driver.evaluate(HELPERS + script);
  }

  /** Waits until a script gives something, and gives that. @param {string} script @param {string} what it is that one waits for */
  async waitFor(script, what, patience = PATIENCE) {
    /** @type {any} */
    let found;
    await until(async () => {
      found = await this.evaluate(script);
      return Boolean(found);
    }, `${this.#driver.name} shows no ${what}`, patience);
    return found;
  }

  /** @param {string} role @param {Name} name */
  async see(role, name) {
    await this.waitFor(`return find('${role}', ${spelt(name)}) !== null;`, `${role} ${name}`);
  }

  /** @param {Name} text */
  async read(text) {
    return this.waitFor(`return findText(${spelt(text)})?.textContent;`, `text ${text}`);
  }

  /** Where something is, when it has come to rest in the middle of the window and nothing lies over it. @param {string} role @param {Name} name */
  async #place(role, name) {
    return this.waitFor(`
      const element = find('${role}', ${spelt(name)});
      if (!element || element.disabled) return null;
      element.scrollIntoView({ block: 'center', behavior: 'instant' });
      const before = element.getBoundingClientRect();
      await new Promise((resolve) => setTimeout(resolve, 60));
      const box = element.getBoundingClientRect();
      if (box.x !== before.x || box.y !== before.y || box.width === 0) return null;
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      const frame = framed().defaultView.frameElement?.getBoundingClientRect() ?? { x: 0, y: 0 };
      const place = { x: frame.x + x, y: frame.y + y, box: { x: frame.x + box.x, width: box.width } };
      let top = framed().elementFromPoint(x, y);
      while (top?.shadowRoot?.elementFromPoint(x, y) && top.shadowRoot.elementFromPoint(x, y) !== top) top = top.shadowRoot.elementFromPoint(x, y);
      for (let node = top; node; node = node.parentNode ?? node.host) if (node === element) return place;
      return element.labels && [...element.labels].some((label) => label.contains(top)) ? place : null;`, `${role} ${name} that can be pointed at`);
  }

  /** @param {string} role @param {Name} name */
  async click(role, name) {
    await this.#driver.click(await this.#place(role, name));
  }

  /** Drags the thumb of a slider to a share of its length. @param {Name} name @param {number} from @param {number} to */
  async slide(name, from, to) {
    const { box, y } = await this.#place('slider', name);
    // A thumb goes only so far that it does not stick out.
    const at = (/** @type {number} */ share) => ({ x: box.x + 11 + share * (box.width - 22), y });
    await this.#driver.drag(at(from), at(to));
  }

  /** Moves something by so many pixels. @param {string} role @param {Name} name @param {number} x @param {number} y */
  async drag(role, name, x, y) {
    const from = await this.#place(role, name);
    await this.#driver.drag(from, { x: from.x + x, y: from.y + y });
  }

  /** @param {...string} keys */
  async press(...keys) {
    for (const key of keys) await this.#driver.press(key);
  }

  /** Walks with the Tab key until something has the focus. @param {string} role @param {Name} name */
  async tabTo(role, name, key = 'Tab') {
    await this.see(role, name);
    for (let steps = 0; steps < 80; steps++) {
      if (await this.evaluate(`return focused() !== null && focused() === find('${role}', ${spelt(name)});`)) return;
      await this.press(key);
    }
    throw new Error(`${this.#driver.name} does not come to ${role} ${name} by the key ${key}; the focus is on ${await this.evaluate('return focused()?.outerHTML.slice(0, 200)')}.`);
  }

  /** Drops a file onto the page. @param {import('./driver.mjs').Named} file */
  async drop({ name, bytes }) {
    await this.evaluate(`
      // Of the page's own world, where it is in a frame.
      const { DataTransfer, DragEvent, File } = framed().defaultView;
      const data = new DataTransfer();
      data.items.add(new File([bytes(${JSON.stringify(Buffer.from(bytes).toString('base64'))})], ${JSON.stringify(name)}));
      for (const type of ['dragenter', 'dragover', 'drop']) framed().body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, composed: true, dataTransfer: data }));`);
  }

  /** @param {string} role @param {Name} name @param {string} property of the element */
  value(role, name, property = 'value') {
    return this.waitFor(`const found = find('${role}', ${spelt(name)}); return found && { it: found.${property} };`, `${role} ${name}`).then(({ it }) => it);
  }

  /** The pixels of a shown picture. @param {'Original' | 'Edited'} name @returns {Promise<Shown>} */
  async pixels(name) {
    const { text, ...size } = await this.evaluate(`
      const { width, height } = find('img', '${name}');
      const { data } = find('img', '${name}').getContext('2d').getImageData(0, 0, width, height);
      return { width, height, text: await base64(data) };`);
    return { ...size, data: Buffer.from(text, 'base64') };
  }

  /** The bytes of a finished download. @param {string} name */
  async downloaded(name) {
    const { folder } = this.#driver;
    let length = -1;
    await until(async () => {
      const before = length;
      const names = await readdir(folder);
      // Browsers write into a file of another name first, or into one that grows.
      length = names.includes(name) && !names.some((other) => /\.(part|crdownload|wkdownload)$/.test(other)) ? (await readFile(join(folder, name))).length : -1;
      return length > 0 && length === before;
    }, `${this.#driver.name} has no download ${name}`);
    return readFile(join(folder, name));
  }
}
