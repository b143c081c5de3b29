// Draws the icons of the installed page from www/icon.svg: `node scripts/icons.mjs`, after `npm ci --prefix tests/browser`. They
// are committed, since building the page needs no browser.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch } from '../tests/browser/support.mjs';

const WWW = fileURLToPath(new URL('../www/', import.meta.url));
const svg = await readFile(`${WWW}icon.svg`, 'utf8');
const ground = /fill="(#[0-9a-f]{6})"/.exec(svg)?.[1];

/** Systems cut a maskable icon to shapes of their own, and keep a circle of four fifths of its side. */
const ICONS = [
  { name: 'icon-192.png', side: 192, whole: false },
  { name: 'icon-512.png', side: 512, whole: false },
  { name: 'maskable-512.png', side: 512, whole: true },
  { name: 'apple-180.png', side: 180, whole: true },
];

const browser = await launch();
for (const { name, side, whole } of ICONS) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  const inset = whole ? side * 0.08 : 0;
  await page.setContent(`<body style="margin:0;background:${whole ? ground : 'transparent'}"><div style="position:absolute;inset:${inset}px">${svg}</div>`);
  await page.screenshot({ path: `${WWW}icons/${name}`, omitBackground: true });
  await page.close();
}
await browser.close();
