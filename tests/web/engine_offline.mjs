// The service worker: the page offline, and isolation where the server's headers do not give it.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {rig} from './engine_support.mjs';

const state = rig();

const loads = page => {
  const seen = [];
  page.on('framenavigated', frame => seen.push(frame.url()));
  return seen;
};

for (const isolated of [true, false])
  test(`offline after the first visit, ${isolated ? '' : 'not '}isolated`, async () => {
    const server = await state.serve({isolated});
    const page = await state.loaded(server);
    const tokens = await page.evaluate(() => tools.tokens());
    await state.kept(page);
    const reloads = loads(page);
    server.close();
    for (let visit = 0; visit < 2; visit++) {
      await page.goto(server.url);
      await page.waitForFunction(() => window.ready);
      const seen = await page.evaluate(async () => {
        await tools.start();
        const {phases} = await tools.load();
        return {phases, build: engine.build.name, tokens: await tools.tokens()};
      });
      assert.deepEqual(seen.phases, ['cache', 'prepare']);
      assert.equal(seen.build, isolated ? 'simd-threads' : 'simd');
      assert.deepEqual(seen.tokens, tokens);
    }
    assert.equal(reloads.length, 2);
    const other = await page.evaluate(async () => (await fetch('nothing-there')).status);
    assert.equal(other, 503);
  });

test('isolation on the visitor\'s click: one reload, threads, offline, and it stays', async () => {
  const server = await state.serve({isolated: false});
  const page = await state.loaded(server);
  const tokens = await page.evaluate(() => tools.tokens());
  const reloads = loads(page);
  await Promise.all([page.waitForEvent('load'),
    page.evaluate(() => void engine.enableIsolation())]);
  await page.waitForFunction(() => window.ready);
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  for (let visit = 0; visit < 2; visit++) {
    await page.evaluate(async () => (await tools.start(), tools.load()));
    assert.equal(await page.evaluate(() => engine.build.name), 'simd-threads');
    assert.deepEqual(await page.evaluate(() => tools.tokens()), tokens);
    await page.evaluate(() => engine.enableIsolation()); // nothing left to do
    await page.waitForTimeout(300);
    assert.equal(reloads.length, 1 + visit);
    server.close();
    await page.goto(server.url);
    await page.waitForFunction(() => window.ready);
  }
});

test('a browser that blocks service workers: one thread, a clear error, no reload', async () => {
  const server = await state.serve({isolated: false});
  const page = await state.loaded(server, {serviceWorkers: 'block'});
  const reloads = loads(page);
  const error = await page.evaluate(() => tools.failure(engine.enableIsolation()));
  assert.equal(error?.code, 'isolation');
  assert.match(error.message, /^Threads cannot be turned on/);
  await page.waitForTimeout(500);
  assert.equal(reloads.length, 0);
  assert.equal((await page.evaluate(() => tools.tokens())).length, 256);
});

test('isolation that does not come is not asked for again', async () => {
  const page = await state.visit(await state.serve({isolated: false}));
  await page.evaluate(() => sessionStorage.setItem('unmask-isolation', '1'));
  await page.evaluate(() => tools.start());
  assert.equal(await page.evaluate(() => engine.build.canIsolate), false);
  const reloads = loads(page);
  const error = await page.evaluate(() => tools.failure(engine.enableIsolation()));
  assert.equal(error?.code, 'isolation');
  assert.equal(reloads.length, 0);
});

test('no violation of the content policy, no error on any page', () => {
  assert.deepEqual(state.violations, []);
});
