// A soak: somebody edits photos in Chromium for so many minutes while one thing after the other goes wrong, in an order that a seed
// decides. Between faults the page has to be well again, and at the end of it all; its memory is measured throughout.
// `node soak.mjs MINUTES [SEED] [FOLDER]` leaves memory.svg, memory.csv and faults.log in the folder.

import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../serve.mjs';
import { launch, ROOT } from '../support.mjs';
import { checkup } from './checkup.mjs';
import { FAULTS } from './faults.mjs';
import { plot } from './plot.mjs';
import { Random } from './random.mjs';
import { Wire } from './wire.mjs';
import { World } from './world.mjs';

/** So many faults come one after the other, at most, before the page is looked at. */
const AT_ONCE = 6;
const SAMPLE_MS = 3000;
/** A fault that could not be brought about by then is left alone. */
const FAULT_MS = 60_000;
/** What the browser may hold more in the last quarter of a soak than in the second; a short one is too restless for that. */
const GROWTH = { mb: 150, leastMinutes: 10 };

const [minutes = NaN, seed = Math.floor(Math.random() * 2 ** 31)] = process.argv.slice(2, 4).map(Number);
const folder = process.argv[4] ?? join(ROOT, 'target/soak');
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error('soak.mjs: name the minutes and, if it is to be the same again, the seed: soak.mjs 30 7');
  process.exit(1);
}

/** The page in a folder of its own, in which a tiny model stands in for the larger one, where it has been built. */
async function makeSite() {
  const made = await mkdtemp(join(tmpdir(), 'diffae-soak-'));
  for (const name of await readdir(join(ROOT, 'www'))) if (name !== 'models') await symlink(join(ROOT, 'www', name), join(made, name));
  await mkdir(join(made, 'models'));
  await symlink(join(ROOT, 'models/portrait64'), join(made, 'models/portrait64'));
  const tiny = join(ROOT, 'tests/browser/generated/golden');
  if (!(await access(tiny).then(() => true, () => false))) {
    await symlink(join(ROOT, 'models/portrait128'), join(made, 'models/portrait128'));
    return made;
  }
  const { framing } = JSON.parse(await readFile(join(ROOT, 'models/portrait64/manifest.json'), 'utf8'));
  await mkdir(join(made, 'models/portrait128'));
  for (const name of await readdir(tiny)) if (name !== 'manifest.json') await symlink(join(tiny, name), join(made, 'models/portrait128', name));
  const manifest = { ...JSON.parse(await readFile(join(tiny, 'manifest.json'), 'utf8')), framing };
  await writeFile(join(made, 'models/portrait128/manifest.json'), JSON.stringify(manifest));
  return made;
}

const start = Date.now();
const seconds = () => (Date.now() - start) / 1000;
/** @type {string[]} */
const log = [];
const say = (/** @type {string} */ text) => {
  const line = `${seconds().toFixed(1).padStart(7)}  ${text}`;
  log.push(line);
  console.log(line);
};

await mkdir(folder, { recursive: true });
const site = await makeSite();
const server = await serve({ folder: site });
const wire = new Wire(Number(new URL(server.url).port));
const browser = await launch({ args: ['--enable-precise-memory-info'] });
const random = new Random(seed);
const world = await World.open(browser, random, wire, await wire.listen());

/** @type {{ at: number, all: number, renderer: number, heap: number, workers: number }[]} */
const samples = [];
let sampling = true;
const sampler = (async () => {
  while (sampling) {
    const found = await world.memory().catch(() => null);
    if (found) samples.push({ at: seconds(), ...found });
    await world.pause(SAMPLE_MS);
  }
})();

/** @type {Map<string, string>} */
const drawn = new Map();
/** @type {Map<string, number>} */
const counts = new Map();
/** @type {number[]} */
const marks = [];
/** @type {string[]} */
const findings = [];
let checks = 0;
let compared = 0;

/** @param {string} text */
function find(text) {
  findings.push(text);
  say(`NOT WELL  ${text}`);
}

/** Ends what has been begun, so that nothing but the page itself keeps it from being well. @param {(() => Promise<void> | void)[]} ends */
async function heal(ends) {
  for (const end of ends.splice(0)) await Promise.resolve(end()).catch(() => {});
  wire.mood = 'fine';
  await world.context.setOffline(false);
  await world.quota(undefined).catch(() => {});
}

