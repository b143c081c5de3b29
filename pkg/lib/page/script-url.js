// Addresses of scripts for workers. Where a page requires trusted types, the browser takes such an address from a policy
// alone; this is the only one that the package makes.

/** The name that a page's content security policy has to allow, as in `trusted-types diffae`. */
const POLICY = 'diffae';

/** @typedef {{ createScriptURL(url: string): string }} Policy */

/** @type {Policy | null | undefined} null where the page allows none */
let policy;

/**
 * An address as the browser wants it for a worker or a service worker: itself, or what stands for it where there are trusted
 * types. Only the page's own origin is let through; no browser starts a worker from another one.
 * @param {string} url absolute
 * @returns {string}
 */
export function scriptUrl(url) {
  if (policy === undefined) policy = made();
  return policy ? policy.createScriptURL(url) : url;
}

/** @returns {Policy | null} */
function made() {
  const { trustedTypes } = /** @type {{ trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }} */ (globalThis);
  try {
    return trustedTypes?.createPolicy(POLICY, { createScriptURL: checked }) ?? null;
  } catch {
    return null; // Whether the page can do without is seen by the browser, which then refuses the address.
  }
}

/** @param {string} url */
function checked(url) {
  if (new URL(url).origin !== location.origin) throw new TypeError(`${url} is not on the page's own origin.`);
  return url;
}
