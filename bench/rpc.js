// The workers' side of a call from the page: one method at a time, answered with its value or a sentence.

/** @param {Record<string, (argument: any) => unknown>} methods */
export function answer(methods) {
  self.addEventListener('message', async ({ data: { id, method, argument } }) => {
    try {
      self.postMessage({ id, value: await methods[method](argument) });
    } catch (error) {
      self.postMessage({ id, error: String(/** @type {any} */ (error)?.message ?? error) });
    }
  });
}
