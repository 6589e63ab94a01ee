// How the engine gets its model: network, cache, files of the visitor's; memory that is refused.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {rig} from './engine_support.mjs';

const state = rig();
const POINTS = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1];
const gone = (request, response) => response.destroy();

/** Sends what was asked for up to byte `end` of the file, then breaks the connection. */
function breakAt(end, {ranges}) {
  return (request, response, bytes) => {
    const start = ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    if (start)
      response.writeHead(206, {'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
        'content-length': bytes.length - start});
    else
      response.writeHead(200, {'content-length': bytes.length});
    if (end === null || end >= bytes.length)
      return response.end(bytes.subarray(start));
    return response.write(bytes.subarray(start, Math.max(start, end)), () =>
      setTimeout(() => response.destroy(), 20));
  };
}

const modelRequests = server => server.log.filter(name => name.endsWith('.gguf')).length;

test('cold: downloads; warm: reads the cache', async () => {
  const server = await state.serve();
  const page = await state.visit(server);
  const {bytes} = state.manifest.model;
  const cold = await page.evaluate(async () => (await tools.start(), tools.load()));
  assert.deepEqual(cold.phases, ['download', 'prepare']);
  assert.ok(cold.sums.every((value, i) => i % 2 ? value === bytes : value >= 0 && value <= bytes));
  assert.ok(cold.sums.length > 6);
  const warm = await page.evaluate(async () => (await tools.start(), tools.load()));
  assert.deepEqual(warm.phases, ['cache', 'prepare']);
  assert.equal(modelRequests(server), 1);
});

/** Starts over with an empty cache. */
const fresh = page => page.evaluate(async () => (await caches.delete('unmask-models'), tools.start()
  .then(() => {})));

test('a download that breaks off goes on where it stopped', async () => {
  const server = await state.serve();
  const page = await state.visit(server);
  for (const point of POINTS) {
    await fresh(page);
    const cut = Math.floor(state.manifest.model.bytes * point);
    let answered = 0;
    const sent = [];
    server.faults.model = (request, response, bytes) => {
      sent.push(request.headers.range ?? 'all');
      breakAt(answered++ ? null : cut, {ranges: true})(request, response, bytes);
    };
    await page.evaluate(() => tools.load());
    if (point > 0.1 && point < 1)
      assert.match(sent[1], /^bytes=\d+-$/, `at ${point}: ${sent}`);
    assert.equal((await page.evaluate(() => tools.tokens({steps: 1}))).length, 256);
  }
});

test('a download that never arrives is a clear error, and trying again works', async () => {
  const server = await state.serve();
  const page = await state.visit(server);
  for (const point of POINTS.slice(0, -1)) {
    await fresh(page);
    server.faults.model = breakAt(Math.floor(state.manifest.model.bytes * point), {ranges: false});
    const error = await page.evaluate(() => tools.failure(tools.load()));
    assert.deepEqual([error?.code, error?.name], ['network', 'EngineError'], `at ${point}`);
    assert.match(error.message, /download|connection/);
    server.faults.model = null;
    await page.evaluate(() => tools.load());
  }
});

test('a page, an error, or another file in place of the model is refused and not kept', async () => {
  const server = await state.serve();
  const page = await state.visit(server);
  const answers = [
    (request, response) => response.writeHead(200, {'content-type': 'text/html'}).end('<html>'),
    (request, response) => response.writeHead(404).end(),
    (request, response) => response.writeHead(500).end('no'),
    (request, response, bytes) => response.writeHead(200).end(Buffer.concat([bytes, bytes])),
    (request, response, bytes) => {
      const other = Buffer.from(bytes);
      other[5000000] ^= 1;
      response.writeHead(200).end(other);
    },
    gone,
  ];
  for (const answer of answers) {
    server.faults.model = answer;
    const error = await page.evaluate(async () => (await tools.start(), tools.failure(tools.load())));
    assert.equal(error?.code, 'network');
    assert.match(error.message, /^[A-Z].*\.$/);
  }
  server.faults.model = null;
  const {phases} = await page.evaluate(() => tools.load());
  assert.deepEqual(phases, ['download', 'prepare']);
});

test('a poisoned cache is found, deleted and filled anew', async () => {
  const server = await state.serve();
  const page = await state.loaded(server);
  const tokens = await page.evaluate(() => tools.tokens());
  for (const point of POINTS) {
    const phases = await page.evaluate(async share => {
      const cache = await caches.open('unmask-models');
      const [key] = await cache.keys();
      const bytes = new Uint8Array(await (await cache.match(key)).arrayBuffer());
      bytes[Math.min(bytes.length - 1, Math.floor(bytes.length * share))] ^= 1;
      await cache.put(key, new Response(bytes));
      await tools.start();
      return (await tools.load()).phases;
    }, point);
    assert.deepEqual(phases, ['cache', 'download', 'prepare'], `at ${point}`);
    assert.deepEqual(await page.evaluate(() => tools.tokens()), tokens);
  }
  for (const body of ['<html>', '']) {
    const phases = await page.evaluate(async text => {
      const cache = await caches.open('unmask-models');
      const [key] = await cache.keys();
      await cache.put(key, new Response(text));
      await tools.start();
      return (await tools.load()).phases.at(-2);
    }, body);
    assert.equal(phases, 'download');
  }
  assert.equal(modelRequests(server), 1 + POINTS.length + 2);
});

