// The element's icons: 24 x 24, drawn with the current text colour, hidden from screen readers.

import { svg } from './dom.js';

const PATHS = {
  photo: 'M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v11a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 17.5zM4.5 16l4.2-4.2a1.5 1.5 0 0 1 2.1 0L18 19M15.5 9.2h.01',
  lock: 'M7 11V8a5 5 0 0 1 10 0v3M6.5 11h11A1.5 1.5 0 0 1 19 12.500v6a1.5 1.5 0 0 1-1.500 1.500h-11A1.5 1.5 0 0 1 5 18.500v-6A1.5 1.5 0 0 1 6.500 11z',
  download: 'M12 4v11m0 0 4.500-4.500M12 15l-4.500-4.500M5 19.500h14',
  licence: 'M9.500 3.500h5M10.500 3.500v6L5.300 18a1.700 1.700 0 0 0 1.500 2.500h10.400a1.700 1.700 0 0 0 1.500-2.500l-5.200-8.500v-6M8 15h8',
  chip: 'M8 8h8v8H8zM6.500 5h11A1.500 1.500 0 0 1 19 6.500v11a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 5 17.500v-11A1.500 1.500 0 0 1 6.500 5zM9 2.500V5m6-2.500V5M9 19v2.500M15 19v2.500M2.500 9H5m-2.500 6H5M19 9h2.500M19 15h2.500',
  eye: 'M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 9.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600z',
  back: 'M19 12H5m0 0 6-6m-6 6 6 6',
  reset: 'M4.500 12a7.500 7.500 0 1 0 2.400-5.500M4.500 4v4.500H9',
  undo: 'M9 14.500 4.500 10 9 5.500M4.500 10h9a6 6 0 0 1 0 12H11',
  redo: 'M15 14.500l4.500-4.500L15 5.500M19.500 10h-9a6 6 0 0 0 0 12H13',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  peek: 'M4.500 5.500h9v13h-9zM10.500 5.500h9v13h-9M16.500 9.500v5',
  film: 'M4.500 5.500h15v13h-15zM4.500 9h15M4.500 15h15M9.500 9v6M14.500 9v6',
  close: 'M6 6l12 12M18 6 6 18',
  alert: 'M12 8.500v4.500m0 3h.01M10.300 4.500 3.200 17a2 2 0 0 0 1.700 3h14.200a2 2 0 0 0 1.700-3L13.700 4.500a2 2 0 0 0-3.400 0z',
  slide: 'M12 3v18M8.500 8.500 5 12l3.500 3.500M15.500 8.500 19 12l-3.500 3.500',
  side: 'M4.500 5.500h6v13h-6zM13.500 5.500h6v13h-6z',
  share: 'M12 15V4m0 0L8 8m4-4 4 4M6 12v6.500A1.500 1.500 0 0 0 7.500 20h9a1.500 1.500 0 0 0 1.500-1.500V12',
  dice: 'M6.500 4h11A2.500 2.500 0 0 1 20 6.500v11a2.500 2.500 0 0 1-2.500 2.500h-11A2.500 2.500 0 0 1 4 17.500v-11A2.500 2.500 0 0 1 6.500 4zM8.500 8.500h.01M15.500 8.500h.01M12 12h.01M8.500 15.500h.01M15.500 15.500h.01',
};

/** Those that point along a line of text, and turn round with it. @type {ReadonlySet<string>} */
const ALONG = new Set(['back', 'undo', 'redo']);

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const shape = svg('path', { d: PATHS[name], fill: 'none', stroke: 'currentColor', 'stroke-width': 1.8, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' });
  return svg('svg', { class: ALONG.has(name) ? 'icon along' : 'icon', viewBox: '0 0 24 24', width: 20, height: 20, 'aria-hidden': 'true', focusable: 'false' }, shape);
}
