// Drawing: one take at a time through the engine, and chains of changes as links carry them.
import {addFrame, lastImage, makeTake} from './take.js';
import {CHANGE_LIMIT} from './share.js';

/** The engine's name of each change, and the reverse. */
const COMMANDS = {draw: 'generate', paint: 'edit', extend: 'outpaint'};

/** The link that a change of `before` is shared by; null: it cannot be. */
function linkOf(kind, settings, before, where) {
  if (kind === 'draw') return {settings, changes: []};
  if (!before.link || before.link.changes.length === CHANGE_LIMIT) return null;
  return {
    settings: before.link.settings,
    changes: [...before.link.changes, {kind, settings, ...where}],
  };
}

/** A picture from outside. @param {ImageData} image @returns {import('./take.js').Take} */
export function openedTake(image, patch) {
  return makeTake({
    command: 'opened',
    settings: null,
    link: null,
    width: image.width,
    height: image.height,
    patch,
    total: 0,
    before: null,
    image,
    hidden: () => false,
  });
}

/** The source as it lies on the larger canvas; what is added is white. */
function placed(source, [left, top, right, bottom]) {
  const image = new ImageData(source.width + left + right, source.height + top + bottom);
  image.data.fill(255);
  const row = 4 * source.width;
  for (let y = 0; y < source.height; y++) {
    image.data.set(
      source.data.subarray(y * row, (y + 1) * row),
      4 * ((y + top) * image.width + left),
    );
  }
  return image;
}

function startTake(request, model) {
  const {kind, settings, before, mask, sides} = request;
  const patch = [model.imageWidth / model.gridWidth, model.imageHeight / model.gridHeight];
  const common = {
    command: COMMANDS[kind],
    settings,
    patch,
    total: settings.steps,
    before: before ?? null,
  };
  if (kind === 'draw') {
    return makeTake({
      ...common,
      link: linkOf(kind, settings),
      width: model.imageWidth,
      height: model.imageHeight,
      image: null,
      hidden: () => true,
      before: null,
    });
  }
  const source = lastImage(before);
  if (kind === 'paint') {
    const {cells, columns, rows} = mask;
    return makeTake({
      ...common,
      link: linkOf(kind, settings, before, {mask: {cells: cells.slice(), columns, rows}}),
      width: source.width,
      height: source.height,
      image: source,
      hidden: (i) => cells[i] === 1,
    });
  }
  const image = placed(source, sides),
    columns = Math.ceil(image.width / patch[0]);
  const outside = (i) => {
    const x = (i % columns) * patch[0],
      y = Math.floor(i / columns) * patch[1];
    return (
      x < sides[0] || y < sides[1] || x >= sides[0] + source.width || y >= sides[1] + source.height
    );
  };
  return makeTake({
    ...common,
    link: linkOf(kind, settings, before, {sides: [...sides]}),
    width: image.width,
    height: image.height,
    image,
    hidden: outside,
  });
}

/**
 * @param {object} engine
 * @param {object} request
 * @param {'draw' | 'paint' | 'extend'} request.kind
 * @param {import('./share.js').Settings} request.settings  complete
 * @param {import('./take.js').Take} [request.before]  what is changed
 * @param {import('./mask.js').Mask} [request.mask] @param {number[]} [request.sides]
 * @returns {{take: import('./take.js').Take, run: object}}
 */
export function begin(engine, {kind, settings, before, mask, sides}) {
  const take = startTake({kind, settings, before, mask, sides}, engine.model);
  const params = {...settings, preview: true};
  if (kind === 'draw') return {take, run: engine.generate(params)};
  const source = lastImage(before);
  if (kind === 'paint') return {take, run: engine.edit({...params, source, mask: mask.toPixels()})};
  const [left, top, right, bottom] = sides;
  return {take, run: engine.outpaint({...params, source, left, top, right, bottom})};
}

/** Takes over all frames, or hands each to `shown`, and measures. @returns {Promise<void>} */
export async function drain({take, run}, shown) {
  const started = performance.now();
  let sum = 0,
    count = 0;
  for await (const frame of run) {
    if (frame.step > 0) {
      sum += frame.stepMs;
      count++;
    }
    if (shown) shown(frame);
    else addFrame(take, frame);
  }
  await run.done;
  take.stepMs = count > 0 ? sum / count : 0;
  take.totalMs = performance.now() - started;
}
