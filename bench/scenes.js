// The photos that the search for faces is measured on, of 12 megapixels each: one large face, a group of small ones, and
// none. They are laid out as in cli/src/bench/scenes.rs, so that the tool and a browser search the same.

const WIDTH = 4000;
const HEIGHT = 3000;
/** The square that the face fills in the portrait: its middle and its side. */
const FACE = { x: 225.5, y: 115, side: 170 };
const GROUP = { columns: 4, rows: 3 };
/** Side of a face in the group, whose eyes are 75 pixels apart then. */
const SMALL = 292;

/** What each photo is called, in the order of the report: the one with a large face comes first. */
export const SCENES = ['one large face', 'group of 12 faces', 'no face'];

/** @param {string} scene @param {ImageBitmap} portrait `www/samples/astronaut.webp` */
export function draw(scene, portrait) {
  const context = new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser has no room for a canvas of 12 megapixels.');
  context.putImageData(ground(), 0, 0);
  const face = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ side) =>
    context.drawImage(portrait, FACE.x - FACE.side / 2, FACE.y - FACE.side / 2, FACE.side, FACE.side, x, y, side, side);
  if (scene === SCENES[0]) face((WIDTH - HEIGHT) / 2, 0, HEIGHT);
  if (scene === SCENES[1]) {
    const [width, height] = [WIDTH / GROUP.columns, HEIGHT / GROUP.rows];
    for (let i = 0; i < GROUP.columns * GROUP.rows; i++) {
      // Neither in step with each other nor with the squares of the search.
      const x = i % GROUP.columns * width + i * 277 % (width - SMALL);
      const y = Math.floor(i / GROUP.columns) * height + i * 431 % (height - SMALL);
      face(x, y, SMALL);
    }
  }
  return context.getImageData(0, 0, WIDTH, HEIGHT);
}

/** Waves and discs in many colours, so that there is something to look at everywhere. */
function ground() {
  const { sin, cos, sign, trunc } = Math;
  const picture = new ImageData(WIDTH, HEIGHT);
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const disc = sign(sin(0.031 * x) + cos(0.027 * y));
      picture.data[at++] = trunc(120 + 60 * sin(0.05 * x + 0.02 * y));
      picture.data[at++] = trunc(110 + 40 * disc);
      picture.data[at++] = trunc(100 + 50 * disc * sin(0.011 * x - 0.04 * y));
      picture.data[at++] = 255;
    }
  }
  return picture;
}
