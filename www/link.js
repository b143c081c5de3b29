// What a link tells, after the #, so that no server hears of it: model=NAME, dream=SEED,PSI,ETA or dream=SEED,PSI,ETA,FACE, and
// set=ATTRIBUTE:AMPLITUDE,... for the sliders. A photo is never in it.

/** @typedef {import('./pkg/element.js').Dream} Dream */
/** @typedef {{ model: string | null, dream: Dream | null, amplitudes: Readonly<Record<string, number>> }} Shown */

/** @param {Shown} shown */
export function linkOf({ model, dream, amplitudes }) {
  const { seed, psi, eta, face } = dream ?? {};
  const set = Object.entries(amplitudes).map(([name, value]) => `${encodeURIComponent(name)}:${value}`);
  return [
    model && `model=${encodeURIComponent(model)}`,
    dream && `dream=${[seed, psi, eta, ...(face ? [face] : [])]}`,
    set.length > 0 && `set=${set}`,
  ].filter(Boolean).join('&');
}

/** Numbers of a dream that are none are left for whoever takes them to refuse. @param {string} hash @returns {Shown} */
export function shownBy(hash) {
  const said = new Map(hash.replace(/^#/, '').split('&').map((part) => {
    const [key, ...rest] = part.split('=');
    return /** @type {const} */ ([key, rest.join('=')]);
  }));
  const [seed, psi, eta, face] = (said.get('dream') ?? '').split(',').map((text) => text === '' ? undefined : Number(text));
  const set = (said.get('set') ?? '').split(',').map((one) => {
    const at = one.lastIndexOf(':');
    return /** @type {const} */ ([decoded(one.slice(0, at)), at > 0 ? Number(one.slice(at + 1)) : NaN]);
  });
  return {
    model: said.has('model') ? decoded(said.get('model') ?? '') : null,
    dream: said.has('dream') ? /** @type {Dream} */ ({ seed, psi, eta, face }) : null,
    amplitudes: Object.fromEntries(set.filter(([name, value]) => name !== '' && Number.isFinite(value))),
  };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
