// `./build.sh bench`: this package against onnxruntime-web on the same networks, interleaved in one browser session, and the
// search for faces. Prints Markdown tables; `--write` puts them between the markers of docs/performance.md.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../tests/browser/support.mjs';
import { geometry } from './geometry.mjs';
import { measure } from './measure.mjs';
import { report } from './report.mjs';
import { search } from './search.mjs';
import { machine, withPage, withPageOf } from './site.mjs';

const HELP = `./build.sh bench [options]

  --onnx DIR       folder with portrait64-unet.onnx and portrait64-encoder.onnx for onnxruntime-web, and with those of
                   portrait128 where that is to be measured, too; without it this package is measured alone
  --engine NAME    firefox or webkit in the place of chromium, with --only cpu
  --only cpu|gpu   leave the other device out; faces are searched for on the CPU
  --rounds N       rounds over every row (5); medians are shown
  --seconds N      about how long one engine computes steps in a round (2)
  --steps N        steps of an edit, 2 to 36 (what the page takes on each device)
  --ffhq256        instead: load random int8 weights of the ffhq256 geometry on WebGPU and print the memory that takes,
                   steps included (on a software adapter they are dispatched in name only)
  --write          put the tables between the markers of docs/performance.md
  --headed         show the browser's window
  --flag FLAG      one more flag for Chromium, as --flag=--enable-features=Vulkan; may be repeated
`;

/** What is repeated has nothing to start with. @type {string[]} */
const NONE = [];

const OPTIONS = /** @type {const} */ ({
  onnx: { type: 'string' },
  engine: { type: 'string', default: 'chromium' },
  only: { type: 'string' },
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '2' },
  steps: { type: 'string' },
  ffhq256: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  headed: { type: 'boolean', default: false },
  flag: { type: 'string', multiple: true, default: NONE },
  help: { type: 'boolean', default: false },
});

/** @param {string} text @param {string} name */
function positive(text, name) {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} needs a number above 0, not ${text}.`);
  return number;
}

/** The bundled models that can be compared: the first one in any case. @param {string | null} onnx */
async function models(onnx) {
  const [first, ...others] = ['portrait64', 'portrait128'];
  const there = onnx === null ? [] : await readdir(onnx);
  return [first, ...others.filter((name) => there.includes(`${name}-unet.onnx`))];
}

/** @param {string} tables */
async function write(tables) {
  const path = join(ROOT, 'docs/performance.md');
  const before = await readFile(path, 'utf8');
  const marked = /(<!-- bench -->\n)[\s\S]*?(<!-- \/bench -->)/;
  if (!marked.test(before)) throw new Error('docs/performance.md has no lines <!-- bench --> and <!-- /bench --> to write between.');
  await writeFile(path, before.replace(marked, (_, open, close) => `${open}${tables}${close}`));
}

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values.only !== undefined && values.only !== 'cpu' && values.only !== 'gpu') throw new Error(`--only takes cpu or gpu, not ${values.only}.`);
  const rounds = positive(values.rounds, 'rounds');
  const seconds = positive(values.seconds, 'seconds');
  const chromium = values.engine === 'chromium';
  if (!chromium && (values.only !== 'cpu' || values.write || values.headed || values.flag.length)) {
    throw new Error(`--engine ${values.engine} takes --only cpu, and neither --write, --headed nor --flag.`);
  }
  const devices = /** @type {('cpu' | 'gpu')[]} */ (values.only ? [values.only] : ['cpu', 'gpu']);
  const steps = values.steps === undefined ? null : positive(values.steps, 'steps');
  const common = { headed: values.headed, flags: values.flag };
  const tell = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);
  /** @type {typeof withPageOf} */
  const withEngine = (name, folders, work) => (chromium ? withPage({ ...common, folders }, work) : withPageOf(name, folders, work));
  if (values.ffhq256) {
    process.stdout.write(`\n${await geometry((folders, work) => withPage({ ...common, folders }, work), tell)}`);
    return;
  }
  const onnx = values.onnx === undefined ? null : resolve(values.onnx);
  const folders = /** @type {Record<string, string>} */ (onnx ? { onnx } : {});
  const runs = [];
  for (const [i, model] of (await models(onnx)).entries()) {
    tell(model);
    runs.push(await withEngine(values.engine, folders, async (page, browser) => ({
      measured: await measure(page, { model, devices, rounds, seconds, steps, onnx, tell }),
      // Faces are searched for without a model.
      searches: i === 0 && devices.includes('cpu') ? await search(page, { rounds, tell }) : [],
      on: machine(browser),
    })));
  }
  const tables = report(runs[0].on, runs.map(({ measured }) => measured), runs[0].searches);
  process.stdout.write(`\n${tables}`);
  if (values.write) await write(tables);
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
