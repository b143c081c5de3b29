// A video of pictures that fade into each other, there and back, encoded by the browser itself. The file's format is written
// by mediabunny, which is fetched when the first video is made.

import { cancelled } from '../../lib/shared/errors.js';
import { SaidError } from '../words/said.js';

/** @typedef {{ format: 'mp4' | 'webm', type: 'video/mp4' | 'video/webm', codec: 'avc' | 'vp9' | 'vp8', config: VideoEncoderConfig }} Recipe */
/** @typedef {{ blob: Blob, type: Recipe['type'], width: number, height: number, seconds: number }} Video */

export const FRAMES_A_SECOND = 30;
/** Frames from one end to the other, and those for which the ends stand still. */
const WAY = 54;
const STAND = 15;
/** Bits of a pixel in a frame: faces look clean, and a file of a few seconds has a few megabytes. */
const BITS = 0.14;
/** A frame that can be sought to, each so many. */
const KEY_FRAMES = 30;
/** Frames that wait for the encoder; a few are enough to keep it busy, and each is several megabytes. */
const WAITING = 6;

/** From what every program plays to what some browsers alone write. @type {readonly (Pick<Recipe, 'format' | 'type' | 'codec'> & { names: readonly string[] })[]} */
const FORMATS = Object.freeze([
  { format: 'mp4', type: 'video/mp4', codec: 'avc', names: ['avc1.640028', 'avc1.4d0028', 'avc1.420028'] },
  { format: 'webm', type: 'video/webm', codec: 'vp9', names: ['vp09.00.40.08'] },
  { format: 'webm', type: 'video/webm', codec: 'vp8', names: ['vp8'] },
]);

/** How this browser can encode a video of a size, the best way first. @param {number} width @param {number} height @returns {Promise<Recipe[]>} */
async function recipes(width, height) {
  /** @type {Recipe[]} */
  const found = [];
  if (typeof VideoEncoder !== 'function') return found;
  for (const { names, ...format } of FORMATS) {
    for (const name of names) {
      /** @type {VideoEncoderConfig} */
      const config = {
        codec: name, width, height, framerate: FRAMES_A_SECOND, bitrate: Math.round(BITS * width * height * FRAMES_A_SECOND), latencyMode: 'quality',
        ...(format.codec === 'avc' ? { avc: { format: 'avc' } } : {}),
      };
      if ((await VideoEncoder.isConfigSupported(config).catch(() => null))?.supported) {
        found.push({ ...format, config });
        break;
      }
    }
  }
  return found;
}

/** Whether this browser can encode videos at all. */
export async function canMakeVideo() {
  return (await recipes(640, 480)).length > 0;
}

/**
 * @param {readonly ImageData[]} pictures of one size, from one end to the other
 * @param {{ signal: AbortSignal, onFrame: (index: number, of: number) => void, refusal: string }} options `refusal` is what to say where no
 *   encoder works
 * @returns {Promise<Video>}
 */
export async function videoOf(pictures, { signal, onFrame, refusal }) {
  // Encoders take even sides alone.
  const [width, height] = [pictures[0].width, pictures[0].height].map((side) => Math.max(2, side - (side % 2)));
  /** @type {unknown} */
  let cause;
  for (const recipe of await recipes(width, height)) {
    try {
      return await encoded(pictures, width, height, recipe, signal, onFrame);
    } catch (error) {
      if (signal.aborted) throw cancelled();
      // What says that it can encode a video does not always keep that; the next one may.
      cause = error;
    }
  }
  throw new SaidError('unsupported', refusal, { cause });
}

/** Where in the pictures each frame is, in pictures from the first one: there, a rest, back, a rest. @param {number} count */
export function course(count) {
  const way = Array.from({ length: WAY }, (_, i) => {
    const t = i / (WAY - 1);
    return t * t * (3 - 2 * t) * (count - 1);
  });
  const stand = (/** @type {number} */ at) => new Array(STAND).fill(at);
  return [...way, ...stand(count - 1), ...way.toReversed(), ...stand(0)];
}

/**
 * @param {readonly ImageData[]} pictures @param {number} width @param {number} height @param {Recipe} recipe
 * @param {AbortSignal} signal @param {(index: number, of: number) => void} onFrame @returns {Promise<Video>}
 */
async function encoded(pictures, width, height, { format, type, codec, config }, signal, onFrame) {
  const { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output, WebMOutputFormat } = await import('../../vendor/mediabunny.js');
  const target = new BufferTarget();
  const output = new Output({ format: format === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat(), target });
  const track = new EncodedVideoPacketSource(codec);
  output.addVideoTrack(track, { frameRate: FRAMES_A_SECOND });
  await output.start();
  /** @type {unknown} */
  let failure = null;
  /** @type {Promise<void>} */
  let written = Promise.resolve();
  const encoder = new VideoEncoder({
    output: (chunk, about) => {
      written = written.then(() => track.add(EncodedPacket.fromEncodedChunk(chunk), about)).catch((error) => { failure ??= error; });
    },
    error: (error) => { failure ??= error; },
  });
  try {
    encoder.configure(config);
    const draw = drawer(pictures, width, height);
    const places = course(pictures.length);
    for (const [index, place] of places.entries()) {
      while (encoder.encodeQueueSize > WAITING && !failure && !signal.aborted) await turn();
      if (signal.aborted) throw cancelled();
      if (failure) throw failure;
      const frame = new VideoFrame(draw(place), { timestamp: Math.round((1e6 * index) / FRAMES_A_SECOND), duration: Math.round(1e6 / FRAMES_A_SECOND) });
      encoder.encode(frame, { keyFrame: index % KEY_FRAMES === 0 });
      frame.close();
      onFrame(index, places.length);
      await turn();
    }
    await encoder.flush();
    await written;
    if (failure) throw failure;
    if (signal.aborted) throw cancelled();
    await output.finalize();
    return { blob: new Blob([/** @type {ArrayBuffer} */ (target.buffer)], { type }), type, width, height, seconds: places.length / FRAMES_A_SECOND };
  } catch (error) {
    await output.cancel().catch(() => {});
    throw error;
  } finally {
    if (encoder.state !== 'closed') encoder.close();
  }
}

/** Draws a place between two pictures by fading one into the other. @param {readonly ImageData[]} pictures @param {number} width @param {number} height */
function drawer(pictures, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
  const mixed = new ImageData(width, height, { colorSpace: pictures[0].colorSpace });
  return (/** @type {number} */ place) => {
    const first = Math.min(Math.floor(place), pictures.length - 2);
    const weight = place - first;
    const [a, b] = [pictures[first], pictures[first + 1]];
    for (let y = 0, to = 0; y < height; y++) {
      for (let from = 4 * y * a.width, end = from + 4 * width; from < end; from++, to++) mixed.data[to] = a.data[from] + (b.data[from] - a.data[from]) * weight;
    }
    context.putImageData(mixed, 0, 0);
    return canvas;
  };
}

/** Lets the page go on in between. */
function turn() {
  return new Promise((resolve) => { setTimeout(resolve); });
}
