// What a page that requires trusted types takes from a policy alone: addresses of scripts for workers, and HTML to be read. This
// policy is the only one that the package makes, and nothing that it passes as HTML leaves this module but as a document apart.

/** The name that a page's content security policy has to allow, as in `trusted-types diffae`. */
const POLICY = 'diffae';

/** @typedef {{ createScriptURL(url: string): string, createHTML(html: string): string }} Policy */

/** @type {Policy | null | undefined} null where the page allows none */
let policy;

/**
 * An address as the browser wants it for a worker or a service worker: itself, or what stands for it where there are trusted
 * types. Only the page's own origin is let through; no browser starts a worker from another one.
 * @param {string} url absolute
 * @returns {string}
 */
export function scriptUrl(url) {
  return made()?.createScriptURL(url) ?? url;
}

/** HTML of somebody else as a document of its own, in which nothing runs and nothing is fetched. @param {string} html */
export function parsed(html) {
  return new DOMParser().parseFromString(made()?.createHTML(html) ?? html, 'text/html');
}

/** The policy, made when first wanted. @returns {Policy | null} */
function made() {
  if (policy !== undefined) return policy;
  const { trustedTypes } = /** @type {{ trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }} */ (globalThis);
  try {
    policy = trustedTypes?.createPolicy(POLICY, { createScriptURL: checked, createHTML: (html) => html }) ?? null;
  } catch {
    policy = null; // Whether the page can do without is seen by the browser, which then refuses what it is given.
  }
  return policy;
}

/** @param {string} url */
function checked(url) {
  if (new URL(url).origin !== location.origin) throw new TypeError(`${url} is not on the page's own origin.`);
  return url;
}
