// The module worker of an import: reads files that a person has chosen and makes a model of them on this device. Its work is
// cancelled by ending it.

import { ImportHost } from './lib/worker/import-host.js';
import { serve } from './lib/worker/worker-end.js';

const host = new ImportHost((message) => crash(message));

const crash = serve({
  /**
   * @param {import('./lib/shared/protocol.js').ImportRequest & { id: number }} request @param {AbortSignal} _
   * @param {import('./lib/worker/worker-end.js').Post} post
   */
  async run(request, _, post) {
    const value = await host.run(request, (index, of) => post({ type: 'step', id: request.id, index, of, preview: null }));
    return { value, memory: host.memory() };
  },
  explain: (thrown) => host.explain(thrown),
});
