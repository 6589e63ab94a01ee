// The engine's worker dies: the run goes on in another, and the visitor sees the same picture.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {rig} from './engine_support.mjs';
import {allowed, within} from './timing.mjs';

const state = rig();
const LIMIT_MS = 3000;

/** Draws with one fault; every frame must come once, in order. */
const drawWith = (page, fault) => page.evaluate(async values => {
  engine.notes.length = 0;
  const frames = [];
  let gap = 0, last = performance.now();
  for await (const frame of engine.generate({classIndex: 5, seed: '11', steps: 4,
    fault: values})) {
    gap = Math.max(gap, performance.now() - last);
    last = performance.now();
    frames.push(frame);
  }
  return {gap, steps: frames.map(frame => frame.step), notes: engine.notes,
    tokens: frames.map(frame => frame.tokens.join())};
}, fault);

// A thread of its own starts and stops beside the run, which may have ended by then.
for (const [threads, kinds] of [['auto', ['trap', 'thread', 'exit']], ['off', ['trap', 'exit']]])
  for (const kind of kinds)
    test(`threads ${threads}, ${kind} at each step: back within 3 s, same tokens`, async () => {
      const page = await state.loaded(await state.serve(), {engine: {threads}});
      const whole = await drawWith(page, undefined);
      assert.deepEqual(whole.notes, []);
      let restarts = 0;
      for (let step = 0; step < whole.steps.length; step++) {
        let gap = Infinity; // other programs can only make it longer, so the best of three counts
        for (let visit = 0; !visit || (visit < 3 && gap > allowed(LIMIT_MS)); visit++) {
          const healed = await drawWith(page, {step, kind});
          assert.deepEqual(healed.steps, whole.steps, `step ${step}`);
          assert.deepEqual(healed.tokens, whole.tokens, `step ${step}`);
          restarts += healed.notes.filter(note => note.name === 'restart').length;
          // A worker that exits ends its task first: in the last step the run is over by then.
          if (kind === 'trap' || (kind === 'exit' && step + 1 < whole.steps.length))
            assert.equal(healed.notes.length, 1, `step ${step}`);
          gap = Math.min(gap, healed.gap);
        }
        within(`threads ${threads}, ${kind} in step ${step}, back`, gap, LIMIT_MS);
      }
      assert.ok(restarts >= (kind === 'thread' ? 1 : whole.steps.length - 1));
      await page.context().close();
    });

test('a run that is cancelled after a crash ends, and the engine goes on', async () => {
  const page = await state.loaded(await state.serve());
  const seen = await page.evaluate(async () => {
    const first = await tools.tokens();
    const run = engine.generate({classIndex: 0, seed: '1', fault: {step: 3, kind: 'exit'}});
    await new Promise(resolve => engine.addEventListener('restart', resolve, {once: true}));
    run.cancel();
    const error = await tools.failure(run.done);
    return {error, same: (await tools.tokens()).join() === first.join()};
  });
  assert.equal(seen.error.code, 'cancelled');
  assert.ok(seen.same);
});

test('a thread that comes late to its lock is no dead one', async () => {
  const server = await state.serve();
  server.faults.before = name =>
    name === 'thread.js' ? 'navigator.locks.request = () => new Promise(() => {});\n' : '';
  const context = await state.browser.newContext({serviceWorkers: 'block'});
  await context.addInitScript(() => { // the page's patience passes quickly
    const [later, query] = [setTimeout, navigator.locks.query];
    window.asked = 0; // a hundred times a thread were too many once
    window.setTimeout = (act, ms) => later(act, ms / 100);
    navigator.locks.query = () => (window.asked++, query.call(navigator.locks));
  });
  const page = await state.loaded(server, {context});
  await page.waitForFunction(() => window.asked > 100 * (engine.build.threads - 1));
  await page.evaluate(() => tools.tokens({steps: 2}));
  assert.deepEqual(await page.evaluate(() => engine.notes), []);
  await context.close();
});

test('no violation of the content policy, no error on any page but the traps set here', () => {
  assert.deepEqual(state.violations.filter(text => text !== 'page error: unreachable'), []);
});
