// The page's parts that need no browser: links, masks, PNG files, metadata, sizes of opened pictures.
//
// Usage: node page_units.mjs [UNMASK]      UNMASK: the native program, to read the files back with
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';

const page = new URL('../../platform/web/page/ui/', import.meta.url);
const part = (name) => import(new URL(name, page));
const {Mask, formatCells, parseCells} = await part('mask.js');
const {CHANGE_LIMIT, FRAGMENT_LIMIT, RANGES, formatLink, parseLink, shortFloat} =
  await part('share.js');
const {encodeAnimation, encodePng, readTexts} = await part('png.js');
const {metaTexts, readMeta} = await part('meta.js');
const {fitSize} = await part('open.js');
const {statedScale, undoScale} = await part('enlarged.js');
const {fold} = await part('fold.js');
const {ClassSearch} = await part('search.js');
const {MEANT, isTypo} = await part('keywords.js');
const {addFrame, lastImage, makeTake} = await part('take.js');
const program = process.argv[2];

/** Numbers that repeat, from Marsaglia's xorshift32. */
function numbers(seed) {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    pick: (list) => list[Math.floor(next() * list.length)],
  };
}

function randomSettings(random) {
  const real = ([low, high]) =>
    Math.max(low, shortFloat(random.pick([random.next(), random.next() * high, high])));
  return {
    seed: String(
      random.pick([0n, 7n, 2n ** 64n - 1n, BigInt(Math.floor(random.next() * 2 ** 53))]),
    ),
    classIndex: random.below(127),
    steps: 1 + random.below(RANGES.steps[1]),
    schedule: random.pick(['cosine', 'pow2.5', 'linear']),
    sampler: random.pick(['confidence', 'halton']),
    temperature: real(RANGES.temperature),
    choiceTemperature: real(RANGES.choiceTemperature),
    cfgScale: real(RANGES.cfgScale),
  };
}

function randomLink(random) {
  const changes = Array.from({length: random.below(CHANGE_LIMIT + 1)}, () => {
    const settings = randomSettings(random);
    if (random.next() < 0.5)
      return {kind: 'extend', settings, sides: [4 * random.below(9), 0, 8, 512]};
    const [columns, rows] = [1 + random.below(33), 1 + random.below(33)];
    const cells = Uint8Array.from({length: columns * rows}, () => random.below(2));
    cells[random.below(cells.length)] = 1;
    return {kind: 'paint', settings, mask: {cells, columns, rows}};
  });
  return {settings: randomSettings(random), changes, hash: random.pick(['', '0123abcd'])};
}

/** Rows of tests/data/names.tsv, which says what they mean. */
function nameCases() {
  const text = readFileSync(new URL('../data/names.tsv', import.meta.url), 'utf8');
  const plain = (field) =>
    field.replace(/\\u\{(\w+)\}/g, (_, code) => String.fromCodePoint(parseInt(code, 16)));
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t').map(plain));
}

test('names are folded as the library folds them', () => {
  const cases = nameCases().filter(([kind]) => kind === 'fold');
  assert.ok(cases.length >= 60);
  for (const [, text, expected] of cases) {
    assert.equal(fold(text), expected, text);
    assert.equal(fold(expected), expected);
  }
  assert.equal(fold('a\ud800b'), 'a\ufffdb');
});

test('what is folded again stays the same, alone and between others', () => {
  for (let code = 1; code < 0x20000; code++) {
    const character = String.fromCodePoint(code);
    for (const text of [character, `A${character}\u0301${character} 👩\u200d${character}\u200dz`]) {
      const once = fold(text);
      if (fold(once) !== once) assert.fail(`U+${code.toString(16)}: ${once}`);
    }
  }
});

test('composed and decomposed text is folded alike', () => {
  // Beyond lie scripts that a later Unicode may add letters to, which this node may know.
  for (let code = 1; code < 0x10000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const text = `a${String.fromCodePoint(code)}b`;
    const [composed, taken] = [text.normalize('NFC'), text.normalize('NFD')];
    if (fold(composed) !== fold(taken))
      assert.fail(`U+${code.toString(16)}`);
  }
});

