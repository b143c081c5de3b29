// The package as the registry would hand it out: packed by npm and unpacked again, so that what is left out of the archive is
// missing in tests, too.

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './support.mjs';

const run = promisify(execFile);

/** Packs the package into a folder. @param {string} folder @returns {Promise<string>} the archive */
export async function pack(folder) {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: join(ROOT, 'pkg') });
  return join(folder, JSON.parse(stdout)[0].filename);
}

/** Unpacks the package among the modules of an app. @param {string} archive @param {string} app @returns {Promise<string>} where the package is */
export async function unpack(archive, app) {
  const pkg = join(app, 'node_modules/diffae');
  await mkdir(pkg, { recursive: true });
  await run('tar', ['-xzf', archive, '-C', pkg, '--strip-components', '1']);
  return pkg;
}
