// The visible page in Chromium: changing pictures, links, files in and out.
//
// Usage: node page_change.mjs SITE MODULES OUT [UNMASK MODEL]
//   SITE: the built site; MODULES: the folder that holds playwright-core; OUT: where files go
//   UNMASK MODEL: the native program and the site's model, to draw what the page's files say; if
//   absent, what the environment's UM_PROGRAM and UM_MODEL say
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {downloaded, harness, openPage, pixels, settled} from './page_support.mjs';

const [site, modules, out, program = process.env.UM_PROGRAM, model = process.env.UM_MODEL] =
  process.argv.slice(2);
const {where, ready, done, drawAgain, drawnBy, linkOf, picture, shot, stroke, text} = harness(
  site,
  modules,
  out,
);

test('paint with the mouse and repaint: the rest stays byte for byte', async () => {
  const page = await ready({});
  const first = await picture(page, 'paint');
  await page.click('[data-mode=paint]');
  assert.ok(await page.isDisabled('#draw'));
  await stroke(page, [0.55, 0.2], [0.9, 0.3]);
  await stroke(page, [-0.02, 0.01], [0.2, 0.01]);
  await page.click('#undo');
  await page.click('#redo');
  await stroke(page, [-0.02, 0.01], [0.3, 0.01], 'right');
  assert.equal(await text(page, 'draw'), 'Repaint');
  await shot(page, 'desktop-paint');
  await drawAgain(page);
  const {changes} = await linkOf(page);
  const {cells, columns} = changes[0].mask;
  assert.equal(cells[3 * columns + 9], 1, 'the token under the start');
  assert.equal(cells[4 * columns + 14], 1, 'and under the end');
  assert.equal(cells.slice(0, 4).includes(1), false, 'erased with the right button');
  const second = await picture(page, 'paint');
  // Eight tokens away from the mask nothing may change: repainted tokens reach one token further than
  // the mask,
  // and a decoder's receptive field is cut off by the blend.
  let same = 0,
    different = 0;
  for (let y = 0; y < 64; y++) {
    for (let x = 0; x < 64; x++) {
      const at = 4 * (y * 64 + x),
        equal = [0, 1, 2].every((c) => first.data[at + c] === second.data[at + c]);
      if (y >= 52 || x < 4) {
        assert.ok(equal, `pixel ${x}, ${y} has changed`);
        same++;
      } else if (!equal) {
        different++;
      }
    }
  }
  assert.ok(same > 900 && different > 30, `${different} pixels have changed`);
  assert.ok(await page.isVisible('#back'));
  await page.click('#back');
  assert.deepEqual((await picture(page, 'paint')).data, first.data);
  await done(page);
});

test('strokes are under the pointer at every zoom and resolution', async () => {
  for (const options of [
    {deviceScaleFactor: 2},
    {deviceScaleFactor: 1.25, viewport: {width: 1100, height: 700}},
    {deviceScaleFactor: 3, viewport: {width: 390, height: 844}, hasTouch: true, isMobile: true},
  ]) {
    const page = await ready(options, '#v=1&s=1&c=3&n=2');
    await page.locator('[data-mode=paint]').click();
    await page.evaluate(() => {
      const size = document.getElementById('brush-size');
      size.value = '2';
      size.dispatchEvent(new Event('input'));
    });
    for (const [x, y] of [
      [0.02, 0.02], // within the rounded corners
      [0.98, 0.98],
      [0.53, 0.28],
    ])
      await stroke(page, [x, y], [x, y]);
    await drawAgain(page);
    const {cells} = (await linkOf(page)).changes[0].mask;
    assert.deepEqual(
      [...cells.keys()].filter((i) => cells[i]),
      [0, 4 * 16 + 8, 255],
      JSON.stringify(options),
    );
    await done(page);
  }
});

test('extend by numbers and by dragging an edge', async () => {
  const page = await ready({});
  const first = await picture(page, 'extend');
  await page.click('[data-mode=extend]');
  assert.deepEqual(
    [await page.inputValue('#side-left'), await page.inputValue('#side-right')],
    ['32', '32'],
  );
  await page.fill('#side-left', '17');
  await drawnBy(page, () => page.press('#side-left', 'Enter'));
  assert.match(await text(page, 'status'), /of 448 fixed$/, '28 by 16 tokens: 16 + 64 + 32 pixels');
  const wide = await picture(page, 'extend');
  assert.deepEqual([wide.width, wide.height], [112, 64]);
  const row = (image, y, from, to) =>
    image.data.slice(4 * (y * image.width + from), 4 * (y * image.width + to));
  assert.deepEqual(
    row(wide, 30, 16 + 20, 16 + 44),
    row(first, 30, 20, 44),
    'the middle is the source',
  );
  await page.click('[data-mode=extend]');
  await page.fill('#side-left', '0');
  await page.fill('#side-right', '0');
  const box = await page.locator('#picture').boundingBox(),
    scale = box.width / 112;
  const bottom = box.y + box.height / 2 + 32 * scale;
  await page.mouse.move(box.x + box.width / 2, bottom - 3);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, bottom - 3 + 24 * scale, {steps: 5});
  await page.mouse.up();
  assert.equal(await page.inputValue('#side-bottom'), '24');
  await shot(page, 'desktop-extend');
  await drawAgain(page);
  assert.equal((await picture(page, 'extend')).height, 88);
  await page.waitForTimeout(400);
  await shot(page, 'desktop-extended');
  await done(page);
});