test('the search finds the class that a lookup finds, and finds it first', () => {
  const cases = nameCases();
  const classes = cases
    .filter(([kind]) => kind === 'class')
    .map(([, name, symbol]) => ({name, symbol}));
  const search = new ClassSearch(classes);
  let checked = 0;
  for (const [kind, text, expected] of cases) {
    if (!['find', 'first', 'near', 'none'].includes(kind)) continue;
    const first = classes[search.find(text)[0]]?.name;
    assert.equal(first, kind === 'find' || kind === 'first' ? expected : undefined, text);
    checked++;
  }
  assert.ok(checked >= 60);
  assert.equal(search.find('').length, classes.length);
  assert.deepEqual(search.find('3')[0], 3);
});

test('the exact name comes first, then names that begin so, words, parts, and words in any order', () => {
  const names = ['bobcat', 'cat face', 'grinning cat', 'cat', 'dog face', 'hot dog', 'dog', 'face of a cat'];
  const search = new ClassSearch(names.map((name) => ({name, symbol: ''})));
  const found = (text) => search.find(text).map((index) => names[index]);
  assert.deepEqual(found('cat'), ['cat', 'cat face', 'grinning cat', 'face of a cat', 'bobcat']);
  assert.deepEqual(found('dog'), ['dog', 'dog face', 'hot dog']);
  assert.deepEqual(found('cat face'), ['cat face', 'face of a cat']);
  assert.deepEqual(found('HOTDOG'), ['hot dog']);
});

test('everyday words find what they mean, and one letter may be wrong', () => {
  const names = ['grinning face', 'face with tears of joy', 'rolling on the floor laughing', 'smiling face with halo',
    'sad but relieved face', 'crying face', 'flag: United States', 'flag: United Kingdom', 'red heart', 'umbrella',
    'penguin', 'beaming face with smiling eyes', 'cat face', 'automobile', 'dog face',
    'lollipop'];
  const search = new ClassSearch(names.map((name) => ({name, symbol: ''})));
  const found = (text) => search.look(text).map((index) => names[index]);
  for (const [text, first] of [
    ['happy', 'smiling face with halo'], ['LOL', 'rolling on the floor laughing'], ['sad', 'sad but relieved face'],
    ['USA', 'flag: United States'], ['uk', 'flag: United Kingdom'], ['umbrela', 'umbrella'], ['pengiun', 'penguin'],
    ['pinguin', 'penguin'], ['hapy', 'smiling face with halo'], ['unitd kingdom', 'flag: United Kingdom'],
    ['car', 'automobile'], ['kitten', 'cat face'],
  ])
    assert.equal(found(text)[0], first, text);
  assert.deepEqual(found('sad').slice(0, 2), ['sad but relieved face', 'crying face']);
  for (const text of ['no such face', 'xyzzy', 'pnegiun', 'dxg']) assert.deepEqual(found(text), [], text);
  assert.deepEqual(found('cat'), ['cat face'], 'what is found by name needs no guess');
  assert.equal(found('').length, names.length);
  for (const [word, meant] of MEANT) assert.deepEqual([word, ...meant], [word, ...meant].map(fold));
  assert.ok(isTypo('fox', 'fxo') && isTypo('fox', 'foxx') && isTypo('fox', 'ox') && isTypo('fox', 'fax'));
  assert.ok(!isTypo('fox', 'xfoo') && !isTypo('fox', 'faxe'));
});

test('settings in a file are as short as they can be', () => {
  const settings = {...randomSettings(numbers(1)), temperature: Math.fround(0.9), cfgScale: Math.fround(0.7)};
  const model = {name: 'm', sha256: '0'.repeat(64), classes: []};
  const texts = metaTexts({kind: 'picture', command: 'generate', settings, step: 0, scale: 1, width: 1,
    height: 1, model, device: 'd', version: '1'});
  for (const number of ['"temperature": 0.9,', '"cfg_scale": 0.7,']) assert.ok(texts[1][1].includes(number));
  assert.match(texts[0][1], /Temperature: 0\.9, .*CFG scale: 0\.7,/);
});

test('a link comes back as it was', () => {
  const random = numbers(1);
  for (let i = 0; i < 2000; i++) {
    const link = randomLink(random),
      text = formatLink(link);
    assert.ok(text.length <= FRAGMENT_LIMIT, `${text.length} characters`);
    assert.deepEqual(parseLink(text), {link});
    assert.equal(formatLink(parseLink(text).link), text);
  }
});

