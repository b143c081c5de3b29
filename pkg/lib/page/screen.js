// Which colours this browser's canvases can show.

/** @type {PredefinedColorSpace | null} */
let found = null;

/** The widest colour space that a picture can be shown in. @returns {PredefinedColorSpace} */
export function widest() {
  return found ??= hasWide() ? 'display-p3' : 'srgb';
}

function hasWide() {
  try {
    const wide = /** @type {const} */ ({ colorSpace: 'display-p3' });
    /** @type {any} newer than the types of TypeScript */
    const context = new OffscreenCanvas(1, 1).getContext('2d', wide);
    return new ImageData(1, 1, wide).colorSpace === 'display-p3' && context.getContextAttributes?.().colorSpace === 'display-p3';
  } catch {
    return false; // A browser that does not know the option takes it for something else.
  }
}
