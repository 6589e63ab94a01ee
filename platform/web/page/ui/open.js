// Pictures from outside: chosen, dropped or pasted, and brought to a size that the model can work on.
import {statedScale, undoScale} from './enlarged.js';
import {readMeta} from './meta.js';
import {readPicture} from './outside.js';
import {readTexts} from './png.js';

/** A picture of the model's size times this is kept as it is; larger ones are made smaller. */
const KEEP = 4;

/** What was saved enlarged is looked at as a whole, up to this many pixels. */
const ENLARGED_AREA = 4096 * 4096;

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

/**
 * @param {Blob} file @param {object} model  of the engine
 * @returns {Promise<{image: ImageData, note: string, scale: number,
 *   link: import('./share.js').Link | null}>}
 *   scale: it was saved enlarged so many times; link: what the file says that it was drawn with. Rejects
 *   with OpenError.
 */
export async function openPicture(file, model) {
  const {width, height, pixels} = await readPicture(file);
  const texts = readTexts(new Uint8Array(await file.arrayBuffer()));
  const link = readMeta(texts);
  if (statedScale(texts).scale > 1 && width * height <= ENLARGED_AREA) {
    const own = atItsOwnSize(await pixels([0, 0, width, height], {width, height}), texts, model);
    if (own) return {...own, link};
  }
  const fit = fitSize(width, height, model);
  const note = say(width, height, fit);
  return {image: await pixels(fit.crop, fit), note, scale: 1, link};
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
