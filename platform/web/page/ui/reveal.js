// Which frame of the current take is shown: following the run, scrubbed, or playing.
import {$, reducedMotion, setIcon} from './dom.js';
import {addFrame, isDone} from './take.js';

/** A reveal that is faster than the eye is shown at this pace. */
const PACE_MS = 85;
const PLAY_MS = 2600,
  LEAST_MS = 50,
  MOST_MS = 210;

export class Reveal {
  #stage;
  #timeline;
  #timer = 0;
  #queue = [];
  #idle = [];
  #following = true;

  /** @param {import('./stage.js').Stage} stage @param {import('./timeline.js').Timeline} timeline */
  constructor(stage, timeline, changed) {
    this.#stage = stage;
    this.#timeline = timeline;
    this.changed = changed;
    this.take = null;
    this.position = 0;
    this.playing = false;
    timeline.moved = (position) => {
      this.pause();
      this.#following = position === this.take.total;
      this.go(position);
    };
  }

  /** Shows another take from its last frame, or one that is about to be drawn. */
  show(take) {
    this.pause();
    this.#flush();
    this.take = take;
    this.#following = true;
    this.go(take.frames.length - 1);
  }

  /** Shows nothing. */
  clear() {
    this.pause();
    this.drop();
    this.take = null;
    this.position = 0;
    Object.assign(this.#stage, {take: null, frame: null});
    this.#stage.changed(true);
    Object.assign(this.#timeline, {take: null, position: 0});
    this.#timeline.changed();
    this.changed();
  }

  /** @param {number} position  in 0 .. frames - 1 */
  go(position) {
    this.position = position;
    const {take} = this;
    this.#stage.take = take;
    this.#stage.frame = take.frames[position];
    this.#stage.changed();
    this.#timeline.take = take;
    this.#timeline.position = position;
    this.#timeline.changed();
    this.changed();
  }

  step(by) {
    if (!this.take) return;
    this.#timeline.moved(Math.min(this.take.frames.length - 1, Math.max(0, this.position + by)));
  }

  /** A frame of the running draw; it may have to wait for its turn to be shown. */
  add(frame) {
    this.#queue.push(frame);
    if (reducedMotion.matches) this.#flush();
    else if (this.#queue.length === 1 && !this.#timer) this.#next();
  }

  #next() {
    this.#timer = 0;
    const frame = this.#queue.shift();
    if (!frame) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#accept(frame);
    this.#timer = setTimeout(() => this.#next(), PACE_MS);
  }

  #accept(frame) {
    addFrame(this.take, frame);
    if (this.#following) this.go(frame.step);
    else this.#timeline.changed();
  }

  #flush() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    for (const frame of this.#queue.splice(0)) this.#accept(frame);
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when every frame so far has been shown. */
  settled() {
    return this.#timer
      ? new Promise((resolve) => {
          this.#idle.push(resolve);
        })
      : Promise.resolve();
  }

  /** Frames that wait are dropped. */
  drop() {
    this.#queue.length = 0;
    this.#flush();
  }

  toggle() {
    if (this.playing) this.pause();
    else if (this.take && isDone(this.take) && this.take.total > 0) this.#play();
  }

  #play() {
    this.playing = true;
    this.#showButton();
    if (this.position === this.take.total) this.go(0);
    const pause = Math.min(MOST_MS, Math.max(LEAST_MS, PLAY_MS / this.take.total));
    const tick = () => {
      if (this.position >= this.take.total) this.pause();
      else this.go(this.position + 1);
      if (this.playing) this.#timer = setTimeout(tick, pause);
    };
    this.#timer = setTimeout(tick, pause);
  }

  pause() {
    if (!this.playing) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.playing = false;
    this.#showButton();
  }

  #showButton() {
    setIcon($('play'), this.playing ? 'pause' : 'play');
    $('play').setAttribute('aria-label', this.playing ? 'Pause' : 'Play the reveal');
  }
}
