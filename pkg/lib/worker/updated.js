// A model may be changed on its server while one of its earlier manifest is open, or on its way here. Its files are not the ones
// that this manifest names then, and whoever is told that a file is damaged would look for the fault in the wrong place.

import { DiffAeError } from '../shared/errors.js';
import { fetchManifest } from '../shared/manifest.js';
import { isOwn } from '../shared/own-store.js';

/** What a file of another version fails with. */
const OTHER = ['hash-mismatch', 'wrong-size', 'truncated', 'not-found'];

/**
 * What a promise gives; files that are not the manifest's fail with the reason, where the server has another manifest by now.
 * @template T @param {import('../shared/protocol.js').Manifest} manifest @param {Promise<T>} loading @returns {Promise<T>}
 */
export async function unlessUpdated(manifest, loading) {
  try {
    return await loading;
  } catch (thrown) {
    if (isOwn(manifest.url) || !(thrown instanceof DiffAeError) || !OTHER.includes(thrown.code)) throw thrown;
    // A page's service worker, too, lets this one through to the server.
    const present = await fetchManifest(manifest.url, { cache: 'reload' }).catch(() => null);
    if (!present || present.text === manifest.text) throw thrown;
    throw new DiffAeError('model-updated', `The model ${manifest.name} was changed on its server after it had been looked up here; reload the page to go on with the new one.`, { cause: thrown });
  }
}
