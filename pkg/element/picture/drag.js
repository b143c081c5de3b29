// The edited picture dragged out of the page: into a folder, another window, another tab.

/** Marks drags that begin here, so that one that ends on its own page opens nothing. */
const OWN = `application/x-diffae-${Math.random().toString(36).slice(2)}`;

/** Files can be dragged for as long; then their memory is given back. */
const HELD_MS = 60_000;

/** Whether a drag began on this page. @param {DataTransfer} data */
export function isOwnDrag(data) {
  return data.types.includes(OWN);
}

/** Gives a drag that is beginning a file to carry. @param {DataTransfer} data @param {File} file */
export function carry(data, file) {
  const address = URL.createObjectURL(file);
  data.effectAllowed = 'copy';
  data.setData(OWN, '');
  // Chromium writes this one into folders; the file itself is for other pages, and for browsers that know of no more.
  data.setData('DownloadURL', `${file.type}:${file.name}:${address}`);
  data.items.add(file);
  setTimeout(() => URL.revokeObjectURL(address), HELD_MS);
}
