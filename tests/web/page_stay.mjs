// The visible page: what must not be lost or wrong while one picture follows another, and what keeps people.
//
// Usage: node page_stay.mjs SITE MODULES OUT
//   as page_visit.mjs; UM_BROWSER says which browser
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {inFirefox} from './browsers.mjs';
import {downloaded, harness, openPage, pixels, settled, until, wellBegun} from './page_support.mjs';

const [site, modules, out] = process.argv.slice(2, 5);
const {where, ready, done, drawAgain, drawnBy, shot, stroke, text} = harness(site, modules, out);
const chromiumOnly = {skip: inFirefox ? 'skip: Chromium alone can be told so' : false};
const axe = join(modules, 'axe-core', 'axe.min.js');
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

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A sound file that is another model: one bit is another. @returns {string} where it is */
function otherModel() {
  const model = readFileSync(modelFile);
  const valueOf = (key) => model.indexOf(key) + key.length + 12; // after its type and its length
  const digest = valueOf('maskgit.sha256.header'),
    stated = model.toString('latin1', digest, digest + 64);
  model.fill('0', digest, digest + 64);
  const hash = createHash('sha256');
  let end = 0; // of the header, which is where its digest is as stated
  while (end < model.length && hash.copy().digest('hex') !== stated)
    hash.update(model.subarray(end, (end += 32)));
  model[end] ^= 1; // the last bit of a weight
  model.write(sha256(model.subarray(end)), valueOf('maskgit.sha256.data'));
  model.write(sha256(model.subarray(0, end)), digest);
  const path = join(out, 'other.gguf');
  writeFileSync(path, model);
  return path;
}

test('a link of another model waits for its file, until the visitor goes on', async () => {
  const page = await ready({}, LINK),
    other = otherModel();
  const load = (file) => drawnBy(page, () => page.setInputFiles('#model-file', file));
  await load(other);
  const [hash] = /h=\w+/.exec(await fragment(page));
  await load(modelFile);
  const follow = async () => {
    await page.evaluate((link) => {
      location.hash = link;
    }, `#v=1&s=1&c=70&n=2&${hash}`);
    await told(page, 'errors', /made with another model/);
  };
  await follow();
  await page.evaluate(() => {
    document.getElementById('model-file').click = () => {};
  });
  await page.click('#errors button:has-text("Choose file")');
  await page.click('[data-mode=extend]'); // what is shown is said in the address, as a rule
  await page.keyboard.press('Escape');
  await load(other);
  assert.match(await label(page), /^smiling face with sunglasses\. Step 2 of 2/);
  assert.match(await fragment(page), /^#v=1&s=1&c=70&n=2&/);
  await load(modelFile);
  await follow();
  await drawAgain(page);
  await load(other);
  assert.match(await label(page), /^disguised face/, 'the link is of the past');
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
  await wellBegun(page);
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

test('four at once, one is picked; the last pictures come back with their settings', async () => {
  const page = await ready({}, LINK);
  const seed = () => page.inputValue('#seed');
  assert.ok(await page.isHidden('#shelf'), 'one picture is no choice');
  const first = await fragment(page);
  await page.fill('#search', 'disguised face');
  await drawnBy(page, () => page.press('#search', 'Enter'));
  await page.fill('#set-steps', '2');
  await page.click('#four');
  await page.waitForFunction(
    () => document.querySelectorAll('#choice button:not(:disabled)').length === 4);
  await page.waitForFunction(() => document.getElementById('status').textContent === 'Pick one');
  await shot(page, 'stay-four');
  // The picture under the choice is not what is seen: it is neither saved nor shared.
  for (const id of ['save-picture', 'save-reveal', 'copy', 'share'])
    assert.ok(await page.isDisabled(`#${id}`), id);
  await page.evaluate(() => {
    window.files = 0;
    HTMLAnchorElement.prototype.click = () => window.files++;
  });
  await page.keyboard.press('Control+s');
  await page.keyboard.press('Escape');
  await settled(page);
  assert.ok(await page.isHidden('#choice'));
  await page.keyboard.press('Control+s');
  await page.waitForFunction(() => window.files > 0);
  assert.equal(await page.evaluate(() => window.files), 1);
  // With the keyboard alone; what happens is said.
  await page.evaluate(() => {
    const said = document.getElementById('said');
    window.heard = [];
    new MutationObserver(() => window.heard.push(said.textContent)).observe(said, {childList: true});
  });
  await page.focus('#four');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => window.heard.includes('Four pictures: pick one'));
  assert.deepEqual(await page.evaluate(() => window.heard), ['Drawing four', 'Four pictures: pick one']);
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), 'Picture 1 of 4');
  const before = await seed();
  await page.focus('#choice button:nth-child(3)');
  await page.keyboard.press('Enter');
  await settled(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'picture');
  await page.waitForFunction(() => /^disguised face, seed \d+: shown$/.test(window.heard.at(-1)));
  assert.ok(await page.isHidden('#choice'));
  assert.notEqual(await seed(), before);
  assert.match(await label(page), /^disguised face\. Step 2 of 2/);
  assert.match(await fragment(page), new RegExp(`s=${await seed()}&`));
  assert.equal(await page.locator('#shelf button').count(), 10);
  assert.equal(await page.locator('#shelf [aria-pressed=true]').count(), 1);
  await page.click('#shelf button:last-child');
  await settled(page);
  assert.equal(await fragment(page), first);
  assert.deepEqual([await seed(), await page.inputValue('#set-steps'), await text(page, 'chosen-name')],
    ['5', '4', 'smiling face with sunglasses']);
  await shot(page, 'stay-shelf');
  // Cancelled before one is whole, it leaves nothing behind.
  await page.fill('#set-steps', '900');
  await page.click('#four');
  await page.waitForFunction(() => document.getElementById('draw').textContent === 'Cancel');
  await page.click('#draw');
  await settled(page);
  assert.ok(await page.isHidden('#choice'));
  assert.equal(await fragment(page), first);
  // Twelve at most.
  await page.fill('#set-steps', '1');
  for (let i = 0; i < 4; i++) await drawAgain(page);
  await page.click('#four');
  await page.waitForFunction(() => document.getElementById('status').textContent === 'Pick one');
  assert.equal(await page.locator('#shelf button').count(), 12);
  await page.click('[data-mode=paint]');
  assert.ok(await page.isHidden('#choice'), 'the picture is painted, not what lies over it');
  await done(page);
});

