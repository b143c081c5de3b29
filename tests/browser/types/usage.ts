// The package as a TypeScript program sees it. It is compiled, never run; `npx tsc -p tests/browser/types` must say nothing.

import { DiffAe, DiffAeError, frameFromEyes, Photo, STEPS, type Addresses, type Code, type ErrorCode, type Face, type Step } from '../../../pkg/index.js';
import { LABELS, type DiffAeEditor } from '../../../pkg/element.js';

/** Compiles only where T is not any. */
type Exact<T> = 0 extends 1 & T ? never : T;
function exact<T>(value: Exact<T>): T {
  return value as T;
}

export async function use(file: File, signal: AbortSignal): Promise<void> {
  const about = await DiffAe.describe('manifest.json', { signal });
  exact<number>(about.editingBytes);
  const model = await DiffAe.load('manifest.json', {
    device: 'auto',
    parts: ['encoder', 'decoder'],
    onProgress: ({ stage, loaded, total }) => console.log(stage, loaded / total),
    onState: ({ state, error }) => console.log(state, error?.code),
    signal,
  });
  const onStep = ({ index, of, preview }: Step): void => console.log(index, of, preview?.width);
  const code = exact<Code>(await model.encode(file, { frame: { x: 1, y: 2, side: 3, angle: 0 }, steps: STEPS.cpu.encode, onStep, signal }));
  exact<Float32Array>(await model.encodeSemantic(file, { frame: { x: 1, y: 2, side: 3, angle: 0 }, signal }));
  exact<ImageData>(await model.edit(code, { Smiling: 0.3 }, { steps: 20 }));
  exact<ImageData>(await model.reconstruct(code));
  exact<ImageData>(await model.interpolate(code, code, 0.5));
  exact<ImageData[]>(await model.variations(code, { count: 4, seed: 1 }));
  exact<ImageData[]>(await model.sample({ count: 2, seed: 3, latentSteps: 20 }));
  exact<string>((await model.teach([code], [code], { name: 'Mine' })).name);
  exact<readonly string[]>(model.attributes);
  exact<'cpu' | 'gpu'>(model.info.device.kind);
  model.free();
  // @ts-expect-error models come from load
  new DiffAe();
  // @ts-expect-error amplitudes are numbers
  void model.edit(code, { Smiling: 'much' });
  // @ts-expect-error there is no such part
  void DiffAe.load('manifest.json', { parts: ['nose'] });
}

export async function open(file: File, model: DiffAe, signal: AbortSignal): Promise<Blob> {
  const photo = await Photo.open(file, { signal });
  const [face] = exact<Face[]>(await photo.faces({ signal }));
  const frame = frameFromEyes(face.eyes[0], face.eyes[1], model.info.framing ?? { eyeMidpoint: [0.5, 0.5], eyeDistance: 0.25 });
  const code = await model.encode(photo, { frame });
  const change = { frame, before: await model.reconstruct(code), after: await model.edit(code, { Smiling: 0.3 }) };
  exact<ImageData>(await photo.crop(frame, 64));
  exact<ImageData>(await photo.preview(1200, { region: face.bounds }));
  exact<ImageData>(await photo.composite(change, 1200, { region: face.bounds, signal }));
  exact<number>(photo.memory.linearBytes);
  // @ts-expect-error photos come from open
  new Photo();
  // @ts-expect-error WebP is not written
  void photo.save(null, { type: 'image/webp' });
  const blob = exact<Blob>(await photo.save(change, { type: 'image/jpeg', quality: 0.9 }));
  photo.free();
  return blob;
}

export async function elsewhere(file: File, editor: DiffAeEditor): Promise<void> {
  const addresses: Addresses = { workerUrl: new URL('https://cdn.example/worker.js'), cpuWasmUrl: 'cpu.wasm', gpuWasmUrl: 'gpu.wasm' };
  exact<DiffAe>(await DiffAe.load('manifest.json', { ...addresses, device: 'cpu' }));
  exact<Photo>(await Photo.open(file, { photoWorkerUrl: 'photo.js', detectorUrl: 'faces.safetensors' }));
  editor.addresses = addresses;
  // @ts-expect-error there is no such file
  editor.addresses = { wasmUrl: 'diffae.wasm' };
}

export function listen(editor: DiffAeEditor): void {
  editor.sliders = ['Smiling'];
  editor.sliders = 'Smiling,Young';
  exact<readonly string[] | null>(editor.sliders);
  editor.labels = { ...LABELS, Smiling: 'Lächeln' };
  editor.addEventListener('change', ({ detail }) => exact<ImageData>(detail.picture));
  editor.addEventListener('error', ({ detail }) => exact<ErrorCode>(detail.code));
  exact<DiffAeEditor>(document.createElement('diffae-editor'));
}

export function explain(error: unknown): string {
  return DiffAeError.from(error).message;
}
