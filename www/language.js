// The language of the page: the one that its address names, or else the first of the person's that the editor speaks. The
// page itself is written in English; its words in other languages are put in their place by key.

import { SPOKEN } from './pkg/element/words/languages.js';

const wanted = [new URL(location.href).searchParams.get('lang') ?? '', ...navigator.languages];
const language = wanted.map((tag) => tag.toLowerCase().split('-')[0]).find((base) => SPOKEN.includes(base)) ?? 'en';

// Before anything is waited for: the editor is made meanwhile, and takes the page's language.
document.documentElement.lang = language;

/** @type {Readonly<Record<string, string>>} a page whose words cannot be fetched stays English around an editor that may not be */
const words = language === 'en' ? {} : await import(`./words/${language}.js`).then(({ WORDS }) => WORDS, () => ({}));
const other = /** @type {HTMLAnchorElement} */ (document.getElementById('language'));
if (language !== 'en') translate();

// What the address says beside the language stays, whichever way the link is opened.
for (const type of ['click', 'auxclick', 'contextmenu']) {
  other.addEventListener(type, () => {
    const address = new URL(location.href);
    address.searchParams.set('lang', other.hreflang);
    other.href = address.href;
  });
}

/** What a script of the page says. @param {string} key @param {string} english @param {Record<string, string>} [values] */
export function word(key, english, values = {}) {
  const text = Object.hasOwn(words, key) ? words[key] : english;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function translate() {
  const say = (/** @type {string | undefined} */ key, /** @type {(text: string) => void} */ put) => {
    if (key && Object.hasOwn(words, key)) put(words[key]);
  };
  for (const element of document.querySelectorAll('[data-say], [data-say-alt], [data-say-label]')) {
    const { say: text, sayAlt, sayLabel } = /** @type {HTMLElement} */ (element).dataset;
    say(text, (word) => { element.textContent = word; });
    say(sayAlt, (word) => element.setAttribute('alt', word));
    say(sayLabel, (word) => element.setAttribute('aria-label', word));
  }
  say('title', (word) => { document.title = word; });
  Object.assign(other, { href: '?lang=en', hreflang: 'en', lang: 'en', textContent: 'English' });
}