test('pictures are saved as they are shown, smoothed or in pixels; the reveal as a video', async () => {
  const page = await ready({}, LINK);
  const save = async (button) => downloaded(page, button, join(out, 'stay'));
  const steps = ({data, width}) => {
    const row = Array.from({length: width}, (_, x) => data[4 * (width * 200 + x)]);
    return row.filter((value, x) => x > 0 && value !== row[x - 1]).length;
  };
  const smooth = await pixels(page, (await save('#save-picture')).bytes);
  assert.equal(smooth.width, 512);
  await page.keyboard.press('s');
  assert.equal(await page.getAttribute('[data-show=pixels]', 'aria-pressed'), 'true');
  const square = await pixels(page, (await save('#save-picture')).bytes);
  assert.ok(steps(square) < 64, `${steps(square)} edges among 64 pixels`);
  assert.ok(steps(smooth) > 2 * steps(square), `${steps(smooth)} and ${steps(square)}`);
  const animation = await save('#save-reveal');
  assert.ok(animation.bytes.includes('acTL'));
  await page.keyboard.press('s');
  if (await page.isVisible('#save-video')) {
    const video = await save('#save-video');
    assert.match(video.name, /^smiling-face-with-sunglasses-5-reveal\.(webm|mp4)$/);
    assert.ok(video.bytes.length > 2000, `${video.bytes.length} bytes`);
    assert.ok(video.bytes.subarray(0, 4).equals(Buffer.from([0x1a, 0x45, 0xdf, 0xa3])) ||
      video.bytes.subarray(4, 8).equals(Buffer.from('ftyp')));
  }
  await done(page);
});

test('a file that the browser cannot make is said', async () => {
  const page = await ready({}, LINK);
  await page.evaluate(() => {
    CanvasRenderingContext2D.prototype.getImageData = () => {
      throw new RangeError('no room');
    };
  });
  await page.click('#save-picture');
  await told(page, 'errors', /^This browser could not make the file: no room\. A smaller size may work\./);
  await page.evaluate(() => document.getElementById('errors').replaceChildren());
  await page.click('#save-reveal');
  await told(page, 'errors', /no room/);
  await page.selectOption('#scale', '1');
  await downloaded(page, '#save-picture', join(out, 'stay'));
  assert.equal(await text(page, 'errors'), '', 'it has worked');
  if (await page.isVisible('#save-video')) {
    // A recorder that fails while the reveal plays, and then one that a second click finds busy.
    await page.evaluate(() => {
      window.recorders = [];
      window.MediaRecorder = class {
        constructor(stream) {
          Object.assign(this, {stream, state: 'inactive'});
          window.recorders.push(this);
        }

        start() {
          this.state = 'recording';
          setTimeout(() => {
            this.state = 'inactive';
            this.onerror({error: new Error('no more room')});
            this.onstop();
          }, 100);
        }

        stop() {
          throw new DOMException('it does not record', 'InvalidStateError');
        }

        static isTypeSupported = () => true;
      };
      document.getElementById('save-video').click();
      document.getElementById('save-video').click();
    });
    await page.waitForFunction(() => /no more room/.test(document.getElementById('notes').textContent));
    assert.deepEqual(
      await page.evaluate(() => window.recorders.map(({stream}) =>
        stream.getTracks().map((track) => track.readyState))),
      [['ended']],
    );
    assert.ok(!(await page.getAttribute('#save-video', 'aria-busy')));
  }
  await done(page);
});

