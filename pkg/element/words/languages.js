// The languages the element speaks. English is always there; every other one is a file of its own, which is fetched where the
// page is in that language. To add one: write its file beside de.js and name it here.

/** @typedef {Readonly<Record<string, string>>} Words */

/** @type {Readonly<Record<string, () => Promise<{ WORDS: Words }>>>} */
const LANGUAGES = Object.freeze({
  de: () => import('./de.js'),
});

/** Tags of all languages, English first. */
export const SPOKEN = Object.freeze(['en', ...Object.keys(LANGUAGES)]);

/** The language that the page gives an element, by the nearest `lang` around it; English where there are no words in it. @param {Element} element */
export function languageOf(element) {
  const [base] = (element.closest('[lang]')?.getAttribute('lang') ?? '').toLowerCase().split('-');
  return SPOKEN.includes(base) ? base : 'en';
}

/** The words of a language, in place of the English ones; none where they cannot be fetched. @param {string} language @returns {Promise<Words>} */
export async function wordsOf(language) {
  if (!Object.hasOwn(LANGUAGES, language)) return {};
  try {
    return (await LANGUAGES[language]()).WORDS;
  } catch {
    return {};
  }
}
