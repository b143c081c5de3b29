// A slider of one's own: a few faces that have something, a few that do not, and a name (paper, section 5.6). Tapping a face
// moves it to the other side, so that a mixed folder can be sorted.

import { DiffAeError } from '../../lib/shared/errors.js';
import { exampleOf, picturesIn } from '../picture/examples.js';
import { download } from '../picture/save.js';
import { forgetTaught, keepTaught, LONGEST_NAME, readTaught, taughtFile, taughtTo } from '../state/taught.js';
import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { SaidError } from '../words/said.js';

/** @typedef {import('../picture/examples.js').Example} Example */
/** @typedef {Example & { place: HTMLElement, button: HTMLButtonElement, remove: HTMLButtonElement }} Shown  an example with its place on a side */
/** @typedef {{ examples: Shown[], title: HTMLElement, faces: HTMLElement }} Side */

/** As many as a direction is taught by. */
const MOST = 200;

export class TeachPanel {
  #say;
  #session;
  #code;
  #actions;
  /** Ends what is being read or learnt. */
  #ending = new AbortController();
  /** @type {Promise<void>} what was asked for last, after all before it */
  #last = Promise.resolve();
  /** @type {[Side, Side]} with it and without it */
  #sides;
  #name;
  #run;
  #status = h('p', { class: 'hint', role: 'status', 'aria-live': 'polite' });
  #list = h('ul', { class: 'taught' });

