// A static server for the page, small enough to read: right MIME types, every request answered from one folder, nothing cached.
// Tests import `serve`; `node serve.mjs [FOLDER] [PORT]` serves by hand.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { NAME, pageFiles } from '../../scripts/page-files.mjs';

const WWW = fileURLToPath(new URL('../../www', import.meta.url));

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
};

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** The file a URL path names, or null where it names none. @param {string} folder @param {string} pathname */
async function find(folder, pathname) {
  let path;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (path.includes('\0')) return null;
  // A URL path is absolute and has its dots resolved, encoded ones aside: those are resolved here and stay below the folder.
  const file = join(folder, resolve('/', path), path.endsWith('/') ? 'index.html' : '');
  const found = await stat(file).catch(() => null);
  return found?.isFile() ? { file, size: found.size } : null;
}

/**
 * @param {{ folder?: string, port?: number, headers?: Record<string, string>, isolates?: boolean }} [options] port 0 takes a free one;
 *   `headers` are sent with every file; a server that does not isolate pages is like most hosts
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function serve({ folder = WWW, port = 0, headers = {}, isolates = true } = {}) {
  const server = createServer(async (request, response) => {
    const found = await find(folder, (request.url ?? '/').split(/[?#]/, 1)[0]);
    if (!found && request.url === `/${NAME}` && await find(folder, '/sw.js')) {
      const list = await pageFiles(folder).catch(() => null);
      if (list) response.writeHead(200, { 'content-type': TYPES['.js'], 'cache-control': 'no-cache', ...headers }).end(list);
      else response.destroy(); // The folder is being changed.
      return;
    }
    if (!found) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('There is no such file here.\n');
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(found.file)] ?? 'application/octet-stream',
      'content-length': found.size,
      'cache-control': 'no-cache',
      // A page that no other origin can read into gets threads, precise timers, and its memory measured.
      ...(isolates ? ISOLATED : {}),
      ...headers,
    });
    if (request.method === 'HEAD') response.end();
    // A download that is broken off must not leave its file open.
    else pipeline(createReadStream(found.file), response, () => {});
  });
  await new Promise((listening, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => listening(undefined));
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://localhost:${address.port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, port = '8080'] = process.argv.slice(2);
  try {
    const { url } = await serve({ folder, port: Number(port) });
    console.log(`The page is at ${url} (Ctrl+C ends it).`);
  } catch (error) {
    const taken = /** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE';
    console.error(taken ? `Port ${port} is in use; name another one.` : `The page could not be served: ${error}`);
    process.exitCode = 1;
  }
}
