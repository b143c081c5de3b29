// The screen on which a photo is taken: the camera's picture as in a mirror, with an oval for the face, and the shutter.

import { DiffAeError } from '../../lib/shared/errors.js';
import { Camera } from '../picture/camera.js';
import { atWork, button, h, svg } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';

/** The guide in a view as high as 100: an oval as heads are, and the height of the eyes in it. */
const OVAL = Object.freeze({ rx: 25, ry: 34, cy: 50, eyes: 47, apart: 10.5 });

/**
 * @typedef {object} CameraActions
 * @property {(photo: File) => void} onPhoto
 * @property {(error: DiffAeError) => void} onTrouble there is no picture from the camera
 * @property {() => void} onBack
 */

export class CameraView {
  #say;
  #actions;
  #camera;
  #figure;
  #hint;
  #other;
  #closed = false;

  /** @param {import('../words/labels.js').Say} say @param {boolean} faces whether a face is to be in it @param {CameraActions} actions */
  constructor(say, faces, actions) {
    this.#say = say;
    this.#actions = actions;
    this.#camera = new Camera(say, (error) => this.#failed(error));
    this.#camera.video.setAttribute('aria-label', say('cameraView'));
    this.#camera.video.addEventListener('resize', () => this.#shaped());
    this.shutter = button('primary large', icon('camera'), say('cameraTake'), () => void this.#take());
    this.#other = button('', icon('turn'), say('cameraOther'), () => void this.#start({ other: true }));
    this.#hint = h('p', { text: say('cameraHint'), role: 'status' });
    this.#figure = h('div', { class: 'camera' }, this.#camera.video, faces ? guide() : null);
    this.element = h('section', { class: 'two camera-view' },
      h('div', { class: 'left' }, this.#figure),
      h('div', { class: 'right' },
        h('h2', { text: say('cameraTitle') }), this.#hint,
        h('div', { class: 'actions' }, this.shutter, this.#other, button('quiet', icon('back'), say('otherPhoto'), actions.onBack)),
        h('p', { class: 'hint', text: say('private') })));
    // Wherever the focus is on this screen; a button that has it has keys of its own.
    this.element.addEventListener('keydown', (event) => {
      if ((event.key !== ' ' && event.key !== 'Enter') || event.repeat || event.target instanceof HTMLButtonElement) return;
      event.preventDefault();
      void this.#take();
    });
  }

  /** Turns the camera on; to be called once the screen is shown. */
  open() {
    document.addEventListener('visibilitychange', this.#hidden);
    void this.#start();
  }

  /** Turns the camera off for good. */
  close() {
    this.#closed = true;
    document.removeEventListener('visibilitychange', this.#hidden);
    this.#camera.stop();
  }

  /** Nobody is filmed on a page that they do not see. */
  #hidden = () => {
    if (document.hidden) {
      this.#camera.stop();
      this.#ready(false);
    } else {
      void this.#start();
    }
  };

  /** @param {{ other?: boolean }} [which] */
  async #start(which) {
    this.#ready(false);
    try {
      await this.#camera.start(which);
      this.#shaped();
      this.#ready(true);
    } catch (error) {
      this.#failed(DiffAeError.from(error));
    }
  }

  async #take() {
    if (this.shutter.hasAttribute('aria-disabled')) return;
    this.#ready(false);
    try {
      this.#actions.onPhoto(await this.#camera.take());
    } catch (error) {
      this.#failed(DiffAeError.from(error));
    }
  }

  /** @param {boolean} ready */
  #ready(ready) {
    atWork(this.shutter, !ready);
    this.#hint.textContent = this.#say(ready ? 'cameraHint' : 'cameraWaiting');
    this.#other.hidden = !this.#camera.several;
  }

  #shaped() {
    const { video, mirrored } = this.#camera;
    this.#figure.classList.toggle('mirrored', mirrored);
    if (video.videoHeight > 0) this.#figure.style.setProperty('--ratio', String(video.videoWidth / video.videoHeight));
  }

  /** @param {DiffAeError} error */
  #failed(error) {
    if (this.#closed || error.code === 'cancelled') return;
    this.#actions.onTrouble(error);
  }
}

/** The oval, and a ring for each eye, over whatever shape the picture has. */
function guide() {
  const { rx, ry, cy, eyes, apart } = OVAL;
  const ellipse = { cx: 50, cy, rx, ry };
  return svg('svg', { class: 'camera-guide', viewBox: '0 0 100 100', preserveAspectRatio: 'xMidYMid meet', 'aria-hidden': 'true' },
    svg('ellipse', { class: 'oval', ...ellipse }),
    ...[50 - apart, 50 + apart].map((cx) => svg('circle', { class: 'eye', cx, cy: eyes, r: 4 })));
}
