// Tells when a page has been out of sight for a while, and when it is seen again: what it holds meanwhile is taken from whatever
// the person is doing instead.

/**
 * Calls `leave` whenever the page has been hidden for so long, or for so long again, since more may be held by then; and `back`
 * when the page is seen.
 * @param {number} ms never where it is Infinity @param {() => Promise<void>} leave @param {() => void} back
 * @returns {() => void} ends it
 */
export function outOfSight(ms, leave, back) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const wait = () => {
    // A time that no timer can hold would be over at once.
    if (ms < 2 ** 31) timer = setTimeout(over, Math.max(0, ms));
  };
  const over = async () => {
    await leave().catch(() => {});
    if (timer !== undefined && document.visibilityState === 'hidden') wait();
  };
  const turned = () => {
    clearTimeout(timer);
    timer = undefined;
    if (document.visibilityState === 'hidden') wait();
    else back();
  };
  document.addEventListener('visibilitychange', turned);
  // One that is opened in the background is as one that went there.
  if (document.visibilityState === 'hidden') wait();
  return () => {
    clearTimeout(timer);
    timer = undefined;
    document.removeEventListener('visibilitychange', turned);
  };
}
