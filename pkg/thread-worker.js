// A thread of the CPU: a worker that was given the engine's memory and waits in it for work, for as long as it lives.

import * as threads from './diffae_threads.js';
import { crashed } from './lib/shared/errors.js';

if (typeof self !== 'undefined') {
  self.onmessage = (/** @type {MessageEvent<{ module: WebAssembly.Module, memory: WebAssembly.Memory, port: MessagePort }>} */ { data: { module, memory, port } }) => {
    threads.initSync({ module, memory });
    // The engine waits for this thread and hears nothing meanwhile; the page does.
    const tell = (/** @type {string} */ what) => {
      const { code, message } = crashed(what);
      port.postMessage({ type: 'crashed', error: { code, message }, gpu: false });
    };
    threads.set_panic_hook(tell);
    self.postMessage('joined');
    try {
      threads.join_threads();
    } catch (trap) {
      // Where memory runs out there is no panic.
      tell(String(trap));
    }
  };
}