  /**
   * @param {import('../words/labels.js').Say} say @param {import('../state/session.js').Session} session
   * @param {import('../../index.js').Code} code of the face that is edited
   * @param {{ onTaught: (name: string) => void, onForgotten: (name: string) => void, onError: (error: DiffAeError) => void }} actions
   */
  constructor(say, session, code, actions) {
    this.#say = say;
    this.#session = session;
    this.#code = code;
    this.#actions = actions;
    const [nameId, fileId] = [uid('name'), uid('file')];
    this.#name = h('input', { type: 'text', id: nameId, class: 'entry', maxlength: LONGEST_NAME, autocomplete: 'off', on: { input: () => this.#ready() } });
    this.#run = button('primary', null, say('teachRun'), () => void this.#teach());
    this.#sides = [emptySide(), emptySide()];
    const file = h('input', {
      type: 'file', id: fileId, class: 'visually-hidden', accept: '.json,application/json',
      on: { change: () => { const [chosen] = file.files ?? []; file.value = ''; if (chosen) void this.#open(chosen); } },
    });
    this.element = h('div', { class: 'teach' },
      h('p', { class: 'hint', text: say('teachText') }),
      h('div', { class: 'sides' }, ...this.#sides.map(({ title, faces }, at) => this.#drop(title, faces, /** @type {0 | 1} */ (at)))),
      h('div', { class: 'named' }, h('label', { for: nameId, text: say('teachName') }), this.#name, this.#run),
      this.#status,
      this.#list,
      h('div', {}, file, h('label', { for: fileId, class: 'button quiet', text: say('teachOpen') })));
    this.#refresh();
    this.#tell();
  }

  /** Ends reading and learning. */
  rest() {
    this.#ending.abort();
    this.#ending = new AbortController();
  }

  /** @param {HTMLElement} title @param {HTMLElement} faces @param {0 | 1} at */
  #drop(title, faces, at) {
    const id = uid('examples');
    const input = h('input', {
      type: 'file', id, class: 'visually-hidden', accept: 'image/*,.heic,.heif', multiple: true,
      on: { change: () => { const files = [...input.files ?? []]; input.value = ''; void this.#add(at, files); } },
    });
    const element = h('div', { class: 'side' }, title, faces, input,
      h('label', { for: id, class: 'button', text: this.#say(at === 0 ? 'teachAddWith' : 'teachAddWithout') }));
    for (const type of ['dragover', 'dragleave', 'drop']) {
      element.addEventListener(type, (event) => {
        const { dataTransfer } = /** @type {DragEvent} */ (event);
        // What is dropped here is no photo to edit.
        event.preventDefault();
        event.stopPropagation();
        element.classList.toggle('over', type === 'dragover');
        if (type === 'drop' && dataTransfer) void picturesIn(dataTransfer).then((files) => this.#add(at, files));
      });
    }
    return element;
  }

  /** Reads faces one after the other. @param {0 | 1} at @param {readonly File[]} files */
  async #add(at, files) {
    const side = this.#sides[at];
    /** @type {string[]} */
    const without = [];
    await this.#work(async (model, signal) => {
      for (const [i, file] of files.entries()) {
        if (side.examples.length >= MOST) break;
        this.#status.textContent = this.#say('teachReading', { index: i + 1, of: files.length });
        const example = await exampleOf(file, model, this.#session.addresses, signal).catch((error) => {
          // One file that is no picture is named; the others are read.
          if (signal.aborted || !String(DiffAeError.from(error).code).startsWith('picture')) throw error;
          return null;
        });
        if (example) this.#put(this.#face(example), at);
        else without.push(file.name);
      }
      this.#status.textContent = without.length === 0 ? '' : this.#say('teachNoFace', { names: without.join(', ') });
    });
  }

  async #teach() {
    const name = this.#name.value.trim();
    const [having, lacking] = this.#sides.map(({ examples }) => examples.map(({ zSem }) => zSem));
    await this.#work(async (model, signal) => {
      if (model.info.attributes.includes(name)) throw new SaidError('option-invalid', this.#say('teachTaken', { name }));
      const direction = await model.teach(having, lacking, { name, signal });
      keepTaught(model.info, direction);
      this.#name.value = '';
      this.#status.textContent = this.#say('teachDone', { name });
      this.#learnt(name);
    });
  }

  /** @param {File} file with a direction that was saved */
  async #open(file) {
    await this.#work(async (model) => {
      const direction = await readTaught(file, model.info, this.#say);
      if (model.info.attributes.includes(direction.name)) throw new SaidError('option-invalid', this.#say('teachTaken', { name: direction.name }));
      model.learn(direction);
      keepTaught(model.info, direction);
      this.#learnt(direction.name);
    });
  }

  /** @param {string} name */
  #learnt(name) {
    this.#refresh();
    this.#tell();
    this.#actions.onTaught(name);
  }

  /** @param {string} name */
  async #forget(name) {
    // The model may be gone with its device, and knows nothing of it when it is back.
    this.#session.current?.unlearn(name);
    forgetTaught(await this.#session.describe(), name);
    this.#tell();
    this.#actions.onForgotten(name);
  }

  /** The list of what was taught, with what each says of this face. */
  #tell() {
    const model = this.#session.current;
    const taught = model ? taughtTo(model.info) : [];
    this.#list.replaceChildren(...taught.map(({ name }) => {
      const share = h('span', { class: 'hint' });
      model?.probability(this.#code, name).then((probability) => {
        share.textContent = this.#say('teachShare', { percent: Math.round(100 * probability) });
      }, () => {}); // A model that is gone says nothing.
      return h('li', {}, h('span', { class: 'taught-name' }, name, ' ', share),
        bare('download', this.#say('teachSave', { name }), () => void download(taughtFile(/** @type {any} */ (model).info, name), `${name}.diffae.json`)),
        bare('close', this.#say('teachForget', { name }), () => this.#forget(name)));
    }));
  }

  #refresh() {
    for (const [at, { examples, title }] of this.#sides.entries()) {
      title.textContent = this.#say(at === 0 ? 'teachWith' : 'teachWithout', { count: examples.length });
      for (const [i, { button: face, remove }] of examples.entries()) {
        const label = this.#say(at === 0 ? 'teachToWithout' : 'teachToWith', { number: i + 1 });
        face.setAttribute('aria-label', label);
        face.title = label;
        remove.setAttribute('aria-label', this.#say('teachRemove', { number: i + 1 }));
      }
    }
    this.#ready();
  }

  /** Whether there is enough to learn from. */
  #ready() {
    this.#run.disabled = this.#name.value.trim() === '' || this.#sides.some(({ examples }) => examples.length === 0);
  }

  /** @param {Shown} shown @param {0 | 1} at */
  #put(shown, at) {
    const { examples, faces } = this.#sides[at];
    examples.push(shown);
    faces.append(shown.place);
    this.#refresh();
  }

  /** An example leaves its side, for the other one or for good; the keyboard stays where it was. @param {Shown} shown @param {boolean} crosses */
  #take(shown, crosses) {
    const at = this.#sides[0].examples.includes(shown) ? 0 : 1;
    const { examples } = this.#sides[at];
    const i = examples.indexOf(shown);
    examples.splice(i, 1);
    shown.place.remove();
    if (crosses) this.#put(shown, at === 0 ? 1 : 0);
    else this.#refresh();
    examples[Math.min(i, examples.length - 1)]?.button.focus();
  }

  /** @param {Example} example @returns {Shown} */
  #face(example) {
    const { picture } = example;
    const canvas = h('canvas', { width: picture.width, height: picture.height });
    canvas.getContext('2d')?.putImageData(picture, 0, 0);
    const face = h('button', {
      type: 'button', class: 'example',
      on: {
        click: () => this.#take(shown, true),
        keydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Delete' || event.key === 'Backspace') this.#take(shown, false); },
      },
    }, canvas);
    const remove = h('button', { type: 'button', class: 'remove', tabindex: -1, on: { click: () => this.#take(shown, false) } }, icon('close'));
    /** @type {Shown} */
    const shown = { ...example, button: face, remove, place: h('div', { class: 'example-place' }, face, remove) };
    return shown;
  }

  /** Runs one piece of work after the other. @param {(model: import('../../lib/page/diffae.js').DiffAe, signal: AbortSignal) => Promise<void>} work */
  #work(work) {
    const { signal } = this.#ending;
    const run = async () => {
      if (signal.aborted) return;
      this.element.classList.add('busy');
      try {
        await work(await this.#session.model({ signal }), signal);
      } catch (thrown) {
        this.#status.textContent = '';
        const error = DiffAeError.from(thrown);
        // With another device the model is another instance; what was read so far stays.
        if (!signal.aborted && error.code !== 'freed') this.#actions.onError(error);
      } finally {
        this.element.classList.remove('busy');
      }
    };
    return this.#last = this.#last.then(run);
  }
}

/** A button that is its icon alone. @param {'download' | 'close'} name @param {string} label @param {() => void} click */
function bare(name, label, click) {
  return h('button', { type: 'button', class: 'button quiet', 'aria-label': label, title: label, on: { click } }, icon(name));
}

/** @returns {Side} */
function emptySide() {
  return { examples: [], title: h('h2', { class: 'subtitle' }), faces: h('div', { class: 'examples' }) };
}
