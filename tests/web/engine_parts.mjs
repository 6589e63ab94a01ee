// A part of the engine, or its model, does not come: that is said, and trying again works.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {rig} from './engine_support.mjs';

const state = rig();
const expected = {code: 'network', message: 'The engine could not be downloaded.',
  name: 'EngineError'};

/** A page that nothing is kept for. */
const visit = server => state.visit(server, {serviceWorkers: 'block'});
const load = page => page.evaluate(() => tools.failure(tools.start().then(() => tools.load())));
const crash = page => page.evaluate(() =>
  tools.failure(tools.draw({steps: 2, fault: {step: 1, kind: 'trap'}})));

const parts = {
  'the worker': name => name === 'worker.js',
  'what the worker imports': name => name === 'source.js',
  'the glue': name => name === 'unmask-mt.js',
  'the code': name => name === 'unmask-mt.wasm',
  'a thread\'s worker': name => name === 'thread.js',
  'a thread\'s code': name => name === 'unmask-mt.worker.js',
};
for (const [part, lost] of Object.entries(parts))
  test(`${part} does not come: it says so, and works once it does`, async () => {
    const server = await state.serve();
    const page = await visit(server);
    server.faults.lost = lost;
    assert.deepEqual(await load(page), expected);
    server.faults.lost = null;
    assert.equal(await load(page), null);
    const tokens = await page.evaluate(() => tools.tokens({steps: 2}));
    server.faults.lost = lost;
    if (part !== 'the code') // which is compiled once
      assert.deepEqual(await crash(page), expected);
    server.faults.lost = null;
    assert.deepEqual(await page.evaluate(() => tools.tokens({steps: 2})), tokens);
    await page.context().close();
  });

test('a thread\'s glue does not come: it says so', async () => {
  const server = await state.serve();
  const page = await visit(server);
  server.faults.lost = (name, times) => name === 'unmask-mt.js' && times > 1; // first the worker's
  assert.deepEqual(await load(page), expected);
});

// Whether the page's code is kept by then is a matter of luck; what the visitor is told is not.
for (const [when, wait] of [['at once', () => {}], ['once the page is kept', state.kept]])
  test(`an engine whose model cannot come back says so: the server goes ${when}`, async () => {
    const server = await state.serve();
    const page = await state.loaded(server);
    await wait(page);
    await page.evaluate(() => caches.delete('unmask-models'));
    server.close();
    const error = await page.evaluate(() =>
      tools.failure(tools.draw({fault: {step: 2, kind: 'trap'}})));
    assert.equal(error?.code, 'network', JSON.stringify(error));
    if (wait === state.kept)
      assert.match(error.message, /^The model could not be downloaded/);
  });

test('no violation of the content policy', () => {
  assert.deepEqual(state.violations.filter(text => !text.startsWith('page error:')), []);
});
