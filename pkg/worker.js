// The model's module worker: owns the engine and answers with the messages of lib/shared/protocol.js.

import { EngineHost } from './lib/worker/engine-host.js';
import { macrotask } from './lib/worker/turn.js';
import { serve } from './lib/worker/worker-end.js';

/** @typedef {import('./lib/worker/worker-end.js').Post} Post */

const host = new EngineHost((what) => crash(what));

const crash = serve({
  /** @param {import('./lib/shared/protocol.js').ModelRequest & { id: number }} request @param {AbortSignal} signal @param {Post} post */
  async run(request, signal, post) {
    const { id } = request;
    /** @param {import('./lib/shared/protocol.js').LoadProgress} progress */
    const onProgress = (progress) => post({ type: 'progress', id, progress });
    const value = request.type === 'load'
      ? await host.load(request, { signal, onProgress })
      : await host.run(request.job, { signal, onProgress, onStep: (index, of, preview) => step(id, post, index, of, preview) });
    return { value, parts: host.loadedParts, memory: host.memory() };
  },
  explain: (thrown) => host.explain(thrown),
  onGpu: () => host.onGpu,
});

/**
 * Shows a step and gives the event loop a turn: on the CPU nothing in the engine ever waits, and a cancel message would
 * never be read otherwise.
 * @param {number} id @param {Post} post @param {number} index @param {number} of @param {Uint8Array | null} preview
 */
async function step(id, post, index, of, preview) {
  const copy = preview ? preview.slice().buffer : null;
  post({ type: 'step', id, index, of, preview: copy }, copy ? [copy] : []);
  await macrotask();
}