/** A PNG of one colour with a dark square, made by the browser. */
async function drawing(page, width, height) {
  const data = await page.evaluate(
    ([w, h]) => {
      const canvas = document.createElement('canvas');
      canvas.width = w;
      canvas.height = h;
      const context = canvas.getContext('2d');
      context.fillStyle = '#fc3';
      context.fillRect(0, 0, w, h);
      context.fillStyle = '#321';
      context.fillRect(w / 4, h / 4, w / 4, h / 4);
      return canvas.toDataURL('image/png').split(',')[1];
    },
    [width, height],
  );
  return Buffer.from(data, 'base64');
}

test('pictures are chosen, dropped and pasted', async () => {
  const page = await ready({});
  const chosen = await drawing(page, 800, 600);
  await page.setInputFiles('#picture-file', {
    name: 'photo.png',
    mimeType: 'image/png',
    buffer: chosen,
  });
  await page.waitForFunction(() => document.getElementById('notes').textContent !== '');
  assert.match(await text(page, 'notes'), /^Resized from 800 × 600 to 85 × 64 pixels/);
  await stroke(page, [0.4, 0.4], [0.6, 0.5]);
  await shot(page, 'desktop-opened');
  await drawAgain(page);
  await page.click('#share');
  assert.match(await text(page, 'notes'), /^A link carries settings, not pictures/);
  for (const [type, target] of [
    ['drop', 'dataTransfer'],
    ['paste', 'clipboardData'],
  ]) {
    await page.evaluate(
      ([base64, name, field]) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], 'small.png', {type: 'image/png'}));
        const event =
          name === 'drop'
            ? new DragEvent(name, {dataTransfer: data, bubbles: true, cancelable: true})
            : new ClipboardEvent(name, {
                clipboardData: data,
                bubbles: true,
                cancelable: true,
              });
        if (!event[field]) throw new Error(`no ${field}`);
        document.body.dispatchEvent(event);
      },
      [(await drawing(page, 96, 64)).toString('base64'), type, target],
    );
    await page.waitForFunction(
      () => document.getElementById('status').textContent === 'Your picture, 96 × 64',
    );
    assert.match(await text(page, 'notes'), /^Opened as it is, 96 × 64 pixels\./);
    await page.keyboard.press('Escape');
    await drawAgain(page);
  }
  await page.setInputFiles('#picture-file', {
    name: 'x.png',
    mimeType: 'image/png',
    buffer: Buffer.from('no picture'),
  });
  await page.waitForFunction(() => document.getElementById('errors').textContent !== '');
  assert.match(
    await text(page, 'errors'),
    /^This browser cannot read that file as a picture\.Choose another$/,
  );
  await page.setInputFiles('#picture-file', {
    name: 'x.png',
    mimeType: 'image/png',
    buffer: await drawing(page, 4097, 8),
  });
  await page.waitForFunction(() => document.getElementById('notes').textContent.includes('4097'));
  await done(page);
});

test('a shared link draws the same picture, changes included', async () => {
  const page = await ready({}, '#v=1&s=5&c=70&n=6&k=2.5');
  assert.equal(await page.inputValue('#seed'), '5');
  assert.equal(await page.inputValue('#set-steps'), '6');
  await page.click('[data-mode=paint]');
  await stroke(page, [0.3, 0.6], [0.7, 0.7]);
  await drawAgain(page);
  await page.click('[data-mode=extend]');
  await drawAgain(page);
  const mine = await picture(page, 'share-mine');
  const link = await linkOf(page);
  assert.deepEqual(
    link.changes.map((change) => change.kind),
    ['paint', 'extend'],
  );
  await page.waitForFunction(() => document.getElementById('notes').textContent !== '');
  assert.match(await text(page, 'notes'), /^(Link copied|The link is in the address bar)/);
  const other = await openPage(where.browser, page.url());
  await other.waitForFunction(
    () => /of 512 fixed$/.test(document.getElementById('status').textContent));
  await settled(other);
  assert.deepEqual((await picture(other, 'share-other')).data, mine.data);
  await other.reload();
  await other.waitForFunction(
    () => /of 512 fixed$/.test(document.getElementById('status').textContent));
  await settled(other);
  assert.deepEqual((await picture(other, 'share-again')).data, mine.data);
  await done(other);
  await done(page);
});

