// The engine in Chromium: both builds, with and without isolation; frames; equal tokens.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {nativeTokens, rig} from './engine_support.mjs';
import {allowed, within} from './timing.mjs';

const state = rig();

test('isolated: threads; frames of every step', async () => {
  const page = await state.loaded(await state.serve());
  const {build, model, frames} = await page.evaluate(async () => {
    const drawn = await tools.draw({seed: '7', preview: true});
    return {build: engine.build, model: engine.model, frames: drawn.map(frame => ({...frame,
      image: [frame.image.width, frame.image.height, frame.image.data[3]],
      masked: frame.tokens.filter(token => token === -1).length,
      late: frame.fixedStep.filter(step => step === 65535).length,
      guess: [Math.min(...frame.guess), Math.max(...frame.guess)]}))};
  });
  assert.equal(build.name, 'simd-threads');
  assert.ok(build.threads >= 2 && build.isolated);
  assert.equal(frames.length, model.defaults.steps);
  frames.forEach((frame, i) => {
    assert.equal(frame.step, i + 1);
    assert.equal(frame.steps, frames.length);
    assert.equal(frame.last, i === frames.length - 1);
    assert.deepEqual(frame.image, [model.imageWidth, model.imageHeight, 255]);
    assert.equal(frame.masked, frame.late);
    assert.ok(i === 0 || frame.masked < frames[i - 1].masked);
    assert.ok(frame.guess[0] >= 0 && frame.guess[1] < model.codebookSize);
    assert.ok(frame.stepMs > 0 && frame.decodeMs > 0);
  });
  assert.equal(frames.at(-1).masked, 0);
  assert.ok(model.classes.length > 100);
  assert.ok(model.classes[0].name && model.classes[0].symbol && model.samplers.includes('halton'));
  assert.match(model.sha256, /^[0-9a-f]{64}$/);
});

test('without isolation one thread, at once; threads may be turned off', async () => {
  const plain = await state.loaded(await state.serve({isolated: false}));
  assert.deepEqual(await plain.evaluate(() => engine.build),
    {name: 'simd', threads: 1, isolated: false, canIsolate: true});
  const off = await state.loaded(await state.serve(), {engine: {threads: 'off'}});
  assert.deepEqual(await off.evaluate(() => engine.build),
    {name: 'simd', threads: 1, isolated: true, canIsolate: false});
});

test('tokens equal those of the native program, in both builds', async t => {
  const server = await state.serve();
  const threads = await state.loaded(server);
  const single = await state.loaded(server, {engine: {threads: 'off'}});
  for (let seed = 1; seed <= 8; seed++) {
    const params = {classIndex: seed * 13, seed: `${seed}`};
    const drawn = await threads.evaluate(values => tools.tokens(values), params);
    assert.deepEqual(await single.evaluate(values => tools.tokens(values), params), drawn);
    const native = nativeTokens(['-c', `${params.classIndex}`, '-s', params.seed]);
    if (native)
      assert.deepEqual(drawn, native, `seed ${seed}`);
    else if (seed === 1)
      t.diagnostic('the native program is not there: skip its half');
  }
});

