// Photos that the system brings to the installed page: shared with it, or opened by it. A shared one comes by way of the service
// worker, which lays it into a cache of this device and sends the page after it; it never leaves.

/** As sw.js calls it: other copies of the page on this origin have caches of their own. */
const CACHE = `diffae-shared-${encodeURIComponent(new URL('./', location.href).pathname)}`;

/** @typedef {{ setConsumer(consumer: (launch: { files?: readonly { getFile(): Promise<File> }[] }) => void): void }} LaunchQueue */

/** @param {(file: File) => void} open @param {() => void} onNothing something was shared, and it was no file */
export function takeLaunched(open, onNothing) {
  const url = new URL(location.href);
  if (url.searchParams.has('shared')) {
    url.searchParams.delete('shared');
    history.replaceState(null, '', url);
    shared().then((file) => (file ? open(file) : onNothing()), onNothing);
  }
  const queue = /** @type {{ launchQueue?: LaunchQueue }} */ (window).launchQueue;
  queue?.setConsumer(({ files }) => {
    files?.[0]?.getFile().then(open, onNothing);
  });
}

/** Takes what was shared out of the cache. @returns {Promise<File | null>} */
async function shared() {
  const response = await (await caches.open(CACHE)).match('shared-photo');
  const blob = await response?.blob();
  await caches.delete(CACHE);
  if (!response || !blob?.size) return null;
  return new File([blob], decodeURIComponent(response.headers.get('x-name') ?? '') || 'photo', { type: blob.type });
}
