// The browser's own list of what was asked for over the network, in a page or in a worker: nothing can be left out of it.

/**
 * Calls for every request, those made already included; for none where the browser keeps no such list.
 * @param {(requests: { at: number, file: string, kind: string }[]) => void} tell `at` in milliseconds since 1970, `kind` as
 *   the browser calls what asked for the file
 * @returns {boolean} whether there is such a list
 */
export function observeRequests(tell) {
  if (!globalThis.PerformanceObserver?.supportedEntryTypes?.includes('resource')) return false;
  new PerformanceObserver((list) => {
    const entries = /** @type {PerformanceResourceTiming[]} */ (list.getEntries());
    // What lies in the page's own memory has an address, too, but is not asked for.
    const asked = entries.filter(({ name }) => /^https?:/.test(name));
    if (asked.length > 0) tell(asked.map(({ name, startTime, initiatorType }) => ({ at: performance.timeOrigin + startTime, file: name, kind: initiatorType })));
  }).observe({ type: 'resource', buffered: true });
  return true;
}
