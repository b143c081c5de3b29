// The face on the first screen whose smile follows a slider at once: three pictures that the model drew beforehand, at
// amplitudes -0.35, 0 and +0.35, mixed by the slider. Nothing has to be downloaded to see what this is about.

const SIZE = 512;

/** @param {HTMLElement} figure @param {string} source three pictures in a row */
export async function startTeaser(figure, source) {
  const canvas = /** @type {HTMLCanvasElement} */ (figure.querySelector('canvas'));
  const slider = /** @type {HTMLInputElement} */ (figure.querySelector('input'));
  const context = canvas.getContext('2d');
  const strip = new Image();
  strip.src = source;
  if (!context || !(await strip.decode().then(() => true, () => false))) {
    // A slider that moves nothing helps nobody.
    figure.hidden = true;
    return;
  }
  /** @param {number} value -1 to 1 */
  const draw = (value) => {
    const at = (/** @type {number} */ index) => context.drawImage(strip, index * SIZE, 0, SIZE, SIZE, 0, 0, SIZE, SIZE);
    context.globalAlpha = 1;
    at(1);
    context.globalAlpha = Math.abs(value);
    at(value > 0 ? 2 : 0);
  };
  draw(0);
  let touched = false;
  slider.addEventListener('input', () => {
    touched = true;
    draw(slider.valueAsNumber);
  });
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    slider.value = '1';
    draw(1);
    return;
  }
  // One unasked smile shows what the slider does.
  const start = performance.now() + 900;
  const play = (/** @type {number} */ now) => {
    if (touched) return;
    const t = Math.min(1, Math.max(0, (now - start) / 1400));
    const value = t * t * (3 - 2 * t);
    slider.value = String(value);
    draw(value);
    if (t < 1) requestAnimationFrame(play);
  };
  requestAnimationFrame(play);
}
