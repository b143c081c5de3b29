// Building DOM without markup strings: nothing here can be injected into, and a strict CSP has nothing to object to.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props] `on` holds listeners, `class` the class names, `text` the text; `true` sets a bare
 *   attribute, null and false leave it out; everything else is an attribute
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (name === 'text') element.textContent = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child !== null)));
  return element;
}

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...SVGElement} children */
export function svg(tag, attributes, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** A button with an icon before its text. @param {string} kind @param {SVGElement | null} icon @param {string} label @param {() => void} onClick */
export function button(kind, icon, label, onClick) {
  const element = h('button', { type: 'button', class: `button ${kind}`, on: { click: () => { if (!element.hasAttribute('aria-disabled')) onClick(); } } }, icon, h('span', { text: label }));
  return element;
}

/** While a button's work lasts it does nothing. Not `disabled`, which would take the keyboard's focus away. @param {HTMLButtonElement} button @param {boolean} working */
export function atWork(button, working) {
  if (working) button.setAttribute('aria-disabled', 'true');
  else button.removeAttribute('aria-disabled');
}

/** Ids are unique within the document, although each shadow root is a scope of its own. @param {string} stem */
export function uid(stem) {
  counter += 1;
  return `${stem}-${counter}`;
}
let counter = 0;
