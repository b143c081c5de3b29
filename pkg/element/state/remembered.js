// Addresses of models that a person has named, remembered on this device so that they are on offer again.

const KEY = 'diffae.models';
/** More than anybody chooses among. */
const MOST = 20;

/** Storage may be forbidden, and may hold anything. @returns {string[]} */
export function remembered() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return list.filter((/** @type {unknown} */ address) => typeof address === 'string' && /^https?:/.test(address)).slice(0, MOST);
  } catch {
    return [];
  }
}

/** @param {string} address */
export function remember(address) {
  keep([address, ...remembered().filter((other) => other !== address)]);
}

/** @param {string} address */
export function forgetAddress(address) {
  keep(remembered().filter((other) => other !== address));
}

/** @param {string[]} addresses */
function keep(addresses) {
  try {
    localStorage.setItem(KEY, JSON.stringify(addresses.slice(0, MOST)));
  } catch {
    // It is on offer until the page is closed.
  }
}
