// How tokens look: covers over masked ones, overlays, the mask.
import {MASKED} from './take.js';

const RAMP = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
];

/** Viridis: perceptually even, dark to bright. @param {number} share  0..1 @returns {number[]} RGB */
export function ramp(share) {
  const at = Math.min(1, Math.max(0, share)) * 4;
  const i = Math.min(3, Math.floor(at));
  return RAMP[i].map((low, c) => Math.round(low + (RAMP[i + 1][c] - low) * (at - i)));
}

const rgba = ([r, g, b], alpha) => `rgb(${r} ${g} ${b} / ${alpha})`;

/** Greys what has been painted, so that colours over it are those of the legend. */
export function paintGrey(context, {left, top, right, bottom}) {
  context.globalCompositeOperation = 'saturation';
  context.fillStyle = '#808080';
  context.fillRect(left, top, right - left, bottom - top);
  context.globalCompositeOperation = 'source-over';
}

/** Edges on whole device pixels, so that neighbours never overlap or gape. */
export function cellBox({left, top, cellW, cellH, columns}, i) {
  const column = i % columns,
    row = Math.floor(i / columns);
  const x = Math.round(left + column * cellW),
    y = Math.round(top + row * cellH);
  return [
    x,
    y,
    Math.round(left + (column + 1) * cellW) - x,
    Math.round(top + (row + 1) * cellH) - y,
  ];
}

/** A masked token; `shown` 1 = covered, towards 0 the tile shrinks and fades. */
export function paintCover(context, box, colours, shown, lit) {
  const [x, y, w, h] = box;
  context.globalAlpha = Math.min(1, shown * 1.15);
  context.fillStyle = colours.gap;
  context.fillRect(x, y, w, h);
  const inset = Math.max(1, w * 0.045) + w * 0.2 * (1 - shown);
  context.fillStyle = lit ? colours.tileLit : colours.tile;
  context.beginPath();
  context.roundRect(x + inset, y + inset, w - 2 * inset, h - 2 * inset, w * 0.16);
  context.fill();
  context.globalAlpha = 1;
}

/** How sure the model was of each token; of a masked one: of its latest guess, as a dot. */
export function paintHeat(context, grid, frame) {
  frame.confidence.forEach((confidence, i) => {
    const [x, y, w, h] = cellBox(grid, i);
    if (frame.fixedStep[i] !== MASKED) {
      context.fillStyle = rgba(ramp(confidence), 0.78);
      context.fillRect(x, y, w, h);
    } else if (confidence > 0) {
      context.fillStyle = rgba(ramp(confidence), 1);
      context.beginPath();
      context.arc(x + w / 2, y + h / 2, w * 0.17, 0, 7);
      context.fill();
    }
  });
}

/** Which step fixed each token, as colour, and where there is room as a number. */
export function paintOrder(context, grid, frame, total, ratio) {
  const numbered = grid.cellW >= 19 * ratio;
  context.font = `500 ${Math.round(Math.min(13 * ratio, grid.cellW * 0.4))}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  frame.fixedStep.forEach((step, i) => {
    if (step === MASKED || step === 0) return;
    const [x, y, w, h] = cellBox(grid, i);
    const share = total > 1 ? (step - 1) / (total - 1) : 1;
    context.fillStyle = rgba(ramp(share), 0.78);
    context.fillRect(x, y, w, h);
    if (numbered) {
      context.fillStyle = share > 0.45 ? '#000' : '#fff';
      context.fillText(String(step), x + w / 2, y + h / 2 + ratio);
    }
  });
}

export function paintGrid(context, grid, ratio) {
  const {left, top, cellW, cellH, columns, rows, right, bottom} = grid;
  const line = Math.max(1, Math.round(ratio));
  context.fillStyle = 'rgb(0 0 0 / 0.35)';
  for (let c = 1; c < columns; c++)
    context.fillRect(Math.round(left + c * cellW), top, line, bottom - top);
  for (let r = 1; r < rows; r++)
    context.fillRect(left, Math.round(top + r * cellH), right - left, line);
}

/** Tiles over masked tokens, and an outline that shows on every colour. */
export function paintMask(context, grid, mask, colours, ratio) {
  const at = (column, row) =>
    column >= 0 &&
    row >= 0 &&
    column < mask.columns &&
    row < mask.rows &&
    mask.cells[row * mask.columns + column] === 1;
  const veil = new Path2D(),
    tiles = new Path2D(),
    edge = new Path2D();
  mask.cells.forEach((cell, i) => {
    if (!cell) return;
    const [x, y, w, h] = cellBox(grid, i);
    const column = i % mask.columns,
      row = Math.floor(i / mask.columns),
      inset = Math.max(1, w * 0.045);
    veil.rect(x, y, w, h);
    tiles.roundRect(x + inset, y + inset, w - 2 * inset, h - 2 * inset, w * 0.16);
    const sides = [
      [0, -1, x, y, x + w, y],
      [0, 1, x, y + h, x + w, y + h],
      [-1, 0, x, y, x, y + h],
      [1, 0, x + w, y, x + w, y + h],
    ];
    for (const [dc, dr, x0, y0, x1, y1] of sides) {
      if (at(column + dc, row + dr)) continue;
      edge.moveTo(x0, y0);
      edge.lineTo(x1, y1);
    }
  });
  context.fillStyle = colours.veil;
  context.fill(veil);
  context.fillStyle = colours.accent;
  context.globalAlpha = 0.72;
  context.fill(tiles);
  context.globalAlpha = 1;
  context.lineCap = 'round';
  for (const [width, style] of [
    [4, 'rgb(0 0 0 / 0.55)'],
    [2, '#fff'],
  ]) {
    context.lineWidth = width * ratio;
    context.strokeStyle = style;
    context.stroke(edge);
  }
}

/** Grips in the middle of each edge of what the document is going to be. */
export function paintGrips(context, [x, y, w, h], colours, ratio) {
  const long = 34 * ratio,
    thick = 5 * ratio,
    away = 7 * ratio;
  const grips = [
    [x + away, y + (h - long) / 2, thick, long],
    [x + (w - long) / 2, y + away, long, thick],
    [x + w - away - thick, y + (h - long) / 2, thick, long],
    [x + (w - long) / 2, y + h - away - thick, long, thick],
  ];
  context.beginPath();
  for (const grip of grips) context.roundRect(...grip, thick / 2);
  context.fillStyle = colours.accent;
  context.strokeStyle = '#fff';
  context.lineWidth = 3 * ratio;
  context.stroke();
  context.fill();
}
