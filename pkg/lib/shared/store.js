// Weight files kept in the browser's Cache API under their SHA-256, so that a second visit downloads nothing and a new
// version of a model never meets an old file. Where the cache is missing or full, everything goes on without it.

const CACHE = 'diffae-weights';

/** Cache keys are URLs; this one is never fetched. @param {string} sha256 */
const key = (sha256) => `https://weights.invalid/${sha256}`;

/** @returns {Promise<Cache | null>} */
async function open() {
  try {
    return await globalThis.caches.open(CACHE);
  } catch {
    return null; // Plain http, a private window or storage switched off.
  }
}

/** @param {string} sha256 @returns {Promise<ArrayBuffer | null>} */
export async function read(sha256) {
  try {
    const response = await (await open())?.match(key(sha256));
    return response ? await response.arrayBuffer() : null;
  } catch {
    return null;
  }
}

/** @param {string} sha256 */
export async function has(sha256) {
  try {
    return Boolean(await (await open())?.match(key(sha256)));
  } catch {
    return false;
  }
}

/** @param {string} sha256 @param {ArrayBuffer} bytes @returns {Promise<boolean>} whether it is kept now */
export async function write(sha256, bytes) {
  try {
    const cache = await open();
    if (!cache) return false;
    await cache.put(key(sha256), new Response(bytes, { headers: { 'content-type': 'application/octet-stream' } }));
    return true;
  } catch {
    return false; // QuotaExceededError above all: the file is used, only not kept.
  }
}

/** @param {string} sha256 */
export async function forget(sha256) {
  try {
    await (await open())?.delete(key(sha256));
  } catch {
    // A copy that cannot be deleted is caught by its hash next time.
  }
}
