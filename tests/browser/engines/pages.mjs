// Pages for what the demo page does not show: the package without an element, and the element under the strictest policy.

import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve as serveFolder } from '../serve.mjs';
import { SAMPLES } from '../support.mjs';

/** @typedef {import('./person.mjs').Person} Person */

/**
 * Runs the body of an async function with the package as `diffae` and files as `files`. In a script of the page: a driver's
 * own cannot import.
 * @param {Person} person @param {string} url @param {Record<string, Uint8Array>} files @param {string} script
 */
export async function withPackage(person, url, files, script) {
  await person.open(new URL('samples/CREDITS.txt', url).href);
  const texts = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]));
  return person.evaluate(`
    const texts = ${JSON.stringify(texts)};
    globalThis.document.defaultView.sent = JSON.stringify(texts);
    const element = document.createElement('script');
    element.type = 'module';
    const { defaultView } = globalThis.document;
    const end = (result) => { document.documentElement.dataset.result ??= JSON.stringify(result); };
    element.addEventListener('error', () => end({ error: 'a module of the package was not loaded' }));
    defaultView.addEventListener('error', ({ message }) => end({ error: message }));
    element.textContent = ${JSON.stringify(`
      import * as diffae from ${JSON.stringify(new URL('pkg/index.js', url).href)};
      const base64 = (bytes) => new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
        reader.readAsDataURL(new Blob([bytes]));
      });
      const files = Object.fromEntries(Object.entries(JSON.parse(window.sent)).map(([name, text]) => [name, new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name.replaceAll(' ', '-'))]));
      (async () => { ${script} })().then((value) => ({ value }), (error) => ({ error: String(error) + error.stack })).then((result) => { document.documentElement.dataset.result = JSON.stringify(result); });`)};
    document.documentElement.append(element);
    while (!document.documentElement.dataset.result) await new Promise((resolve) => setTimeout(resolve, 50));
    const { value, error } = JSON.parse(document.documentElement.dataset.result);
    if (error) throw new Error(error);
    return value;`);
}

/** A page with the element that remembers what its policy has refused from the start, on a server of its own. @param {Record<string, string>} headers @param {(url: string) => Promise<void>} work */
export async function withStrictPage(headers, work) {
  const folder = await mkdtemp(join(tmpdir(), 'diffae-strict-'));
  for (const name of ['models', 'pkg', 'samples']) await symlink(join(SAMPLES, '..', name), join(folder, name));
  await writeFile(join(folder, 'watch.js'), "window.refused = []; addEventListener('securitypolicyviolation', ({ effectiveDirective }) => window.refused.push(effectiveDirective));");
  await writeFile(join(folder, 'index.html'), `<!doctype html><html lang="en"><meta charset="utf-8"><title>Strict</title>
    <script src="watch.js"></script><script type="module" src="pkg/element.js"></script>
    <diffae-editor model="models/portrait64/manifest.json" src="samples/face-09.webp" forget></diffae-editor>`);
  const server = await serveFolder({ folder, headers });
  try {
    await work(server.url);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
}
