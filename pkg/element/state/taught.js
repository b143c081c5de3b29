// Sliders that a person taught, kept on this device for the model whose z_sem they are directions in: another model's z_sem
// has other axes, so they go by the hash of the encoder. As files they are small JSON.

import { SaidError } from '../words/said.js';

/** @typedef {import('../../index.js').Direction} Direction */
/** @typedef {import('../../index.js').ModelDescription} ModelDescription */
/** @typedef {import('../words/labels.js').Say} Say */
/** @typedef {{ name: string, encoder: string, model: string, weight: number[], bias: number }} Kept */

const KEY = 'diffae-taught';
/** Longer names do not fit beside a slider. */
export const LONGEST_NAME = 40;
/** No model of this kind has a wider z_sem. */
const WIDEST = 8192;

/** Where nothing can be kept, a visit's sliders are here. @type {Kept[] | null} */
let unkept = null;

/** @returns {Kept[]} */
function all() {
  if (unkept) return unkept;
  try {
    /** @type {unknown} */
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isWhole) : [];
  } catch {
    return [];
  }
}

/** @param {Kept[]} kept */
function keep(kept) {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
    unkept = null;
  } catch {
    unkept = kept;
  }
}

/** @param {any} value @returns {value is Kept} */
function isWhole(value) {
  const { name, encoder, model, weight, bias } = value ?? {};
  return isName(name) && typeof encoder === 'string' && typeof model === 'string' && Number.isFinite(bias)
    && Array.isArray(weight) && weight.length > 0 && weight.length <= WIDEST && weight.every(Number.isFinite);
}

/** @param {unknown} name @returns {name is string} */
function isName(name) {
  return typeof name === 'string' && name.trim() === name && name.length > 0 && name.length <= LONGEST_NAME;
}

/** @param {ModelDescription} model */
function encoderOf({ parts }) {
  return parts.encoder?.sha256 ?? '';
}

/** What was taught to a model, oldest first. @param {ModelDescription} model @returns {Direction[]} */
export function taughtTo(model) {
  return all().filter(({ encoder, name }) => encoder === encoderOf(model) && !model.attributes.includes(name)).map(directionOf);
}

/** Keeps a direction; one of the same name goes. @param {ModelDescription} model @param {Direction} direction */
export function keepTaught(model, { name, bytes }) {
  const { weight, bias } = JSON.parse(new TextDecoder().decode(bytes));
  forgetTaught(model, name);
  keep([...all(), { name, encoder: encoderOf(model), model: model.name, weight, bias }]);
}

/** @param {ModelDescription} model @param {string} name */
export function forgetTaught(model, name) {
  keep(all().filter((kept) => kept.encoder !== encoderOf(model) || kept.name !== name));
}

/** A kept direction as a file. @param {ModelDescription} model @param {string} name */
export function taughtFile(model, name) {
  const kept = all().find((one) => one.encoder === encoderOf(model) && one.name === name);
  return new Blob([`${JSON.stringify({ kind: 'diffae direction', ...kept })}\n`], { type: 'application/json' });
}

/**
 * Reads such a file.
 * @param {Blob} file @param {ModelDescription} model @param {Say} say
 * @returns {Promise<Direction>}
 */
export async function readTaught(file, model, say) {
  // Its numbers alone take less.
  const text = file.size < 40 * WIDEST ? await file.text() : '';
  /** @type {any} */
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below.
  }
  if (value?.kind !== 'diffae direction' || !isWhole(value)) throw new SaidError('direction-invalid', say('teachFileInvalid'));
  if (value.encoder !== encoderOf(model)) throw new SaidError('direction-invalid', say('teachFileOther', { model: value.model }));
  return directionOf(value);
}

/** @param {Kept} kept @returns {Direction} */
function directionOf({ name, weight, bias }) {
  return { name, bytes: new TextEncoder().encode(JSON.stringify({ weight, bias })) };
}
