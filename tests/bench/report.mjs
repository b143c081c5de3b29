// The measurements as Markdown.

import { median } from './measure.mjs';

/** @typedef {import('./measure.mjs').Engine} Engine */
/** @typedef {{ browser: string, cpu: string }} Machine */

const NAMES = { cpu: 'CPU', gpu: 'WebGPU' };
const ABSENT = 'not measured';

/** @param {Machine} machine @param {import('./measure.mjs').Measured} measured */
export function report({ browser, cpu }, { engines, adapter, editSteps, agreement, rounds }) {
  const found = (/** @type {string} */ kind, /** @type {string} */ device, /** @type {boolean} */ threaded = false) =>
    engines.find((engine) => engine.kind === kind && engine.device === device && engine.threads > 1 === threaded);
  /** @type {string[][]} */
  const rows = [];
  /** @param {string} what @param {Engine | undefined} ours @param {Engine | undefined} theirs @param {(engine: Engine) => number} value @param {(value: number) => string} shown */
  const row = (what, ours, theirs, value, shown) => {
    if (!ours) return;
    const [a, b] = [value(ours), theirs && value(theirs)];
    rows.push([what, shown(a), b === undefined ? ABSENT : shown(b), b === undefined ? '' : ratio(b / a)]);
  };
  for (const device of /** @type {const} */ (['gpu', 'cpu'])) {
    const [ours, theirs, threaded] = [found('ours', device), found('ort', device), found('ort', device, true)];
    const name = NAMES[device];
    const one = device === 'cpu' ? ', one thread' : '';
    const all = threaded && `, one thread against ${threaded.threads}`;
    row(`U-Net step, ${name}${one}`, ours, theirs, (engine) => median(engine.steps), milliseconds);
    if (threaded) row(`U-Net step, ${name}${all}`, ours, threaded, (engine) => median(engine.steps), milliseconds);
    row(`encoder (z_sem), ${name}${one}`, ours, theirs, (engine) => median(engine.encodes), milliseconds);
    if (threaded) row(`encoder (z_sem), ${name}${all}`, ours, threaded, (engine) => median(engine.encodes), milliseconds);
    row(`edit of ${editSteps[device]} steps, ${name}${one}`, ours, theirs, (engine) => median(engine.edits), milliseconds);
    if (threaded) row(`edit of ${editSteps[device]} steps, ${name}${all}`, ours, threaded, (engine) => median(engine.edits), milliseconds);
    row(`cold start to the first step, ${name}${one}`, ours, theirs, (engine) => median(engine.starts), milliseconds);
    row(`code to download, gzipped, ${name}`, ours, theirs, (engine) => engine.downloads.code, megabytes);
    row(`weights to download, ${name}`, ours, theirs, (engine) => engine.downloads.weights, megabytes);
    row(`linear memory at its peak, ${name}`, ours, theirs, (engine) => engine.reading?.linearBytes ?? NaN, megabytes);
    if (device === 'gpu') {
      row('GPU buffers at their peak', ours, theirs, (engine) => engine.reading?.peakDeviceBytes ?? NaN, megabytes);
      row('dispatches of a step', ours, theirs, (engine) => engine.dispatches, String);
    }
  }
  const lines = [
    `portrait64 in ${browser} on ${cpu}; median of ${rounds} interleaved round${rounds > 1 ? 's' : ''}.`,
    ...(adapter ? [`${describe(adapter)}`] : []),
    ...Object.entries(agreement).map(([device, psnr]) => `Both engines' pictures agree to ${psnr.toFixed(1)} dB on the ${NAMES[/** @type {'cpu' | 'gpu'} */ (device)]} (int8 weights against f32).`),
    ...(engines.some(({ kind }) => kind === 'ort') ? [] : ['onnxruntime-web was not measured: no folder with the ONNX files was named.']),
  ];
  return `${lines.join(' ')}\n\n${table(['', 'diffae', 'onnxruntime-web', 'ratio'], rows)}`;
}

/** @param {any} adapter */
export function describe({ name, software, features, limits }) {
  const buffer = `buffers up to ${megabytes(limits.maxBufferSize)}, bindings up to ${megabytes(limits.maxStorageBufferBindingSize)}`;
  return `WebGPU adapter: ${name || 'unnamed'}${software ? ' (a software emulation)' : ''}, ${buffer}; features ${features.join(', ')}.`;
}

/** @param {string[]} head @param {string[][]} rows */
export function table(head, rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map((_, i) => (i ? '---:' : '---'))) + rows.map(line).join('');
}

/** @param {number} value */
function milliseconds(value) {
  return value < 10 ? `${value.toFixed(1)} ms` : value < 9999.5 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return bytes < 10e6 ? `${(bytes / 1e6).toFixed(2)} MB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** How many times as much the other takes. @param {number} times */
function ratio(times) {
  return `${times.toFixed(times < 10 ? 2 : 1)}x`;
}
