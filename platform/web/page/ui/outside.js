// Picture files become pixels: the browser decodes them. Large ones are made smaller on the way; drawings
// (SVG) are drawn at the size that is wanted.
const AREA_LIMIT = 64e6;
const FILE_LIMIT = 64 << 20;
/** Of a drawing that states no size. */
const DRAWING_SIDE = 512;

/** A sentence for the visitor. */
export class OpenError extends Error {
  name = 'OpenError';
}

const unreadable = () => new OpenError('This browser cannot read that file as a picture.');

/** @param {Blob} blob @returns {Promise<HTMLImageElement>} as the browser turns it */
async function load(blob) {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
    });
    return image;
  } catch {
    throw unreadable();
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

/** Width and height of an <svg>, from what it states. @returns {[number, number]} */
export function drawingSize(width, height, viewBox) {
  const length = (text) => (/^\s*[\d.]+(px)?\s*$/.test(text ?? '') ? parseFloat(text) : NaN);
  const [, , boxWidth, boxHeight] = (viewBox ?? '').trim().split(/[\s,]+/).map(Number);
  const shape = boxWidth > 0 && boxHeight > 0 ? boxWidth / boxHeight : 1;
  let [w, h] = [length(width), length(height)];
  if (!(w > 0) && !(h > 0)) {
    w = shape >= 1 ? DRAWING_SIDE : DRAWING_SIDE * shape;
    h = shape >= 1 ? DRAWING_SIDE / shape : DRAWING_SIDE;
  }
  if (!(w > 0)) w = h * shape;
  if (!(h > 0)) h = w / shape;
  return [Math.max(1, Math.round(w)), Math.max(1, Math.round(h))];
}

/** The root of an SVG file; null: it is none. */
function readDrawing(text) {
  const root = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  return root.localName === 'svg' && !root.querySelector('parsererror') ? root : null;
}

/** Drawn so large that the crop has the size that is wanted, then cut out. */
async function drawDrawing(root, [width, height], crop, wanted) {
  const scale = [wanted.width / crop[2], wanted.height / crop[3]];
  if (!root.hasAttribute('viewBox')) root.setAttribute('viewBox', `0 0 ${width} ${height}`);
  root.setAttribute('width', width * scale[0]);
  root.setAttribute('height', height * scale[1]);
  root.setAttribute('preserveAspectRatio', 'none');
  const text = new XMLSerializer().serializeToString(root);
  const image = await load(new Blob([text], {type: 'image/svg+xml'}));
  return onWhite(wanted.width, wanted.height, (context) =>
    context.drawImage(image, -crop[0] * scale[0], -crop[1] * scale[1]),
  );
}

/** @param {(context: CanvasRenderingContext2D) => void} draw @returns {ImageData} opaque */
function onWhite(width, height, draw) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  draw(context);
  return context.getImageData(0, 0, width, height);
}

async function drawPhoto(blob, [width, height], crop, wanted) {
  const same = wanted.width === width && wanted.height === height;
  const {width: resizeWidth, height: resizeHeight} = wanted;
  let bitmap;
  try {
    bitmap = await createImageBitmap(
      blob,
      ...crop,
      same ? {} : {resizeWidth, resizeHeight, resizeQuality: 'high'},
    );
  } catch {
    throw unreadable();
  }
  const image = onWhite(wanted.width, wanted.height, (context) => context.drawImage(bitmap, 0, 0));
  bitmap.close();
  return image;
}

/**
 * @param {Blob} blob
 * @returns {Promise<{width: number, height: number, pixels: (crop: number[],
 *   wanted: {width: number, height: number}) => Promise<ImageData>}>} pixels: of a part, on white, at a size
 */
export async function readPicture(blob) {
  if (blob.size > FILE_LIMIT) throw new OpenError('That file is larger than 64 MB.');
  const head = (await blob.slice(0, 4096).text()).toLowerCase();
  const root = head.includes('<svg') ? readDrawing(await blob.text()) : null;
  if (root) {
    const size = drawingSize(...['width', 'height', 'viewBox'].map((name) => root.getAttribute(name)));
    const pixels = (crop, wanted) => drawDrawing(root, size, crop, wanted);
    return {width: size[0], height: size[1], pixels};
  }
  const {naturalWidth: width, naturalHeight: height} = await load(blob);
  if (width * height > AREA_LIMIT) {
    throw new OpenError(
      `That picture has ${width} × ${height} pixels; up to ${AREA_LIMIT / 1e6} megapixels can be opened.`,
    );
  }
  const pixels = (crop, wanted) => drawPhoto(blob, [width, height], crop, wanted);
  return {width, height, pixels};
}
