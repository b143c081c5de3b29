// The camera: its pictures shown while they come, one of them taken, and every way in which that fails as a sentence. A camera
// that is not needed any more is off, whatever happened.

import { cancelled, DiffAeError } from '../../lib/shared/errors.js';
import { SaidError } from '../words/said.js';
import { fileOf } from './save.js';

/** @typedef {import('../words/labels.js').Say} Say */

/** As sharp as a face needs; a camera gives the nearest that it can. */
const WANTED = Object.freeze({ width: { ideal: 1920 }, height: { ideal: 1440 } });

/** Whether there may be a camera: a page without https has none, and one that is embedded needs to be allowed. */
export function hasCamera() {
  return typeof navigator.mediaDevices?.getUserMedia === 'function';
}

export class Camera {
  #say;
  #onLost;
  /** @type {MediaStream | null} */
  #stream = null;
  /** Counts the requests, of which only the last one is waited for. */
  #asked = 0;
  /** @type {string[]} ids of all cameras, as far as they are told */
  #all = [];
  /** @type {string | undefined} the one that was chosen */
  #chosen;

  /** @param {Say} say @param {(error: DiffAeError) => void} onLost the camera went away by itself */
  constructor(say, onLost) {
    this.#say = say;
    this.#onLost = onLost;
    this.video = document.createElement('video');
    Object.assign(this.video, { muted: true, playsInline: true, autoplay: true });
  }

  /** Whether there is another camera to change to. */
  get several() {
    return this.#all.length > 1;
  }

  /** Whether people expect to see themselves as in a mirror: by a camera that looks at them, or at a desk. */
  get mirrored() {
    return this.#settings.facingMode !== 'environment';
  }

  get #settings() {
    return this.#stream?.getVideoTracks()[0]?.getSettings() ?? {};
  }

  /** Turns it on, the one that was on before. @param {{ other?: boolean }} [which] the one after that, where there are several */
  async start({ other = false } = {}) {
    const present = this.#settings.deviceId;
    if (other) this.#chosen = this.#all[(this.#all.indexOf(present ?? '') + 1) % this.#all.length];
    const next = this.#chosen;
    this.stop();
    const asked = this.#asked;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: next ? { deviceId: { exact: next }, ...WANTED } : { facingMode: 'user', ...WANTED } });
      if (asked !== this.#asked) {
        end(stream);
        throw cancelled();
      }
      this.#stream = stream;
      for (const track of stream.getTracks()) track.addEventListener('ended', () => this.#lost(stream));
      this.video.srcObject = stream;
      await this.video.play();
      // Names and numbers of cameras are told only to who may use one.
      const devices = await navigator.mediaDevices.enumerateDevices();
      this.#all = devices.filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId).map(({ deviceId }) => deviceId);
    } catch (error) {
      if (asked !== this.#asked) throw cancelled();
      this.stop();
      throw explained(error, this.#say);
    }
    if (asked !== this.#asked) throw cancelled();
  }

  /** What it sees now, not mirrored. @returns {Promise<File>} */
  async take() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!this.#stream || width * height === 0) throw new SaidError('camera-unavailable', this.#say('cameraLost'));
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d')?.drawImage(this.video, 0, 0);
    this.stop();
    return new File([await fileOf(canvas, 'image/jpeg', 0.95, null)], 'photo.jpg', { type: 'image/jpeg' });
  }

  /** Turns it off. */
  stop() {
    this.#asked += 1;
    if (this.#stream) end(this.#stream);
    this.#stream = null;
    this.video.srcObject = null;
  }

  /** @param {MediaStream} stream */
  #lost(stream) {
    if (stream !== this.#stream) return;
    this.stop();
    this.#onLost(new SaidError('camera-unavailable', this.#say('cameraLost')));
  }
}

/** @param {MediaStream} stream */
function end(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {unknown} cause @param {Say} say */
function explained(cause, say) {
  const { name } = /** @type {Error} */ (cause);
  if (name === 'NotAllowedError' || name === 'SecurityError') return new SaidError('permission-denied', say('cameraDenied'), { cause });
  const key = name === 'NotFoundError' || name === 'OverconstrainedError' ? 'cameraNone' : 'cameraBusy';
  return new SaidError('camera-unavailable', say(key), { cause });
}