test('the longest link that the page makes can be read', () => {
  const settings = {
    ...randomSettings(numbers(2)),
    seed: String(2n ** 64n - 1n),
    temperature: 0.12345679,
  };
  const mask = {cells: new Uint8Array(64 * 64).fill(1), columns: 64, rows: 64};
  const changes = Array.from({length: CHANGE_LIMIT}, () => ({kind: 'paint', settings, mask}));
  assert.deepEqual(
    parseLink(formatLink({settings, changes, hash: 'ffffffff'})).link.changes,
    changes,
  );
});

test('what is absent is left to the model', () => {
  const {link} = parseLink('#v=1&s=42&c=3');
  assert.equal(link.settings.seed, '42');
  assert.equal(link.settings.steps, undefined);
  assert.equal(parseLink(''), null);
  assert.equal(parseLink('#'), null);
});

test('wrong links are refused with a reason', () => {
  const good = '#v=1&s=42&c=3&n=12&d=cosine&p=confidence&t=0.7&k=1.5&g=1&h=aa5c6796';
  assert.ok(parseLink(good).link);
  const values = '42,3,12,cosine,confidence,0.7,1.5,1';
  const wrong = [
    '#v=2&s=1&c=1',
    '#s=1&c=1',
    '#v=1&c=1',
    '#v=1&s=1',
    '#v=1&s=1&c=1&s=2',
    '#v=1&s=1&c=1&z=2',
    '#v=1&s=18446744073709551616&c=1',
    '#v=1&s=-1&c=1',
    '#v=1&s=01&c=1',
    '#v=1&s=1e3&c=1',
    '#v=1&s=&c=1',
    '#v=1&s=1&c=1.5',
    '#v=1&s=1&c=1&n=0',
    '#v=1&s=1&c=1&n=1025',
    '#v=1&s=1&c=1&t=0',
    '#v=1&s=1&c=1&t=1e1',
    '#v=1&s=1&c=1&t=101',
    '#v=1&s=1&c=1&t=NaN',
    '#v=1&s=1&c=1&g=-1',
    '#v=1&s=1&c=1&d=__proto__',
    '#v=1&s=1&c=1&d=%3Cb%3E',
    '#v=1&s=1&c=1&h=xyz',
    '#v=1&s=1&c=1&h=AA5C6796',
    '#v=1&s=1&c=1&',
    '#v=1&&s=1&c=1',
    '#v=1&s=1&c=1&__proto__=1',
    '#hello',
    '#%',
    `${good}&e=paint`,
    `${good}&e=paint,${values},16x16.AA`,
    `${good}&e=paint,${values},2x2.AA`,
    `${good}&e=paint,${values},2x2.8B`,
    `${good}&e=paint,${values},0x9.gA`,
    `${good}&e=paint,${values},999x999.gA`,
    `${good}&e=extend,${values},0.0.0.0`,
    `${good}&e=extend,${values},4.4.4`,
    `${good}&e=extend,${values},4.4.4.9999`,
    `${good}&e=run,${values},2x2.8A`,
    good + `&e=paint,${values},2x2.8A`.repeat(CHANGE_LIMIT + 1),
    `#v=1&s=1&c=1&d=${'a'.repeat(FRAGMENT_LIMIT)}`,
  ];
  for (const text of wrong)
    assert.equal(typeof parseLink(text)?.reason, 'string', text.slice(0, 120));
  assert.ok(
    parseLink(`${good}&e=paint,${values},2x2.8A`).link,
    'the pattern that the wrong ones vary',
  );
});

test('no fragment makes the parser throw, and what it accepts is in range', () => {
  const random = numbers(3);
  const letters = '#&=,.-_%0123456789abcdefghnopstvxyzAZ\u0000é😀';
  let accepted = 0;
  for (let i = 0; i < 12000; i++) {
    const text = [...formatLink(randomLink(random))];
    for (let edits = random.below(4); edits > 0; edits--) {
      text.splice(random.below(text.length), random.below(3), random.pick([...letters]));
    }
    const parsed = parseLink(text.join(''));
    if (!parsed?.link) {
      assert.ok(parsed === null || typeof parsed.reason === 'string');
      continue;
    }
    accepted++;
    const {settings} = parsed.link;
    assert.ok(BigInt(settings.seed) < 2n ** 64n);
    for (const [field, [low, high]] of Object.entries(RANGES)) {
      const value = settings[field];
      assert.ok(value === undefined || (value >= low && value <= high), `${field} ${value}`);
    }
    assert.ok(
      parsed.link.changes.every(
        ({mask}) => !mask || mask.cells.length === mask.columns * mask.rows,
      ),
    );
  }
  assert.ok(accepted > 2000, `only ${accepted} of the changed links were still links`);
});

