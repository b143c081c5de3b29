// The measurements as Markdown.

import { createRequire } from 'node:module';
import { BATCH, median } from './measure.mjs';

/** @typedef {import('./measure.mjs').Engine} Engine */
/** @typedef {import('./measure.mjs').Device} Device */
/** @typedef {{ browser: string, cpu: string }} Machine */

const NAMES = { cpu: 'CPU', gpu: 'WebGPU' };
const ABSENT = 'not measured';
const { dependencies } = createRequire(import.meta.url)('./package.json');
const OTHER = `onnxruntime-web ${dependencies['onnxruntime-web']}`;

/** @param {Machine} machine @param {import('./measure.mjs').Measured[]} measured of each model @param {import('./search.mjs').Searches[]} searches */
export function report({ browser, cpu }, measured, searches) {
  const [{ adapter, engines, rounds }] = measured;
  const compared = engines.some(({ kind }) => kind === 'ort');
  const about = [
    `${browser} on ${cpu}; medians of ${rounds} interleaved round${rounds > 1 ? 's' : ''}.`,
    compared ? `The ratio is ${OTHER}'s figure over ours.` : `${OTHER} was not measured: no folder with the ONNX files was named.`,
  ];
  const paragraphs = [about.join(' '), ...measured.flatMap(comparison)];
  if (adapter) paragraphs.push(describe(adapter));
  if (searches.length) paragraphs.push(faces(searches));
  return `${paragraphs.join('\n\n')}\n`;
}

/** One model's table, and what goes before it. @param {import('./measure.mjs').Measured} measured */
function comparison({ model, engines, editSteps, agreement }) {
  const found = (/** @type {string} */ kind, /** @type {string} */ device, /** @type {boolean} */ threaded = false) =>
    engines.find((engine) => engine.kind === kind && engine.device === device && !engine.plain && engine.threads > 1 === threaded);
  /** @type {string[][]} */
  const rows = [];
  /** @param {string} what @param {Engine | undefined} ours @param {Engine | undefined} theirs @param {(engine: Engine) => number} value @param {(value: number) => string} shown */
  const row = (what, ours, theirs, value, shown) => {
    if (!ours) return;
    const [a, b] = [value(ours), theirs && value(theirs)];
    rows.push([what, shown(a), b === undefined ? ABSENT : shown(b), b === undefined ? '' : ratio(b / a)]);
  };
  for (const device of /** @type {Device[]} */ (['gpu', 'cpu'])) {
    const [ours, theirs, threaded] = [found('ours', device), found('ort', device), found('ort', device, true)];
    const several = found('ours', device, true);
    const plain = engines.find((engine) => engine.plain && engine.device === device);
    const name = NAMES[device];
    /** @type {[string, (engine: Engine) => number[]][]} */
    const times = [
      ['U-Net step', (engine) => engine.steps],
      ['encoder (z_sem)', (engine) => engine.encodes],
      [`edit of ${editSteps[device]} steps`, (engine) => engine.edits],
      ['cold start to the first step', (engine) => engine.starts],
    ];
    for (const [what, of] of times) {
      const shown = `${what}, ${name}${device === 'cpu' ? ', one thread' : ''}`;
      row(shown, ours, theirs, (engine) => median(of(engine)), milliseconds);
      if (threaded) row(`${shown} against ${threaded.threads}`, ours, threaded, (engine) => median(of(engine)), milliseconds);
      if (plain && of(plain).length) row(`${shown} without relaxed SIMD`, plain, theirs, (engine) => median(of(engine)), milliseconds);
      if (several) row(`${what}, ${name}, ${several.threads} threads`, several, threaded, (engine) => median(of(engine)), milliseconds);
    }
    row(`code to download, gzipped, ${name}`, ours, theirs, (engine) => engine.downloads.code, megabytes);
    row(`weights to download, ${name}`, ours, theirs, (engine) => engine.downloads.weights, megabytes);
    row(`linear memory at its peak, ${name}`, ours, theirs, (engine) => engine.reading?.linearBytes ?? NaN, megabytes);
    if (device === 'gpu') {
      row('GPU buffers at their peak', ours, theirs, (engine) => engine.reading?.peakDeviceBytes ?? NaN, megabytes);
      row('dispatches of a step', ours, theirs, (engine) => engine.dispatches, String);
    }
  }
  const [one, several] = [found('ours', 'cpu'), found('ours', 'cpu', true)];
  const about = [
    `${model}.`,
    ...Object.entries(agreement).map(([device, psnr]) => `On the ${NAMES[/** @type {Device} */ (device)]} both engines' pictures of one code agree to ${psnr.toFixed(1)} dB (int8 weights against f32).`),
    ...(one?.batches.length ? [`${BATCH} variations take ours ${ratio(median(one.batches))} as long as one on one thread${several ? `, ${ratio(median(several.batches))} on ${several.threads}` : ''}.`] : []),
    ...(one && several ? [`${several.threads} threads of ours take a step ${ratio(median(one.steps) / median(several.steps))} as fast as one.`] : []),
  ];
  return [about.join(' '), table(['', 'diffae', OTHER, 'ratio'], rows).trimEnd()];
}

/** @param {import('./search.mjs').Searches[]} searches */
function faces(searches) {
  const of = (/** @type {number[]} */ times, /** @type {number[]} */ reference) =>
    (times.length ? [milliseconds(median(times)), ratio(median(times) / median(reference))] : ['none', '']);
  const rows = searches.map(({ scene, faces, looks, first, end }) => [
    scene, String(faces), String(looks), ...of(first, searches[0].first), ...of(end, searches[0].end),
  ]);
  const about = 'The search for faces in photos of 12 megapixels, on the CPU; ratios to the one large face.';
  return `${about}\n\n${table(['', 'faces', 'looks of the network', 'first faces', 'ratio', 'all faces', 'ratio'], rows).trimEnd()}`;
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

/** How many times as much it takes. @param {number} times */
function ratio(times) {
  return `${times.toFixed(times < 10 ? 2 : 1)}x`;
}
