// One drawing: an async iterable of frames, a promise of the last one, and a way to cancel.
import {EngineError} from './errors.js';

export class Run {
  /** @type {Promise<object>} the last frame */
  done;

  /** Steps of the latest frame, -1 before the first. */
  step = -1;
  ended = false;

  #frames = [];
  #wake = null;
  #error = null;
  #last = null;
  #cancel;
  #settle;

  constructor(cancel) {
    this.#cancel = cancel;
    this.done = new Promise((resolve, reject) => {
      this.#settle = {resolve, reject};
    });
    this.done.catch(() => {}); // whoever iterates is told there
  }

  /** The run ends with EngineError('cancelled') at once; the worker stops within the step. */
  cancel() {
    if (this.ended)
      return;
    this.#cancel();
    this.fail(new EngineError('cancelled', 'The drawing was cancelled.'));
  }

  push(frame) {
    if (this.ended)
      return;
    this.step = frame.step;
    this.#last = frame;
    this.#frames.push(frame);
    this.#wake?.();
  }

  finish() {
    if (this.ended)
      return;
    this.ended = true;
    this.#settle.resolve(this.#last);
    this.#wake?.();
  }

  fail(error) {
    if (this.ended)
      return;
    this.ended = true;
    this.#error = error;
    this.#settle.reject(error);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      if (this.#frames.length)
        yield this.#frames.shift();
      else if (this.#error)
        throw this.#error;
      else if (this.ended)
        return;
      else
        await new Promise(resolve => {
          this.#wake = resolve;
        });
    }
  }
}
