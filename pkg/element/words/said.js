// Trouble whose sentence is in the person's language already, and the sentences for all other trouble: a general one by code
// in that language, with the exact one of library or engine, which is English, after it.

import { DiffAeError } from '../../lib/shared/errors.js';
import { gigabytes } from './labels.js';

/** An error of the element itself, whose message is one of its words. */
export class SaidError extends DiffAeError {}

/**
 * What a person is told of trouble.
 * @param {DiffAeError} error @param {import('./labels.js').Say} say
 * @returns {{ sentence: string, exact: string | null }} `exact` is English
 */
export function told(error, say) {
  const key = `error-${error.code}`;
  const values = Object.entries(error.values ?? {}).map(([name, value]) => [name, typeof value === 'number' ? gigabytes(value, say) : value]);
  const general = error instanceof SaidError ? key : say(key, Object.fromEntries(values));
  return general === key ? { sentence: error.message, exact: null } : { sentence: general, exact: error.message };
}