test('numbers are the shortest that are the same float', () => {
  assert.equal(shortFloat(Math.fround(0.7)), 0.7);
  assert.equal(shortFloat(1.5), 1.5);
  const random = numbers(4);
  for (let i = 0; i < 10000; i++) {
    const value = Math.fround(random.next() * 100);
    assert.equal(Math.fround(shortFloat(value)), value);
  }
});

test('strokes mask what is under them, also beyond the edges', () => {
  const mask = new Mask(64, 64, [4, 4]);
  mask.stroke(2, 2, 2, 2, 0.5, 1);
  assert.equal(mask.count, 1);
  assert.equal(mask.cells[0], 1);
  mask.stroke(-3, 70, 70, 70, 9, 1);
  assert.deepEqual([...mask.cells.slice(15 * 16)], new Array(16).fill(1), 'the whole last row');
  mask.stroke(1e9, -1e9, 1e9, -1e9, 5, 1);
  assert.equal(mask.count, 17);
  const pixels = mask.toPixels();
  assert.equal(pixels[63 * 64 + 63], 1);
  assert.equal(pixels[4], 0);
  assert.equal(pixels[3 * 64 + 3], 1);
});

test('a line of any direction leaves no gap', () => {
  const random = numbers(5);
  for (let i = 0; i < 200; i++) {
    const mask = new Mask(64, 64, [4, 4]);
    const [x0, y0, x1, y1] = Array.from({length: 4}, () => random.next() * 64);
    mask.stroke(x0, y0, x1, y1, 3, 1);
    for (let t = 0; t <= 1; t += 1 / 256) {
      const column = Math.min(15, Math.floor((x0 + t * (x1 - x0)) / 4));
      const row = Math.min(15, Math.floor((y0 + t * (y1 - y0)) / 4));
      // A token is within 2 * sqrt(2) < 3 pixels of its centre everywhere.
      assert.equal(mask.cells[row * 16 + column], 1);
    }
  }
});

test('undo and redo', () => {
  const mask = new Mask(10, 6, [4, 4]);
  assert.deepEqual([mask.columns, mask.rows], [3, 2]);
  mask.apply(() => 1);
  mask.apply((cell) => cell);
  assert.equal(mask.past.length, 1, 'nothing changed, nothing to undo');
  mask.apply((cell, i) => (i === 2 ? 0 : cell));
  assert.ok(mask.undo());
  assert.equal(mask.count, 6);
  assert.ok(mask.redo());
  assert.equal(mask.count, 5);
  assert.ok(mask.undo() && mask.undo());
  assert.equal(mask.count, 0);
  assert.equal(mask.undo(), false);
});

test('masks in links', () => {
  const cells = Uint8Array.from([1, 0, 0, 1, 1, 1]);
  assert.equal(formatCells(cells, 3, 2), '3x2.nA');
  assert.deepEqual(parseCells('3x2.nA'), {cells, columns: 3, rows: 2});
  assert.equal(parseCells('3x2.AA'), null, 'nothing masked');
  assert.equal(parseCells('3x2.nB'), null, 'bits beyond the grid');
});

test('opened pictures get a size that the model can work on', () => {
  const model = {imageWidth: 64, imageHeight: 64};
  const random = numbers(6);
  for (let i = 0; i < 5000; i++) {
    const [w, h] = [1 + random.below(4096), 1 + random.below(4096)];
    const {width, height, crop} = fitSize(w, h, model);
    assert.ok(
      width >= 64 && height >= 64 && width <= 256 && height <= 256,
      `${w}x${h}: ${width}x${height}`,
    );
    assert.ok(crop[0] >= 0 && crop[1] >= 0 && crop[0] + crop[2] <= w && crop[1] + crop[3] <= h);
    // Aspect is kept as far as whole pixels allow: half a pixel of 64, and of the crop.
    const skew = crop[2] / crop[3] / (width / height);
    assert.ok(
      Math.abs(Math.log(skew)) <= 1 / 64 + 1 / Math.min(crop[2], crop[3]),
      `${w}x${h}: ${skew}`,
    );
  }
  assert.deepEqual(fitSize(128, 64, model), {width: 128, height: 64, crop: [0, 0, 128, 64]});
});

