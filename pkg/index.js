// Entry point of the package: the model and photos on the main thread. The custom element is `diffae/element`.

export { DiffAe } from './lib/page/diffae.js';
export { DiffAeError } from './lib/shared/errors.js';
export { frameFromEyes } from './lib/page/frame.js';
export { Photo } from './lib/page/photo.js';
export { AMPLITUDE, ITERATIONS, LATENT_STEPS, SAMPLING, STEPS, STRENGTH } from './lib/shared/defaults.js';
