// Colour spaces of pictures on the screen: a photo of many colours has more than sRGB holds, where canvases can show them.

/** The colour space of what is drawn on a canvas. @param {HTMLCanvasElement} canvas @returns {PredefinedColorSpace} */
export function spaceOf(canvas) {
  return canvas.getContext('2d')?.getContextAttributes?.().colorSpace ?? 'srgb';
}
