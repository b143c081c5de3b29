// The package's workers and its files, as the page has them started and found.

import { DiffAeError } from '../shared/errors.js';
import { packageOf, started } from '../shared/start.js';

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

/** A file of the package as it was published, or null in a bundle. @param {string} file */
function beside(file) {
  const folder = packageOf(import.meta.url, 'lib/page/workers.js');
  return folder && folder + file;
}
