// What the loader says about a file that it refuses, for somebody who only wants to know what to do.
const SIZE = /: file size: expected (\d+) bytes of header and (\d+) of tensor data, found (\d+) in all$/;
const CUT = /: expected [^:]*, found the end of the file after \d+$/;

const megabytes = bytes => (bytes / 1e6).toFixed(1);

/**
 * @param {string} message of the loader
 * @param {string} name of the file
 * @returns {string} a sentence; the message itself where there is no plainer one
 */
export function plainly(message, name) {
  const [, header, data, found] = (SIZE.exec(message) ?? []).map(Number);
  const whole = header + data;
  if (found < whole)
    return `${name} is incomplete: ${megabytes(found)} of ${megabytes(whole)} MB.`;
  if (found > whole)
    return `${name} is damaged: ${megabytes(found)} MB, where ${megabytes(whole)} are expected.`;
  return CUT.test(message) ? `${name} is incomplete: it ends within its list of contents.` : message;
}

export const GGUF = 'GGUF';

/** @param {Blob} file @returns {Promise<boolean>} whether it begins as a model file does */
export async function isModel(file) {
  const bytes = new Uint8Array(await file.slice(0, GGUF.length).arrayBuffer());
  return String.fromCharCode(...bytes) === GGUF;
}
