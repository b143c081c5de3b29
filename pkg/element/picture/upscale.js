// How a picture of 64 x 64 is shown large by itself.

/** Side of the model's pictures on the screen. */
export const SHOWN = 512;
const LOBES = 3;
/** Unsharp mask on upscaled model pixels: enough to undo the kernel's softness, too little for halos. */
const SHARPEN = 0.35;

/** The model's own pixels, smoothly enlarged. @param {ImageData} picture @returns {ImageData} */
export function enlarged(picture) {
  const values = new Float32Array(picture.width * picture.height * 3);
  for (let i = 0, j = 0; j < values.length; i += 4) {
    for (let c = 0; c < 3; c++) values[j++] = picture.data[i + c];
  }
  const large = resize(sharpened(values, picture.width), picture.width, SHOWN);
  const result = new ImageData(SHOWN, SHOWN);
  for (let i = 0, j = 0; j < large.length; i += 4) {
    for (let c = 0; c < 3; c++) result.data[i + c] = large[j++];
    result.data[i + 3] = 255;
  }
  return result;
}

/** Between two pictures of one size. @param {ImageData} a @param {ImageData} b @param {number} weight of b */
export function blended(a, b, weight) {
  const result = new ImageData(a.width, a.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = a.data[i] + (b.data[i] - a.data[i]) * weight;
  return result;
}

/** A picture with the change from `before` to `after`, all of one size. @param {ImageData} picture @param {ImageData} before @param {ImageData} after */
export function changed(picture, before, after) {
  const result = new ImageData(picture.width, picture.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = picture.data[i] + after.data[i] - before.data[i];
  return result;
}

/**
 * Lanczos enlargement of a square RGB plane: rows first, then columns.
 * @param {Float32Array} source @param {number} from @param {number} to
 */
function resize(source, from, to) {
  const { first, weights } = taps(from, to);
  const wide = new Float32Array(from * to * 3);
  for (let y = 0; y < from; y++) {
    for (let x = 0; x < to; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let k = 0; k < 2 * LOBES; k++) sum += weights[x * 2 * LOBES + k] * source[3 * (y * from + clamp(first[x] + k, from)) + c];
        wide[3 * (y * to + x) + c] = sum;
      }
    }
  }
  const result = new Float32Array(to * to * 3);
  const row = 3 * to;
  for (let y = 0; y < to; y++) {
    for (let k = 0; k < 2 * LOBES; k++) {
      const weight = weights[y * 2 * LOBES + k];
      const start = clamp(first[y] + k, from) * row;
      for (let i = 0; i < row; i++) result[y * row + i] += weight * wide[start + i];
    }
  }
  return result;
}

/** Which source pixels make a target pixel, and by how much. @param {number} from @param {number} to */
function taps(from, to) {
  const first = new Int32Array(to);
  const weights = new Float32Array(to * 2 * LOBES);
  for (let i = 0; i < to; i++) {
    const centre = ((i + 0.5) * from) / to - 0.5;
    first[i] = Math.floor(centre) - LOBES + 1;
    let sum = 0;
    for (let k = 0; k < 2 * LOBES; k++) sum += weights[i * 2 * LOBES + k] = lanczos(first[i] + k - centre);
    for (let k = 0; k < 2 * LOBES; k++) weights[i * 2 * LOBES + k] /= sum;
  }
  return { first, weights };
}

/** @param {number} x */
function lanczos(x) {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const t = Math.PI * x;
  return (LOBES * Math.sin(t) * Math.sin(t / LOBES)) / (t * t);
}

/** Unsharp mask with a 3 x 3 binomial blur. @param {Float32Array} source @param {number} size */
function sharpened(source, size) {
  const result = new Float32Array(source.length);
  const kernel = [1, 2, 1];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < 3; c++) {
        let blur = 0;
        for (let j = 0; j < 3; j++) {
          for (let i = 0; i < 3; i++) blur += (kernel[i] * kernel[j] * source[3 * (clamp(y + j - 1, size) * size + clamp(x + i - 1, size)) + c]) / 16;
        }
        const at = 3 * (y * size + x) + c;
        result[at] = source[at] + SHARPEN * (source[at] - blur);
      }
    }
  }
  return result;
}

/** @param {number} i @param {number} size */
function clamp(i, size) {
  return i < 0 ? 0 : i >= size ? size - 1 : i;
}
