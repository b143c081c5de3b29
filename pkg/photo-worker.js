// A photo's module worker: owns its pixels, finds faces on it and lays edits over it, while the model works elsewhere.

import { PhotoHost } from './lib/worker/photo-host.js';
import { serve } from './lib/worker/worker-end.js';

const host = new PhotoHost((message) => crash(message));

const crash = serve({
  /**
   * @param {import('./lib/shared/protocol.js').PhotoRequest & { id: number }} request @param {AbortSignal} signal
   * @param {import('./lib/worker/worker-end.js').Post} post
   */
  async run(request, signal, post) {
    const onFaces = (/** @type {import('./lib/shared/protocol.js').Face[]} */ faces) => post({ type: 'found', id: request.id, faces });
    return { value: await host.run(request, signal, onFaces), memory: host.memory() };
  },
  explain: (thrown) => host.explain(thrown),
});
