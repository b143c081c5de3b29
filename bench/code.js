// Codes as bytes, a safetensors file with `z_sem` and `x_T`: made here so that every engine decodes the same one.

/** A code of noise. Speed does not depend on what it shows. @param {number} style @param {number} side */
export function noise(style, side) {
  let state = 1;
  // Marsaglia's xorshift and the sum of twelve uniforms: near enough to a normal distribution for a clock.
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const normal = (/** @type {number} */ length) => Float32Array.from({ length }, () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += uniform();
    return sum;
  });
  return write({ z_sem: normal(style), x_T: normal(3 * side * side) }, side);
}

/** @param {{ z_sem: Float32Array, x_T: Float32Array }} code @param {number} side */
function write({ z_sem, x_T }, side) {
  const header = new TextEncoder().encode(JSON.stringify({
    z_sem: { dtype: 'F32', shape: [z_sem.length], data_offsets: [0, z_sem.byteLength] },
    x_T: { dtype: 'F32', shape: [3, side, side], data_offsets: [z_sem.byteLength, z_sem.byteLength + x_T.byteLength] },
  }));
  const bytes = new Uint8Array(8 + header.length + z_sem.byteLength + x_T.byteLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  bytes.set(new Uint8Array(z_sem.buffer), 8 + header.length);
  bytes.set(new Uint8Array(x_T.buffer), 8 + header.length + z_sem.byteLength);
  return bytes;
}

/** @param {Uint8Array} bytes @returns {{ z_sem: Float32Array, x_T: Float32Array }} */
export function read(bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const tensor = (/** @type {string} */ name) => {
    const [start, end] = header[name].data_offsets;
    return new Float32Array(bytes.slice(8 + length + start, 8 + length + end).buffer);
  };
  return { z_sem: tensor('z_sem'), x_T: tensor('x_T') };
}
