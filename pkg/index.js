// Entry point of the package: the model on the main thread. The custom element is `diffae/element`.

export { DiffAe } from './lib/diffae.js';
export { DiffAeError } from './lib/errors.js';
export { AMPLITUDE, ITERATIONS, LATENT_STEPS, STEPS } from './lib/defaults.js';
