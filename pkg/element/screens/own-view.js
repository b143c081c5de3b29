// What the dialog for models of one's own shows: where to put one and which are there, what the chosen one is and costs, and
// how far it is. Each is made anew.

import { button, h, uid } from '../widgets/dom.js';
import { icon } from '../widgets/icons.js';
import { Progress } from '../widgets/progress.js';
import { duration, megabytes } from '../words/labels.js';

/** @typedef {import('../words/labels.js').Say} Say */
/** @typedef {{ address: string, name: string, bytes: number | null }} Listed  without a size where a server has it */
/**
 * @typedef {object} About what is told of a model before anything is loaded
 * @property {string} name
 * @property {number} imageSize
 * @property {number} parameters
 * @property {number} bytes
 * @property {boolean} remote whether the bytes are downloaded
 * @property {boolean} encodes
 * @property {boolean} framed whether it wants faces
 * @property {readonly string[]} attributes
 * @property {{ step: number } | null} cost
 * @property {string | null} licence null where whoever has it may say
 * @property {string | null} origin
 */

/**
 * @param {Say} say @param {readonly Listed[]} listed
 * @param {{ onFiles: (files: Iterable<File>) => void, onDrop: (data: DataTransfer) => void, onAddress: (address: string) => void, onRemove: (model: Listed) => void }} actions
 */
export function chooseView(say, listed, { onFiles, onDrop, onAddress, onRemove }) {
  const pick = (/** @type {string} */ key, /** @type {string} */ kind, /** @type {Record<string, boolean>} */ about) => {
    const id = uid('own');
    const input = h('input', { type: 'file', id, class: 'visually-hidden', multiple: true, ...about, on: { change: () => { if (input.files?.length) onFiles(input.files); } } });
    return [input, h('label', { for: id, class: `button ${kind}`, text: say(key) })];
  };
  // Phones have no folders to choose.
  const folders = 'webkitdirectory' in HTMLInputElement.prototype ? pick('ownFolder', '', { webkitdirectory: true }) : [];
  const drop = h('div', { class: 'drop' },
    h('span', { class: 'drop-icon' }, icon('chip')),
    h('p', { class: 'drop-title', text: say('ownDrop') }),
    h('div', { class: 'actions' }, ...pick('ownFiles', 'primary', {}), ...folders),
    h('p', { class: 'hint', text: say('ownDropHint') }));
  for (const type of ['dragover', 'dragleave', 'drop']) {
    drop.addEventListener(type, () => drop.classList.toggle('dragging', type === 'dragover'));
  }
  const id = uid('own');
  const address = h('input', { type: 'url', id, placeholder: 'https://…/manifest.json', autocomplete: 'off', spellcheck: 'false', required: true });
  const form = h('form', { class: 'own-field', novalidate: true, on: { submit: (/** @type {Event} */ event) => { event.preventDefault(); onAddress(address.value); } } },
    h('label', { for: id, text: say('ownAddress') }),
    h('div', { class: 'own-line' }, address, h('button', { class: 'button', type: 'submit', text: say('ownLookUp') })));
  const kept = listed.length === 0 ? null : h('div', {},
    h('h3', { text: say('ownKept') }),
    h('ul', { class: 'own-kept' }, ...listed.map((model) => h('li', {},
      h('span', { text: model.bytes === null ? model.name : `${model.name}, ${megabytes(model.bytes, say)}` }),
      h('button', { type: 'button', class: 'button quiet', 'aria-label': say(model.bytes === null ? 'ownForgetOne' : 'ownRemoveOne', { name: model.name }), text: say(model.bytes === null ? 'ownForget' : 'ownRemove'), on: { click: () => onRemove(model) } })))));
  const element = h('div', { class: 'own-body' }, drop, form, kept);
  return { element, onDrop };
}

/**
 * @param {Say} say @param {readonly About[]} choices what it may be @param {(about: About) => string | null} time what an edit takes here
 * @param {{ onUse: (index: number, stated: { licence: string, origin: string }) => void, onBack: () => void }} actions
 */
export function aboutView(say, choices, time, { onUse, onBack }) {
  let chosen = 0;
  const name = h('p', { class: 'own-name' });
  const facts = h('dl', { class: 'own-facts' });
  const field = (/** @type {string} */ key) => {
    const id = uid('own');
    const input = h('input', { type: 'text', id, autocomplete: 'off', maxlength: 1000 });
    return { input, element: h('div', { class: 'own-field' }, h('label', { for: id, text: say(key) }), input) };
  };
  const [licence, origin] = [field('ownLicenceField'), field('ownOriginField')];
  const tell = () => {
    const about = choices[chosen];
    const { attributes, encodes, framed } = about;
    name.textContent = about.name;
    const can = !encodes ? 'ownDraws' : attributes.length > 0 ? 'ownEdits' : 'ownReads';
    /** @type {[string, string | null][]} */
    const rows = [
      ['ownSize', say(about.remote ? 'ownDownload' : 'ownOnDevice', { size: megabytes(about.bytes, say) })],
      ['ownPictures', say(framed || !encodes ? 'ownSide' : 'ownSideAny', { size: about.imageSize })],
      ['ownCan', say(can, { count: attributes.length })],
      ['ownParameters', say('ownMillions', { count: Math.max(0.1, about.parameters / 1e6).toFixed(about.parameters < 10e6 ? 1 : 0) })],
      ['ownTime', time(about)],
      ['ownLicence', about.licence],
      ['ownOrigin', about.origin],
    ];
    facts.replaceChildren(...rows.flatMap(([key, text]) => (text ? [h('dt', { text: say(key) }), h('dd', { text })] : [])));
    licence.element.hidden = about.licence !== null;
    origin.element.hidden = about.origin !== null;
  };
  tell();
  const id = uid('own');
  const which = choices.length < 2 ? null : h('div', { class: 'own-field' },
    h('label', { for: id, text: say('ownWhich') }),
    h('select', { id, on: { change: (/** @type {Event} */ event) => { chosen = /** @type {HTMLSelectElement} */ (event.target).selectedIndex; tell(); } } },
      ...choices.map((about) => h('option', { text: about.name }))));
  const use = button('primary', null, say('ownUse'), () => onUse(chosen, {
    licence: choices[chosen].licence ?? (licence.input.value.trim() || say('ownUnstated')),
    origin: choices[chosen].origin ?? (origin.input.value.trim() || say('ownUnstatedOrigin')),
  }));
  const element = h('div', { class: 'own-body', tabindex: -1 }, name, which, facts, licence.element, origin.element,
    h('div', { class: 'actions' }, use, button('quiet', icon('back'), say('ownBack'), onBack)));
  return { element };
}

/** @param {Say} say @param {() => void} onCancel */
export function workingView(say, onCancel) {
  const progress = new Progress(say, onCancel);
  return { progress, element: h('div', { class: 'own-body', tabindex: -1 }, progress.element, h('div', { class: 'actions' }, progress.cancelButton)) };
}

/** @param {number | null} seconds @param {Say} say @param {'cpu' | 'gpu'} kind */
export function timeOf(seconds, say, kind) {
  return seconds === null ? null : say(kind === 'gpu' ? 'ownTimeGpu' : 'ownTimeCpu', { time: duration(seconds, say) });
}
