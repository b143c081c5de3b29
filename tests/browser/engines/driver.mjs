// What a journey needs of a browser, and which browsers there are. Each has a file that drives it; what a person does with
// it is in person.mjs.

import { chromium } from './chromium.mjs';
import { firefox } from './firefox.mjs';
import { webkit } from './webkit.mjs';

/** @typedef {{ x: number, y: number }} Point in CSS pixels of the window */
/** @typedef {{ name: string, bytes: Uint8Array }} Named a file */
/**
 * @typedef {object} Driver a running browser with one window
 * @property {string} name
 * @property {string} folder where its downloads go
 * @property {(url: string) => Promise<void>} goto
 * @property {(script: string) => Promise<any>} evaluate runs the body of an async function in the page; its result is JSON
 * @property {(at: Point) => Promise<void>} click
 * @property {(from: Point, to: Point) => Promise<void>} drag
 * @property {(keys: string) => Promise<void>} press one key, or several held together, as `Shift+Tab`
 * @property {() => Promise<Buffer>} screenshot a PNG
 * @property {() => Promise<void>} close
 */
/** @typedef {{ dark?: boolean, preferences?: Record<string, string | number | boolean> }} Options `preferences` are Firefox's */
/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {() => string | null} missing what the system lacks to run it
 * @property {(options?: Options) => Promise<Driver>} launch
 */

/** @type {readonly Engine[]} */
export const ENGINES = [chromium, firefox, webkit];
