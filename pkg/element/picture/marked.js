// Files that a canvas wrote, marked as what a model made. Whole photos are written and marked in the photo's worker
// (src/photo/encode.rs), which says the same in the same words.

/** @typedef {'edit' | 'model' | null} Maker a model that changed a photo, a model alone, or somebody else */

/** Terms of IPTC's vocabulary of digital sources. */
const TERMS = { edit: 'compositeWithTrainedAlgorithmicMedia', model: 'trainedAlgorithmicMedia' };

/** @param {Blob} file a PNG or JPEG without XMP @param {Maker} maker */
export async function marked(file, maker) {
  if (!maker) return file;
  const packet = xmp(TERMS[maker]);
  if (file.type === 'image/png') {
    // After the signature and the header, which has one length.
    return spliced(file, 33, chunk('iTXt', bytes(`XML:com.adobe.xmp\0\0\0\0\0${packet}`)));
  }
  const held = bytes(`http://ns.adobe.com/xap/1.0/\0${packet}`);
  const head = new DataView(await file.slice(0, 6).arrayBuffer());
  // JFIF wants to stand first.
  const at = head.getUint16(2) === 0xffe0 ? 4 + head.getUint16(4) : 2;
  return spliced(file, at, Uint8Array.of(0xff, 0xe1, (held.length + 2) >> 8, (held.length + 2) & 255, ...held));
}

/** @param {string} term */
function xmp(term) {
  return `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/${term}"/></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`;
}

/** @param {Blob} file @param {number} at @param {Uint8Array<ArrayBuffer>} added */
function spliced(file, at, added) {
  return new Blob([file.slice(0, at), added, file.slice(at)], { type: file.type });
}

/** @param {string} text */
function bytes(text) {
  return new TextEncoder().encode(text);
}

/** A chunk of a PNG file. @param {string} name @param {Uint8Array} held */
function chunk(name, held) {
  const whole = new Uint8Array(12 + held.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, held.length);
  whole.set(bytes(name), 4);
  whole.set(held, 8);
  view.setUint32(8 + held.length, checksum(whole.subarray(4, 8 + held.length)));
  return whole;
}

/** The CRC-32 of PNG. @param {Uint8Array} all */
function checksum(all) {
  let value = -1;
  for (const byte of all) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  }
  return ~value >>> 0;
}
