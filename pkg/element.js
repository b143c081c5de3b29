// Entry point of the custom element: importing it defines <diffae-editor>.

import { DiffAeEditor } from './element/editor-element.js';

// A server that renders the page imports this, too, and has no elements to define.
if (globalThis.customElements && !customElements.get('diffae-editor')) customElements.define('diffae-editor', DiffAeEditor);

export { DiffAeEditor };
export { LABELS } from './element/words/labels.js';
