// Every word the element shows, by key, so that a page can translate it: `editor.labels = { drop: 'Foto ablegen', … }`.
// Attribute names are keys too: `{ Smiling: 'Lächeln' }`.

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
  model: '{name}: {size}, downloaded once when you begin.',
  modelUnknown: 'Looking up the model…',
  licence: 'Licence of the weights: {licence}',
  secondTitle: 'Choose a second face',
  backToEditing: 'Back to editing',
  dropNothing: 'There is no picture in what was dropped; drop a picture file.',
  dropElsewhere: 'The picture is on {host}, which does not let this page read it. Save it on your device first, then drop the file.',
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
  fileKeeps: 'The file keeps camera, exposure and time.',
  filePlaceLeft: 'Where the photo was taken is left out.',
  filePlaceKept: 'It tells where the photo was taken.',
  fileMarked: 'Once edited, it is marked as edited with AI.',
  fileDreamt: 'It is marked as made by AI.',
  keepPlace: 'Keep place (GPS)',
  saveBoth: 'Before & after',
  share: 'Share',
  newPhoto: 'New photo',
  tabEdit: 'Edit',
  tabBlend: 'Blend',
  tabVariations: 'Variations',
  tabFaces: 'Faces',
  try: 'One tap',
  all: 'All {count} attributes',
  idle: 'Move a slider.',
  drawing: 'Drawing…',
  drawn: 'Drawn in {time}.',
  // The proof
  proofOutside: 'Pixels changed outside the face: {changed} of {compared}',
  proofNothing: 'Pixels changed: 0',
  proofSent: 'bytes sent: {sent}',
  proofFiles: 'files fetched since: {count}',
  proofHow: 'This is counted. The edited picture is compared with your photo outside the square around the face: as it is on the screen, and the whole of it when you download it. Bytes and files are those of this page and its workers since your photo was opened, as your browser lists them.',
  proofFetched: 'Fetched since: {names}.',
  proofOthers: 'Requests of other scripts on this page: {count}. What those carried cannot be told from here.',
  proofBlind: 'This browser does not tell a page what was fetched.',
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

/** @typedef {(key: string, values?: Record<string, string | number>) => string} Say */

/** @param {Readonly<Record<string, string>>} translations @returns {Say} */
export function speaker(translations) {
  return (key, values = {}) => {
    const text = own(translations, key) ?? own(LABELS, key) ?? key.replaceAll('_', ' ');
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(own(values, name) ?? whole));
  };
}

/** A model's attributes can have any name, those of an object's own methods among them. @template T @param {Readonly<Record<string, T>>} texts @param {string} key */
function own(texts, key) {
  return Object.hasOwn(texts, key) ? texts[key] : undefined;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 9.5) return `${Math.max(0.1, seconds).toFixed(1).replace('.0', '')} s`;
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
