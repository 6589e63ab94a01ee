// The visible page: what must not be lost or wrong while one picture follows another, and what keeps people.
//
// Usage: node page_stay.mjs SITE MODULES OUT
//   as page_visit.mjs; UM_BROWSER says which browser
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {inFirefox} from './browsers.mjs';
import {harness, openPage, settled} from './page_support.mjs';

const [site, modules, out] = process.argv.slice(2, 5);
const {where, ready, done, drawAgain, drawnBy, shot, stroke, text} = harness(site, modules, out);
const chromiumOnly = {skip: inFirefox ? 'skip: Chromium alone can be told so' : false};
const LINK = '#v=1&s=5&c=70&n=4';
const modelFile = join(site, JSON.parse(readFileSync(join(site, 'manifest.json'), 'utf8')).model.url);

const fragment = (page) => page.evaluate(() => location.hash);
const label = (page) => page.getAttribute('#picture', 'aria-label');
const told = async (page, id, pattern) => {
  await page.waitForFunction((place) => document.getElementById(place).textContent !== '', id);
  assert.match(await text(page, id), pattern);
};

test('the address says what is shown, and is not followed again by another model', async () => {
  const page = await ready({}, LINK);
  assert.match(await fragment(page), /^#v=1&s=5&c=70&n=4&/);
  await page.fill('#search', 'disguised face');
  await drawnBy(page, () => page.press('#search', 'Enter'));
  const drawn = await label(page),
    address = await fragment(page);
  assert.match(drawn, /^disguised face/);
  assert.doesNotMatch(address, /&c=70&/);
  await page.reload();
  await settled(page);
  assert.equal(await label(page), drawn);
  assert.equal(await fragment(page), address);
  await drawnBy(page, () => page.setInputFiles('#model-file', modelFile));
  assert.notEqual(await fragment(page), address, 'a new picture of the new model');
  await page.evaluate(() => {
    location.hash = '#v=1&s=1&c=1&h=00000000';
  });
  await told(page, 'errors', /made with another model/);
  assert.match(await fragment(page), /h=00000000/, 'it is kept until the visitor goes on');
  await drawAgain(page);
  assert.doesNotMatch(await fragment(page), /h=00000000/);
  await done(page);
});

test('Before is a toggle, and what was not drawn changes no setting', async () => {
  const page = await ready({}, LINK);
  const seed = () => page.inputValue('#seed');
  await page.click('[data-mode=paint]');
  await stroke(page, [0.3, 0.3], [0.6, 0.3]);
  await drawAgain(page);
  const after = await fragment(page);
  const pressed = () => page.getAttribute('#back', 'aria-pressed');
  assert.equal(await pressed(), 'false');
  await page.click('#back');
  assert.equal(await pressed(), 'true');
  assert.match(await label(page), /Step 4 of 4 · 256 of 256/);
  assert.doesNotMatch(await fragment(page), /e=paint/);
  await shot(page, 'stay-before');
  await page.keyboard.press('Backspace');
  assert.equal(await pressed(), 'false');
  assert.equal(await fragment(page), after, 'the result is back');
  // Out of range: nothing begins.
  await page.fill('#set-steps', '2000');
  const before = await seed();
  await page.click('#draw');
  assert.equal(await text(page, 'draw'), 'Draw');
  assert.equal(await seed(), before);
  // Cancelled: the seed is that of the picture before, which is shown.
  await page.fill('#set-steps', '500');
  await page.dblclick('#draw');
  assert.equal(await text(page, 'draw'), 'Cancel', 'a double click is one click');
  await page.waitForFunction(
    () => Number(document.getElementById('film').getAttribute('aria-valuenow')) >= 8,
  );
  assert.notEqual(await seed(), before);
  await page.click('#draw');
  await settled(page);
  assert.deepEqual([await seed(), await page.inputValue('#set-steps')], [before, '500']);
  assert.equal(await fragment(page), after);
  await page.fill('#set-steps', '7');
  await page.evaluate(() => {
    location.hash = '#v=1&s=9&c=3&n=1024&k=9';
  });
  await page.waitForFunction(() => document.getElementById('set-steps').value === '1024');
  await page.waitForFunction(
    () => Number(document.getElementById('film').getAttribute('aria-valuenow')) >= 1,
  );
  await page.keyboard.press('Escape');
  await settled(page);
  assert.deepEqual([await seed(), await page.inputValue('#set-steps')], [before, '7']);
  assert.equal(await text(page, 'chosen-name'), 'smiling face with sunglasses');
  assert.equal(await fragment(page), after);
  await done(page);
});

/** A canvas of the page's as a file. */
async function painted(page, width, height, type = 'image/jpeg') {
  const data = await page.evaluate(([w, h, kind]) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [w, h];
    const context = canvas.getContext('2d');
    context.fillStyle = '#fc3';
    context.fillRect(0, 0, w, h);
    context.fillStyle = '#03c';
    context.fillRect(0, 0, w / 2, h);
    return canvas.toDataURL(kind).split(',')[1];
  }, [width, height, type]);
  return Buffer.from(data, 'base64');
}

