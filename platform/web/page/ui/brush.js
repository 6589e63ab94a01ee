// Painting the mask on the picture: with mouse, pen or finger, or with the arrow keys, token by token.
import {announce} from './announce.js';
import {$, fillRange} from './dom.js';

export class Brush {
  #stage;
  #last = null;
  #value = 1;
  #at = null; // pointer event that the ring shows

  /** @param {import('./stage.js').Stage} stage  its mask is painted @param {() => void} changed */
  constructor(stage, changed) {
    this.#stage = stage;
    this.changed = changed;
    this.erasing = false;
    const canvas = $('picture');
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const type of ['pointerup', 'pointercancel'])
      canvas.addEventListener(type, (event) => this.#up(event));
    canvas.addEventListener('pointerleave', () => this.#showRing(null));
    canvas.addEventListener('contextmenu', (event) => {
      if (stage.mask) event.preventDefault();
    });
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('blur', () => this.#moveCursor(-1));
    canvas.addEventListener('wheel', (event) => this.#wheel(event), {passive: false});
    $('brush').addEventListener('click', () => this.erase(false));
    $('eraser').addEventListener('click', () => this.erase(true));
    $('brush-size').addEventListener('input', () => this.resize(0));
    $('undo').addEventListener('click', () => this.act((mask) => mask.undo()));
    $('redo').addEventListener('click', () => this.act((mask) => mask.redo()));
    $('invert').addEventListener('click', () => this.act((mask) => mask.apply((cell) => 1 - cell)));
    $('clear').addEventListener('click', () => this.act((mask) => mask.apply(() => 0)));
    this.resize(0);
  }

  get #radius() {
    return Number($('brush-size').value) / 2;
  }

  /** Does something to the mask, if there is one. */
  act(change) {
    if (!this.#stage.mask) return;
    change(this.#stage.mask);
    this.refresh();
  }

  /** After the mask has changed. */
  refresh() {
    const {mask} = this.#stage;
    $('undo').disabled = !mask?.past.length;
    $('redo').disabled = !mask?.future.length;
    $('clear').disabled = !mask?.count;
    if (!mask) this.#showRing(null);
    this.#stage.changed();
    this.changed();
  }

  erase(erasing) {
    this.erasing = erasing;
    $('brush').setAttribute('aria-pressed', String(!erasing));
    $('eraser').setAttribute('aria-pressed', String(erasing));
  }

  /** @param {number} by  pixels of the document */
  resize(by) {
    $('brush-size').value = Number($('brush-size').value) + by;
    fillRange($('brush-size'));
    this.#showRing(this.#at);
  }

  #wheel(event) {
    if (!this.#stage.mask || !event.ctrlKey) return;
    event.preventDefault();
    this.resize(event.deltaY < 0 ? 2 : -2);
  }

  #down(event) {
    const {mask} = this.#stage;
    if (!mask || event.button > 2 || event.button === 1 || this.#last) return;
    $('picture').setPointerCapture(event.pointerId);
    this.#value = this.erasing || event.button === 2 || event.buttons & 32 ? 0 : 1;
    mask.begin();
    this.#last = {id: event.pointerId, at: this.#stage.toDocument(event)};
    this.#stroke(event);
  }

  #move(event) {
    this.#showRing(event);
    if (this.#last?.id !== event.pointerId || !this.#stage.mask) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length > 0 ? parts : [event]) this.#stroke(part);
  }

  #stroke(event) {
    const at = this.#stage.toDocument(event);
    this.#stage.mask.stroke(...this.#last.at, ...at, this.#radius, this.#value);
    this.#last.at = at;
    this.refresh();
  }

  #up(event) {
    if (this.#last?.id !== event.pointerId) return;
    this.#last = null;
    this.#stage.mask?.commit();
    if (event.pointerType !== 'mouse') this.#showRing(null);
    this.refresh();
  }

  /** The ring has the size of the stroke, whatever the zoom and the resolution. */
  #showRing(event) {
    const ring = $('ring');
    this.#at = event;
    ring.hidden = !event || !this.#stage.mask;
    if (ring.hidden) return;
    const box = $('frame').getBoundingClientRect();
    const radius = Math.max(3, this.#radius * this.#stage.cssScale);
    const x = event.clientX - box.left - radius,
      y = event.clientY - box.top - radius;
    ring.style.width = ring.style.height = `${2 * radius}px`;
    ring.style.transform = `translate(${x}px, ${y}px)`;
  }

  #moveCursor(cell) {
    this.#stage.cursor = cell;
    this.#stage.changed();
  }

  /** Where the cursor is, and what is there. */
  #say(at) {
    const {columns, cells} = this.#stage.mask;
    const place = `Row ${Math.floor(at / columns) + 1}, column ${(at % columns) + 1}`;
    announce(`${place}, ${cells[at] ? 'masked' : 'not masked'}`);
  }

  /** Arrows move over the tokens; Enter or Space masks the one under the cursor, or unmasks it. */
  #key(event) {
    const {mask, cursor} = this.#stage;
    if (!mask || event.ctrlKey || event.metaKey || event.altKey) return;
    const {columns, rows} = mask;
    const start = cursor < 0 ? Math.floor(rows / 2) * columns + Math.floor(columns / 2) : cursor;
    const column = start % columns,
      row = Math.floor(start / columns);
    const [dx, dy] = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[
      event.key
    ] ?? [0, 0];
    if (dx || dy) {
      const to =
        cursor < 0
          ? start
          : Math.min(rows - 1, Math.max(0, row + dy)) * columns +
            Math.min(columns - 1, Math.max(0, column + dx));
      if (event.shiftKey)
        this.act((one) => one.apply((cell, i) => (i === to || i === start ? 1 : cell)));
      this.#moveCursor(to);
      this.#say(to);
    } else if ((event.key === ' ' || event.key === 'Enter') && cursor >= 0) {
      this.act((one) => one.apply((cell, i) => (i === cursor ? 1 - cell : cell)));
      this.#say(cursor);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
