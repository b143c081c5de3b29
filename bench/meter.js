// Counts what an engine asks of the browser: dispatches, bytes of GPU buffers and of linear memory. It wraps the browser's own
// classes, so that every engine is counted the same way; imported before any engine.

const count = { dispatches: 0, deviceBytes: 0, peakDeviceBytes: 0, alive: 0, largestBuffer: 0 };
/** @type {WebAssembly.Memory[]} */
const memories = [];
let computing = true;

/** The counts so far. Linear memory never shrinks, so that its size is its peak. */
export function reading() {
  const linearBytes = memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  return { ...count, linearBytes };
}

/**
 * Lets dispatches be counted and not computed. An engine then asks for all the memory of a step that an adapter would take
 * an hour for, and gets numbers that mean nothing.
 */
export function pretend() {
  computing = false;
}

/** Counts a memory that a module exports. @param {WebAssembly.Memory} memory */
export function watch(memory) {
  if (!memories.includes(memory)) memories.push(memory);
}

// Threaded modules import the memory that JavaScript made for them.
WebAssembly.Memory = class extends WebAssembly.Memory {
  /** @param {WebAssembly.MemoryDescriptor} descriptor */
  constructor(descriptor) {
    super(descriptor);
    watch(this);
  }
};

/** @param {any} type @param {string} method @param {(result: any, self: any, args: any[]) => void} after */
function wrap(type, method, after) {
  const original = type?.prototype[method];
  if (!original) return;
  type.prototype[method] = function (/** @type {any[]} */ ...args) {
    const result = original.apply(this, args);
    after(result, this, args);
    return result;
  };
}

/** @type {WeakMap<object, number>} sizes of the buffers that are alive */
const alive = new WeakMap();
/** @param {number} bytes */
const released = (bytes) => {
  count.deviceBytes -= bytes;
  count.alive -= 1;
};
const dropped = new FinalizationRegistry(released);

const { GPUDevice, GPUBuffer, GPUComputePassEncoder } = /** @type {any} */ (globalThis);
wrap(GPUDevice, 'createBuffer', (buffer, _, [{ size }]) => {
  alive.set(buffer, size);
  dropped.register(buffer, size, buffer);
  count.alive += 1;
  count.deviceBytes += size;
  count.peakDeviceBytes = Math.max(count.peakDeviceBytes, count.deviceBytes);
  count.largestBuffer = Math.max(count.largestBuffer, size);
});
wrap(GPUBuffer, 'destroy', (_, buffer) => {
  const size = alive.get(buffer);
  if (size === undefined) return;
  alive.delete(buffer);
  dropped.unregister(buffer);
  released(size);
});
for (const method of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect']) {
  const dispatch = GPUComputePassEncoder?.prototype[method];
  if (!dispatch) continue;
  GPUComputePassEncoder.prototype[method] = function (/** @type {any[]} */ ...args) {
    count.dispatches += 1;
    if (computing) dispatch.apply(this, args);
  };
}
