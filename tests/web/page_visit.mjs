// The visible page: drawing, looking, settings, keys, phones.
//
// Usage: node page_visit.mjs SITE MODULES OUT
//   SITE: the built site; MODULES: the folder that holds playwright-core; OUT: where screenshots go
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {inFirefox} from './browsers.mjs';
import {harness, longestTask, openPage, settled, wellBegun} from './page_support.mjs';
import {within, withinOwn} from './timing.mjs';

const {where, ready, done, drawAgain, drawnBy, linkOf, shot, text} = harness(
  ...process.argv.slice(2, 5),
);
/** What WebDriver cannot ask of Firefox. */
const chromiumOnly = {skip: inFirefox ? 'skip: Chromium alone can be told so' : false};
const position = async (page) => Number(await page.getAttribute('#film', 'aria-valuenow'));

test('a first picture draws itself, step by step', async () => {
  const page = await openPage(where.browser, where.url, {colorScheme: 'light'});
  const progress = /^Downloading once, [\d.]+ MB · \d+ %$/;
  await page.waitForFunction(() => window.said?.size > 1);
  const preview = await page.evaluate(async () => {
    const response = await fetch(document.querySelector('#preview img').src);
    return (await response.blob()).size;
  });
  assert.ok(preview > 1000 && preview < 30e3, `${preview} bytes`);
  await shot(page, 'desktop-loading');
  await page.waitForFunction(
    () => Number(document.getElementById('film').getAttribute('aria-valuenow')) >= 8,
  );
  await shot(page, 'desktop-reveal');
  await settled(page);
  assert.match(await text(page, 'status'), /^Step 12 of 12 · 256 of 256 fixed$/);
  assert.ok(await page.isHidden('#preview'));
  assert.match(
    await text(page, 'speed'),
    /^SIMD build, (one thread|\d+ threads): \d+ ms a step, [\d.]+ s in all\.$/,
  );
  assert.equal(await text(page, 'chosen-name'), 'disguised face');
  const said = await page.evaluate(() => [...window.said]);
  assert.ok(said.some((words) => progress.test(words)), said.join(' / '));
  await page.waitForTimeout(400);
  await shot(page, 'desktop');
  await done(page);
});

test('the page thread is never busy for more than 50 ms', chromiumOnly, async () => {
  const longest = await longestTask(where.browser, where.url, async (page) => {
    await settled(page);
    await drawAgain(page);
    await page.keyboard.press('o');
    await page.keyboard.press('Space');
    await page.waitForTimeout(500);
    await page.click('#save-reveal');
    await page.waitForTimeout(500);
  });
  withinOwn('longest task', longest, 50);
});

test('steps: keys, pointer, playing', async () => {
  const page = await ready({});
  await page.focus('#film');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await position(page), 11);
  await page.keyboard.press('Home');
  assert.match(await text(page, 'status'), /^Step 0 of 12 · 0 of 256 fixed$/);
  const box = await page.locator('#film').boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  assert.equal(await position(page), 6);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width + 50, box.y, {steps: 4});
  await page.mouse.up();
  assert.equal(await position(page), 12);
  // A busy machine may be past any step before it is asked; the page stops itself in one.
  const stopped = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const film = document.getElementById('film'),
          play = document.getElementById('play');
        new MutationObserver((_, observer) => {
          if (film.getAttribute('aria-valuenow') !== '3') return;
          observer.disconnect();
          play.click();
          resolve(3);
        }).observe(film, {attributes: true});
        play.click();
      }),
  );
  await page.waitForTimeout(500);
  assert.equal(await position(page), stopped);
  await done(page);
});

test('overlays change what is seen, and say what the colours mean', async () => {
  const page = await ready({colorScheme: 'dark'});
  const look = () => page.evaluate(() => document.getElementById('picture').toDataURL());
  const changed = (from) =>
    page.waitForFunction(
      (before) => document.getElementById('picture').toDataURL() !== before,
      from,
    );
  /** What it looks like once nothing moves any more. */
  const still = async () => {
    for (let before = ''; ; await page.waitForTimeout(300)) {
      const now = await look();
      if (now === before) return now;
      before = now;
    }
  };
  for (const [key, name] of [
    ['g', 'grid'],
    ['c', 'heat'],
    ['o', 'order'],
    ['s', 'pixels'],
  ]) {
    const plain = await still();
    await page.keyboard.press(key);
    assert.equal(await page.getAttribute(`[data-show=${name}]`, 'aria-pressed'), 'true');
    await changed(plain);
    assert.equal(await page.isVisible('#legend'), name === 'heat' || name === 'order');
    if (name === 'order') await shot(page, 'desktop-order');
    await page.keyboard.press(key);
  }
  await page.keyboard.press('c');
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowLeft');
  await page.waitForTimeout(500);
  await shot(page, 'desktop-heat-dark');
  await page.keyboard.press('c');
  const covered = await still();
  await page.keyboard.press('m');
  await changed(covered);
  await done(page);
});

test('a class is found by name, number and emoji, drawn, and remembered', async () => {
  const page = await ready({});
  for (const words of ['smiling face with sun', '70', '😎']) {
    await page.fill('#search', words);
    assert.equal(
      await page.getAttribute('#picker :first-child', 'aria-label'),
      'smiling face with sunglasses',
      words,
    );
  }
  await page.fill('#search', 'no such face');
  assert.ok(await page.isVisible('#none'));
  await page.fill('#search', 'smiling face with sun');
  await drawnBy(page, () => page.press('#search', 'Enter'));
  assert.match(await page.getAttribute('#picture', 'aria-label'), /^smiling face with sunglasses/);
  await page.fill('#search', '');
  assert.equal(await page.locator('#recent [role=option]').count(), 2);
  await done(page);
});

