// Where a model's bytes come from: the cache, the network, or a file of the visitor's. They go
// straight to their place in the module's memory and are hashed on the way.
import {EngineError} from './errors.js';
import {Sha256} from './sha256.js';

const CACHE = 'unmask-models';
const CHUNK_BYTES = 1 << 20;
const RESUMES = 3, PAUSE_MS = 250;

/** @typedef {(progress: {phase: string, done: number, total: number}) => void} OnProgress */

/**
 * Fills `place` with the model of a manifest.
 * @param {{url: string, bytes: number, sha256: string}} source url is absolute
 * @param {() => Uint8Array} place the bytes to fill
 * @param {OnProgress} onProgress
 * @param {(code: string, message: string) => void} warn
 */
export async function readModel(source, place, onProgress, warn) {
  const cache = await openCache(warn);
  const key = keyOf(source);
  const hit = await cache?.match(key).catch(() => undefined);
  if (hit && await readCached(hit, source, place, onProgress))
    return;
  if (hit)
    await cache.delete(key);
  await download(source, place, onProgress);
  await store(cache, key, source, place(), warn);
}

/**
 * Fills `place` with a file of the visitor's.
 * @param {File} file
 */
export async function readFile(file, place, onProgress) {
  try {
    await pour(file.stream(), 0, file.size, place(), null, 'prepare', onProgress);
  } catch {
    throw new EngineError('model', `${file.name} cannot be read.`);
  }
}

/** The cache answers to an address that no server needs to know. */
function keyOf(source) {
  return new URL(`model-cache/${source.sha256}`, new URL('.', source.url)).href;
}

async function openCache(warn) {
  try {
    return await caches.open(CACHE);
  } catch {
    warn('cache', 'The browser stores nothing for this page: the model is downloaded each time.');
    return null;
  }
}

/** Writes a stream to place[at ..]; returns where it ended. Throws what the stream throws. */
async function pour(stream, at, total, place, hash, phase, onProgress) {
  const reader = stream.getReader();
  for (;;) {
    const {done, value} = await reader.read();
    if (done)
      return at;
    if (at + value.length > total) {
      await reader.cancel();
      return at + value.length;
    }
    place.set(value, at);
    hash?.update(value);
    at += value.length;
    onProgress({phase, done: at, total});
  }
}

async function readCached(response, source, place, onProgress) {
  const hash = new Sha256();
  try {
    const end = await pour(response.body, 0, source.bytes, place(), hash, 'cache', onProgress);
    return end === source.bytes && hash.hex() === source.sha256;
  } catch {
    return false;
  }
}

/** Goes on where a broken connection left off, as far as the server can. */
async function download(source, place, onProgress) {
  let hash = new Sha256(), at = 0;
  onProgress({phase: 'download', done: 0, total: source.bytes});
  for (let attempt = 0; ; attempt++) {
    const response = await request(source, at, attempt === RESUMES);
    if (response?.status === 200 && at)
      [hash, at] = [new Sha256(), 0];
    try {
      if (response) {
        at = await pour(response.body, at, source.bytes, place(), hash, 'download', onProgress);
        break;
      }
    } catch {
      at = hash.bytes; // as far as it came
    }
    if (attempt === RESUMES)
      throw new EngineError('network', 'The download of the model broke off. Please try again.');
    await new Promise(resolve => {
      setTimeout(resolve, PAUSE_MS * (attempt + 1));
    });
  }
  if (at !== source.bytes || hash.hex() !== source.sha256)
    throw new EngineError('network', 'What was downloaded is not the model that this page expects: '
      + `${at === source.bytes ? 'its contents differ' : 'its size differs'}.`);
}

async function request(source, at, last) {
  try {
    const headers = at ? {Range: `bytes=${at}-`} : {};
    const response = await fetch(source.url, {headers, cache: 'no-store'});
    const goesOn = response.headers.get('content-range')?.startsWith(`bytes ${at}-`);
    if (response.status === 200 || (at && response.status === 206 && goesOn))
      return response;
    throw new EngineError('network',
      `The model could not be downloaded: the server answered ${response.status}.`);
  } catch (error) {
    if (error instanceof EngineError)
      throw error;
    if (last || !at)
      throw new EngineError('network',
        'The model could not be downloaded: there is no connection to the server.');
    return null;
  }
}

/** Stores a copy in pieces, so that no second whole one exists, and drops other versions. */
async function store(cache, key, source, bytes, warn) {
  if (!cache)
    return;
  let at = 0;
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.slice(at, at + CHUNK_BYTES));
      at += CHUNK_BYTES;
      if (at >= bytes.length)
        controller.close();
    },
  });
  try {
    await cache.put(key, new Response(body, {headers: {'content-length': `${source.bytes}`}}));
    const folder = new URL('.', key).href;
    for (const other of await cache.keys())
      if (other.url !== key && new URL('.', other.url).href === folder)
        await cache.delete(other);
  } catch {
    await cache.delete(key).catch(() => {});
    warn('cache', 'There is no room to keep the model: it is downloaded anew next time.');
  }
}
