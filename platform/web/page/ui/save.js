// Taking the picture or its reveal out of the page: as a file, or into the clipboard.
import {metaTexts} from './meta.js';
import {encodeAnimation, encodePng} from './png.js';
import {MASKED, lastImage} from './take.js';

/** As the command line's: start, each step, end; milliseconds. */
const FIRST_MS = 500,
  STEP_MS = 160,
  LAST_MS = 2000;
/** Covers in saved reveals are those of the command line: they must look the same on any page. */
const TILE = [204, 212, 224],
  EDGE = [227, 232, 240];
const ANIMATION_SIDE = 512;

function texts(take, kind, scale, context) {
  if (!take.settings) return [];
  return metaTexts({
    kind,
    command: take.command,
    settings: take.settings,
    step: 0,
    scale,
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

/** The frame's picture with tiles over the tokens that are still masked. */
function covered(take, frame) {
  const image = frame.image
    ? new ImageData(frame.image.data.slice(), take.width, take.height)
    : new ImageData(take.width, take.height);
  const [pw, ph] = take.patch;
  frame.fixedStep.forEach((step, i) => {
    if (step !== MASKED) return;
    const left = (i % take.columns) * pw,
      top = Math.floor(i / take.columns) * ph;
    for (let y = 0; y < ph && top + y < take.height; y++) {
      for (let x = 0; x < pw && left + x < take.width; x++) {
        const colour = x + 1 === pw || y + 1 === ph ? EDGE : TILE;
        image.data.set([...colour, 255], 4 * ((top + y) * take.width + left + x));
      }
    }
  });
  return image;
}

/**
 * @param {import('./take.js').Take} take  done
 * @param {number} scale @param {{model, device, version}} context @returns {Promise<Blob>}
 */
export const pictureBlob = (take, scale, context) =>
  encodePng(lastImage(take), scale, texts(take, 'picture', scale, context));

/** @returns {Promise<Blob>} an animated PNG */
export function revealBlob(take, scale, context) {
  const largest = Math.max(1, Math.floor(ANIMATION_SIDE / Math.max(take.width, take.height)));
  const factor = Math.min(scale, largest);
  const frames = take.frames.map((frame, i) => ({
    image: covered(take, frame),
    milliseconds: i === 0 ? FIRST_MS : i === take.total ? LAST_MS : STEP_MS,
  }));
  return encodeAnimation(frames, factor, texts(take, 'reveal', factor, context));
}

/** Hands a file to the visitor. */
export function download(blob, take, model, ending) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName(take, model) + ending;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
