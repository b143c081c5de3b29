// A turn of the worker's event loop, in which messages of the page and reports of the GPU arrive.

/**
 * Not by a message channel, whose messages WebKit takes through the page's own thread: a page that paints would then hold up
 * every step.
 * @returns {Promise<void>}
 */
export function macrotask() {
  const { scheduler } = /** @type {{ scheduler?: { postTask: (task: () => void) => Promise<void> } }} */ (globalThis);
  return scheduler ? scheduler.postTask(() => {}) : new Promise((resolve) => { setTimeout(resolve); });
}
