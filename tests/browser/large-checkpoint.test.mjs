// A checkpoint of the published size, converted in a tab: 2.7 GB of which the tab holds a fraction at a time. All its numbers are
// zero, so that the file is sparse and takes no room. `./build.sh test --all` runs it, on Linux, which tells a process's peak.

import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { served } from './served.mjs';
import { ROOT } from './support.mjs';

const NAME = 'ffhq256_autoenc';
const MINUTES = 60_000;
const everything = process.env.DIFFAE_LARGE === 'all' && process.platform === 'linux';
const { site, newPage } = await served();

/** A zip file without compression, as torch writes it, whose large members are holes. */
class Zip {
  at = 0;
  /** @type {Buffer[]} */
  #directory = [];
  #file;

  /** @param {import('node:fs/promises').FileHandle} file */
  constructor(file) {
    this.#file = file;
  }

  /** @param {string} name @param {number} length @param {number} checksum @param {Buffer | null} bytes null for zeros */
  async member(name, length, checksum, bytes) {
    // Flags, method (stored), time and date; then checksum, both lengths, and the name's.
    const common = Buffer.alloc(26);
    common.set([0x14, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
    common.writeUInt32LE(checksum, 10);
    common.writeUInt32LE(length, 14);
    common.writeUInt32LE(length, 18);
    common.writeUInt16LE(name.length, 22);
    const header = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name)]);
    await this.#file.write(header, 0, header.length, this.at);
    if (bytes) await this.#file.write(bytes, 0, length, this.at + header.length);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(this.at, 10);
    this.#directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, place, Buffer.from(name)]));
    this.at += header.length + length;
  }

  async finish() {
    const directory = Buffer.concat(this.#directory);
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06');
    for (const at of [8, 10]) end.writeUInt16LE(this.#directory.length, at);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(this.at, 16);
    await this.#file.write(Buffer.concat([directory, end]), 0, directory.length + 22, this.at);
  }
}

/** @param {string} value */
function text(value) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(value.length);
  return Buffer.concat([Buffer.from('X'), length, Buffer.from(value)]);
}

/** @param {number} value */
function integer(value) {
  const bytes = Buffer.alloc(5);
  bytes.write('J');
  bytes.writeUInt32LE(value, 1);
  return bytes;
}

/** Product of numbers. @param {readonly number[]} sides */
function product(sides) {
  return sides.reduce((all, side) => all * side, 1);
}

/** `_rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`. @param {string} key @param {readonly number[]} shape */
function tensor(key, shape) {
  return Buffer.concat([
    Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n(('), text('storage'), Buffer.from('ctorch\nFloatStorage\n'), text(key), text('cpu'), integer(product(shape)), Buffer.from('tQK\0('),
    ...shape.map(integer), Buffer.from('t('),
    ...shape.map((_, axis) => integer(product(shape.slice(axis + 1)))), Buffer.from('t\x89ccollections\nOrderedDict\n)RtR', 'latin1'),
  ]);
}

/** Writes the tensors as PyTorch Lightning does, once for each of the four times that it keeps them. @param {string} path */
async function writeCheckpoint(path) {
  const lines = (await readFile(join(ROOT, `tests/golden/keys/${NAME}.txt`), 'utf8')).trim().split('\n');
  const tensors = lines.map((line) => line.split('\t')).map(([name, shape]) => /** @type {[string, number[]]} */ ([name, JSON.parse(shape)]));
  const file = await open(path, 'w');
  const zip = new Zip(file);
  /** @type {Map<number, number>} */
  const checksums = new Map();
  const pickle = [Buffer.from('\x80\x02}(', 'latin1')];
  let key = 0;
  for (const [dictionary, prefixes] of /** @type {[string, string[]][]} */ ([['state_dict', ['model.', 'ema_model.']], ['optimizer_states', ['exp_avg.', 'exp_avg_sq.']]])) {
    pickle.push(text(dictionary), Buffer.from('}('));
    for (const prefix of prefixes) {
      for (const [name, shape] of tensors) {
        const length = 4 * product(shape);
        if (!checksums.has(length)) checksums.set(length, crc32(Buffer.alloc(length)));
        pickle.push(text(prefix + name), tensor(String(key), shape));
        await zip.member(`last/data/${key}`, length, checksums.get(length) ?? 0, null);
        key += 1;
      }
    }
    pickle.push(Buffer.from('u'));
  }
  pickle.push(Buffer.from('u.'));
  const bytes = Buffer.concat(pickle);
  await zip.member('last/data.pkl', bytes.length, crc32(bytes), bytes);
  await zip.finish();
  await file.close();
}

/** The largest peak of the processes that draw pages, of this browser, in bytes. */
async function peak() {
  let most = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [command, status] = await Promise.all(['cmdline', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')));
    if (!command.includes('--type=renderer') || !(await isOurs(pid))) continue;
    most = Math.max(most, 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0));
  }
  return most;
}

/** Whether a process was started by this one, by way of others. @param {string} pid */
async function isOurs(pid) {
  for (let at = pid; at !== '0' && at !== '';) {
    if (at === String(process.pid)) return true;
    at = /PPid:\s+(\d+)/.exec(await readFile(`/proc/${at}/status`, 'utf8').catch(() => ''))?.[1] ?? '';
  }
  return false;
}

test('a published checkpoint is converted in a tab that holds a fraction of it', { skip: !everything && 'DIFFAE_LARGE=all runs it, on Linux', timeout: 15 * MINUTES }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'diffae-large-'));
  after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'last.ckpt');
  await writeCheckpoint(path);
  const { size } = await stat(path);
  assert.ok(size > 2_500_000_000, `${size} bytes`);
  const page = await newPage();
  page.setDefaultTimeout(12 * MINUTES);
  await page.goto(site.url);
  await page.getByText(/downloaded once when you begin/).waitFor();
  const before = await peak();
  await page.getByRole('button', { name: 'Your own model…' }).click();
  await page.getByLabel('Choose files').setInputFiles(path);
  await page.getByText('256 × 256').first().waitFor();
  await page.getByRole('button', { name: 'Use this model' }).click();
  await page.getByText(new RegExp(`^${NAME}: [\\d.]+ MB, on this device`)).waitFor();
  const most = await peak();
  console.log(`${Math.round(size / 1e6)} MB converted with ${Math.round(most / 1e6)} MB at the tab's peak, ${Math.round(before / 1e6)} MB before`);
  // The larger part as int8, and for all the rest three times as much; as f32 the weights take 640 MB.
  assert.ok(most - before < 500e6, `${most} bytes at the peak, ${before} before`);
});
