// Starting a worker, from wherever its file lies: beside the package's other files, where the page says it is, or on another origin.

import { scriptUrl } from './trusted.js';

/**
 * The folder of the package as it was published, or null in a bundle. Bundlers find a worker only where its address is spelt
 * out in the call that makes it, and put their own there; a module's address is then that of another file, or none on the web.
 * @param {string} module its address @param {string} path where it lies in the package
 */
export function packageOf(module, path) {
  const [address] = module.split(/[?#]/, 1);
  return /^(?!file:)[a-z][\w+.-]*:/.test(address) && address.endsWith(`/${path}`) ? address.slice(0, -path.length) : null;
}

/** @param {string} url */
export function started(url) {
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