test('a phone shares by its own means', chromiumOnly, async () => {
  const page = await ready({viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true}, LINK);
  await page.evaluate(() => {
    navigator.canShare = () => true;
    navigator.share = async (data) => {
      window.shared = {url: data.url, files: data.files.map((file) => [file.name, file.type])};
    };
  });
  await page.click('#share');
  await page.waitForFunction(() => window.shared);
  const shared = await page.evaluate(() => window.shared);
  assert.match(shared.url, /#v=1&s=5&c=70/);
  assert.deepEqual(shared.files, [['unmask.png', 'image/png']]);
  assert.equal(await text(page, 'notes'), '');
  await done(page);
});

/** The colour of a place of the picture, given as shares of its canvas. */
const colourAt = (page, x, y) => page.evaluate((share) => {
  const canvas = document.getElementById('picture'),
    context = new OffscreenCanvas(1, 1).getContext('2d');
  context.drawImage(canvas, share[0] * canvas.width, share[1] * canvas.height, 1, 1, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data];
}, [x, y]);

test('overlays grey the picture, and categories lead to their classes', async () => {
  const page = await ready({}, LINK);
  await until(() => colourAt(page, 0.5, 0.85), ([red, , blue]) => red - blue > 100); // the face is yellow
  for (const key of ['o', 'g']) await page.keyboard.press(key);
  await page.waitForFunction(() => !document.getElementById('legend').hidden);
  await shot(page, 'stay-order');
  await page.keyboard.press('o');
  await page.click('#groups [aria-label=Flags]');
  await page.waitForFunction(() => {
    const list = document.getElementById('picker').getBoundingClientRect();
    const flag = document.querySelector('#picker [aria-label="chequered flag"]')?.getBoundingClientRect();
    return flag && Math.abs(flag.top - list.top) < flag.height / 2;
  });
  await shot(page, 'stay-flags');
  for (const [id, words] of [['defaults', 'Reset to defaults'], ['seed-hint', /^The same seed and settings draw/]])
    assert.match(await text(page, id), new RegExp(words));
  await page.click('[data-mode=paint]');
  assert.equal(await text(page, 'hint'), 'Paint the area to redraw');
  assert.match(await text(page, 'seed-hint'), /picture and area give the same/);
  await page.click('[data-mode=extend]');
  assert.equal(await text(page, 'hint'), 'Drag an edge or type sizes');
  for (const [id, word] of [['covers', 'Covers'], ['heat', 'Confidence'], ['pixels', 'Pixels']])
    assert.equal((await page.textContent(`[data-show=${id}]`)).trim(), word);
  assert.equal(await page.getAttribute('.about a', 'href'), 'https://arxiv.org/abs/2202.04200');
  const above = (a, b) => page.evaluate(([one, other]) =>
    document.querySelector(one).getBoundingClientRect().top <
    document.querySelector(other).getBoundingClientRect().top, [a, b]);
  assert.ok(await above('#save-picture', '#seed') && await above('#share', '#seed'));
  await done(page);
});

test('a category that was gone to stays, though the list was just being filled', async () => {
  const page = await ready({}, LINK);
  const all = Number(/\d+/.exec(await page.getAttribute('#search', 'placeholder')));
  await page.evaluate(() => {
    window.later = [];
    window.requestAnimationFrame = (act) => window.later.push(act);
    document.getElementById('search').dispatchEvent(new Event('input'));
  });
  await page.waitForFunction((count) => document.getElementById('picker').children.length === count, all);
  const away = await page.evaluate(() => {
    document.querySelector('#groups [aria-label=Flags]').click();
    for (const act of window.later) act(performance.now());
    const top = (selector) => document.querySelector(selector).getBoundingClientRect().top;
    return top('#picker [aria-label="chequered flag"]') - top('#picker');
  });
  assert.ok(Math.abs(away) < 20, `${away} pixels from the top`);
  await done(page);
});

/** Where elements are in the window. */
const boxes = (page, ...ids) => page.evaluate((names) => names.map((id) => {
  const {left, top, right, bottom} = document.getElementById(id).getBoundingClientRect();
  return {left, top, right, bottom};
}), ids);

const apart = (a, b) =>
  a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

test('the picture fits low windows, and no note covers the film', chromiumOnly, async () => {
  const touch = {isMobile: true, hasTouch: true};
  for (const [width, height, options] of [
    [844, 390, touch], [640, 400, {}], [390, 844, touch], [820, 1180, touch], [1280, 800, {}],
  ]) {
    const where = `${width} × ${height}`;
    const page = await ready({viewport: {width, height}, ...options}, LINK);
    await page.evaluate(() => document.getElementById('copy').click());
    await page.waitForFunction(() => document.getElementById('notes').textContent !== '');
    const [picture, film, notes] = await boxes(page, 'picture', 'film', 'notes');
    assert.ok(picture.top >= 0 && picture.bottom <= height && film.bottom <= height, where);
    assert.ok(apart(film, notes), where);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width, where);
    if (options.hasTouch) {
      const small = await page.evaluate(() => [...document.querySelectorAll('button, select, summary, [role=option]')]
        .filter((one) => one.offsetParent !== null)
        .map((one) => [one.id || one.className || one.textContent, one.getBoundingClientRect()])
        .filter(([, box]) => box.width < 44 || box.height < 44)
        .map(([name, box]) => `${name} ${box.width} × ${box.height}`));
      assert.deepEqual(small, [], `for fingers, ${where}`);
    }
    await shot(page, `stay-${width}`);
    await done(page);
  }
});