test('large pictures, drawings, models of any name; what is none of them is said', async () => {
  const page = await ready({}, LINK);
  const open = (name, mimeType, buffer, input = '#picture-file') =>
    page.setInputFiles(input, {name, mimeType, buffer});
  const shows = (words) =>
    page.waitForFunction((wanted) => document.getElementById('status').textContent === wanted, words);
  const corner = (x) => page.evaluate((share) => {
    const canvas = document.getElementById('picture'),
      context = new OffscreenCanvas(1, 1).getContext('2d');
    context.drawImage(canvas, share * canvas.width, canvas.height / 2, 1, 1, 0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  }, x);
  await open('photo.jpg', 'image/jpeg', await painted(page, 6000, 4000));
  await shows('Your picture, 96 × 64');
  await told(page, 'notes', /^Resized from 6000 × 4000 to 96 × 64 pixels/);
  await open('wide.svg', 'image/svg+xml', Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="10" height="10" fill="#00f"/></svg>'));
  await shows('Your picture, 128 × 64');
  await page.waitForTimeout(400);
  assert.deepEqual(await corner(0.25), [0, 0, 255, 255]);
  assert.deepEqual(await corner(0.75), [255, 255, 255, 255]);
  await shot(page, 'stay-svg');
  const bomb = Buffer.from(await painted(page, 8, 8, 'image/png'));
  bomb.writeUInt32BE(9000, 16);
  bomb.writeUInt32BE(9000, 20);
  await open('bomb.png', 'image/png', bomb);
  await told(page, 'errors', /(9000 × 9000 pixels; up to 64 megapixels|cannot read that file)/);
  const model = readFileSync(modelFile);
  for (const [name, buffer, says] of [
    ['notes.gguf', Buffer.from('no model'), /^notes\.gguf is not a model file\./],
    ['empty', Buffer.alloc(0), /^empty is not a model file\./],
    ['part.gguf', model.subarray(0, 3000000), /^part\.gguf is incomplete: 3\.0 of 9\.9 MB\./],
    ['head.gguf', model.subarray(0, 900), /^head\.gguf is incomplete: it ends within its list of contents\./],
    ['more.gguf', Buffer.concat([model, model]), /^more\.gguf is damaged: 19\.9 MB, where 9\.9 are expected\./],
  ]) {
    await page.evaluate(() => document.getElementById('errors').replaceChildren());
    await open(name, '', buffer, '#model-file');
    await told(page, 'errors', says);
  }
  await shot(page, 'stay-incomplete');
  await settled(page);
  await drawnBy(page, () => open('download (1)', '', model));
  assert.equal(await text(page, 'errors'), '');
  await done(page);
});

test('a part that does not come is said, whatever it is, and trying again works', chromiumOnly, async () => {
  const page = await openPage(where.browser, 'about:blank', {serviceWorkers: 'block'});
  const lost = {pattern: null};
  await page.route('**/*', (route) =>
    lost.pattern?.test(route.request().url()) ? route.abort() : route.continue());
  for (const [name, words] of [
    ['boot.js', /A part of this page could not be downloaded/],
    ['main.js', /A part of this page could not be downloaded/],
    ['ui/stage.js', /A part of this page could not be downloaded/],
    ['style.css', /A part of this page could not be downloaded/],
    ['manifest.json', /could not be downloaded/],
    ['worker.js', /The engine could not be downloaded/],
    ['unmask-mt.js', /The engine could not be downloaded/],
    ['unmask-mt.wasm', /The engine could not be downloaded/],
    ['.gguf', /The model could not be downloaded/],
  ]) {
    lost.pattern = new RegExp(`${name.replaceAll('.', '\\.')}$`);
    if (page.url() !== 'about:blank') await page.evaluate(() => caches.delete('unmask-models'));
    await page.goto('about:blank');
    await page.goto(`${where.url}${LINK}`);
    const early = /^(boot|main|ui|style)/.test(name);
    const place = early ? '#missing' : '#errors .note';
    await page.locator(place).waitFor({state: 'visible'});
    assert.match(await page.textContent(place), words, name);
    if (name === 'main.js') await shot(page, 'stay-lost-main');
    if (name === '.gguf') await shot(page, 'stay-lost-model');
    if (!early) assert.ok(await page.isHidden('#missing'), name);
    lost.pattern = null;
    const again = page.locator(early ? '#reload' : '#errors button:has-text("Try again")');
    if (name === '.gguf') await again.click();
    else await Promise.all([page.waitForEvent('load'), again.click()]);
    if (name !== 'boot.js') {
      await settled(page);
      assert.match(await label(page), /^smiling face with sunglasses/, name);
    }
  }
  await page.context().close();
});

test('without JavaScript the page says so at its top', chromiumOnly, async () => {
  const context = await where.browser.newContext({javaScriptEnabled: false});
  const page = await context.newPage();
  await page.goto(where.url);
  assert.match(await page.textContent('.noscript'), /needs JavaScript/);
  const box = await page.locator('.noscript').boundingBox();
  assert.ok(box.y < 20, `${box.y}`);
  assert.ok(await page.isHidden('#missing'));
  await shot(page, 'stay-noscript');
  await context.close();
});