/** @param {boolean} another */
async function look(another) {
  checks += 1;
  try {
    const { model, value, known } = await checkup(world, drawn, another);
    compared += Number(known);
    say(`well: ${model} drew a smile of ${value}${known ? ', as before' : ''}`);
  } catch (error) {
    find(/** @type {Error} */ (error).message.slice(0, 900));
    await world.page.screenshot({ path: join(folder, `not-well-${findings.length}.png`) }).catch(() => {});
    await world.reopen();
  }
  // What a fault has thrown into a worker itself is no fault of the page.
  for (const text of world.errors.splice(0)) if (!/by the soak/.test(text)) find(`nobody caught: ${text.slice(0, 400)}`);
}

say(`seed ${seed}, ${minutes} minutes, Chromium ${browser.version()}`);
await look(false);
/** @type {string[]} faults in some order, each as often as every other */
let queue = [];
/** @type {(() => Promise<void> | void)[]} */
const ends = [];
while (seconds() < minutes * 60 && browser.isConnected()) {
  for (let left = random.whole(1, AT_ONCE); left > 0; left--) {
    if (queue.length === 0) queue = random.shuffled(Object.keys(FAULTS));
    const name = /** @type {string} */ (queue.pop());
    // Something is going on when it happens.
    if (random.next() < 0.5) await world.page.getByRole('slider', { name: 'Smile', exact: true }).fill(String(random.of([-0.3, 0.1, 0.3])), { timeout: 300 }).catch(() => {});
    say(`fault: ${name}`);
    try {
      const at = seconds();
      const end = await Promise.race([FAULTS[name](world), world.pause(FAULT_MS).then(() => { throw new Error('it takes too long'); })]);
      if (end) ends.push(end);
      marks.push(at);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    } catch (error) {
      // Faults meet: a page that has just crashed cannot be asked for anything.
      say(`  (it could not be: ${/** @type {Error} */ (error).message.split('\n')[0]})`);
    }
    await world.pause(random.whole(0, 1200));
  }
  await heal(ends);
  await look(random.next() < 0.25);
}
if (!browser.isConnected()) find('the browser itself is gone');
await heal(ends);
await look(true);

sampling = false;
await sampler;
await browser.close();
wire.close();
server.close();
await rm(site, { recursive: true });

/** @param {number} from @param {number} to as shares of the whole */
const median = (from, to) => {
  const held = samples.filter(({ at }) => at >= from * seconds() && at <= to * seconds()).map(({ all }) => all).sort((a, b) => a - b);
  return held[held.length >> 1] ?? NaN;
};
const [early, late] = [median(0.25, 0.5), median(0.75, 1)];
if (minutes >= GROWTH.leastMinutes && late - early > GROWTH.mb) find(`the browser holds ${Math.round(late)} MB in the last quarter, and held ${Math.round(early)} MB in the second`);

const series = /** @type {const} */ ([['all processes', 'all'], ['renderers', 'renderer'], ['JavaScript of the page', 'heap']])
  .map(([name, key]) => ({ name, points: samples.filter((sample) => Number.isFinite(sample[key])).map((sample) => /** @type {const} */ ([sample.at, sample[key]])) }));
await writeFile(join(folder, 'memory.svg'), plot(`Memory over ${minutes} minutes with ${marks.length} faults, seed ${seed}`, series, marks));
await writeFile(join(folder, 'memory.csv'), `seconds,all,renderers,heap,workers\n${samples.map(({ at, all, renderer, heap, workers }) => [at.toFixed(1), all.toFixed(1), renderer.toFixed(1), heap.toFixed(2), workers].join()).join('\n')}\n`);
say(`${marks.length} faults of ${counts.size} kinds, ${checks} looks at the page, ${compared} pictures compared with earlier ones`);
say(`median of all processes: ${Math.round(early)} MB in the second quarter, ${Math.round(late)} MB in the last; most workers at once: ${Math.max(...samples.map(({ workers }) => workers))}`);
for (const [name, count] of [...counts].sort()) say(`${String(count).padStart(4)} x ${name}`);
say(findings.length === 0 ? 'The page is well.' : `Not well, ${findings.length} times:\n${findings.map((text) => `- ${text}`).join('\n')}`);
await writeFile(join(folder, 'faults.log'), `${log.join('\n')}\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
