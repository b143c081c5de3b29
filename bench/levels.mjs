// The sampler's noise levels, which an ONNX file of the network alone does not hold.

/**
 * As `Schedule::respace` keeps them: the smallest stride over the training steps that leaves `steps` of them.
 * @param {{ schedule: string, timesteps: number, prediction: string }} config @param {number} steps
 * @returns {{ t: number, alphaBar: number }[]} from the noisiest on
 */
export function levels({ schedule, timesteps, prediction }, steps) {
  if (schedule !== 'linear' || prediction !== 'v') throw new Error(`The bench samples with a linear schedule and v, not ${schedule} and ${prediction}.`);
  let stride = 1;
  while (Math.ceil(timesteps / stride) > steps) stride += 1;
  const kept = [];
  let product = 1;
  for (let t = 0; t < timesteps; t++) {
    product *= 1 - (1e-4 + (2e-2 - 1e-4) * t / (timesteps - 1));
    if (t % stride === 0) kept.push({ t, alphaBar: product });
  }
  return kept.reverse();
}