test('pictures that were saved enlarged come back as they were drawn', () => {
  const random = numbers(9);
  const says = (meta) => statedScale(new Map([['unmask', JSON.stringify(meta)]]));
  for (const scale of [1, 2, 4, 8]) {
    const small = image(8 + random.below(9), 8 + random.below(9), random);
    const [width, height] = [small.width * scale, small.height * scale];
    const data = Uint8ClampedArray.from({length: 4 * width * height}, (_, i) => {
      const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
      return small.data[
        4 * (Math.floor(y / scale) * small.width + Math.floor(x / scale)) + (i & 3)
      ];
    });
    const stated = says({kind: 'picture', scale, width, height});
    assert.deepEqual(stated, {scale, width, height});
    const undone = undoScale({data, width, height}, stated);
    if (scale === 1) {
      assert.equal(undone, null);
      continue;
    }
    assert.ok(undone.exact);
    assert.deepEqual([undone.image.width, undone.image.height], [small.width, small.height]);
    assert.deepEqual([...undone.image.data], [...small.data]);
    // Cut to whole squares it still is one, changed it is only if its size is the stated one.
    const part = data.slice(0, 4 * width * (height - scale));
    assert.ok(undoScale({data: part, width, height: height - scale}, stated).exact);
    data[4 * (width + 1)] ^= 255;
    const changed = undoScale({data, width, height}, stated);
    assert.equal(changed.exact, false);
    assert.deepEqual([...changed.image.data.subarray(4)], [...small.data.subarray(4)]);
    assert.equal(undoScale({data, width, height}, {...stated, width: width + scale}), null);
    assert.equal(undoScale({data, width: width * height, height: 1}, stated), null);
  }
  for (const meta of [{scale: 65}, {scale: -2}, {scale: 2.5}, {scale: '4'}, {}, null, 7]) {
    assert.equal(says(meta).scale, 1, JSON.stringify(meta));
  }
  assert.equal(says({kind: 'sheet', scale: 4}).scale, 1);
  assert.equal(statedScale(new Map()).scale, 1);
});

/* ------------------------------------------------------------------ files */

function image(width, height, random) {
  const data = Uint8ClampedArray.from({length: 4 * width * height}, (_, i) =>
    i % 4 === 3 ? 255 : random.below(256),
  );
  return {data, width, height};
}

const made = {
  kind: 'picture',
  command: 'generate',
  step: 0,
  scale: 8,
  width: 512,
  height: 512,
  device: 'web browser, 2 threads',
  version: '0.2.0',
  settings: {
    seed: '18446744073709551615',
    classIndex: 67,
    steps: 12,
    schedule: 'cosine',
    sampler: 'confidence',
    temperature: 0.7,
    choiceTemperature: 1.5,
    cfgScale: 1,
  },
  model: {
    name: 'emoji-64',
    sha256: 'a'.repeat(64),
    classes: Array.from({length: 68}, () => ({name: 'a "hat", 🤠'})),
  },
};

test('texts come back from a PNG file', async () => {
  const texts = metaTexts(made);
  const bytes = new Uint8Array(
    await (await encodePng(image(64, 64, numbers(7)), 8, texts)).arrayBuffer(),
  );
  assert.deepEqual([...readTexts(bytes)], texts);
  const link = readMeta(readTexts(bytes));
  assert.deepEqual(link, {settings: made.settings, changes: [], hash: 'aaaaaaaa'});
  assert.equal(readMeta(new Map([['unmask', '{"seed": 1}']])), null);
  assert.equal(
    readMeta(new Map(metaTexts({...made, command: 'edit'}))),
    null,
    'it needs another picture',
  );
  const [, [key, json]] = texts;
  const more = (field) => readMeta(new Map([[key, json.replace('{', `{${field}, `)]]));
  assert.equal(more('"top_k": 5'), null, 'it needs what this page does not offer');
  for (const eta of ['0.0500000007', '0.05'])
    assert.deepEqual(more(`"top_k": 0, "remdm_eta": ${eta}`), link);
});

