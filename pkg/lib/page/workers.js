// Starting the package's workers, from wherever its files lie: beside this module, where a bundler has put them, where the
// page says they are, and on another origin.

import { DiffAeError } from '../shared/errors.js';
import { scriptUrl } from './trusted.js';

/** @typedef {import('../../index.js').Addresses} Addresses */

/** @param {Addresses} addresses @returns {Worker} */
export function modelWorker({ workerUrl }) {
  const url = given(workerUrl) ?? beside('worker.js');
  return url ? started(url) : new Worker(new URL('../../worker.js', import.meta.url), { type: 'module' });
}

/** @param {Addresses} addresses @returns {Worker} */
export function photoWorker({ photoWorkerUrl }) {
  const url = given(photoWorkerUrl) ?? beside('photo-worker.js');
  return url ? started(url) : new Worker(new URL('../../photo-worker.js', import.meta.url), { type: 'module' });
}

/** @param {Addresses} addresses @returns {Worker} */
export function convertWorker({ convertWorkerUrl }) {
  const url = given(convertWorkerUrl) ?? beside('convert-worker.js');
  return url ? started(url) : new Worker(new URL('../../convert-worker.js', import.meta.url), { type: 'module' });
}

/** An address that may be relative to the page, in full. @param {string | URL} url */
export function absolute(url) {
  try {
    return new URL(url, document.baseURI).href;
  } catch (error) {
    throw new DiffAeError('option-invalid', `${String(url).slice(0, 80)} is no address at which anything can lie.`, { cause: error });
  }
}

/** One that a page may have named. @param {string | URL | undefined} url */
export function given(url) {
  if (!url) return null;
  try {
    return absolute(url);
  } catch (error) {
    throw new DiffAeError('option-invalid', `${url} is no address at which a file of the package can lie.`, { cause: error });
  }
}

/**
 * A file of the package as it was published, or null in a bundle. Bundlers find a worker only where its address is spelt out
 * in the call above, and put their own there; this module's address is then that of another file, or none on the web.
 * @param {string} file
 */
function beside(file) {
  const found = /^(?!file:)([a-z][\w+.-]*:.*\/)lib\/page\/workers\.js(?:[?#]|$)/.exec(import.meta.url);
  return found && found[1] + file;
}

/** @param {string} url */
function started(url) {
  const own = new URL(url).origin === location.origin;
  return new Worker(scriptUrl(own ? url : fromElsewhere(url)), { type: 'module' });
}

/** By the address that each stands for; a few, kept for workers that take the place of others. @type {Map<string, string>} */
const blobs = new Map();

/**
 * A script of the page's own origin that loads one of another: browsers start workers from nowhere else, but let a worker
 * import from any server that allows it. The import is static, so that what is sent meanwhile waits for it.
 * @param {string} url
 */
function fromElsewhere(url) {
  const blob = blobs.get(url) ?? URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
  blobs.set(url, blob);
  return blob;
}
