// A slider of one's own: a few faces that have something, a few that do not, and a name (paper, section 4.4). Tapping a face
// moves it to the other side, so that a mixed folder can be sorted.

import { DiffAeError } from '../../lib/shared/errors.js';
import { exampleOf, filesIn } from '../picture/examples.js';
import { download } from '../picture/save.js';
import { forgetTaught, keepTaught, LONGEST_NAME, readTaught, taughtFile, taughtTo } from '../state/taught.js';
import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { SaidError } from '../words/said.js';

/** @typedef {import('../picture/examples.js').Example} Example */
/** @typedef {{ examples: Example[], title: HTMLElement, faces: HTMLElement }} Side */

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
    this.#name = h('input', { type: 'text', id: nameId, class: 'entry', maxlength: LONGEST_NAME, autocomplete: 'off', on: { input: () => this.#refresh() } });
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
        if (type === 'drop' && dataTransfer) void filesIn(dataTransfer).then((files) => this.#add(at, files));
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
        if (example) side.examples.push(example);
        else without.push(file.name);
        this.#refresh();
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
  #forget(name) {
    const model = this.#session.current;
    if (!model) return;
    model.unlearn(name);
    forgetTaught(model.info, name);
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
    for (const [at, { examples, faces, title }] of this.#sides.entries()) {
      title.textContent = this.#say(at === 0 ? 'teachWith' : 'teachWithout', { count: examples.length });
      faces.replaceChildren(...examples.map((example, i) => this.#face(example, /** @type {0 | 1} */ (at), i)));
    }
    this.#run.disabled = this.#name.value.trim() === '' || this.#sides.some(({ examples }) => examples.length === 0);
  }

  /** @param {Example} example @param {0 | 1} at @param {number} i */
  #face(example, at, i) {
    const { picture } = example;
    const canvas = h('canvas', { width: picture.width, height: picture.height });
    canvas.getContext('2d')?.putImageData(picture, 0, 0);
    const take = () => {
      const { examples } = this.#sides[at];
      examples.splice(examples.indexOf(example), 1);
    };
    const label = this.#say(at === 0 ? 'teachToWithout' : 'teachToWith', { number: i + 1 });
    const face = h('button', {
      type: 'button', class: 'example', 'aria-label': label, title: label,
      on: {
        click: () => { take(); this.#sides[1 - at].examples.push(example); this.#moved(at, i); },
        keydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Delete' || event.key === 'Backspace') { take(); this.#moved(at, i); } },
      },
    }, canvas);
    const remove = h('button', { type: 'button', class: 'remove', tabindex: -1, 'aria-label': this.#say('teachRemove', { number: i + 1 }), on: { click: () => { take(); this.#moved(at, i); } } }, icon('close'));
    return h('div', { class: 'example-place' }, face, remove);
  }

  /** Faces have gone from a side; the keyboard stays where it was. @param {0 | 1} at @param {number} i */
  #moved(at, i) {
    this.#refresh();
    const left = /** @type {NodeListOf<HTMLElement>} */ (this.#sides[at].faces.querySelectorAll('.example'));
    left[Math.min(i, left.length - 1)]?.focus();
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
        if (!signal.aborted) this.#actions.onError(DiffAeError.from(thrown));
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
