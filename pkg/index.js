// Entry point of the package: the model and photos on the main thread. The custom element is `diffae/element`.

export { DiffAe } from './lib/diffae.js';
export { DiffAeError } from './lib/errors.js';
export { frameFromEyes } from './lib/frame.js';
export { Photo } from './lib/photo.js';
export { AMPLITUDE, ITERATIONS, LATENT_STEPS, STEPS } from './lib/defaults.js';
