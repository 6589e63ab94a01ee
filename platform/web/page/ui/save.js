// Taking the picture or its reveal out of the page: as a file, or into the clipboard.
import {metaTexts} from './meta.js';
import {encodeAnimation, encodePng} from './png.js';
import {MASKED, lastImage} from './take.js';

/** As the command line's: start, each step, end; milliseconds. */
const FIRST_MS = 500,
  STEP_MS = 160,
  LAST_MS = 2000;
/** Covers in saved reveals are those of the command line: they must look the same on any page. */
const TILE = 'rgb(204 212 224)',
  EDGE = 'rgb(227 232 240)';
const ANIMATION_SIDE = 512;

/** @param {number} scale  of the file @param {number} [stated]  of what can be undone in it */
function texts(take, kind, scale, context, stated = scale) {
  if (!take.settings) return [];
  return metaTexts({
    kind,
    command: take.command,
    settings: take.settings,
    step: 0,
    scale: stated,
    width: take.width * scale,
    height: take.height * scale,
    ...context,
  });
}

/** "cowboy-hat-face-42", or "picture" */
function fileName(take, model) {
  const name = take.settings
    ? (model.classes[take.settings.classIndex]?.name ?? 'class')
    : 'picture';
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  return take.settings ? `${plain || 'class'}-${take.settings.seed}` : 'picture';
}

/** How long the frame after `step` steps is shown, milliseconds. */
export const TIMES = (step, total) => (step === 0 ? FIRST_MS : step === total ? LAST_MS : STEP_MS);

/** Pixels of a file that enlarges the take. @returns {[number, number]} */
export const sizeOf = (take, factor) => [take.width * factor, take.height * factor];

/** A frame as it is saved: enlarged, with tiles over the tokens that are still masked. */
export function paintFrame(canvas, take, frame, factor, smooth) {
  const context = canvas.getContext('2d', {willReadFrequently: true}),
    [width, height] = sizeOf(take, factor);
  if (frame.image) {
    const small = document.createElement('canvas');
    [small.width, small.height] = [take.width, take.height];
    small.getContext('2d').putImageData(frame.image, 0, 0);
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = 'high';
    context.drawImage(small, 0, 0, width, height);
  }
  const [pw, ph] = take.patch;
  frame.fixedStep.forEach((step, i) => {
    if (step !== MASKED) return;
    const x = (i % take.columns) * pw * factor,
      y = Math.floor(i / take.columns) * ph * factor;
    context.fillStyle = EDGE;
    context.fillRect(x, y, pw * factor, ph * factor);
    context.fillStyle = TILE;
    context.fillRect(x, y, (pw - 1) * factor, (ph - 1) * factor);
  });
}

/** Its pixels. @returns {ImageData} */
function enlarged(take, frame, factor, smooth) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = sizeOf(take, factor);
  paintFrame(canvas, take, frame, factor, smooth);
  return canvas
    .getContext('2d', {willReadFrequently: true})
    .getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * As it is shown: smoothed, it is a picture of the larger size and says so; in pixels it is one that was
 * enlarged, and can be made small again.
 * @param {import('./take.js').Take} take  done
 * @param {number} scale @param {{model, device, version, smooth}} context @returns {Promise<Blob>}
 */
export function pictureBlob(take, scale, context) {
  if (!context.smooth || scale === 1)
    return encodePng(lastImage(take), scale, texts(take, 'picture', scale, context));
  const {frames} = take;
  const image = enlarged(take, {image: frames.at(-1).image, fixedStep: []}, scale, true);
  return encodePng(image, 1, texts(take, 'picture', scale, context, 1));
}

/** An animation is no larger than this. */
function revealFactor(take, scale) {
  const largest = Math.max(1, Math.floor(ANIMATION_SIDE / Math.max(take.width, take.height)));
  return Math.min(scale, largest);
}

/** Pixels of the animation's file. */
export const revealSize = (take, scale) => sizeOf(take, revealFactor(take, scale));

/** @returns {Promise<Blob>} an animated PNG */
export function revealBlob(take, scale, context) {
  const factor = revealFactor(take, scale),
    smooth = context.smooth && factor > 1;
  const [large, small] = smooth ? [factor, 1] : [1, factor];
  const frames = take.frames.map((frame, i) => ({
    image: () => enlarged(take, frame, large, smooth),
    milliseconds: TIMES(i, take.total),
  }));
  return encodeAnimation(frames, small, texts(take, 'reveal', factor, context, small));
}

/** Hands a file to the visitor. */
export function download(blob, take, model, ending) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName(take, model) + ending;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
