import type { Addresses, DiffAe, DiffAeError, LoadProgress, ModelInfo } from './index.js';

/** Progress of a download, or of a piece of work in steps. */
export type EditorProgress =
  | LoadProgress
  | { readonly stage: 'encode' | 'draw'; readonly index: number; readonly of: number };

/** What makes dreamt faces the ones they are. */
export interface Dream {
  /** 0 to 4294967295. */
  readonly seed: number;
  /** How far each may be from the mean face, 0 to 1. */
  readonly psi: number;
  /** Noise added in each step, 0 to 1. */
  readonly eta: number;
  /** Which of the six faces that these make, 1 to 6; left out where all of them are meant. */
  readonly face?: number;
}

export interface EditorEventMap {
  /** A model was loaded. */
  ready: CustomEvent<ModelInfo>;
  progress: CustomEvent<EditorProgress>;
  /**
   * An edit was drawn. `amplitudes` holds the sliders that are not at zero, `picture` the model's own pixels, and `dream` what
   * draws the face again, where it is one that was dreamt.
   */
  change: CustomEvent<{ readonly amplitudes: Readonly<Record<string, number>>; readonly picture: ImageData; readonly dream: Dream | null }>;
  /** A photo, or a dreamt face, can be edited from now on; `dream` is what draws the face again, where it is one that was dreamt. */
  opened: CustomEvent<{ readonly dream: Dream | null }>;
  /** Faces of nobody were drawn; `dream` draws the same ones again. */
  dream: CustomEvent<Dream>;
  /** What the element shows as a sentence. */
  error: CustomEvent<DiffAeError>;
}

/**
 * `<diffae-editor model="manifest.json" src="photo.jpg" device="auto" sliders="Smiling,Young" eyes="x,y x,y">`
 *
 * `models` lists addresses of manifests, separated by spaces, among which a person can choose; `model` is the chosen one.
 *
 * With `fixed` people cannot bring models of their own.
 *
 * The face on a photo is found without help. `eyes` says where the eyes of `src` are, in its pixels, left one first, if the
 * page knows better.
 *
 * What is being edited is kept in the browser's storage of the page's origin, so that it survives a reload or a crash, until
 * the person chooses another photo or forgets it, or comes back after seven days. With `forget` nothing is kept.
 *
 * Children with `slot="intro"` and `slot="teaser"` fill the first screen; `<img slot="sample" data-eyes="x,y x,y">` are
 * sample photos. `lang`, of the element or of anything around it, is its language. The attribute `stage` tells which screen is shown: start, camera,
 * find, frame, work or edit.
 */
export class DiffAeEditor extends HTMLElement {
  /** Attribute names with a slider, in order; null shows the best ones and offers all. As text, separated by commas. */
  get sliders(): readonly string[] | null;
  set sliders(names: readonly string[] | string | null);
  /** Where the sliders are, by attribute, those at zero left out. Set before a photo is opened, that photo begins so; names that the model lacks are passed over. */
  amplitudes: Readonly<Record<string, number>>;
  /** Translations, by key of `LABELS` or by attribute name. */
  labels: Readonly<Record<string, string>>;
  /** Where the package's own files are, if not beside its scripts; to be set before the element is put into the page, or it begins anew. */
  addresses: Addresses;
  /** The loaded model, or null before the first photo was begun. */
  readonly loaded: DiffAe | null;
  /** Takes a photo, finds the face and reads it; where several are found, the person picks one. `eyes`, where known, are in the photo's pixels, the one on the left first. */
  open(
    source: Blob | string,
    about?: { readonly name?: string; readonly eyes?: readonly [{ readonly x: number; readonly y: number }, { readonly x: number; readonly y: number }] | null },
  ): Promise<void>;
  /**
   * Offers to draw the faces of nobody that a `dream` or `opened` event told of, and opens the one that it numbers, with these
   * sliders; what is left out is as usual.
   */
  dream(dream: Pick<Dream, 'seed'> & Partial<Dream>, amplitudes?: Readonly<Record<string, number>>): Promise<void>;
  /** Takes what was dropped on another part of the page: a file, a picture dragged out of a web page, or a model. */
  drop(data: DataTransfer): Promise<void>;
  addEventListener<K extends keyof EditorEventMap>(type: K, listener: (this: DiffAeEditor, event: EditorEventMap[K]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

/** Every word of the element in English, by key. */
export const LABELS: Readonly<Record<string, string>>;

declare global {
  interface HTMLElementTagNameMap {
    'diffae-editor': DiffAeEditor;
  }
}
