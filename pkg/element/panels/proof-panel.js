// The quiet line that proves the promise: how many pixels changed outside the face, how many bytes were sent, how many files
// were fetched since the photo was opened. Behind it, how that is counted.

import { nameIn } from '../../lib/shared/fetch.js';
import { follow } from '../../lib/page/traffic.js';
import { h } from '../widgets/dom.js';

/** Names that are spelt out; more would be no proof, but a wall. */
const NAMED = 12;

export class ProofPanel {
  #say;
  #line = h('summary');
  #more = h('div', { class: 'proof-more' });
  /** @type {import('../../lib/shared/protocol.js').Outside | null} */
  #outside = null;
  /** @type {import('../../lib/page/traffic.js').Account | null} */
  #account = null;

  /** @param {import('../words/labels.js').Say} say @param {import('../../lib/page/photo.js').Photo} photo */
  constructor(say, photo) {
    this.#say = say;
    this.element = h('details', { class: 'proof hint' }, this.#line, this.#more);
    // Of the same photo's editor before this one.
    photo.onFreed?.();
    photo.onFreed = follow(photo.openedAt, (account) => {
      this.#account = account;
      this.#tell();
    });
  }

  /** The edit that is shown, or written, has been held against the photo. @param {import('../../lib/shared/protocol.js').Outside} outside */
  compared(outside) {
    this.#outside = outside;
    this.#tell();
  }

  #tell() {
    const say = this.#say;
    const { format } = new Intl.NumberFormat(say.language);
    const outside = this.#outside;
    const account = this.#account;
    const parts = [outside ? say('proofOutside', { changed: format(outside.changed), compared: format(outside.compared) }) : say('proofNothing')];
    const more = [say('proofHow')];
    if (account) {
      parts.push(say('proofSent', { sent: format(account.sent) }), say('proofFiles', { count: format(account.files.length) }));
      const names = account.files.map((file) => nameIn(file) || file);
      const named = names.slice(-NAMED).join(', ');
      if (names.length > 0) more.push(say('proofFetched', { names: names.length > NAMED ? `… ${named}` : named }));
      if (account.others > 0) more.push(say('proofOthers', { count: format(account.others) }));
    } else {
      more.push(say('proofBlind'));
    }
    this.#line.textContent = parts.join(' · ');
    this.#more.replaceChildren(...more.map((text) => h('p', { text })));
  }
}
