// The photo's download: the whole of it as a PNG or JPEG file.

import { download, fileName } from '../picture/save.js';
import { atWork, button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';

const QUALITY = { min: 50, max: 100, step: 1, value: 92 };

/** @typedef {import('../picture/save.js').Type} Type */

export class SavePanel {
  #say;
  #name;
  #actions;
  #type;
  #quality;
  #button;
  #hint = h('p', { class: 'hint' });
  #kept = h('p', { class: 'hint' });
  #place = h('input', { type: 'checkbox' });
  #row;
  #tell;
  /** @type {{ width: number, height: number } | null} the model's own picture, where that is what the file will be */
  #alone = null;

  /**
   * @param {import('../words/labels.js').Say} say @param {{ name: string, width: number, height: number, camera: boolean, place: boolean, dreamt: boolean }} photo
   * @param {{ file: (type: Type, quality: number) => Promise<Blob>, onError: (error: unknown, retry: () => void) => void }} actions
   */
  constructor(say, photo, actions) {
    this.#say = say;
    this.#name = photo.name;
    this.#actions = actions;
    const [typeId, qualityId] = [uid('format'), uid('quality')];
    this.#button = button('primary', icon('download'), say('save'), () => this.#save());
    this.#type = h('select', { id: typeId, on: { change: () => tell() } },
      h('option', { value: 'image/png', text: 'PNG' }), h('option', { value: 'image/jpeg', text: 'JPEG' }));
    const output = h('output', { for: qualityId });
    this.#quality = h('input', { type: 'range', id: qualityId, ...QUALITY, on: { input: () => tell() } });
    this.#row = h('div', { class: 'row plain quality active' }, h('label', { for: qualityId, text: say('quality') }), this.#quality, output);
    const tell = this.#tell = () => {
      const jpeg = this.#type.value === 'image/jpeg';
      const quality = this.#quality.valueAsNumber;
      this.#row.hidden = !jpeg;
      output.textContent = String(quality);
      this.#quality.style.setProperty('--to', `${(100 * (quality - QUALITY.min)) / (QUALITY.max - QUALITY.min)}%`);
      const alone = this.#alone;
      const { width, height } = alone ?? photo;
      this.#hint.textContent = say(alone ? 'aloneHint' : jpeg ? 'jpegHint' : 'pngHint', { width, height });
      const place = !alone && photo.place && say(this.#place.checked ? 'filePlaceKept' : 'filePlaceLeft');
      this.#kept.textContent = [!alone && photo.camera && say('fileKeeps'), place, say(photo.dreamt ? 'fileDreamt' : 'fileMarked')].filter(Boolean).join(' ');
      where.hidden = alone !== null || !photo.place;
    };
    this.#place.addEventListener('change', tell);
    const where = h('label', { class: 'switch' }, this.#place, h('span', { text: say('keepPlace') }));
    tell();
    this.element = h('div', { class: 'save' },
      h('div', { class: 'save-photo' },
        h('div', { class: 'joined' }, this.#button, h('label', { for: typeId, class: 'visually-hidden', text: say('format') }), this.#type),
        this.#hint),
      this.#row,
      h('div', { class: 'kept' }, this.#kept, where));
  }

  /** What the file will be. @param {{ width: number, height: number } | null} alone the model's own picture, if that, rather than the photo */
  holds(alone) {
    this.#alone = alone;
    this.#tell();
  }

  /** How files are to be written, in whatever way they leave, and whether with the place where the photo was taken. */
  get chosen() {
    return { type: /** @type {Type} */ (this.#type.value), quality: this.#quality.valueAsNumber / 100, place: this.#place.checked };
  }

  async #save() {
    const label = /** @type {HTMLElement} */ (this.#button.querySelector('span'));
    atWork(this.#button, true);
    label.textContent = this.#say('saving');
    try {
      const { type, quality } = this.chosen;
      await download(await this.#actions.file(type, quality), fileName(this.#name, 'edited', type));
    } catch (error) {
      this.#actions.onError(error, () => this.#save());
    } finally {
      atWork(this.#button, false);
      label.textContent = this.#say('save');
    }
  }
}
