// Every word the element shows in English, by key; other languages lie beside this file. A page can put words of its own in
// their place: `editor.labels = { drop: 'Your portrait here', … }`. Attribute names are keys too: `{ Smiling: 'Grin' }`.

export const LABELS = Object.freeze({
  // Start
  introTitle: 'Edit a face',
  introText: 'Drop a photo, move a slider. Everything happens in this browser tab.',
  drop: 'Drop a photo of a face',
  dropHint: 'or paste one from the clipboard',
  choose: 'Choose a photo',
  samples: 'No photo at hand? Borrow a face',
  dream: 'Dream up a face of nobody',
  private: 'Your photo never leaves this device.',
  keptHint: 'What you edit is kept on this device until you choose New photo, and offered for seven days.',
  goOnTitle: 'Go on with {name}?',
  goOnText: 'Photo and sliders are as you left them, kept on this device.',
  goOnOther: 'The model it was edited with is not on this page any more; the present one reads the face anew.',
  goOn: 'Go on',
  forget: 'Forget',
  keptDamaged: 'What was kept of your last photo is damaged and has been deleted; choose the photo again.',
  keptTaken: 'This photo is being edited in another tab; go on there.',
  model: '{name}: {size}, downloaded once when you begin.',
  modelUnknown: 'Looking up the model…',
  licence: 'Licence of the weights: {licence}',
  secondTitle: 'Choose a second face',
  backToEditing: 'Back to editing',
  dropNothing: 'There is no picture in what was dropped; drop a picture file.',
  dropElsewhere: 'The picture is on {host}, which does not let this page read it. Save it on your device first, then drop the file.',
  takePhoto: 'Take a photo',
  paste: 'Paste',
  pasteNothing: 'There is no picture in the clipboard; copy one first.',
  pasteDenied: 'The browser or this page does not allow the clipboard to be read; allow it, or press Ctrl+V or ⌘V instead.',
  // Camera
  cameraTitle: 'Take a photo',
  cameraHint: 'Bring your face into the oval, with your eyes in the rings, and look straight ahead.',
  cameraWaiting: 'Waiting for the camera…',
  cameraView: 'What the camera sees, as in a mirror',
  cameraTake: 'Take the photo',
  cameraOther: 'Other camera',
  cameraDenied: 'The camera may not be used: allow it for this site in the browser, or choose a photo instead. A page that is embedded in another needs to be allowed by that, too.',
  cameraNone: 'No camera was found; connect one, or choose a photo instead.',
  cameraBusy: 'The camera cannot be used right now, perhaps because another program has it; close that and try again.',
  cameraLost: 'The camera has stopped; connect it and try again.',
  // Finding
  findTitle: 'Finding the face…',
  pickTitle: '{count} faces',
  pickText: 'Whose face shall it be?',
  pickFace: 'Face {number}',
  byHand: 'Line it up by hand',
  noFace: 'No face was found in this photo.',
  notSearched: 'Faces cannot be found right now.',
  // Framing
  foundTitle: 'Found the face',
  foundText: 'If an eye is off its ring, drag its handle onto it.',
  leftEye: 'Eye on the left. Drag it, or use the arrow keys.',
  rightEye: 'Eye on the right. Drag it, or use the arrow keys.',
  framedStage: 'Framed face',
  adjustTitle: 'Adjust the eyes',
  adjustText: 'Drag a handle onto each eye, or use the arrow keys. The face is read anew when you let go.',
  frameTitle: 'Line up the eyes',
  frameText: 'Move the photo until each eye sits in its ring. Drag to move, scroll or pinch to zoom.',
  frameStage: 'Photo under the frame. Arrow keys move it, plus and minus zoom, square brackets turn.',
  tapEyes: 'Tap the eyes instead',
  tapFirst: 'Tap the eye on the left…',
  tapSecond: '…and the eye on the right',
  size: 'Zoom',
  tilt: 'Tilt',
  begin: 'Bring it to life',
  downloadNote: 'Downloads {size} once. {licence}',
  otherPhoto: 'Other photo',
  frameSecond: 'Line up the second face',
  beginSecond: 'Blend with this face',
  // Working
  workTitle: 'Reading the face',
  workDownload: 'Fetching the model',
  workVerify: 'Checking the model',
  workPrepare: 'Unpacking the model',
  workEngine: 'Starting the engine',
  workEncode: 'Turning the photo into a code',
  workFirst: 'Drawing it back',
  workNote: 'This happens once for each photo. Every edit after it is quick.',
  cancel: 'Cancel',
  step: 'Step {index} of {of}',
  bytes: '{loaded} of {total}',
  eta: 'about {time} left',
  // Editing
  original: 'Original',
  edited: 'Edited',
  sideBySide: 'Side by side',
  slide: 'Slide',
  divider: 'Divider between original and edited picture',
  view: 'View',
  zoom: 'Zoom of both pictures',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  zoomFit: '{scale}×: show the whole picture',
  lookStage: 'Original and edited picture. Plus and minus zoom, arrow keys move, zero shows all; hold O for the original.',
  holdOriginal: 'Hold to compare',
  holdHint: 'Hold this button, the edited picture or the key O to see the original',
  originalShown: 'The original is shown.',
  editShown: 'The edited picture is shown again.',
  filmRun: 'Filmstrip',
  filmOf: 'Attribute of the filmstrip',
  filmHint: 'Draws one attribute from end to end',
  filmShown: '{name} from end to end, the others as they were.',
  filmFrame: '{name} {value}',
  bare: 'Only the model’s {size} × {size}',
  bareHint: 'What the model draws by itself, without your photo',
  zoomFace: 'Zoom to the face',
  adjust: 'Adjust the eyes',
  undo: 'Undo',
  redo: 'Redo',
  resetAll: 'Reset all',
  resetOne: 'Reset {name}',
  save: 'Download',
  saving: 'Saving…',
  format: 'File format',
  quality: 'Quality',
  pngHint: '{width} × {height}, as large as your photo. PNG keeps every pixel outside the face.',
  jpegHint: '{width} × {height}, as large as your photo. JPEG makes a smaller file.',
  saveBoth: 'Before & after',
  share: 'Share',
  newPhoto: 'New photo',
  // Other ways out
  shareNow: 'Share now',
  sharePreparing: 'Getting it ready…',
  shareReady: 'The picture is ready to be shared.',
  copy: 'Copy',
  copying: 'Copying…',
  copied: 'Copied',
  copyRefused: 'The picture could not be copied: the browser or this page does not allow it. Download it instead.',
  savedBoth: 'Both are saved beside each other, {width} × {height}.',
  savedBothSmaller: 'Both are saved beside each other, {width} × {height}: scaled down, since a browser cannot draw both at full size.',
  drag: 'Drag out',
  dragHint: 'Drag the picture into a folder or another page, as a JPEG',
  dragSoon: 'The picture is being made ready; drag it again in a moment.',
  dragReady: 'The picture can be dragged now.',
  video: 'Video',
  videoWhat: 'What it shows',
  videoToValue: '{name}, from 0 to {to} and back',
  videoWholeRange: '{name}, from {from} to {to} and back',
  videoBlend: 'From this face to the other and back',
  videoWhere: 'Of what',
  videoPhoto: 'The whole photo',
  videoFace: 'The face',
  videoMake: 'Make the video',
  videoHint: 'The model draws {count} pictures, which fade into each other: a few seconds without sound, at most 1080 pixels wide or high.',
  videoNone: 'This browser cannot make videos; newer ones of Chrome, Edge, Safari and Firefox on computers can.',
  videoWork: 'Making the video',
  videoDrawing: 'Drawing {of} pictures…',
  videoDrawn: 'Picture {index} of {of}, about {time} left',
  videoEncoding: 'Putting them together…',
  videoDone: 'Saved: {format}, {width} × {height}, {time}, {size}.',
  tabEdit: 'Edit',
  tabBlend: 'Blend',
  tabVariations: 'Variations',
  tabFaces: 'Faces',
  try: 'One tap',
  all: 'All {count} attributes',
  idle: 'Move a slider.',
  drawing: 'Drawing…',
  drawn: 'Drawn in {time}.',
  // Other panels
  blendText: 'Encode a second face, then slide from one to the other.',
  blendAmount: 'From this face to the other',
  blendOther: 'Another face',
  variationsText: 'This face with its details drawn anew. The further they go, the less of your photo is left: at 100 % the model has only 256 numbers to go by, and sketches.',
  variationsStrength: 'How far from the photo',
  variationsRun: 'Draw variations',
  facesTitle: 'Faces of nobody',
  facesText: 'Dreamt up whole, and never seen before. They are rough; open one to edit it.',
  facesPsi: 'Variety',
  facesPsiHint: 'How far each face may be from the mean one (psi)',
  facesEta: 'Fresh noise',
  facesEtaHint: 'Noise added in each step of drawing (eta). With more of it faces are softer, and more of them are whole.',
  facesRun: 'Dream up faces',
  facesDownload: 'Needs {size} more, once.',
  openFace: 'Edit face {number}',
  face: 'Face {number}',
  variation: 'Variation {number}',
  // Teaching
  tabTeach: 'Teach',
  teachText: 'Show a few faces that have something and a few that do not. A slider comes of it, after a few seconds. Tap a face to move it to the other side.',
  teachWith: 'With it: {count}',
  teachWithout: 'Without it: {count}',
  teachAddWith: 'Add faces with it',
  teachAddWithout: 'Add faces without it',
  teachToWith: 'Face {number}: it has it',
  teachToWithout: 'Face {number}: it does not have it',
  teachRemove: 'Leave face {number} out',
  teachName: 'Name',
  teachRun: 'Teach',
  teachReading: 'Reading face {index} of {of}…',
  teachNoFace: 'No face was found in {names}.',
  teachTaken: 'The model has a slider called {name} already; choose another name.',
  teachDone: 'There is a slider called {name} now.',
  teachShare: 'this face: {percent} %',
  teachSave: 'Save {name}',
  teachForget: 'Forget {name}',
  teachOpen: 'Open a saved slider',
  teachFileInvalid: 'This file is no saved slider, or a damaged one.',
  teachFileOther: 'This slider was taught to the model {model}; choose that one, or teach it again with this one.',
  groupTaught: 'Taught by you',
  facesLike: 'Faces like',
  facesAnyone: 'anyone',
  // Inside
  insideTitle: 'What happens inside',
  insideSemantic: 'z_sem: {count} numbers that hold what the face means',
  insideSemanticHint: 'Grey is your photo, colour is what the sliders made of it. One unit is how much faces differ.',
  insideNoise: 'x_T: noise that holds all the rest',
  insideNoiseHint: 'It looks like chance, and stays as it is while you edit: light, background and stray hair are in it.',
  insideSteps: 'From x_T to the face, step by step',
  insideStepsHint: 'What the model takes the picture to be after each step. Move a slider to see it again.',
  insideStep: 'After step {index} of {of}',
  // A model without an encoder
  sampleTitle: 'Pictures from noise',
  sampleText: 'This model has no encoder: it draws pictures of its own and cannot read a photo.',
  sampleRun: 'Draw pictures',
  noEncoder: 'The model {name} has no encoder, so it cannot read a photo; it only draws pictures of its own.',
  dreamInvalid: 'Dreamt faces are told by a seed from 0 to 4294967295, and psi and eta from 0 to 1.',
  noDreams: 'The model {name} has no latent diffusion model, so it dreams up no faces.',
  savePicture: 'Download picture {number}',
  picture: 'Picture {number}',
  // Device and trouble
  device: 'Device',
  modelChoice: 'Model',
  modelOption: '{name}: {size} × {size}, {bytes}',
  modelOptionTimed: '{name}: {size} × {size}, {bytes}, about {time} an edit',
  deviceUnknown: 'The device is chosen when you begin.',
  deviceAuto: 'Automatic',
  deviceGpu: 'GPU',
  deviceCpu: 'CPU',
  kept: 'It is being restarted; your photo and sliders are kept.',
  retry: 'Try again',
  dismiss: 'Dismiss',
  // Presets
  presetSmile: 'Smile',
  presetSerious: 'Serious',
  presetYounger: 'Younger',
  presetOlder: 'Older',
  presetBlond: 'Blond',
  presetDark: 'Dark hair',
  presetBangs: 'Bangs',
  presetMakeup: 'Make-up',
  // Groups
  groupExpression: 'Expression',
  groupHair: 'Hair',
  groupFace: 'Face',
  groupBeard: 'Beard',
  groupStyle: 'Style',
  groupOther: 'Other',
  // CelebA attributes
  '5_o_Clock_Shadow': 'Stubble', Arched_Eyebrows: 'Arched brows', Attractive: 'Attractive (to CelebA’s annotators)',
  Bags_Under_Eyes: 'Bags under eyes', Bald: 'Bald', Bangs: 'Bangs', Big_Lips: 'Full lips', Big_Nose: 'Large nose',
  Black_Hair: 'Black hair', Blond_Hair: 'Blond hair', Blurry: 'Blurry', Brown_Hair: 'Brown hair',
  Bushy_Eyebrows: 'Bushy brows', Chubby: 'Round cheeks', Double_Chin: 'Double chin', Eyeglasses: 'Glasses',
  Goatee: 'Goatee', Gray_Hair: 'Grey hair', Heavy_Makeup: 'Make-up', High_Cheekbones: 'High cheekbones',
  Male: 'Masculine', Mouth_Slightly_Open: 'Open mouth', Mustache: 'Moustache', Narrow_Eyes: 'Narrow eyes',
  No_Beard: 'Clean-shaven', Oval_Face: 'Oval face', Pale_Skin: 'Pale skin', Pointy_Nose: 'Pointed nose',
  Receding_Hairline: 'Receding hairline', Rosy_Cheeks: 'Rosy cheeks', Sideburns: 'Sideburns', Smiling: 'Smile',
  Straight_Hair: 'Straight hair', Wavy_Hair: 'Wavy hair', Wearing_Earrings: 'Earrings', Wearing_Hat: 'Hat',
  Wearing_Lipstick: 'Lipstick', Wearing_Necklace: 'Necklace', Wearing_Necktie: 'Necktie', Young: 'Youth',
});

