// Colour spaces of pictures on the screen: a photo of many colours has more than sRGB holds, where canvases can show them.

/** The colour space of what is drawn on a canvas. @param {HTMLCanvasElement} canvas @returns {PredefinedColorSpace} */
export function spaceOf(canvas) {
  return canvas.getContext('2d')?.getContextAttributes?.().colorSpace ?? 'srgb';
}

/** A picture in sRGB, for whoever keeps its numbers alone. @param {ImageData} picture */
export function inSrgb(picture) {
  if (picture.colorSpace === 'srgb') return picture;
  const { width, height } = picture;
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext('2d'));
  context.putImageData(picture, 0, 0);
  return context.getImageData(0, 0, width, height);
}
