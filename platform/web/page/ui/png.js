// PNG and animated PNG files, written with their text chunks; the texts of a PNG file, read.
// Sources: PNG specification, third edition (chunks, filters, acTL, fcTL, fdAT); RFC 1950 through
// CompressionStream.

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const TEXT_LIMIT = 65536;

const CRC_TABLE = Int32Array.from({length: 256}, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

function chunk(type, data) {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(
    [...type].map((letter) => letter.charCodeAt(0)),
    4,
  );
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

/** Big-endian bytes of [value, size in bytes] pairs. */
function pack(...fields) {
  const out = [];
  for (const [value, size] of fields) {
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) out.push((value >>> shift) & 255);
  }
  return Uint8Array.from(out);
}

async function deflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Scanlines of the picture enlarged by a whole factor. A row that repeats the one above says so (filter
 * Up, all
 * zeros); the others carry their bytes (filter None).
 */
function scanlines({data, width, height}, scale) {
  const row = width * scale * 3 + 1;
  const out = new Uint8Array(row * height * scale);
  for (let y = 0; y < height; y++) {
    let at = y * scale * row + 1;
    for (let x = 0; x < width; x++) {
      const from = 4 * (y * width + x);
      for (let i = 0; i < scale; i++, at += 3) {
        out[at] = data[from];
        out[at + 1] = data[from + 1];
        out[at + 2] = data[from + 2];
      }
    }
    for (let i = 1; i < scale; i++) out[(y * scale + i) * row] = 2;
  }
  return out;
}

const utf8 = (text) => new TextEncoder().encode(text);

/** Key, no compression, no language, no translated key, UTF-8 text. */
const textChunk = ([key, text]) =>
  chunk('iTXt', Uint8Array.from([...utf8(key), 0, 0, 0, 0, 0, ...utf8(text)]));

function header({width, height}, scale) {
  return chunk(
    'IHDR',
    pack([width * scale, 4], [height * scale, 4], [8, 1], [2, 1], [0, 1], [0, 1], [0, 1]),
  );
}

/**
 * @param {ImageData} image  opaque @param {number} scale  whole factor >= 1
 * @param {Iterable<[string, string]>} texts  key and text, as iTXt chunks @returns {Promise<Blob>}
 */
export async function encodePng(image, scale, texts) {
  const data = await deflate(scanlines(image, scale));
  const parts = [
    Uint8Array.from(SIGNATURE),
    header(image, scale),
    ...[...texts].map(textChunk),
    chunk('IDAT', data),
    chunk('IEND', []),
  ];
  return new Blob(parts, {type: 'image/png'});
}

/**
 * Loops for ever; programs that know no animation show the last frame.
 * @param {{image: ImageData | (() => ImageData), milliseconds: number}[]} frames  equal sizes, at least one
 * @param {number} scale @param {Iterable<[string, string]>} texts @returns {Promise<Blob>}
 */
export async function encodeAnimation(frames, scale, texts) {
  const data = [];
  let last;
  for (const {image} of frames) {
    last = typeof image === 'function' ? image() : image;
    data.push(await deflate(scanlines(last, scale)));
  }
  const parts = [
    Uint8Array.from(SIGNATURE),
    header(last, scale),
    chunk('acTL', pack([frames.length, 4], [0, 4])),
    ...[...texts].map(textChunk),
    chunk('IDAT', data.at(-1)),
  ];
  let sequence = 0;
  frames.forEach(({milliseconds}, i) => {
    parts.push(
      chunk(
        'fcTL',
        pack(
          [sequence++, 4],
          [last.width * scale, 4],
          [last.height * scale, 4],
          [0, 4],
          [0, 4],
          [milliseconds, 2],
          [1000, 2],
          [0, 1],
          [0, 1],
        ),
      ),
    );
    const body = new Uint8Array(4 + data[i].length);
    body.set(pack([sequence++, 4]));
    body.set(data[i], 4);
    parts.push(chunk('fdAT', body));
  });
  parts.push(chunk('IEND', []));
  return new Blob(parts, {type: 'image/png'});
}

/** The text of an iTXt or tEXt chunk as [key, text], or null where it is compressed or damaged. */
function readText(type, data) {
  const end = data.indexOf(0);
  if (end < 1 || end > 79) return null;
  const key = new TextDecoder('latin1').decode(data.subarray(0, end));
  if (type === 'tEXt') return [key, new TextDecoder('latin1').decode(data.subarray(end + 1))];
  const language = data.indexOf(0, end + 3);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (data[end + 1] !== 0 || translated < 0) return null;
  return [key, new TextDecoder().decode(data.subarray(translated + 1))];
}

/**
 * The uncompressed texts of a PNG file; empty for any other file. Never throws.
 * @param {Uint8Array} bytes @returns {Map<string, string>}
 */
export function readTexts(bytes) {
  const texts = new Map();
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return texts;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length;) {
    const size = view.getUint32(at),
      end = at + 12 + size;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (end > bytes.length || type === 'IEND') break;
    if ((type === 'iTXt' || type === 'tEXt') && size <= TEXT_LIMIT) {
      const text = readText(type, bytes.subarray(at + 8, end - 4));
      if (text) texts.set(...text);
    }
    at = end;
  }
  return texts;
}
