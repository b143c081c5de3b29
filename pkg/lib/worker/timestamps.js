// GPUs without the feature timestamp-query. The engine's GPU library wants it as soon as it starts, and panics where it is
// missing (WgpuStream::new in cubecl-wgpu 0.11), only to be able to measure kernels; this package never asks it to. So such an
// adapter is made to say that it has the feature, and is never asked for it.

const FEATURE = 'timestamp-query';

/** From now on no adapter of this worker lacks the feature by what it says. @param {any} [gpu] navigator.gpu */
export function claimTimestamps(gpu = /** @type {any} */ (navigator).gpu) {
  const request = gpu.requestAdapter;
  gpu.requestAdapter = async (/** @type {unknown[]} */ ...options) => {
    const adapter = await request.apply(gpu, options);
    if (adapter && !adapter.features.has(FEATURE)) claim(adapter);
    return adapter;
  };
}

/** @param {any} adapter */
function claim(adapter) {
  const features = new Set([...adapter.features, FEATURE]);
  const request = adapter.requestDevice;
  Object.defineProperties(adapter, {
    features: { value: features },
    requestDevice: {
      value: (/** @type {{ requiredFeatures?: Iterable<string> }} */ { requiredFeatures = [], ...wanted } = {}) =>
        request.call(adapter, { ...wanted, requiredFeatures: [...requiredFeatures].filter((name) => name !== FEATURE) }),
    },
  });
}
