// What this page and its workers have asked of the network, since any moment: for the line that proves a promise. Workers tell
// theirs; the page's own is the browser's list, in which requests of whatever else is on the page stand, too.

import { bodiless } from '../shared/fetch.js';
import { observeRequests } from '../shared/requests.js';

/** @typedef {import('../shared/protocol.js').Traffic} Traffic */
/**
 * @typedef {object} Account
 * @property {string[]} files addresses of what was asked for
 * @property {number} sent bytes that the package sent
 * @property {number} others requests of the page's own scripts, which may have carried anything
 */

/** How requests are called that can carry more than their address. */
const WITH_BODY = ['fetch', 'xmlhttprequest', 'beacon', 'ping'];

/** @type {(Traffic & { other?: boolean })[]} */
const all = [];
/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {boolean | null} whether the browser tells, once it was asked */
let told = null;

/** Takes note of what a worker tells. @param {(Traffic & { other?: boolean })[]} traffic */
export function noteTraffic(traffic) {
  all.push(...traffic);
  for (const listener of listeners) listener();
}

/** The present moment, in milliseconds since 1970 as traffic counts them. */
export function moment() {
  return performance.timeOrigin + performance.now();
}

/**
 * Calls with the account since a moment, now and whenever it grows, until the returned function is called; with null where
 * the browser tells nobody.
 * @param {number} since @param {(account: Account | null) => void} tell
 */
export function follow(since, tell) {
  told ??= observeRequests((requests) => noteTraffic(requests.map(({ at, file, kind }) => ({ at, file, other: WITH_BODY.includes(kind) && !bodiless.has(file) }))));
  const listener = () => tell(told ? accountSince(since) : null);
  listeners.add(listener);
  listener();
  return () => void listeners.delete(listener);
}

/** @param {number} since @returns {Account} */
function accountSince(since) {
  const account = { files: /** @type {string[]} */ ([]), sent: 0, others: 0 };
  for (const entry of all) {
    if (entry.at < since) continue;
    if ('file' in entry) account.files.push(entry.file);
    else account.sent += entry.sent;
    if (entry.other) account.others += 1;
  }
  return account;
}