test('what a link leaves out is the model’s, not what was set before', async () => {
  const page = await ready({});
  const own = await page.inputValue('#set-steps');
  await page.fill('#set-steps', '3');
  await page.evaluate(() => {
    location.hash = '#v=1&s=5&c=3';
  });
  await page.waitForFunction(() => document.getElementById('seed').value === '5');
  await settled(page);
  assert.equal(await page.inputValue('#set-steps'), own);
  await done(page);
});

test('wrong links are explained, and a picture is drawn all the same', async () => {
  for (const [hash, says] of [
    ['#v=1&s=x&c=1', /^This link cannot be read: its seed is out of range\./],
    [
      '#v=1&s=1&c=1&h=00000000',
      /^This link was made with another model \(00000000…\)\..*Choose file/,
    ],
    [
      '#v=1&s=1&c=999999',
      /^This link asks for a class, schedule or sampler that this model does not have\./,
    ],
    ['#%E0%A4%A', /^This link cannot be read: a part of it is damaged\./],
  ]) {
    const page = await openPage(where.browser, where.url + hash);
    await page.waitForFunction(() => document.getElementById('errors').textContent !== '');
    assert.match(await text(page, 'errors'), says);
    await settled(page);
    await done(page);
  }
});

test(
  'files carry the settings that drew them',
  {skip: program ? false : 'skip: no native program given'},
  async () => {
    const page = await ready({}, '#v=1&s=12345&c=7');
    const info = (path) =>
      JSON.parse(execFileSync(program, ['info', '--json', path], {encoding: 'utf8'}));
    await page.keyboard.press('s');
    const large = await downloaded(page, '#save-picture', join(out, 'files'));
    assert.equal(large.name, 'face-with-tears-of-joy-12345.png');
    assert.deepEqual([info(large.path).width, info(large.path).unmask.scale], [512, 8]);
    const reveal = await downloaded(page, '#save-reveal', join(out, 'files'));
    assert.equal(info(reveal.path).unmask.kind, 'reveal');
    const still = await picture(page, 'files');
    const {unmask} = info(still.path);
    assert.deepEqual(
      [unmask.seed, unmask.class_name, unmask.steps, unmask.command],
      [12345, 'face with tears of joy', 12, 'generate'],
    );
    const native = join(out, 'files', 'native.png');
    execFileSync(program, [
      'generate',
      '-m',
      model,
      '--from',
      still.path,
      '--device',
      'cpu',
      '-o',
      native,
    ]);
    const drawn = await pixels(page, readFileSync(native));
    // Equal tokens; the two decoders add up in another order, which moves a value over a rounding
    // edge at times.
    const worst = Math.max(...drawn.data.map((value, i) => Math.abs(value - still.data[i])));
    assert.ok(worst <= 1, `a channel differs by ${worst}`);
    await page.setInputFiles('#picture-file', still.path);
    await page.waitForFunction(() =>
      document.getElementById('notes').textContent.includes('carries the settings'),
    );
    await drawnBy(page, () => page.click('#notes button'));
    assert.deepEqual((await picture(page, 'files')).data, still.data);
    await page.setInputFiles('#picture-file', {
      name: large.name,
      mimeType: 'image/png',
      buffer: large.bytes,
    });
    await page.waitForFunction(
      () => document.getElementById('status').textContent === 'Your picture, 64 × 64',
    );
    assert.equal(await page.inputValue('#scale'), '8');
    assert.deepEqual((await picture(page, 'files')).data, still.data);
    await done(page);
  },
);

test(
  'another model from disk, and a file that is none',
  {skip: model ? false : 'skip: no model given'},
  async () => {
    const page = await ready({});
    await page.setInputFiles('#model-file', {
      name: 'bad.gguf',
      mimeType: '',
      buffer: Buffer.from('GGUF and no more'),
    });
    await page.waitForFunction(() => document.getElementById('errors').textContent !== '');
    assert.match(await text(page, 'errors'), /Choose another$/);
    await drawAgain(page);
    const again = join(out, 'again.gguf');
    writeFileSync(again, readFileSync(model));
    await page.click('[data-mode=paint]');
    await drawnBy(page, () => page.setInputFiles('#model-file', again));
    assert.equal(await text(page, 'draw'), 'Draw', 'nothing of the model before is painted over');
    await done(page);
  },
);
