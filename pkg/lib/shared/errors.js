// The one error type of the package: a stable `code` for programs and one sentence for people.

/** @typedef {import('../../index.js').ErrorCode} ErrorCode */
/** @typedef {Record<string, string | number>} Values  numbers are bytes */

/** Codes that mean the engine instance is gone and a new worker is needed. @type {ReadonlySet<ErrorCode>} */
const FATAL = new Set(['engine-crashed', 'device-lost', 'device-memory', 'device-refused', 'device-hung', 'device-wrong']);

/** Every failure of the package, in the worker or in the page. */
export class DiffAeError extends Error {
  /**
   * @param {ErrorCode} code stable, kebab-case
   * @param {string} message one sentence
   * @param {{ cause?: unknown, values?: Values }} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = 'DiffAeError';
    /** @readonly */
    this.code = code;
    /** What the sentence says in numbers and names, for whoever says it in another language. @readonly @type {Readonly<Values> | undefined} */
    this.values = options?.values;
  }

  /** True when the worker has to be replaced before anything else can run. */
  get fatal() {
    return FATAL.has(this.code);
  }

  /**
   * Wraps whatever was thrown; a value without a code of its own gets `fallback`.
   * @param {unknown} value
   * @param {ErrorCode} [fallback]
   * @returns {DiffAeError}
   */
  static from(value, fallback = 'internal') {
    if (value instanceof DiffAeError) return value;
    const code = /** @type {{ code?: unknown }} */ (value ?? {}).code;
    const message = value instanceof Error ? value.message : String(value);
    return new DiffAeError(typeof code === 'string' ? /** @type {ErrorCode} */ (code) : fallback, message, { cause: value });
  }
}

/** A trap, a panic or anything else after which the engine cannot go on. @param {string} what of which the first line is told @param {unknown} [cause] */
export function crashed(what, cause) {
  const line = what.split('\n').map((text) => text.trim()).find(Boolean) ?? 'no message';
  return new DiffAeError('engine-crashed', sentence(`The engine stopped unexpectedly: ${line}`), { cause });
}

/**
 * What a wasm instance threw. It gives every error a code; what comes without one is a trap, after which it is useless.
 * @param {unknown} thrown @param {boolean} started whether the instance was running already
 * @returns {DiffAeError}
 */
export function explained(thrown, started) {
  if (thrown instanceof DiffAeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const { code } = /** @type {{ code?: unknown }} */ (thrown ?? {});
  if (typeof code === 'string') return new DiffAeError(/** @type {ErrorCode} */ (code), sentence(message), { cause: thrown });
  if (started || thrown instanceof WebAssembly.RuntimeError) return crashed(message, thrown);
  return new DiffAeError('engine-unavailable', sentence(`The engine could not be started: ${message}`), { cause: thrown });
}

/** The engine's messages follow Rust's custom: no capital, no full stop. @param {string} message */
export function sentence(message) {
  return message.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase()).replace(/\.?$/, '.');
}

/** What a cancelled request rejects with. */
export function cancelled() {
  return new DiffAeError('cancelled', 'The work was cancelled.');
}
