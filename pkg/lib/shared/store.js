// Weight files kept in the browser's Cache API under their SHA-256, so that a second visit downloads nothing and a new
// version of a model never meets an old file. Where the cache is missing or full, everything goes on without it.
//
// Beside each file lies where it came from and when it was used last: a file goes when another version of it comes, when nobody
// has used it for long, and, the longest unused first, when there is no room for one that is wanted now.

const CACHE = 'diffae-weights';
/** A file that has not been used for so long is of a model that nobody comes back to. */
const AGE_MS = 90 * 24 * 3600 * 1000;
/** The time of use is written no more often than this. */
const TOUCH_MS = 24 * 3600 * 1000;

/** @typedef {{ from: string, used: number, bytes: number }} Note  `from` is empty where nobody knows */

/** Cache keys are URLs; these are never fetched. @param {string} sha256 */
const key = (sha256) => `https://weights.invalid/${sha256}`;
/** @param {string} sha256 */
const noteKey = (sha256) => `https://weights.invalid/${sha256}/note`;

/** Files that have been read or written here: they make room for no other. @type {Set<string>} */
const present = new Set();

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
    const cache = await open();
    const response = await cache?.match(key(sha256));
    if (!cache || !response) return null;
    const bytes = await response.arrayBuffer();
    present.add(sha256);
    touch(cache, sha256, bytes.byteLength).catch(() => {});
    return bytes;
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

/** Whether all of these files are kept; one that there is not is not. @param {readonly ({ sha256: string } | undefined)[]} files */
export async function hasAll(files) {
  return (await Promise.all(files.map((file) => has(file?.sha256 ?? '')))).every(Boolean);
}

/** @param {string} sha256 @param {ArrayBuffer} bytes @param {string} from its address @returns {Promise<boolean>} whether it is kept now */
export async function write(sha256, bytes, from) {
  try {
    const cache = await open();
    if (!cache) return false;
    present.add(sha256);
    const put = () => cache.put(key(sha256), new Response(bytes, { headers: { 'content-type': 'application/octet-stream' } }));
    // QuotaExceededError above all: where no room can be made, the file is used, only not kept.
    await put().catch(async (error) => {
      if (!(await makeRoom(cache, bytes.byteLength))) throw error;
      await put();
    });
    await note(cache, sha256, { from, used: Date.now(), bytes: bytes.byteLength }).catch(() => {});
    await sweep(cache, sha256, from).catch(() => {});
    return true;
  } catch {
    return false;
  }
}

/** @param {string} sha256 */
export async function forget(sha256) {
  try {
    const cache = await open();
    if (cache) await remove(cache, sha256);
  } catch {
    // A copy that cannot be deleted is caught by its hash next time.
  }
}

/** @param {Cache} cache @param {string} sha256 @param {number} bytes */
async function touch(cache, sha256, bytes) {
  const { from, used } = await noteOf(cache, sha256);
  if (Date.now() - used > TOUCH_MS) await note(cache, sha256, { from, used: Date.now(), bytes });
}

/** @param {Cache} cache @param {string} sha256 @param {Note} about */
async function note(cache, sha256, about) {
  await cache.put(noteKey(sha256), new Response(JSON.stringify(about), { headers: { 'content-type': 'application/json' } }));
}

/** What is known of a file; one without a note was used longest ago. @param {Cache} cache @param {string} sha256 @returns {Promise<Note>} */
async function noteOf(cache, sha256) {
  try {
    const { from, used, bytes } = await (await cache.match(noteKey(sha256)))?.json();
    if (typeof from === 'string' && Number.isFinite(used) && Number.isFinite(bytes)) return { from, used: Math.min(used, Date.now()), bytes };
  } catch {
    // None, or one that was damaged.
  }
  return { from: '', used: 0, bytes: 0 };
}

/** Every file that is kept, the longest unused first. @param {Cache} cache @returns {Promise<(Note & { sha256: string })[]>} */
async function files(cache) {
  const names = (await cache.keys()).map(({ url }) => /^https:\/\/weights\.invalid\/([0-9a-f]{64})$/.exec(url)?.[1]);
  const found = await Promise.all(names.filter((name) => name !== undefined).map(async (sha256) => ({ sha256, ...await noteOf(cache, sha256) })));
  return found.sort((a, b) => a.used - b.used);
}

/** Lets go of other versions of a file, and of what nobody uses. @param {Cache} cache @param {string} sha256 @param {string} from */
async function sweep(cache, sha256, from) {
  for (const file of await files(cache)) {
    const replaced = file.from === from && file.sha256 !== sha256;
    const unused = file.used > 0 && Date.now() - file.used > AGE_MS && !present.has(file.sha256);
    if (replaced || unused) await remove(cache, file.sha256);
    // From now on it is known when it was used.
    else if (file.used === 0) await note(cache, file.sha256, { from: '', used: Date.now(), bytes: 0 });
  }
}

/** Lets go of as much as is wanted, if there is so much. @param {Cache} cache @param {number} wanted bytes @returns {Promise<boolean>} whether anything went */
async function makeRoom(cache, wanted) {
  let freed = 0;
  for (const { sha256, bytes } of await files(cache)) {
    if (freed >= wanted) break;
    if (present.has(sha256)) continue;
    await remove(cache, sha256);
    freed += Math.max(bytes, 1);
  }
  return freed > 0;
}

/** @param {Cache} cache @param {string} sha256 */
async function remove(cache, sha256) {
  await Promise.all([cache.delete(key(sha256)), cache.delete(noteKey(sha256))]);
}
