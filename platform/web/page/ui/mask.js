// The mask: which tokens are to be drawn anew, with strokes, undo, and its form in a link.

/** Sides of a token grid that a link may state. */
export const GRID_LIMIT = 256;
const UNDO_LIMIT = 64;

/** A document of `width` x `height` pixels, cut into tokens of `patch` [w, h] pixels. */
export class Mask {
  /** @param {number} width @param {number} height @param {[number, number]} patch */
  constructor(width, height, patch) {
    this.width = width;
    this.height = height;
    this.patch = patch;
    this.columns = Math.ceil(width / patch[0]);
    this.rows = Math.ceil(height / patch[1]);
    this.cells = new Uint8Array(this.columns * this.rows);
    this.past = [];
    this.future = [];
  }

  /** How many tokens are masked. */
  get count() {
    return this.cells.reduce((sum, cell) => sum + cell, 0);
  }

  /** Remembers the cells as they are, so that undo() comes back to them. */
  begin() {
    this.past.push(this.cells.slice());
    if (this.past.length > UNDO_LIMIT) this.past.shift();
    this.future.length = 0;
  }

  /** Forgets the last begin() if nothing has changed since. */
  commit() {
    const before = this.past.at(-1);
    if (before && before.every((cell, i) => cell === this.cells[i])) this.past.pop();
  }

  /** @returns {boolean} whether there was something to undo */
  undo() {
    return this.#swap(this.past, this.future);
  }

  /** @returns {boolean} whether there was something to redo */
  redo() {
    return this.#swap(this.future, this.past);
  }

  #swap(from, to) {
    if (from.length === 0) return false;
    to.push(this.cells);
    this.cells = from.pop();
    return true;
  }

  /** Applies change(cell) to every cell, as one thing to undo. @param {(cell: number) => number} change */
  apply(change) {
    this.begin();
    this.cells = this.cells.map(change);
    this.commit();
  }

  /**
   * Sets every token whose centre is within `radius` of the segment, and the tokens under it. All in
   * pixels of
   * the document; points outside it reach in as far as the radius does.
   */
  stroke(x0, y0, x1, y1, radius, value) {
    const [pw, ph] = this.patch;
    const span = (low, high, size, count) => [
      Math.max(0, Math.floor((low - radius) / size)),
      Math.min(count - 1, Math.floor((high + radius) / size)),
    ];
    const [left, right] = span(Math.min(x0, x1), Math.max(x0, x1), pw, this.columns);
    const [top, bottom] = span(Math.min(y0, y1), Math.max(y0, y1), ph, this.rows);
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const x = (column + 0.5) * pw,
          y = (row + 0.5) * ph;
        const [dx, dy] = toSegment(x, y, x0, y0, x1, y1);
        const under = Math.abs(dx) <= pw / 2 && Math.abs(dy) <= ph / 2;
        if (under || dx * dx + dy * dy <= radius * radius)
          this.cells[row * this.columns + column] = value;
      }
    }
  }

  /** One byte per pixel, 1 = repaint. @returns {Uint8Array} (height, width) */
  toPixels() {
    const out = new Uint8Array(this.width * this.height);
    for (let y = 0; y < this.height; y++) {
      const row = Math.floor(y / this.patch[1]) * this.columns;
      for (let x = 0; x < this.width; x++)
        out[y * this.width + x] = this.cells[row + Math.floor(x / this.patch[0])];
    }
    return out;
  }
}

/** From the nearest point of the segment to (x, y). */
function toSegment(x, y, x0, y0, x1, y1) {
  const vx = x1 - x0,
    vy = y1 - y0;
  const length = vx * vx + vy * vy;
  const at = length > 0 ? Math.min(1, Math.max(0, ((x - x0) * vx + (y - y0) * vy) / length)) : 0;
  return [x - x0 - at * vx, y - y0 - at * vy];
}

/** "16x16.<base64url of the bits, first cell in the highest bit>" @returns {string} */
export function formatCells(cells, columns, rows) {
  const bytes = new Uint8Array(Math.ceil(cells.length / 8));
  cells.forEach((cell, i) => {
    if (cell) bytes[i >> 3] |= 128 >> (i & 7);
  });
  const text = btoa(String.fromCharCode(...bytes));
  return `${columns}x${rows}.${text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/**
 * The reverse, strict: sides in 1..GRID_LIMIT, exactly the characters they need, bits beyond the grid
 * zero, at
 * least one cell set. @param {string} text @returns {null | {cells: Uint8Array, columns: number, rows:
 * number}}
 */
export function parseCells(text) {
  const parts = /^([1-9]\d{0,2})x([1-9]\d{0,2})\.([A-Za-z0-9_-]+)$/.exec(text);
  if (!parts) return null;
  const columns = Number(parts[1]),
    rows = Number(parts[2]),
    count = columns * rows;
  const size = Math.ceil(count / 8);
  if (columns > GRID_LIMIT || rows > GRID_LIMIT || parts[3].length !== Math.ceil((size * 4) / 3))
    return null;
  const bytes = atob(parts[3].replaceAll('-', '+').replaceAll('_', '/'));
  const cells = Uint8Array.from(
    {length: count},
    (_, i) => (bytes.charCodeAt(i >> 3) >> (7 - (i & 7))) & 1,
  );
  const canonical = formatCells(cells, columns, rows) === text;
  return canonical && cells.includes(1) ? {cells, columns, rows} : null;
}
