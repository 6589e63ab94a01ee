/** Runs both programs on the same inputs, compares their numbers, and times them in turn. */

import * as ort from '/ort/ort.wasm.min.mjs';
import createBench from '/module/unmask-bench.js';

/** @returns {() => number} whole numbers below 2^31, the same on every machine (a linear congruence) */
function randomNumbers(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >>> 8;
}

async function bytesOf(url) {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Copies an array into the module's memory and returns its address. */
function put(module, array) {
  const address = module._malloc(array.byteLength);
  new Uint8Array(module.HEAPU8.buffer, address, array.byteLength)
      .set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return address;
}

/** Per image the class row, then half of the tokens known and half masked; every second has no class. */
function makeIds({batch, tokens, codes, classes, rows}) {
  const random = randomNumbers(7);
  const ids = new Int32Array(batch * (tokens + 1));
  for (let image = 0; image < batch; image++) {
    ids[image * (tokens + 1)] = image % 2 ? rows - 2 : codes + 3 % classes;
    for (let i = 0; i < tokens; i++)
      ids[image * (tokens + 1) + 1 + i] = random() % 2 ? random() % codes : rows - 1;
  }
  return ids;
}

/** One program of ours: a function from an array in the module's memory to another. */
function ourProgram(module, name, input, count) {
  const from = put(module, input), to = module._malloc(count * 4);
  return {
    run: async () => {
      const status = module[name](from, to);
      if (status)
        throw new Error(`${name}: status ${status}`);
    },
    result: () => new Float32Array(module.HEAPU8.buffer, to, count).slice(),
  };
}

async function theirProgram(url, inputName, input, shape) {
  const session = await ort.InferenceSession.create(
      await bytesOf(url), {executionProviders: ['wasm'], graphOptimizationLevel: 'all'});
  const feeds = {[inputName]: new ort.Tensor('int32', input, shape)};
  let out;
  return {
    run: async () => {
      out = (await session.run(feeds)).out;
    },
    result: () => out.data,
  };
}

/** sum (a - b)^2 / sum b^2, over those rows of `width` numbers that `counts` picks. */
function nmse(a, b, width, counts) {
  let error = 0, energy = 0;
  for (let i = 0; i < b.length; i++) {
    if (!counts(Math.floor(i / width)))
      continue;
    error += (a[i] - b[i]) ** 2;
    energy += b[i] ** 2;
  }
  return error / energy;
}

/** Planes of an RGB picture to pixels. */
function interleave(planes) {
  const pixels = planes.length / 3, out = new Float32Array(planes.length);
  for (let i = 0; i < planes.length; i++)
    out[(i % pixels) * 3 + Math.floor(i / pixels)] = planes[i];
  return out;
}

const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/**
 * Median milliseconds of each program. They take turns, so that a busy machine troubles all alike: a pause in
 * which the other program's threads stop to spin for work, one run to wake the own ones, and the timed run.
 */
async function race(programs, rounds) {
  const times = programs.map(() => []);
  for (let round = -2; round < rounds; round++) {
    for (let p = 0; p < programs.length; p++) {
      await sleep(300);
      await programs[p].run();
      const start = performance.now();
      await programs[p].run();
      if (round >= 0)
        times[p].push(performance.now() - start);
    }
  }
  return times.map(list => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]);
}

/** GFLOP/s of multiply and add on one thread's registers: the best of a few. */
function measurePeak(module) {
  const out = module._malloc(40 * 4);
  let best = 0;
  for (let i = 0; i < 8; i++) {
    const start = performance.now();
    const flop = module._bench_peak(4e6, out);
    best = Math.max(best, flop / (performance.now() - start) * 1e-6);
  }
  return best;
}

async function timePictures(module, shapes) {
  const rgb = module._malloc(shapes.width * shapes.height * 12);
  const times = [];
  for (let seed = 0; seed < 6; seed++) {
    const start = performance.now();
    if (module._bench_picture(3, seed, rgb))
      throw new Error('a picture failed');
    times.push(performance.now() - start);
  }
  return {first: times[0], warm: times.slice(1).sort((a, b) => a - b)[2]};
}

async function openOurs(threads, batch) {
  const module = await createBench({poolSize: threads});
  const model = await bytesOf('/model.gguf');
  const status = module._bench_load(put(module, model), model.length, threads, batch);
  if (status)
    throw new Error(`bench_load: status ${status}`);
  return module;
}

async function compareForward(module, shapes, rounds) {
  const {batch, tokens, codes} = shapes, ids = makeIds(shapes);
  const theirs = name => theirProgram(`/onnx/${name}.onnx`, 'ids', ids, [batch, tokens + 1]);
  const programs = [ourProgram(module, '_bench_forward', ids, batch * (tokens + 1) * codes),
    await theirs('transformer'), await theirs('transformer-fused')];
  const times = await race(programs, rounds);
  const ours = programs[0].result();
  const isToken = row => row % (tokens + 1) > 0; /* the class position's logits mean nothing */
  return {times, nmse: programs.slice(1).map(p => nmse(ours, p.result(), codes, isToken))};
}

async function compareDecode(module, shapes, rounds) {
  const random = randomNumbers(11);
  const codes = Int32Array.from({length: shapes.tokens}, () => random() % shapes.codes);
  const programs = [ourProgram(module, '_bench_decode', codes, shapes.width * shapes.height * 3),
    await theirProgram('/onnx/decoder.onnx', 'codes', codes, [1, shapes.tokens])];
  const times = await race(programs, rounds);
  return {times, nmse: [nmse(programs[0].result(), interleave(programs[1].result()), 1, () => true)]};
}

self.onmessage = async ({data: {threads, rounds, shapes}}) => {
  try {
    ort.env.wasm.numThreads = threads;
    ort.env.wasm.wasmPaths = '/ort/';
    const module = await openOurs(threads, shapes.batch);
    const result = {isolated: self.crossOriginIsolated, ort: ort.env.versions.common};
    result.forward = await compareForward(module, shapes, rounds);
    result.decode = await compareDecode(module, shapes, rounds);
    result.picture = await timePictures(module, shapes);
    result.peak = measurePeak(module);
    self.postMessage({result});
  } catch (error) {
    self.postMessage({error: String(error?.stack ?? error)});
  }
};
