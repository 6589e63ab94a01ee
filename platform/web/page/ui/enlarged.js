// Pictures that were saved enlarged are worked on at the size at which they were drawn, as on the command
// line.
const SCALE_LIMIT = 64;

/**
 * By which factor the settings in a file say that it was enlarged; 1 if they say nothing, or are of a sheet.
 * @param {Map<string, string>} texts  of the file
 * @returns {{scale: number, width: number, height: number}}  width, height: that they state, 0 = none
 */
export function statedScale(texts) {
  const whole = (value) => (Number.isSafeInteger(value) && value > 0 ? value : 0);
  let meta = null;
  try {
    meta = JSON.parse(texts.get('unmask') ?? '');
  } catch {
    // no settings
  }
  const scale = meta?.kind === 'sheet' ? 1 : whole(meta?.scale);
  return {
    scale: scale >= 1 && scale <= SCALE_LIMIT ? scale : 1,
    width: whole(meta?.width),
    height: whole(meta?.height),
  };
}

/** Whether every pixel is that of its square's first corner. */
function isExact({data, width, height}, scale) {
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  return pixels.every((pixel, i) => {
    const x = i % width,
      y = (i - x) / width;
    return pixel === pixels[(y - (y % scale)) * width + x - (x % scale)];
  });
}

/** The mean of each square of pixels. */
function means({data, width, height}, scale) {
  const [w, h] = [width / scale, height / scale];
  const sums = new Float64Array(4 * w * h);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = 4 * (Math.floor(y / scale) * w + Math.floor(x / scale)),
        from = 4 * (y * width + x);
      for (let c = 0; c < 4; c++) sums[to + c] += data[from + c];
    }
  }
  return {data: Uint8ClampedArray.from(sums, (sum) => sum / (scale * scale)), width: w, height: h};
}

/**
 * Undoes the enlargement that is stated.
 * @param {{data: Uint8ClampedArray, width: number, height: number}} image  opaque
 * @param {{scale: number, width: number, height: number}} stated
 * @returns {null | {image: object, exact: boolean}}  null: it is no enlargement, or no more
 */
export function undoScale(image, stated) {
  const {scale} = stated;
  if (scale === 1 || image.width % scale !== 0 || image.height % scale !== 0) return null;
  const exact = isExact(image, scale);
  const same = image.width === stated.width && image.height === stated.height;
  return exact || same ? {image: means(image, scale), exact} : null;
}