test('the page says what happens; toolbars take arrows; nothing moves when nothing is found', async () => {
  const page = await ready({}, LINK);
  const hears = (words) =>
    page.waitForFunction((wanted) => document.getElementById('said').textContent === wanted, words);
  await hears('smiling face with sunglasses: the picture is finished');
  const [before] = await boxes(page, 'save-picture');
  await page.fill('#search', 'no such face');
  await hears('Nothing found');
  assert.ok(await page.isVisible('#none'));
  assert.deepEqual((await boxes(page, 'save-picture'))[0], before);
  await shot(page, 'stay-none');
  for (const [words, first] of [['lol', 'rolling on the floor laughing'], ['USA', 'flag: United States'],
    ['penguni', 'penguin']]) {
    await page.fill('#search', words);
    assert.equal(await page.getAttribute('#picker :first-child', 'aria-label'), first, words);
  }
  await page.fill('#search', 'disguised face');
  await hears('1 found');
  await page.fill('#search', '');
  const focused = () => page.evaluate(() =>
    document.activeElement.dataset.show ?? (document.activeElement.id || document.activeElement.ariaLabel));
  await page.focus('[data-show=covers]');
  const walked = [];
  for (const key of ['ArrowRight', 'ArrowRight', 'End', 'ArrowRight', 'ArrowLeft']) {
    await page.keyboard.press(key);
    walked.push(await focused());
  }
  assert.deepEqual(walked, ['grid', 'heat', 'pixels', 'covers', 'pixels']);
  assert.equal(await page.locator('#tools-draw [tabindex="0"]').count(), 1);
  await page.focus('#groups button');
  await page.keyboard.press('End');
  assert.equal(await focused(), 'Flags');
  await page.click('[data-mode=paint]');
  await page.focus('#picture');
  await page.keyboard.press('ArrowRight');
  await hears('Row 9, column 9, not masked');
  await page.keyboard.press('Space');
  await hears('Row 9, column 9, masked');
  // What the picture is called goes with what can be done on it.
  const called = async () => [await page.getAttribute('#picture', 'role'), await label(page)];
  const mask = ['application', 'Mask: arrow keys move over the tokens, Enter masks one or unmasks it'];
  assert.deepEqual(await called(), mask);
  await page.focus('#film');
  await page.keyboard.press('ArrowLeft');
  assert.deepEqual(await called(), mask);
  await page.click('[data-mode=draw]');
  assert.deepEqual(await called(), ['img', `smiling face with sunglasses. ${await text(page, 'status')}`]);
  assert.match(await text(page, 'status'), /^Step 3 of 4/);
  await page.click('[data-mode=paint]');
  // The sliders and sizes are those of this model and this picture.
  assert.equal(await page.getAttribute('.setting:has(#set-cfgScale) [type=range]', 'max'), '2');
  await page.keyboard.press('Escape');
  await page.click('[data-mode=extend]');
  await drawAgain(page);
  const size = await page.evaluate(() => document.getElementById('scale').selectedOptions[0].textContent);
  assert.equal(size, '1024 × 512');
  const {width, height} = await pixels(page, (await downloaded(page, '#save-picture', join(out, 'stay'))).bytes);
  assert.equal(`${width} × ${height}`, size);
  await done(page);
});

