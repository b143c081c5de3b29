// Programs that tests start: where they are, which port they get, how long one waits for them, and how they are ended.

import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** The first of these programs that is there. @param {...(string | undefined)} names or paths */
export function program(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const name of names) {
    const found = name && [name.includes('/') ? name : '', ...folders.map((folder) => join(folder, name))].find((path) => path && existsSync(path));
    if (found) return found;
  }
  return null;
}

/** A port that nobody listens on. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** What is waited for unless a test says otherwise, in milliseconds. */
const PATIENCE = 90_000;

/** @param {() => boolean | Promise<boolean>} condition @param {string} otherwise @param {number} [patience] */
export async function until(condition, otherwise, patience = PATIENCE) {
  for (const start = Date.now(); !(await condition());) {
    if (Date.now() - start > patience) throw new Error(`${otherwise}, after ${patience / 1000} seconds.`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

/** What a promise gives, where it gives that in time. @template T @param {Promise<T>} promise @param {string} otherwise @param {number} [patience] @returns {Promise<T>} */
export async function within(promise, otherwise, patience = PATIENCE) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise}, after ${patience / 1000} seconds.`)), patience);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a program, with those that it has started where it leads a group. @param {import('node:child_process').ChildProcess} child */
export async function ended(child) {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => { child.once('exit', resolve); });
  const kill = (/** @type {NodeJS.Signals} */ signal) => {
    try {
      process.kill(-pid, signal);
    } catch {
      child.kill(signal);
    }
  };
  kill('SIGTERM');
  const timer = setTimeout(() => kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(timer);
}
