// Where the files of a model of one's own go: the browser's private file system, piece by piece as they are made; or, where it
// keeps none or has no room, the browser's own memory for files, until the page is closed.

import { makeFolder, partName, removeKept } from '../shared/own-store.js';

/** @typedef {import('../shared/protocol.js').Part} Part */
/** @typedef {import('../shared/protocol.js').OwnModel} OwnModel */
/** @typedef {(bytes: Uint8Array<ArrayBuffer>) => void} Take */
/** @typedef {{ kept: boolean, files: OwnModel['files'] }} Written  no files where they are kept */

/** What a file could not be written for. */
export class NotKept extends Error {}

export class KeptFiles {
  #id;
  #folder;

  /** @param {string} id @param {FileSystemDirectoryHandle} folder */
  constructor(id, folder) {
    this.#id = id;
    this.#folder = folder;
  }

  /** Null where there are no such files, or no room for so many bytes. @param {string} id @param {number} bytes */
  static async open(id, bytes) {
    const estimate = await navigator.storage?.estimate?.().catch(() => null);
    const room = (estimate?.quota ?? Infinity) - (estimate?.usage ?? 0);
    const folder = room > bytes ? await makeFolder(id).catch(() => null) : null;
    return folder && new KeptFiles(id, folder);
  }

  /** @param {Part} part @param {(take: Take) => void} fill */
  async write(part, fill) {
    await this.#write(partName(part), fill);
  }

  /** @param {string} name @param {(take: Take) => void} fill */
  async #write(name, fill) {
    /** @type {any} newer than the types of TypeScript */
    let file;
    try {
      const handle = await this.#folder.getFileHandle(name, { create: true });
      file = await /** @type {any} */ (handle).createSyncAccessHandle();
    } catch (error) {
      throw new NotKept('', { cause: error });
    }
    let at = 0;
    try {
      fill((bytes) => {
        let written = 0;
        try {
          written = file.write(bytes, { at });
        } catch (error) {
          throw new NotKept('', { cause: error });
        }
        if (written < bytes.length) throw new NotKept();
        at += written;
      });
      await file.flush();
    } finally {
      await file.close();
    }
  }

  /** @param {string} text of the manifest @returns {Promise<Written>} */
  async finish(text) {
    await this.#write('manifest.json', (take) => take(new TextEncoder().encode(text)));
    return { kept: true, files: {} };
  }

  async discard() {
    await removeKept(this.#id);
  }
}

export class HeldFiles {
  /** @type {OwnModel['files']} */
  #files = {};

  /** @param {Part} part @param {(take: Take) => void} fill */
  async write(part, fill) {
    /** @type {Blob[]} each at once a file of the browser's, which may put it on disk */
    const pieces = [];
    fill((bytes) => { pieces.push(new Blob([bytes])); });
    this.#files[part] = new Blob(pieces);
  }

  /** @returns {Promise<Written>} */
  async finish() {
    return { kept: false, files: this.#files };
  }

  async discard() {}
}