test('seed: locked it stays, typed it is kept, wrong it is refused', async () => {
  const page = await ready({});
  const seed = () => page.inputValue('#seed');
  const before = await seed();
  await drawAgain(page);
  assert.notEqual(await seed(), before);
  await page.fill('#seed', '18446744073709551615');
  await drawAgain(page);
  assert.equal(await seed(), '18446744073709551615');
  await page.fill('#seed', '18446744073709551616');
  await page.click('#draw');
  assert.equal(await text(page, 'draw'), 'Draw');
  await page.click('#dice');
  await drawAgain(page);
  assert.deepEqual(page.wrong, []);
  await done(page);
});

test('cancel brings the picture before back', async () => {
  const page = await ready({});
  const label = await page.getAttribute('#picture', 'aria-label');
  await page.fill('#set-steps', '500');
  await page.click('#draw');
  await wellBegun(page);
  const started = Date.now();
  await page.click('#draw');
  await settled(page);
  within('the picture before', Date.now() - started, 3000);
  assert.equal(await page.getAttribute('#picture', 'aria-label'), label);
  await page.fill('#set-steps', '2000');
  await page.click('#draw');
  assert.equal(await text(page, 'draw'), 'Draw', 'out of range: nothing begins');
  await done(page);
});

test('with the keyboard alone', async () => {
  const page = await ready({}, '#v=1&s=3&c=0&n=3');
  await drawnBy(page, () => page.keyboard.press('Enter'));
  await page.keyboard.press('/');
  await page.keyboard.type('robot cat cry');
  await page.keyboard.press('Escape');
  await page.keyboard.type('cry');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await drawnBy(page, () => page.keyboard.press('Enter'));
  await page.focus('#picture');
  await page.keyboard.press('p');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await page.keyboard.down('Shift');
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.up('Shift');
  await shot(page, 'desktop-keyboard');
  await page.focus('#draw');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => !document.getElementById('back').hidden);
  await settled(page);
  const {cells} = (await linkOf(page)).changes[0].mask;
  assert.equal(
    cells.reduce((sum, cell) => sum + cell, 0),
    4,
  );
  await page.focus('#picture');
  await page.keyboard.press('Backspace');
  assert.equal(await page.getAttribute('#back', 'aria-pressed'), 'true');
  await page.keyboard.press('h');
  assert.ok(await page.isVisible('#help'));
  await page.waitForTimeout(100);
  await shot(page, 'desktop-help');
  await page.keyboard.press('Escape');
  assert.ok(await page.isHidden('#help'));
  const reached = new Set();
  for (let i = 0; i < 75; i++) {
    await page.keyboard.press('Tab');
    reached.add(
      await page.evaluate(() => document.activeElement.id || document.activeElement.dataset.show),
    );
  }
  for (const id of [
    'theme',
    'picture',
    'play',
    'film',
    'draw',
    'search',
    'seed',
    'dice',
    'lock',
    'set-steps',
    'share',
    'save-picture',
    'scale',
    'covers',
    'open-model',
  ])
    assert.ok(reached.has(id), `Tab reaches ${id}`);
  await done(page);
});

test('phone width: nothing sticks out, fingers paint', chromiumOnly, async () => {
  for (const [width, height] of [
    [390, 844],
    [360, 740],
    [320, 568],
  ]) {
    const page = await ready({
      viewport: {width, height},
      deviceScaleFactor: 2,
      isMobile: true,
      hasTouch: true,
    });
    for (const mode of ['draw', 'paint', 'extend']) {
      await page.tap(`[data-mode=${mode}]`);
      assert.ok(
        (await page.evaluate(() => document.documentElement.scrollWidth)) <= width,
        `${mode} at ${width}`,
      );
    }
    await page.tap('[data-mode=draw]');
    await page.evaluate(() => {
      document.getElementById('more').open = true;
    });
    assert.ok(
      (await page.evaluate(() => document.documentElement.scrollWidth)) <= width,
      `settings at ${width}`,
    );
    await page.evaluate(() => {
      document.getElementById('more').open = false;
    });
    await shot(page, `phone-${width}`);
    await page.tap('[data-mode=paint]');
    await page.locator('#picture').scrollIntoViewIfNeeded();
    const box = await page.locator('#picture').boundingBox();
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 3);
    assert.ok(await page.isEnabled('#draw'));
    await shot(page, `phone-${width}-paint`);
    assert.equal(
      await page.evaluate(() => getComputedStyle(document.getElementById('picture')).touchAction),
      'none',
    );
    await done(page);
  }
});

test('light and dark: the system’s, or the visitor’s own', chromiumOnly, async () => {
  for (const colorScheme of ['light', 'dark']) {
    const page = await ready({
      colorScheme,
      viewport: {width: 390, height: 844},
      deviceScaleFactor: 2,
    });
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    assert.equal(await theme(), colorScheme);
    await shot(page, `phone-${colorScheme}`);
    await page.click('#theme');
    assert.notEqual(await theme(), colorScheme);
    await page.reload();
    assert.notEqual(await theme(), colorScheme, 'it is remembered');
    await page.context().close();
  }
});

test('without motion where the visitor wants none', chromiumOnly, async () => {
  const page = await ready({reducedMotion: 'reduce'});
  assert.equal(
    await page.evaluate(() => getComputedStyle(document.querySelector('.head')).transitionDuration),
    '0s',
  );
  await done(page);
});
