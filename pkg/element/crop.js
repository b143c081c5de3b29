// The framed part of a photo at screen resolution, with the photo mirrored beyond its borders as the engine does it.

import { SHOWN } from './upscale.js';

/**
 * @param {ImageBitmap} photo @param {import('./geometry.js').Frame} frame
 * @returns {ImageData} SHOWN x SHOWN, on white
 */
export function crop(photo, frame) {
  const canvas = new OffscreenCanvas(SHOWN, SHOWN);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  const { width, height } = photo;
  const scale = SHOWN / frame.side;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, SHOWN, SHOWN);
  context.imageSmoothingQuality = 'high';
  for (const column of [-1, 1, 0]) {
    for (const row of [-1, 1, 0]) {
      context.resetTransform();
      context.translate(SHOWN / 2, SHOWN / 2);
      context.rotate(-frame.angle);
      context.scale(scale, scale);
      context.translate(-frame.x, -frame.y);
      // Mirrored about the photo's border on that side; the photo itself is drawn last and covers the seams.
      context.translate(column === 1 ? 2 * width : 0, row === 1 ? 2 * height : 0);
      context.scale(column === 0 ? 1 : -1, row === 0 ? 1 : -1);
      context.drawImage(photo, 0, 0);
    }
  }
  return context.getImageData(0, 0, SHOWN, SHOWN);
}