test('settings reach the sampler; what is out of range is refused with a sentence', async () => {
  const page = await state.loaded(await state.serve());
  const tokens = params => page.evaluate(values => tools.tokens(values), params);
  const first = await tokens({steps: 3});
  assert.deepEqual(await tokens({steps: 3, schedule: '', sampler: ''}), first);
  assert.notDeepEqual(await tokens({steps: 3, sampler: 'halton'}), first);
  assert.notDeepEqual(await tokens({steps: 3, schedule: 'linear'}), first);
  assert.notDeepEqual(await tokens({steps: 3, choiceTemperature: 0}), first);
  assert.notDeepEqual(await tokens({steps: 3, seed: '18446744073709551615'}), first);
  for (const params of [{classIndex: -1}, {classIndex: 1e6}, {seed: '-1'}, {steps: 2000},
    {seed: '18446744073709551616'}, {schedule: 'no'}, {sampler: 'no'}, {temperature: 0},
    {temperature: -1}, {temperature: 1e9}, {choiceTemperature: -1}, {steps: 1.5}]) {
    const error = await page.evaluate(values => tools.failure(tools.draw(values)), params);
    assert.equal(error?.code, 'argument', JSON.stringify({params, error}));
    assert.match(error.message, /^[A-Z"a-z].*\.$/);
  }
  assert.deepEqual(await tokens({steps: 3}), first);
});

test('edit, outpaint, decode, encode', async () => {
  const page = await state.loaded(await state.serve());
  const result = await page.evaluate(async () => {
    const {image, tokens} = (await tools.draw({steps: 4})).at(-1);
    const {width, height} = image, mask = new Uint8Array(width * height);
    for (let y = 0; y < 16; y++)
      mask.fill(1, y * width, y * width + 16);
    const collect = async run => {
      const frames = [];
      for await (const frame of run)
        frames.push(frame);
      return frames;
    };
    const edited = await collect(engine.edit({classIndex: 3, seed: '5', source: image, mask}));
    const wide = await collect(engine.outpaint({classIndex: 3, seed: '5', source: image, right: 16}));
    const far = (x, y) => (y * width + x) * 4;
    const decoded = await engine.decode(tokens);
    return {
      start: edited[0].step, fixed: edited[0].tokens.filter(token => token >= 0).length,
      same: edited.at(-1).image.data.subarray(far(60, 60), far(63, 60)).join() ===
        image.data.subarray(far(60, 60), far(63, 60)).join(),
      changed: edited.at(-1).image.data.subarray(0, 4096).join() !==
        image.data.subarray(0, 4096).join(),
      wide: [wide.at(-1).image.width, wide.at(-1).image.height, wide.at(-1).gridWidth],
      last: [edited.at(-1).last, wide.at(-1).last],
      decoded: decoded.data.join() === image.data.join(),
      encoded: (await engine.encode(decoded)).length,
      none: await tools.failure(engine.edit({classIndex: 3, seed: '5', source: image,
        mask: new Uint8Array(mask.length)}).done),
    };
  });
  assert.equal(result.start, 0);
  assert.ok(result.fixed > 0 && result.fixed < 256);
  assert.ok(result.same && result.changed && result.decoded);
  assert.deepEqual(result.wide, [80, 64, 20]);
  assert.deepEqual(result.last, [true, true]);
  assert.equal(result.encoded, 256);
  assert.equal(result.none.code, 'argument');
});

// Without shared memory nothing can reach into a step, so that build is free when its step ends.
test('one run at a time; cancelling frees the engine within 200 ms', async () => {
  for (const threads of ['auto', 'off']) {
    const page = await state.loaded(await state.serve(), {engine: {threads}});
    const seen = await page.evaluate(async () => {
      const drawn = await tools.draw({steps: 6, preview: true});
      const first = drawn.at(-1).tokens;
      const stepMs = Math.max(...drawn.map(frame => frame.stepMs + frame.decodeMs));
      const run = engine.generate({classIndex: 0, seed: '1', steps: 1000, preview: true});
      const busy = await tools.failure(engine.generate({classIndex: 0, seed: '2'}).done);
      const busyToo = await tools.failure(engine.decode(new Int32Array(256)));
      for await (const frame of run)
        if (frame.step === 2)
          break;
      const at = performance.now();
      run.cancel();
      const error = await tools.failure(run.done);
      const told = performance.now() - at;
      const next = engine.generate({classIndex: 0, seed: '1', steps: 6});
      let free = 0;
      const tokens = [];
      for await (const frame of next) {
        free ||= performance.now() - at - frame.stepMs - frame.decodeMs;
        if (frame.last)
          tokens.push(...frame.tokens);
      }
      return {busy, busyToo, error, told, free, stepMs, same: tokens.join() === first.join()};
    });
    assert.equal(seen.busy.code, 'busy');
    assert.equal(seen.busyToo.code, 'busy');
    assert.equal(seen.error.code, 'cancelled');
    within(`threads ${threads}, cancelled`, seen.told, 200);
    within(`threads ${threads}, free`, seen.free, threads === 'auto' ? 200 : 200 + seen.stepMs);
    assert.ok(seen.same);
  }
});

test('the page thread is never busy for more than 50 ms', async () => {
  // Other programs can only make tasks look longer, so the best of three visits counts.
  let longest = Infinity;
  for (let visit = 0; !visit || (visit < 3 && longest > allowed(50)); visit++) {
    const page = await state.loaded(await state.serve());
    longest = await page.evaluate(async () => {
      await tools.draw({preview: true});
      return Math.max(0, ...longTasks);
    });
  }
  within('longest task', longest, 50);
});

test('no violation of the content policy, no error on any page', () => {
  assert.deepEqual(state.violations, []);
});
