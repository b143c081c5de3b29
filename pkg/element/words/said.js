// Trouble whose sentence is in the person's language already, and the sentences for all other trouble: a general one by code
// in that language, with the exact one of library or engine, which is English, after it.

import { DiffAeError } from '../../lib/shared/errors.js';

/** An error of the element itself, whose message is one of its words. */
export class SaidError extends DiffAeError {}

/**
 * What a person is told of trouble.
 * @param {DiffAeError} error @param {import('./labels.js').Say} say
 * @returns {{ sentence: string, exact: string | null }} `exact` is English
 */
export function told(error, say) {
  const key = `error-${error.code}`;
  const general = error instanceof SaidError ? key : say(key);
  return general === key ? { sentence: error.message, exact: null } : { sentence: general, exact: error.message };
}