test('axe finds no fault in any state', {skip: inFirefox || !existsSync(axe) ? 'skip: needs axe-core' : false}, async () => {
  const source = readFileSync(axe, 'utf8'),
    all = [];
  const page = await ready({colorScheme: 'light', viewport: {width: 390, height: 844}}, LINK);
  const faults = async (state) => {
    await page.waitForFunction(() => document.getAnimations().length === 0); // colours have changed
    const found = await page.evaluate(async () => (await window.axe.run()).violations
      .map(({id, nodes}) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 90)} ${node.any[0]?.message ?? ''}`).join(' | ')}`));
    if (found.length > 0) all.push({state, found});
  };
  await page.evaluate(`${source}; undefined`);
  await faults('drawn');
  await page.keyboard.press('t');
  await faults('dark');
  await page.setViewportSize({width: 1280, height: 800});
  await page.keyboard.press('c');
  await faults('confidence, wide');
  await page.keyboard.press('c');
  await page.click('[data-mode=paint]');
  await stroke(page, [0.4, 0.4], [0.6, 0.6]);
  await faults('repainting');
  await page.click('[data-mode=extend]');
  await faults('extending');
  await page.keyboard.press('Escape');
  await page.keyboard.press('t');
  await page.fill('#search', 'no such face');
  await page.evaluate(() => {
    document.getElementById('more').open = true;
    document.getElementById('copy').click();
  });
  await faults('nothing found, all settings, a note');
  await page.setInputFiles('#model-file', {name: 'x.gguf', mimeType: '', buffer: Buffer.from('no')});
  await page.waitForFunction(() => document.getElementById('errors').textContent !== '');
  await faults('an error');
  await page.fill('#set-steps', '300');
  await page.click('#draw');
  await faults('drawing');
  await wellBegun(page);
  await page.click('#draw');
  await settled(page);
  await page.fill('#set-steps', '1');
  await page.click('#four');
  await page.waitForFunction(
    () => document.querySelectorAll('#choice button:not(:disabled)').length === 4);
  await faults('four to pick from');
  await page.click('#help-open');
  await faults('help');
  assert.deepEqual(all, []);
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
  const turns = (x, colour) =>
    until(() => colourAt(page, x, 0.5), (seen) => seen.join() === colour.join());
  await open('photo.jpg', 'image/jpeg', await painted(page, 6000, 4000));
  await shows('Your picture, 96 × 64');
  await told(page, 'notes', /^Resized from 6000 × 4000 to 96 × 64 pixels/);
  await open('wide.svg', 'image/svg+xml', Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="10" height="10" fill="#00f"/></svg>'));
  await shows('Your picture, 128 × 64');
  await turns(0.25, [0, 0, 255, 255]);
  await turns(0.75, [255, 255, 255, 255]);
  await shot(page, 'stay-svg');
  const bomb = Buffer.from(await painted(page, 8, 8, 'image/png'));
  bomb.writeUInt32BE(9000, 16);
  bomb.writeUInt32BE(9000, 20);
  await open('bomb.png', 'image/png', bomb);
  await told(page, 'errors', /(9000 × 9000 pixels; up to 64 megapixels|cannot read that file)/);
  const model = readFileSync(modelFile);
  const megabytes = bytes => (bytes / 1e6).toFixed(1);
  const [whole, twice] = [megabytes(model.length), megabytes(2 * model.length)];
  for (const [name, buffer, says] of [
    ['notes.gguf', Buffer.from('no model'), /^notes\.gguf is not a model file\./],
    ['empty', Buffer.alloc(0), /^empty is not a model file\./],
    ['part.gguf', model.subarray(0, 3000000), new RegExp(`^part\\.gguf is incomplete: 3\\.0 of ${whole} MB\\.`)],
    ['head.gguf', model.subarray(0, 900), /^head\.gguf is incomplete: it ends within its list of contents\./],
    ['more.gguf', Buffer.concat([model, model]),
      new RegExp(`^more\\.gguf is damaged: ${twice} MB, where ${whole} are expected\\.`)],
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
