// What people bring: a paste or a drop, whether it is meant for an editor, and the picture in it.

import { parsed } from '../../lib/shared/trusted.js';
import { cancelled, DiffAeError } from '../../lib/shared/errors.js';
import { fetchWhole, nameIn } from '../../lib/shared/fetch.js';
import { SaidError } from '../words/said.js';

/** @typedef {import('../words/labels.js').Say} Say */
/** @typedef {(signal: AbortSignal) => Promise<Blob>} Source a picture that is still to be fetched */

/** Inputs that hold no text, so that nothing is pasted into them. */
const WITHOUT_TEXT = ['button', 'checkbox', 'color', 'file', 'image', 'radio', 'range', 'reset', 'submit'];

/**
 * Whether a paste is for an editor: made in it, or on the page where nobody else is at home.
 * @param {ClipboardEvent} event when all others have seen it @param {HTMLElement} editor
 */
export function isFor(event, editor) {
  if (isForOthers(event)) return false;
  const path = event.composedPath();
  if (path.includes(editor)) return true;
  const around = ancestors(editor);
  if (isOutOfReach(editor, around)) return false;
  return !path.some((node) => node instanceof Element && !around.has(node) && isAnApplication(node));
}

/** Whether somebody has taken a paste or a drop already, or it is made into a text. @param {Event} event */
export function isForOthers(event) {
  return event.defaultPrevented || event.composedPath().some(takesText);
}

/** @param {EventTarget} node */
function takesText(node) {
  if (node instanceof Document) return node.designMode === 'on';
  if (!(node instanceof HTMLElement)) return false;
  return node.isContentEditable || node instanceof HTMLTextAreaElement || (node instanceof HTMLInputElement && !WITHOUT_TEXT.includes(node.type));
}

/** Whether a person cannot get at an editor: it is hidden, or something lies over the page. @param {HTMLElement} editor @param {Set<Node>} around */
function isOutOfReach(editor, around) {
  if (editor.getClientRects().length === 0) return true;
  if ([editor, ...around].some((node) => node instanceof HTMLElement && node.inert)) return true;
  return [...document.querySelectorAll('dialog:modal')].some((dialog) => !around.has(dialog));
}

/** What has keys of its own, and may be about to take the paste: other components, and what can have the focus without being a control. @param {Element} node */
function isAnApplication(node) {
  return node.localName.includes('-') || node.hasAttribute('tabindex');
}

/** Through shadow roots. @param {Node} node */
function ancestors(node) {
  /** @type {Set<Node>} */
  const found = new Set();
  for (let at = node.parentNode; at; at = at instanceof ShadowRoot ? at.host : at.parentNode) found.add(at);
  return found;
}

/** The first picture, or what else there is. @param {DataTransfer} data */
export function fileIn(data) {
  const files = [...data.files];
  return files.find(({ type }) => type.startsWith('image/')) ?? files[0] ?? null;
}

/**
 * What was dropped: a file, or a picture dragged out of a web page, of which often only the address arrives.
 * @param {DataTransfer} data @param {Say} say
 * @returns {Blob | Source | null} null where there is no picture in it
 */
export function dropped(data, say) {
  const file = fileIn(data);
  if (file) return file;
  const address = addressIn(data);
  if (!address) return null;
  if (address.protocol === 'data:') return written(address.href);
  return async (signal) => {
    try {
      return new File([(await fetchWhole(address.href, { signal })).blob], nameIn(address.href) || 'face');
    } catch (error) {
      if (signal.aborted) throw cancelled();
      const { origin, protocol } = address;
      const foreign = DiffAeError.from(error).code === 'cross-origin' || (protocol === 'blob:' && origin !== location.origin);
      if (!foreign) throw error;
      // A blob's address names its page within.
      throw new SaidError('picture-cross-origin', say('dropElsewhere', { host: origin === 'null' ? protocol : new URL(origin).host }), { cause: error });
    }
  };
}

/** Whether a page may ask for what is in the clipboard. */
export function canPaste() {
  return typeof navigator.clipboard?.read === 'function';
}

/** The picture in the clipboard, which the browser may have a person agree to. @param {Say} say @returns {Promise<File>} */
export async function pasted(say) {
  let items;
  try {
    items = await navigator.clipboard.read();
  } catch (error) {
    // What is in it that no browser hands to a page is no picture, either.
    const denied = /** @type {Error} */ (error).name === 'NotAllowedError';
    throw denied ? new SaidError('permission-denied', say('pasteDenied'), { cause: error }) : new SaidError('picture-unreadable', say('pasteNothing'), { cause: error });
  }
  for (const item of items) {
    const type = item.types.find((name) => name.startsWith('image/'));
    if (type) return new File([await item.getType(type)], 'face', { type });
  }
  throw new SaidError('picture-unreadable', say('pasteNothing'));
}

/** The address of a dragged picture: the link that it may stand in is another. @param {DataTransfer} data @returns {URL | null} */
function addressIn(data) {
  const page = parsed(data.getData('text/html'));
  const image = page.querySelector('img[src]')?.getAttribute('src');
  const list = data.getData('text/uri-list').split('\n').find((line) => line.trim() && !line.startsWith('#'));
  for (const text of [image, list, data.getData('text/plain')]) {
    const address = absolute(text);
    if (address) return address;
  }
  return null;
}

/** @param {string | null | undefined} text */
function absolute(text) {
  try {
    const address = new URL(text?.trim() ?? '');
    return /^(https?|data|blob):$/.test(address.protocol) ? address : null;
  } catch {
    return null; // No address, or one that only the other page could complete.
  }
}

/** The picture that is written out in its own address, which a strict policy lets nobody fetch. @param {string} address @returns {File | null} */
function written(address) {
  const [, type, base64, body] = /^data:([^,;]*)[^,]*?(;base64)?,(.*)$/s.exec(address) ?? [];
  try {
    const text = decodeURIComponent(body);
    const bytes = base64 ? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)) : new TextEncoder().encode(text);
    return new File([bytes], 'face', { type });
  } catch {
    return null;
  }
}
