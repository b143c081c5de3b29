// A plot of what was measured over time, as an SVG.

const SIZE = { width: 1000, height: 520 };
const AREA = { left: 70, right: 20, top: 70, bottom: 50 };
const COLOURS = ['#b3382c', '#2c63b3', '#2c8a4b', '#8a6d1f'];

/** @typedef {{ name: string, points: readonly (readonly [number, number])[] }} Series  seconds and MB */

/**
 * @param {string} title @param {readonly Series[]} series
 * @param {readonly number[]} marks seconds at which something happened
 */
export function plot(title, series, marks) {
  const points = series.flatMap((one) => one.points);
  const [last, most] = [Math.max(1, ...points.map(([x]) => x)), Math.max(1, ...points.map(([, y]) => y))];
  const step = niceStep(most / 6);
  const top = step * Math.ceil(most / step);
  const [width, height] = [SIZE.width - AREA.left - AREA.right, SIZE.height - AREA.top - AREA.bottom];
  const x = (/** @type {number} */ seconds) => round(AREA.left + (seconds / last) * width);
  const y = (/** @type {number} */ value) => round(AREA.top + height - (value / top) * height);
  const minutes = niceStep(last / 60 / 8);
  /** @type {string[]} */
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${SIZE.width}" height="${SIZE.height}" fill="#fff"/>`,
    `<text x="${AREA.left}" y="24" font-size="17">${escaped(title)}</text>`,
  ];
  for (let value = 0; value <= top + 1e-9; value += step) {
    lines.push(`<path d="M${AREA.left} ${y(value)}H${SIZE.width - AREA.right}" stroke="#ddd"/>`, `<text x="${AREA.left - 8}" y="${y(value) + 4}" text-anchor="end">${round(value)}</text>`);
  }
  for (let minute = 0; minute * 60 <= last; minute += minutes) {
    lines.push(`<text x="${x(60 * minute)}" y="${SIZE.height - AREA.bottom + 20}" text-anchor="middle">${round(minute)}</text>`);
  }
  lines.push(
    `<text x="${AREA.left + width / 2}" y="${SIZE.height - 12}" text-anchor="middle">minutes; a tick below is a fault</text>`,
    `<text x="18" y="${AREA.top + height / 2}" text-anchor="middle" transform="rotate(-90 18 ${AREA.top + height / 2})">MB</text>`,
    `<path d="${marks.map((seconds) => `M${x(seconds)} ${SIZE.height - AREA.bottom}v6`).join('')}" stroke="#555"/>`,
  );
  series.forEach(({ name, points: line }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    lines.push(
      `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${line.map(([seconds, value]) => `${x(seconds)},${y(value)}`).join(' ')}"/>`,
      `<rect x="${AREA.left + 230 * i}" y="40" width="14" height="4" fill="${colour}"/>`,
      `<text x="${AREA.left + 230 * i + 20}" y="47">${escaped(name)}</text>`,
    );
  });
  return `${lines.join('\n')}\n</svg>\n`;
}

/** A step of 1, 2 or 5 times a power of ten that is no smaller. @param {number} least */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10);
}

/** @param {number} value */
const round = (value) => Math.round(100 * value) / 100;

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[letter] ?? letter);
