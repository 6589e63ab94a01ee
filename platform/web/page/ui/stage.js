// The large picture: the document on its canvas, covers that lift as tokens are fixed, overlays, the
// mask.
import {reducedMotion} from './dom.js';
import {
  cellBox,
  paintCover,
  paintGrey,
  paintGrid,
  paintGrips,
  paintHeat,
  paintMask,
  paintOrder,
} from './cells.js';
import {MASKED} from './take.js';

const LIFT_MS = 280;
const CORNER = 12;

/** A different, repeatable number for every token: 0..1. */
function scatter(i) {
  const mixed = Math.imul((i + 1) ^ (i >>> 3), 0x9e3779b1);
  return (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 8) / 2 ** 24;
}

export class Stage {
  #canvas;
  #context;
  #raster = document.createElement('canvas');
  #drawn = null;
  #shown = new Float32Array(0);
  #time = 0;
  #asked = false;

  /** @param {HTMLCanvasElement} canvas  sized by the style sheet */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    /** What is shown: set, then call changed(). */
    this.take = null;
    this.frame = null;
    this.mask = null;
    this.grips = false; // edges can be dragged
    this.cursor = -1; // token under the keyboard's cursor
    this.added = [0, 0, 0, 0]; // pixels: left, top, right, bottom
    this.loaded = null; // while nothing is shown: share of the model that is there
    this.options = {covers: true, grid: false, heat: false, order: false, pixels: false};
    new ResizeObserver(() => this.#resize()).observe(canvas);
  }

  /** Paints anew with the next frame of the display. @param {boolean} [still]  covers do not move */
  changed(still = false) {
    if (still) this.#shown = new Float32Array(0);
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame((now) => this.#paint(now));
  }

  /** After the theme has changed. */
  recolour() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.colours = {
      gap: colour('tile-gap'),
      tile: colour('tile'),
      tileLit: colour('tile-lit'),
      line: colour('line'),
      accent: colour('accent'),
      veil: `color-mix(in srgb, ${colour('tile-gap')} 45%, transparent)`,
    };
    this.changed();
  }

