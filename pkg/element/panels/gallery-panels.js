// Two panels that draw several pictures at once: variations of the photo, and faces of nobody.

import { button, h } from '../widgets/dom.js';
import { Gallery } from '../widgets/gallery.js';
import { icon } from '../widgets/icons.js';
import { megabytes } from '../words/labels.js';

const COUNT = 6;

/** @typedef {(options: { count: number, seed: number }) => Promise<ImageData[] | null>} Run */

/** @param {string} label @param {Gallery} gallery @param {Run} run */
function drawButton(label, gallery, run) {
  const element = button('', icon('dice'), label, async () => {
    element.disabled = true;
    gallery.element.classList.add('busy');
    const pictures = await run({ count: COUNT, seed: crypto.getRandomValues(new Uint32Array(1))[0] });
    if (pictures) gallery.show(pictures);
    gallery.element.classList.remove('busy');
    element.disabled = false;
  });
  return element;
}

export class VariationsPanel {
  /** @param {import('../words/labels.js').Say} say @param {{ run: Run, onOpen: (picture: ImageData) => void }} actions */
  constructor(say, { run, onOpen }) {
    const gallery = new Gallery((number) => say('variation', { number }), onOpen);
    this.element = h('div', {},
      h('p', { class: 'hint', text: say('variationsText') }),
      gallery.element,
      drawButton(say('variationsRun'), gallery, run));
  }
}

export class FacesPanel {
  /**
   * @param {import('../words/labels.js').Say} say @param {number | null} bytes what the latent model takes to download
   * @param {{ run: Run, onOpen: (picture: ImageData, name: string) => void }} actions
   */
  constructor(say, bytes, { run, onOpen }) {
    const gallery = new Gallery((number) => say('openFace', { number }), (picture, number) => onOpen(picture, say('face', { number })));
    this.element = h('div', {},
      h('p', { class: 'hint', text: say('facesText') }),
      gallery.element,
      drawButton(say('facesRun'), gallery, run),
      bytes ? h('p', { class: 'hint', text: say('facesDownload', { size: megabytes(bytes) }) }) : null);
  }
}
