// The types of diffae_threads.js, of which a build without threads has nothing.
export * from './diffae_cpu.js';
export { default } from './diffae_cpu.js';
export function initSync(options: { module: WebAssembly.Module; memory?: WebAssembly.Memory }): unknown;
export function start_threads(joined: number): void;
export function join_threads(): void;