test('damaged files make no reader throw', async () => {
  const random = numbers(8);
  const whole = new Uint8Array(
    await (await encodePng(image(9, 7, random), 1, metaTexts(made))).arrayBuffer(),
  );
  for (let i = 0; i < 4000; i++) {
    const bytes = whole.slice(0, 1 + random.below(whole.length));
    for (let edits = random.below(4); edits > 0; edits--)
      bytes[random.below(bytes.length)] = random.below(256);
    readMeta(readTexts(bytes));
  }
});

/** Runs the native program; its JSON. */
function info(folder, name, bytes) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return JSON.parse(execFileSync(program, ['info', '--json', path], {encoding: 'utf8'}));
}

test(
  'the native program reads the files',
  {skip: program ? false : 'skip: no native program given'},
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'unmask-page-'));
    try {
      const random = numbers(9),
        still = image(64, 64, random);
      const bytes = Buffer.from(await (await encodePng(still, 8, metaTexts(made))).arrayBuffer());
      const picture = info(folder, 'picture.png', bytes);
      assert.equal(picture.width, 512);
      assert.equal(picture.unmask.class_name, 'a "hat", 🤠');
      assert.equal(picture.unmask.temperature, 0.7);
      assert.match(picture.parameters, /Steps: 12, Sampler: confidence, Schedule: cosine/);
      assert.match(
        execFileSync(program, ['info', join(folder, 'picture.png')], {encoding: 'utf8'}),
        /seed +18446744073709551615/,
      );
      const frames = [500, 160, 2000].map((milliseconds) => ({
        image: image(20, 12, random),
        milliseconds,
      }));
      const reveal = await encodeAnimation(
        frames,
        3,
        metaTexts({...made, kind: 'reveal', width: 60, height: 36}),
      );
      const animated = info(folder, 'reveal.png', Buffer.from(await reveal.arrayBuffer()));
      assert.deepEqual([animated.width, animated.height, animated.unmask.kind], [60, 36, 'reveal']);
    } finally {
      rmSync(folder, {recursive: true});
    }
  },
);

test('a long reveal of a large picture keeps 128 MiB of pictures, the first and the last among them', () => {
  const [width, height, total] = [1024, 1024, 200];
  const picture = (name) => ({name});
  const take = makeTake({width, height, patch: [64, 64], total, image: picture(0), hidden: () => true});
  for (let step = 1; step <= total; step++) {
    const fixedStep = new Uint16Array(256),
      confidence = new Float32Array(256);
    addFrame(take, {step, steps: total, gridWidth: 16, gridHeight: 16, image: picture(step), fixedStep,
      confidence});
    const kept = new Set(take.frames.map((frame) => frame.image));
    assert.ok(kept.size * 4 * width * height <= 2 ** 27);
    assert.ok(kept.size >= Math.min(step + 1, 16));
    assert.deepEqual([take.frames[0].image.name, lastImage(take).name], [0, step]);
  }
  const names = take.frames.map((frame) => frame.image.name);
  assert.ok(names.every((name, i) => name <= i && (i === 0 || name >= names[i - 1])));
});

test('of a picture that falls off the shelf only start and end stay: another may have begun with it', async (t) => {
  const made = () => {
    const children = [];
    return {
      children,
      addEventListener() {},
      append() {},
      setAttribute() {},
      getContext: () => ({putImageData() {}, clearRect() {}, drawImage() {}}),
      prepend(child) {
        child.remove = () => children.splice(children.indexOf(child), 1);
        children.unshift(child);
      },
      get lastElementChild() {
        return children.at(-1);
      },
    };
  };
  const place = made();
  Object.assign(globalThis, {
    document: {getElementById: () => place, createElement: made},
    matchMedia: () => ({matches: false}),
  });
  t.after(() => {
    delete globalThis.document;
    delete globalThis.matchMedia;
  });
  const {Shelf} = await part('shelf.js');
  const shelf = new Shelf(() => {});
  const takes = Array.from({length: 13}, () => ({
    width: 1,
    height: 1,
    frames: ['start', 'step', 'end'].map((name) => ({image: {name, width: 1, height: 1}})),
  }));
  for (const take of takes) shelf.add(take, '');
  const names = (take) => take.frames.map((frame) => frame.image.name);
  assert.equal(place.children.length, 12);
  assert.deepEqual(names(takes[0]), ['start', 'end', 'end']);
  assert.deepEqual(names(takes[1]), ['start', 'step', 'end']);
});
