// The reveal as a video, recorded by the browser while it plays on a canvas that nobody sees.
import {TIMES, paintFrame, sizeOf} from './save.js';

const TYPES = [
  ['video/mp4;codecs=avc1.42E01F', '.mp4'],
  ['video/webm;codecs=vp9', '.webm'],
  ['video/webm;codecs=vp8', '.webm'],
];
const SIDE = 512;
const BITS_PER_SECOND = 4e6;

/** @returns {[string, string] | null} type and ending; null: this browser records none */
export function videoType() {
  if (typeof MediaRecorder !== 'function' || !HTMLCanvasElement.prototype.captureStream) return null;
  return TYPES.find(([type]) => MediaRecorder.isTypeSupported(type)) ?? null;
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {import('./take.js').Take} take  done @returns {Promise<{blob: Blob, ending: string}>} */
export async function recordReveal(take, smooth) {
  const [type, ending] = videoType();
  const canvas = document.createElement('canvas'),
    factor = Math.max(1, Math.floor(SIDE / Math.max(take.width, take.height)));
  [canvas.width, canvas.height] = sizeOf(take, factor).map((side) => side - (side % 2));
  paintFrame(canvas, take, take.frames[0], factor, smooth);
  const recorder = new MediaRecorder(canvas.captureStream(30), {
    mimeType: type,
    videoBitsPerSecond: BITS_PER_SECOND,
  });
  const parts = [];
  recorder.ondataavailable = ({data}) => parts.push(data);
  const stopped = new Promise((resolve, reject) => {
    recorder.onstop = resolve;
    recorder.onerror = (event) => reject(event.error ?? new Error('the browser gave up'));
  });
  recorder.start();
  for (const [i, frame] of take.frames.entries()) {
    // Painted anew now and then: a stream has no picture where nothing changes.
    for (let left = TIMES(i, take.total); left > 0; left -= 40) {
      paintFrame(canvas, take, frame, factor, smooth);
      await wait(Math.min(left, 40));
    }
  }
  recorder.stop();
  await stopped;
  return {blob: new Blob(parts, {type: type.split(';')[0]}), ending};
}