/** Hebrew, Arabic, Syriac, Thaana and their kin. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff]/;

/** @typedef {{ (key: string, values?: Record<string, string | number>): string, readonly language: string }} Say */

/**
 * What says everything to a person.
 * @param {Readonly<Record<string, string>>} own words of the page
 * @param {string} language its tag @param {Readonly<Record<string, string>>} words those of the language
 * @returns {Say}
 */
export function speaker(own, language, words) {
  const say = (/** @type {string} */ key, /** @type {Record<string, string | number>} */ values = {}) => {
    const text = entry(own, key) ?? entry(words, key) ?? entry(LABELS, key) ?? key.replaceAll('_', ' ');
    // A name or a size among words from right to left keeps an order of its own.
    const [open, close] = RIGHT_TO_LEFT.test(text) ? ['\u2068', '\u2069'] : ['', ''];
    return text.replace(/\{(\w+)\}/g, (whole, name) => `${open}${entry(values, name) ?? whole}${close}`);
  };
  return Object.assign(say, { language });
}

/** A model's attributes can have any name, those of an object's own methods among them. @template T @param {Readonly<Record<string, T>>} texts @param {string} key */
function entry(texts, key) {
  return Object.hasOwn(texts, key) ? texts[key] : undefined;
}

/** @param {number} bytes @param {Say} say */
export function megabytes(bytes, { language }) {
  const digits = bytes < 10e6 ? 1 : 0;
  return `${(bytes / 1e6).toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits })} MB`;
}

/** @param {number} seconds @param {Say} say */
export function duration(seconds, { language }) {
  if (seconds < 9.5) return `${Math.max(0.1, seconds).toLocaleString(language, { maximumFractionDigits: 1 })} s`;
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** Amplitudes are shown in hundredths with their sign. @param {number} value */
export function signed(value) {
  const rounded = Math.round(value * 100);
  return rounded === 0 ? '0' : rounded > 0 ? `+${rounded}` : `−${-rounded}`;
}
