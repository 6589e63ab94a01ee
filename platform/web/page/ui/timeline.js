// The steps under the picture: a film of small pictures that is also the slider over them.
import {MASKED} from './take.js';

const THUMB = 52;
const LEAST_SLOT = 25;
const LEAST_HEIGHT = 36; // for fingers

export class Timeline {
  #root;
  #canvas;
  #head;
  #asked = false;
  #thumbs = new WeakMap();

  /**
   * @param {HTMLElement} root  role slider, with a canvas and .head
   * @param {(position: number) => void} moved
   */
  constructor(root, moved) {
    this.#root = root;
    this.#canvas = root.querySelector('canvas');
    this.#head = root.querySelector('.head');
    this.take = null;
    this.position = 0;
    this.moved = moved;
    new ResizeObserver(() => this.#paint()).observe(root);
    root.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || !this.take) return;
      root.setPointerCapture(event.pointerId);
      this.#drag(event);
    });
    root.addEventListener('pointermove', (event) => {
      if (root.hasPointerCapture(event.pointerId)) this.#drag(event);
    });
    root.addEventListener('keydown', (event) => this.#key(event));
  }

  #drag(event) {
    const box = this.#root.getBoundingClientRect(),
      {slot, count} = this.#layout();
    const share = (event.clientX - box.left - slot / 2) / Math.max(1, box.width - slot);
    this.#go(Math.round(share * (count - 1)));
  }

  #key(event) {
    const steps = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageDown: -4,
      PageUp: 4,
      Home: -1e4,
      End: 1e4,
    }[event.key];
    if (steps === undefined || !this.take || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.#go(this.position + steps);
  }

  #go(position) {
    this.moved(Math.min(this.take.frames.length - 1, Math.max(0, position)));
  }

  /** Steps and how many small pictures have room. */
  #layout() {
    const count = (this.take?.total ?? 0) + 1,
      width = this.#root.clientWidth;
    const slots = Math.max(1, Math.min(count, Math.floor(width / LEAST_SLOT)));
    const slot = width / slots,
      side = Math.min(THUMB, slot - 4);
    return {count, slots, width, slot, side, height: Math.max(LEAST_HEIGHT, side + 6)};
  }

  /** After take, position or theme have changed. @param {boolean} [recolour] */
  changed(recolour = false) {
    if (recolour) this.#thumbs = new WeakMap();
    this.#describe();
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => this.#paint());
  }

  #describe() {
    const {count, slot, side, width, height} = this.#layout(),
      root = this.#root;
    const frame = this.take?.frames[this.position];
    root.setAttribute('aria-disabled', String(count < 2));
    root.setAttribute('aria-valuemax', String(count - 1));
    root.setAttribute('aria-valuenow', String(this.position));
    const fixed = frame ? frame.fixedStep.length - frame.masked : 0;
    root.setAttribute(
      'aria-valuetext',
      frame
        ? `Step ${this.position} of ${count - 1}, ${fixed} of ${frame.fixedStep.length} tokens fixed`
        : 'Nothing yet',
    );
    const share = count > 1 ? this.position / (count - 1) : 0;
    root.style.height = `${height}px`;
    Object.assign(this.#head.style, {
      left: `${share * (width - slot)}px`,
      width: `${slot}px`,
      top: `${(height - side) / 2 - 3}px`,
      height: `${side + 6}px`,
    });
  }

  #thumb(frame, colours) {
    let thumb = this.#thumbs.get(frame);
    if (thumb) return thumb;
    const {take} = this;
    thumb = document.createElement('canvas');
    thumb.width = take.width;
    thumb.height = take.height;
    const context = thumb.getContext('2d');
    if (frame.image) context.putImageData(frame.image, 0, 0);
    context.fillStyle = colours.tile;
    frame.fixedStep.forEach((step, i) => {
      const x = (i % take.columns) * take.patch[0],
        y = Math.floor(i / take.columns) * take.patch[1];
      if (step === MASKED) context.fillRect(x, y, ...take.patch);
    });
    this.#thumbs.set(frame, thumb);
    return thumb;
  }

  #paint() {
    this.#asked = false;
    this.#describe();
    const ratio = devicePixelRatio || 1,
      {count, slots, slot, side, width, height} = this.#layout();
    const context = this.#canvas.getContext('2d');
    this.#canvas.width = Math.max(1, Math.round(width * ratio));
    this.#canvas.height = Math.max(1, Math.round(height * ratio));
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.#root);
    const colours = {
      tile: style.getPropertyValue('--tile'),
      sunk: style.getPropertyValue('--sunk'),
    };
    for (let i = 0; i < slots && this.take; i++) {
      const position = slots > 1 ? Math.round((i * (count - 1)) / (slots - 1)) : 0;
      const frame = this.take.frames[position];
      const x = i * slot + (slot - side) / 2,
        y = (height - side) / 2;
      context.save();
      context.beginPath();
      context.roundRect(x, y, side, side, 5);
      context.clip();
      context.fillStyle = colours.sunk;
      context.fillRect(x, y, side, side);
      if (frame) {
        const thumb = this.#thumb(frame, colours),
          scale = side / Math.max(thumb.width, thumb.height);
        const [w, h] = [thumb.width * scale, thumb.height * scale];
        context.drawImage(thumb, x + (side - w) / 2, y + (side - h) / 2, w, h);
      }
      context.restore();
    }
  }
}
