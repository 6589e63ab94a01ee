// What a visitor does every day, in each browser that the page is for: drawing, scrubbing, repainting,
// sharing, reloading, a second tab, another model, pictures of all types, no network.
//
// Usage: node page_everyday.mjs SITE MODULES OUT
//   as page_visit.mjs; UM_BROWSER says which browser
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {kept} from './browsers.mjs';
import {harness, openPage, settled, startServer} from './page_support.mjs';

const [site, modules, out] = process.argv.slice(2, 5);
const {where, ready, done, drawAgain, drawnBy, picture, stroke, text} = harness(site, modules, out);
const LINK = '#v=1&s=5&c=70&n=4';
const servers = [];
after(() => servers.forEach((server) => server.stop()));

/** Another tab of the same visitor, with its picture. */
async function secondTab(page, url) {
  const tab = await page.context().newPage();
  await tab.goto(url);
  await settled(tab);
  return tab;
}

const position = (page) =>
  page.evaluate(() => Number(document.getElementById('film').getAttribute('aria-valuenow')));

test('first visit, scrub, repaint, share, a second tab, reload: the same picture', async () => {
  const page = await ready({}, LINK);
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  await kept(page);
  await page.focus('#film');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await position(page), 3);
  const first = await picture(page, 'everyday');
  await page.click('[data-mode=paint]');
  await stroke(page, [0.3, 0.3], [0.6, 0.3]);
  await drawAgain(page);
  const second = await picture(page, 'everyday');
  assert.notDeepEqual(second.data, first.data);
  await page.click('#share');
  await page.waitForFunction(() => /&e=paint/.test(location.hash));
  const tab = await secondTab(page, page.url());
  await tab.waitForFunction(() => !document.getElementById('back').hidden);
  await settled(tab);
  await tab.reload();
  await tab.waitForFunction(() => !document.getElementById('back').hidden);
  await settled(tab);
  assert.equal(await tab.getAttribute('#picture', 'aria-label'),
    await page.getAttribute('#picture', 'aria-label'));
  await page.reload();
  await page.waitForFunction(() => !document.getElementById('back').hidden);
  await settled(page);
  assert.deepEqual((await picture(page, 'everyday')).data, second.data);
  await done(page);
});

test('another model, from a file, while a service worker keeps the page', async () => {
  const page = await ready({}, LINK);
  await kept(page);
  const {url} = JSON.parse(readFileSync(join(site, 'manifest.json'), 'utf8')).model;
  await drawnBy(page, () => page.setInputFiles('#model-file', join(site, url)));
  await drawAgain(page);
  await done(page);
});

for (const options of [[], ['--no-isolation']])
  test(`without a network ${options.length ? 'and without isolation' : ''}`, async () => {
    const server = await startServer(site, ...options);
    servers.push(server);
    const page = await openPage(where.browser, server.url + LINK);
    await settled(page);
    const speed = await text(page, 'speed');
    assert.match(speed, options.length ? /one thread/ : /\d+ threads/);
    const first = await picture(page, 'everyday');
    await kept(page);
    server.stop();
    await page.reload();
    await settled(page);
    assert.match(await text(page, 'speed'), options.length ? /one thread/ : /\d+ threads/);
    assert.deepEqual((await picture(page, 'everyday')).data, first.data);
    const tab = await secondTab(page, server.url + LINK);
    assert.match(await text(tab, 'status'), /^Step 4 of 4/);
    await page.context().close();
  });

/** A BMP of 96 by 64 pixels, three bytes each. */
function bitmap() {
  const bytes = Buffer.alloc(54 + 96 * 64 * 3, 0x60);
  bytes.write('BM');
  bytes.fill(0, 2, 54);
  for (const [at, value] of [[2, bytes.length], [10, 54], [14, 40], [18, 96], [22, 64]])
    bytes.writeUInt32LE(value, at);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  return bytes;
}

/** A GIF of 96 by 64 pixels: its rows are LZW codes of 3 bits, each after a clear code. */
function gif() {
  const bits = [];
  const code = (value) => bits.push(value & 1, (value >> 1) & 1, (value >> 2) & 1);
  for (let pixel = 0; pixel < 96 * 64; pixel++) {
    if (pixel % 2 === 0) code(4);
    code(pixel % 96 < 48 ? 0 : 1);
  }
  code(5);
  const data = [];
  for (let at = 0; at < bits.length; at += 8)
    data.push(bits.slice(at, at + 8).reduce((sum, bit, i) => sum | (bit << i), 0));
  const blocks = [];
  for (let at = 0; at < data.length; at += 255)
    blocks.push(Math.min(255, data.length - at), ...data.slice(at, at + 255));
  return Buffer.from([...Buffer.from('GIF89a'), 96, 0, 64, 0, 0x91, 0, 0,
    255, 204, 51, 51, 34, 17, 0, 0, 0, 0, 0, 0,
    0x2c, 0, 0, 0, 0, 96, 0, 64, 0, 0, 2, ...blocks, 0, 0x3b]);
}

/** A picture of 96 by 64 pixels that the browser itself writes. */
async function written(page, type) {
  const url = await page.evaluate((wanted) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [96, 64];
    const context = canvas.getContext('2d');
    context.fillStyle = '#fc3';
    context.fillRect(0, 0, 60, 50);
    return canvas.toDataURL(wanted);
  }, type);
  assert.ok(url.startsWith(`data:${type};`), `this browser writes no ${type}`);
  return Buffer.from(url.split(',')[1], 'base64');
}

test('pictures of all types are opened', async () => {
  const page = await ready({}, LINK);
  for (const [type, make] of [['png'], ['jpeg'], ['webp'], ['gif', gif], ['bmp', bitmap]]) {
    const buffer = make ? make() : await written(page, `image/${type}`);
    await page.setInputFiles('#picture-file', {
      name: `small.${type}`, mimeType: `image/${type}`, buffer,
    });
    await page.waitForFunction(
      () => document.getElementById('status').textContent === 'Your picture, 96 × 64',
    );
    assert.equal(await text(page, 'errors'), '', type);
    await page.keyboard.press('Escape');
    await drawAgain(page);
  }
  await done(page);
});
