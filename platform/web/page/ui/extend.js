// Extending the picture: how much to add to each side, by number or by dragging an edge.
import {$} from './dom.js';
import {SIDE_LIMIT} from './share.js';

const NAMES = ['left', 'top', 'right', 'bottom'];
/** Sides of the whole document, pixels: enough for a banner, small enough for a phone. */
const CANVAS_LIMIT = 1024;
const EDGE = 26; // CSS pixels around an edge that take hold of it

export class Extend {
  #stage;
  #drag = null;

  /** @param {import('./stage.js').Stage} stage @param {() => void} changed */
  constructor(stage, changed) {
    this.#stage = stage;
    this.changed = changed;
    this.active = false;
    this.touched = false; // the visitor has changed a side
    NAMES.forEach((name, i) => {
      const input = $(`side-${name}`);
      input.value = '0';
      for (const type of ['input', 'change']) {
        input.addEventListener(type, () => {
          this.touched = true;
          this.#set(i, Number(input.value), type === 'change');
        });
      }
    });
    const canvas = $('picture');
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const type of ['pointerup', 'pointercancel'])
      canvas.addEventListener(type, () => {
        this.#drag = null;
      });
  }

  /** Begins with half the model's picture to the left and the right. @param {object} model */
  start(model) {
    this.active = true;
    this.touched = false;
    this.#stage.grips = true;
    const wide = Math.round(model.imageWidth / 2);
    this.setSides([wide, 0, wide, 0]);
  }

  stop() {
    this.active = false;
    this.#stage.grips = false;
    this.#stage.added = [0, 0, 0, 0];
    this.#stage.changed();
    $('picture').style.cursor = '';
  }

  /** @param {number[]} sides  pixels: left, top, right, bottom */
  setSides(sides) {
    sides.forEach((side, i) => this.#set(i, side, true));
  }

  #set(i, pixels, tidy) {
    const {take, added} = this.#stage;
    if (!take) return;
    const step = take.patch[i % 2],
      other = added[(i + 2) % 4];
    const room = CANVAS_LIMIT - (i % 2 === 0 ? take.width : take.height) - other;
    const whole = Math.round((Number.isFinite(pixels) ? pixels : 0) / step) * step;
    added[i] = Math.max(0, Math.min(whole, SIDE_LIMIT, room - (room % step)));
    const input = $(`side-${NAMES[i]}`);
    input.step = String(step);
    if (tidy) input.value = String(added[i]);
    this.#stage.changed();
    this.changed();
  }

  /** Which outer edge is under the pointer; -1: none. */
  #edge(event) {
    const {take, added, cssScale} = this.#stage;
    if (!this.active || !take) return -1;
    const [x, y] = this.#stage.toDocument(event),
      [l, t, r, b] = added;
    const away = [
      Math.abs(x + l),
      Math.abs(y + t),
      Math.abs(x - take.width - r),
      Math.abs(y - take.height - b),
    ];
    const least = Math.min(...away);
    return least * cssScale < EDGE ? away.indexOf(least) : -1;
  }

  #down(event) {
    const edge = this.#edge(event);
    if (edge < 0 || event.button !== 0) return;
    event.preventDefault();
    $('picture').setPointerCapture(event.pointerId);
    const horizontal = edge % 2 === 0;
    this.#drag = {
      edge,
      from: horizontal ? event.clientX : event.clientY,
      side: this.#stage.added[edge],
      scale: this.#stage.cssScale,
    };
  }

  #move(event) {
    const edge = this.#drag?.edge ?? this.#edge(event);
    if (this.active)
      $('picture').style.cursor = edge < 0 ? '' : edge % 2 === 0 ? 'ew-resize' : 'ns-resize';
    if (!this.#drag) return;
    const {from, side, scale} = this.#drag;
    this.touched = true;
    const moved = ((edge % 2 === 0 ? event.clientX : event.clientY) - from) / scale;
    this.#set(edge, side + (edge < 2 ? -moved : moved), true);
  }
}
