// Pictures from outside: chosen, dropped or pasted. Only the browser decodes them; then they are brought
// to a size
// that the model can work on.
import {statedScale, undoScale} from './enlarged.js';
import {readTexts} from './png.js';
import {readMeta} from './meta.js';

const SIDE_LIMIT = 4096;
const FILE_LIMIT = 64 << 20;
/** A picture of the model's size times this is kept as it is; larger ones are made smaller. */
const KEEP = 4;

/** A sentence for the visitor. */
export class OpenError extends Error {
  name = 'OpenError';
}

/** The side to work on, and how much of the original it shows. */
function fitSide(side, scale, limit) {
  const scaled = Math.round(side * scale);
  if (scaled <= limit) return [scaled, side];
  return [limit, Math.min(side, Math.max(1, Math.round(limit / scale)))];
}

/**
 * The size to work on: neither side under the model's, the shorter one as large as the model's where the
 * picture
 * has to be resized, and the longer one cropped to KEEP times that.
 * @returns {{width: number, height: number, crop: [number, number, number, number]}}  crop: of the original
 */
export function fitSize(width, height, model) {
  const {imageWidth: mw, imageHeight: mh} = model;
  if (width >= mw && height >= mh && width <= KEEP * mw && height <= KEEP * mh) {
    return {width, height, crop: [0, 0, width, height]};
  }
  const scale = Math.max(mw / width, mh / height);
  const [w, cw] = fitSide(width, scale, KEEP * mw);
  const [h, ch] = fitSide(height, scale, KEEP * mh);
  return {width: w, height: h, crop: [(width - cw) >> 1, (height - ch) >> 1, cw, ch]};
}

/** What was done to it, as a sentence. */
function say(width, height, fit) {
  const cropped = fit.crop[2] !== width || fit.crop[3] !== height;
  const size = `${width} × ${height}`;
  if (fit.width === width && fit.height === height) return `Opened as it is, ${size} pixels.`;
  return (
    `${cropped ? 'Cropped and resized' : 'Resized'} from ${size} to ${fit.width} × ${fit.height} pixels, ` +
    'the size that this model draws.'
  );
}

async function decode(blob, ...options) {
  try {
    return await createImageBitmap(blob, ...options);
  } catch {
    throw new OpenError('This browser cannot read that file as a picture.');
  }
}

/** The pixels on white. @param {ImageBitmap} bitmap  closed then */
function onWhite(bitmap) {
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The picture at the size at which it was drawn, if it was saved enlarged and the model can work on that. */
function atItsOwnSize(full, texts, model) {
  const stated = statedScale(texts);
  const undone = undoScale(full, stated);
  if (!undone) return null;
  const {data, width, height} = undone.image,
    fit = fitSize(width, height, model);
  if (fit.width !== width || fit.height !== height) return null;
  const times = `It was saved enlarged ${stated.scale} times`;
  return {
    image: new ImageData(data, width, height),
    note: undone.exact
      ? `${times}; opened at the ${width} × ${height} pixels that were drawn.`
      : `${times} and changed since; the means of its pixels are opened, ${width} × ${height}.`,
    scale: stated.scale,
  };
}

async function toSize(file, width, height, fit) {
  const same = fit.width === width && fit.height === height;
  const bitmap = await decode(
    file,
    ...fit.crop,
    same ? {} : {resizeWidth: fit.width, resizeHeight: fit.height, resizeQuality: 'high'},
  );
  return onWhite(bitmap);
}

/**
 * @param {Blob} file @param {object} model  of the engine
 * @returns {Promise<{image: ImageData, note: string, scale: number,
 *   link: import('./share.js').Link | null}>}
 *   scale: it was saved enlarged so many times; link: what the file says that it was drawn with. Rejects
 *   with OpenError.
 */
export async function openPicture(file, model) {
  if (file.size > FILE_LIMIT) throw new OpenError('That file is larger than 64 MB.');
  const full = await decode(file);
  const {width, height} = full;
  if (width > SIDE_LIMIT || height > SIDE_LIMIT) {
    full.close();
    throw new OpenError(
      `That picture has ${width} × ${height} pixels; up to ${SIDE_LIMIT} × ${SIDE_LIMIT} can be opened.`,
    );
  }
  const texts = readTexts(new Uint8Array(await file.arrayBuffer()));
  const link = readMeta(texts);
  const stated = statedScale(texts).scale > 1;
  const own = stated ? atItsOwnSize(onWhite(full), texts, model) : null;
  if (own) return {...own, link};
  if (!stated) full.close();
  const fit = fitSize(width, height, model);
  return {
    image: await toSize(file, width, height, fit),
    note: say(width, height, fit),
    scale: 1,
    link,
  };
}

/**
 * Files that are dropped on the page or pasted into it.
 * @param {HTMLElement} curtain  shown while a file hovers over the page
 * @param {(file: File) => void} opened
 */
export function watchFiles(curtain, opened) {
  let depth = 0;
  const cover = (by) => {
    depth = Math.max(0, depth + by);
    curtain.hidden = depth === 0;
  };
  const withFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  addEventListener('dragenter', (event) => {
    if (withFiles(event)) cover(1);
  });
  addEventListener('dragleave', (event) => {
    if (withFiles(event)) cover(-1);
  });
  addEventListener('dragover', (event) => {
    if (withFiles(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    cover(-depth);
    if (event.dataTransfer.files[0]) opened(event.dataTransfer.files[0]);
  });
  addEventListener('paste', (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) =>
      one.type.startsWith('image/'),
    );
    if (!file) return;
    event.preventDefault();
    opened(file);
  });
}
