// A take: one picture, what it was drawn with, and the reveal that led to it, frame by frame.
// Frame i is how it looked after i steps; frame 0 is the start.

/** In fixedStep: the token is masked. */
export const MASKED = 65535;

/** Pictures of a take's frames, bytes in all. */
const KEPT_BYTES = 2 ** 27;

/**
 * @typedef {object} Frame
 * @property {ImageData | null} image  the guess decoded; null: none yet
 * @property {Uint16Array} fixedStep  per token: step that fixed it, 0 = given, MASKED
 * @property {Float32Array} confidence
 * @property {number} masked  how many tokens are
 *
 * @typedef {object} Take
 * @property {'generate' | 'edit' | 'outpaint' | 'opened'} command
 * @property {import('./share.js').Settings | null} settings  complete; null for an opened picture
 * @property {import('./share.js').Link | null} link  null if no link can carry it
 * @property {number} width @property {number} height  pixels
 * @property {number} columns @property {number} rows  tokens
 * @property {[number, number]} patch  pixels of a token
 * @property {number} total  steps
 * @property {Frame[]} frames
 * @property {Take | null} before  the one that it changes
 * @property {number} stepMs  mean  @property {number} totalMs  0 until it is done
 */

function countMasked(fixedStep) {
  let count = 0;
  for (const step of fixedStep) if (step === MASKED) count++;
  return count;
}

/** @returns {Take} with its start as the only frame; `hidden(i)`: whether token i is masked then */
export function makeTake({
  command,
  settings,
  link,
  width,
  height,
  patch,
  total,
  before,
  image,
  hidden,
}) {
  const columns = Math.ceil(width / patch[0]),
    rows = Math.ceil(height / patch[1]);
  const fixedStep = Uint16Array.from({length: columns * rows}, (_, i) => (hidden(i) ? MASKED : 0));
  const confidence = Float32Array.from(fixedStep, (step) => (step === MASKED ? 0 : 1));
  const start = {image, fixedStep, confidence, masked: countMasked(fixedStep)};
  return {
    command,
    settings,
    link,
    width,
    height,
    columns,
    rows,
    patch,
    total,
    before,
    frames: [start],
    stepMs: 0,
    totalMs: 0,
  };
}

/** Of a long reveal of a large picture every second one is kept, again and again, and stands for the next. */
function thin(take) {
  const images = [...new Set(take.frames.map((frame) => frame.image))].filter(Boolean);
  if (images.length * 4 * take.width * take.height <= KEPT_BYTES) return;
  const stands = new Map(images.map((image, i) => [image, images[i - (i % 2)]]));
  take.frames.slice(0, -1).forEach((frame) => {
    frame.image = stands.get(frame.image) ?? null;
  });
}

/** Takes over a frame of the engine; its step is its place, so a frame may come twice. */
export function addFrame(take, frame) {
  const previous = take.frames[Math.min(frame.step, take.frames.length) - 1];
  take.total = frame.steps;
  take.columns = frame.gridWidth;
  take.rows = frame.gridHeight;
  take.frames[frame.step] = {
    image: frame.image ?? previous?.image ?? null,
    fixedStep: frame.fixedStep,
    confidence: frame.confidence,
    masked: countMasked(frame.fixedStep),
  };
  thin(take);
}

/** The picture as it is now. @returns {ImageData} */
export const lastImage = (take) => take.frames.at(-1).image;

/** Whether nothing is left to draw. */
export const isDone = (take) => take.frames.length === take.total + 1;
