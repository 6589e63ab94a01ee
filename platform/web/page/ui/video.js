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

/** A recorder of the stream, and what it has recorded once it has stopped. */
function record(stream, type) {
  const recorder = new MediaRecorder(stream, {mimeType: type, videoBitsPerSecond: BITS_PER_SECOND});
  const parts = [];
  recorder.ondataavailable = ({data}) => parts.push(data);
  const recorded = new Promise((resolve, reject) => {
    recorder.onstop = () => resolve(new Blob(parts, {type: type.split(';')[0]}));
    recorder.onerror = (event) => reject(event.error ?? new Error('the browser gave up'));
  });
  recorded.catch(() => {}); // it is waited for when all is played
  recorder.start();
  return {recorder, recorded};
}

/** @param {import('./take.js').Take} take  done @returns {Promise<{blob: Blob, ending: string}>} */
export async function recordReveal(take, smooth) {
  const [type, ending] = videoType();
  const canvas = document.createElement('canvas'),
    factor = Math.max(1, Math.floor(SIDE / Math.max(take.width, take.height)));
  [canvas.width, canvas.height] = sizeOf(take, factor).map((side) => side - (side % 2));
  paintFrame(canvas, take, take.frames[0], factor, smooth);
  const stream = canvas.captureStream(30);
  try {
    const {recorder, recorded} = record(stream, type);
    await play(recorder, (frame) => paintFrame(canvas, take, frame, factor, smooth), take);
    if (recorder.state !== 'inactive') recorder.stop();
    return {blob: await recorded, ending};
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** Shows every frame for its time, or until the browser records no more. */
async function play(recorder, paint, take) {
  for (const [i, frame] of take.frames.entries()) {
    // Painted anew now and then: a stream has no picture where nothing changes.
    for (let left = TIMES(i, take.total); left > 0; left -= 40) {
      if (recorder.state === 'inactive') return;
      paint(frame);
      await wait(Math.min(left, 40));
    }
  }
}