  #resize() {
    const ratio = devicePixelRatio || 1,
      box = this.#canvas.getBoundingClientRect();
    const width = Math.max(1, Math.round(box.width * ratio)),
      height = Math.max(1, Math.round(box.height * ratio));
    if (width !== this.#canvas.width || height !== this.#canvas.height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#paint(this.#time);
    }
  }

  /** Where the document lies on the canvas, in device pixels. */
  #place() {
    const [l, t, r, b] = this.added;
    const width = (this.take?.width ?? 16) + l + r,
      height = (this.take?.height ?? 16) + t + b;
    const scale = Math.min(this.#canvas.width / width, this.#canvas.height / height);
    const x = Math.round((this.#canvas.width - width * scale) / 2);
    const y = Math.round((this.#canvas.height - height * scale) / 2);
    return {scale, x, y, width, height, left: x + l * scale, top: y + t * scale};
  }

  /** Where on the document a pointer event is, in its pixels, perhaps outside. */
  toDocument(event) {
    const box = this.#canvas.getBoundingClientRect(),
      place = this.#place();
    const x = ((event.clientX - box.left) * this.#canvas.width) / box.width;
    const y = ((event.clientY - box.top) * this.#canvas.height) / box.height;
    return [(x - place.left) / place.scale, (y - place.top) / place.scale];
  }

  /** CSS pixels of the canvas per pixel of the document. */
  get cssScale() {
    return (this.#place().scale * this.#canvas.getBoundingClientRect().width) / this.#canvas.width;
  }

  #grid(place) {
    const {take} = this;
    const {scale, left, top} = place;
    const columns = take?.columns ?? 16,
      rows = take?.rows ?? 16;
    const [pw, ph] = take ? take.patch : [1, 1];
    return {
      left,
      top,
      columns,
      rows,
      cellW: pw * scale,
      cellH: ph * scale,
      right: left + (take?.width ?? 16) * scale,
      bottom: top + (take?.height ?? 16) * scale,
    };
  }

  /** Moves every cover towards where it should be. @returns {boolean} whether one is still moving */
  #lift(targets, passed) {
    if (this.#shown.length !== targets.length) {
      this.#shown = Float32Array.from(targets);
      return false;
    }
    let moving = false;
    for (let i = 0; i < targets.length; i++) {
      const difference = targets[i] - this.#shown[i];
      if (difference === 0) continue;
      const speed = (passed / LIFT_MS) * (0.6 + 1.4 * scatter(i));
      this.#shown[i] += Math.sign(difference) * Math.min(Math.abs(difference), speed);
      moving ||= this.#shown[i] !== targets[i];
    }
    return moving;
  }

  #targets(count) {
    if (!this.frame) return new Float32Array(count).fill(1);
    return Float32Array.from(this.frame.fixedStep, (step) =>
      this.options.covers && step === MASKED ? 1 : 0,
    );
  }

  #paint(now) {
    this.#asked = false;
    if (!this.colours) return;
    const passed = reducedMotion.matches ? Infinity : Math.min(50, Math.max(1, now - this.#time));
    this.#time = now;
    const place = this.#place(),
      grid = this.#grid(place),
      context = this.#context;
    const moving = this.#lift(this.#targets(grid.columns * grid.rows), passed);
    const ratio = devicePixelRatio || 1;
    context.reset();
    context.beginPath();
    context.roundRect(
      place.x,
      place.y,
      place.width * place.scale,
      place.height * place.scale,
      CORNER * ratio,
    );
    context.clip();
    context.fillStyle = this.colours.gap;
    context.fillRect(place.x, place.y, place.width * place.scale, place.height * place.scale);
    this.#paintAdded(place, grid);
    context.save();
    context.beginPath();
    context.rect(
      Math.round(grid.left),
      Math.round(grid.top),
      Math.round(grid.right - grid.left),
      Math.round(grid.bottom - grid.top),
    );
    context.clip();
    this.#paintPicture(grid, ratio);
    context.restore();
    const outline = [place.x, place.y, place.width * place.scale, place.height * place.scale];
    if (this.grips) paintGrips(context, outline, this.colours, ratio);
    context.beginPath();
    context.roundRect(...outline, CORNER * ratio);
    context.lineWidth = 2 * ratio;
    context.strokeStyle = this.colours.line;
    context.stroke();
    if (moving || (this.loaded !== null && this.loaded < 1 && !reducedMotion.matches))
      this.changed();
  }

  #paintPicture(grid, ratio) {
    const {take, frame, options, colours} = this,
      context = this.#context;
    if (frame?.image) this.#paintImage(frame.image, grid);
    if (frame?.image && (options.heat || options.order)) paintGrey(context, grid);
    this.#shown.forEach((shown, i) => {
      if (shown > 0) paintCover(context, cellBox(grid, i), colours, shown, !frame && this.#lit(i));
    });
    if (frame && options.heat) paintHeat(context, grid, frame);
    if (frame && options.order) paintOrder(context, grid, frame, take.total, ratio);
    if (options.grid) paintGrid(context, grid, ratio);
    if (this.mask?.count) paintMask(context, grid, this.mask, colours, ratio);
    if (this.mask && this.cursor >= 0) {
      const [x, y, w, h] = cellBox(grid, this.cursor);
      for (const [width, style] of [
        [5, '#000'],
        [2.5, '#fff'],
      ]) {
        context.lineWidth = width * ratio;
        context.strokeStyle = style;
        context.strokeRect(x, y, w, h);
      }
    }
  }

  #paintImage(image, grid) {
    if (this.#drawn !== image) {
      this.#raster.width = image.width;
      this.#raster.height = image.height;
      this.#raster.getContext('2d').putImageData(image, 0, 0);
      this.#drawn = image;
    }
    this.#context.imageSmoothingEnabled = !this.options.pixels;
    this.#context.imageSmoothingQuality = 'high';
    this.#context.drawImage(
      this.#raster,
      grid.left,
      grid.top,
      grid.right - grid.left,
      grid.bottom - grid.top,
    );
  }

  /** Tiles where the document is going to grow. */
  #paintAdded(place, grid) {
    if (!this.added.some((side) => side > 0)) return;
    const [l, t, r, b] = this.added,
      [pw, ph] = this.take.patch;
    const outer = {
      left: grid.left - Math.ceil(l / pw) * grid.cellW,
      top: grid.top - Math.ceil(t / ph) * grid.cellH,
      cellW: grid.cellW,
      cellH: grid.cellH,
      columns: Math.ceil(l / pw) + Math.ceil((this.take.width + r) / pw),
    };
    const rows = Math.ceil(t / ph) + Math.ceil((this.take.height + b) / ph);
    for (let i = 0; i < outer.columns * rows; i++) {
      paintCover(this.#context, cellBox(outer, i), this.colours, 1, true);
    }
  }

  /** While the model loads, as many tiles are lit as the share of it that is there. */
  #lit(i) {
    return this.loaded !== null && scatter(i) < this.loaded;
  }
}