test('a full disk is a warning; other versions make room', async () => {
  const server = await state.serve();
  const page = await state.visit(server);
  await page.evaluate(async () => {
    const cache = await caches.open('unmask-models');
    await cache.put(new URL('model-cache/old', location.href), new Response('old'));
  });
  await page.evaluate(async () => (await tools.start(), tools.load()));
  const keys = await page.evaluate(async () =>
    (await (await caches.open('unmask-models')).keys()).map(request => request.url));
  assert.equal(keys.length, 1);
  assert.match(keys[0], /model-cache\/[0-9a-f]{64}$/);

  const full = await state.serve();
  const poor = await state.visit(full);
  const session = await poor.context().newCDPSession(poor);
  await session.send('Storage.overrideQuotaForOrigin',
    {origin: new URL(full.url).origin, quotaSize: 4e6});
  const {notes, length} = await poor.evaluate(async () => {
    await tools.start();
    await tools.load();
    return {notes: engine.notes, length: (await tools.tokens()).length};
  });
  assert.equal(length, 256);
  assert.ok(notes.some(note => note.name === 'warning' && note.code === 'cache'), notes);
});

test('a file of the visitor\'s; a bad one leaves the model that there is', async () => {
  const page = await state.loaded(await state.serve());
  const result = await page.evaluate(async () => {
    const before = await tools.tokens();
    const bytes = new Uint8Array(await (await fetch(engine.manifest.model.url)).arrayBuffer());
    const damaged = bytes.slice();
    damaged[damaged.length - 1] ^= 1;
    const bad = [['empty.gguf', []], ['short.gguf', [bytes.slice(0, 1e6)]],
      ['picture.png', [new Uint8Array(1000).fill(7)]], ['damaged.gguf', [damaged]]];
    const errors = [];
    for (const [name, parts] of bad)
      errors.push(await tools.failure(engine.loadModel(new File(parts, name))));
    const still = await tools.tokens();
    const progress = [];
    await engine.loadModel(new File([bytes], 'mine.gguf'), value => progress.push(value.phase));
    return {errors, still: still.join() === before.join(), progress: [...new Set(progress)],
      after: (await tools.tokens()).join() === before.join()};
  });
  const says = [/^empty\.gguf is not a model file\.$/, /^short\.gguf is incomplete: 1\.0 of \d+\.\d MB\.$/,
    /^picture\.png is not a model file\.$/, /^damaged\.gguf: /];
  result.errors.forEach((error, i) => {
    assert.equal(error?.code, 'model', JSON.stringify(result.errors));
    assert.match(error.message, says[i]);
  });
  assert.ok(result.still && result.after);
  assert.deepEqual(result.progress, ['prepare']);
});

/** Code before the worker's: memory beyond a limit is refused, as small devices do. */
const refuse = (limit, sharedLimit) => `{
  const Real = WebAssembly.Memory;
  WebAssembly.Memory = function(descriptor) {
    if (descriptor.initial * 65536 > (descriptor.shared ? ${sharedLimit} : ${limit}))
      throw new RangeError('could not allocate memory');
    return new Real(descriptor);
  };
}`;

test('memory that is refused: less of it, then no threads, then a sentence', async () => {
  const MIB = 2 ** 20;
  const less = await state.loaded(await state.serve(), {patch: refuse(150 * MIB, 150 * MIB)});
  assert.equal(await less.evaluate(() => engine.build.name), 'simd-threads');
  const tokens = await less.evaluate(() => tools.tokens());

  const single = await state.loaded(await state.serve(), {patch: refuse(2048 * MIB, 0)});
  assert.deepEqual(await single.evaluate(() => [engine.build.name, engine.build.threads]),
    ['simd', 1]);
  assert.equal(await single.evaluate(() => engine.notes[0].code), 'memory');
  assert.deepEqual(await single.evaluate(() => tools.tokens()), tokens);

  const none = await state.visit(await state.serve(), {patch: refuse(0, 0)});
  const error = await none.evaluate(async () => (await tools.start(), tools.failure(tools.load())));
  assert.equal(error?.code, 'memory');
  assert.match(error.message, /^The browser does not grant the memory/);
});

test('memory that runs out inside the module is a sentence, too', async () => {
  const small = `{
    const Real = WebAssembly.Memory;
    WebAssembly.Memory = function({shared}) {
      return new Real({initial: 352, maximum: 352, shared});
    };
  }`;
  const page = await state.visit(await state.serve(), {patch: small});
  const error = await page.evaluate(async () =>
    (await tools.start(), tools.failure(tools.load().then(() => tools.tokens()))));
  assert.equal(error?.code, 'memory', JSON.stringify(error));
  assert.match(error.message, /memory/);
});

// Measured with the bundled F16 model: 2.1 times the file once it is loaded (the file and the
// packed weights, which stay F16) and 2.8 times when it has drawn and encoded,
// because computing uses the file's place. A second copy of the file would add 1.0 to either.
test('the module never holds the file twice', async () => {
  const page = await state.loaded(await state.serve(), {engine: {threads: 'off'}});
  const {loaded, drawn} = await page.evaluate(async () => {
    const before = await engine.memoryUsed();
    const {tokens} = (await tools.draw({preview: true})).at(-1);
    await engine.encode(await engine.decode(tokens));
    return {loaded: before, drawn: await engine.memoryUsed()};
  });
  const times = bytes => bytes / state.manifest.model.bytes;
  assert.ok(times(loaded) > 1 && times(loaded) <= 2.6, `${times(loaded)} times the file`);
  assert.ok(times(drawn) <= 3.4, `${times(drawn)} times the file`);
});

test('no violation of the content policy, no error on any page', () => {
  assert.deepEqual(state.violations, []);
});
