// A server over the built site and Chromium on it, for the tests of the page.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before} from 'node:test';
import {fileURLToPath} from 'node:url';
import {inFirefox, launch} from './browsers.mjs';
import {parseLink} from '../../platform/web/page/ui/share.js';

/** Only what never comes is waited for as long: a busy machine is no fault. */
const PATIENCE_MS = Number(process.env.UM_PATIENCE_MS ?? 5 * 60 * 1000);

const serve = fileURLToPath(new URL('../../platform/web/serve.py', import.meta.url));

/** Starts serve.py on a free port. @returns {Promise<{url: string, stop: () => void}>} */
export function startServer(site, ...options) {
  const server = spawn('python3', [serve, '--port', '0', ...options, site]);
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (data) => {
      text += data;
      const found = /http:\/\/[\w.]+:(\d+)\//.exec(text);
      if (found) resolve({url: `http://localhost:${found[1]}/`, stop: () => server.kill()});
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('exit', () => reject(new Error(`the server ended: ${text}`)));
  });
}

/**
 * Has waitForFunction look at fixed intervals, since a window that nobody sees draws no frames, and
 * say what the page shows when it waited in vain.
 */
function waitByTheClock(page) {
  const wait = page.waitForFunction.bind(page);
  page.waitForFunction = async (condition, argument) => {
    try {
      return await wait(condition, argument, {polling: 50});
    } catch (error) {
      const shown = await page.evaluate(() => ({
        visible: document.visibilityState,
        status: document.getElementById('status')?.textContent,
        said: [...(window.said ?? ['the script of this test did not run'])],
      }));
      error.message += ` ${JSON.stringify({shown, wrong: page.wrong})}`;
      throw error;
    }
  };
}

/**
 * Looks again and again until what it sees is good: the page moves at its own pace.
 * @param {() => Promise<unknown>} look @param {(seen: unknown) => boolean} good
 */
export async function until(look, good) {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const seen = await look();
    if (good(seen)) return seen;
    if (Date.now() > end) throw new Error(`waited in vain, and saw ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Waits until a drawing has gone on for longer than a double click takes: a second click cancels it.
 * A step is shown for 85 ms at least.
 */
export const wellBegun = (page) =>
  page.waitForFunction(
    () => Number(document.getElementById('film').getAttribute('aria-valuenow')) >= 16,
  );

/** Waits for a whole picture and no running draw. */
export const settled = (page) =>
  page.waitForFunction(() => !document.getElementById('share').disabled);

/**
 * A page with everything that went wrong in it collected.
 * @returns {Promise<object>} the page; its `wrong` is a list of sentences
 */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({
    viewport: {width: 1280, height: 800},
    acceptDownloads: true,
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  page.wrong = [];
  waitByTheClock(page);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      page.wrong.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.wrong.push(`exception: ${error.stack}`));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`CSP: ${event.violatedDirective}`),
    );
    window.begun = 0; // drawings; a fast one is over before a test looks
    window.said = new Set(); // in the line of status, likewise
    addEventListener('DOMContentLoaded', () => {
      const button = document.getElementById('draw'),
        status = document.getElementById('status');
      if (!button) return;
      new MutationObserver(() => window.said.add(status.textContent)).observe(status, {
        childList: true,
        characterData: true,
        subtree: true,
      });
      new MutationObserver(() => {
        if (button.textContent === 'Cancel') window.begun++;
      }).observe(button, {childList: true, characterData: true, subtree: true});
    });
  });
  if (inFirefox) await page.addInitScript(catchDownloads);
  await page.bringToFront();
  await page.goto(url);
  return page;
}

/**
 * The longest task of a page's main thread while something is done, in ms of that thread's own time:
 * what other
 * programs take meanwhile says nothing about the page.
 * @param {(page: object) => Promise<void>} act
 */
export async function longestTask(browser, url, act) {
  const page = await openPage(browser, 'about:blank');
  await browser.startTracing(page, {categories: ['toplevel', '__metadata']});
  await page.goto(url);
  await act(page);
  const {traceEvents} = JSON.parse(await browser.stopTracing());
  await page.context().close();
  const threads = traceEvents.filter((event) => event.args?.name === 'CrRendererMain');
  const names = new Set(threads.map((event) => `${event.pid} ${event.tid}`));
  const tasks = traceEvents.filter(
    ({ph, name, pid, tid}) => ph === 'X' && /RunTask/.test(name) && names.has(`${pid} ${tid}`),
  );
  if (tasks.length < 50) throw new Error(`only ${tasks.length} tasks traced`);
  return Math.max(...tasks.map((task) => task.tdur ?? 0)) / 1000;
}

/** Firefox tells WebDriver nothing of a file that a page has made: its page hands the file over. */
function catchDownloads() {
  const made = new Map(),
    make = URL.createObjectURL,
    click = HTMLAnchorElement.prototype.click;
  URL.createObjectURL = (blob) => {
    const url = make.call(URL, blob);
    made.set(url, blob);
    return url;
  };
  HTMLAnchorElement.prototype.click = function () {
    if (!this.download) return click.call(this);
    const reader = new FileReader();
    reader.onload = () => {
      window.handedOver = {name: this.download, base64: reader.result.split(',')[1]};
    };
    return reader.readAsDataURL(made.get(this.href));
  };
}

async function takeHandedOver(page, button) {
  await page.evaluate(() => {
    window.handedOver = null;
  });
  await page.click(button);
  await page.waitForFunction(() => window.handedOver);
  return page.evaluate(() => window.handedOver);
}

/** Clicks a button that downloads. @returns {Promise<{name: string, bytes: Buffer, path: string}>} */
export async function downloaded(page, button, folder) {
  mkdirSync(folder, {recursive: true});
  if (inFirefox) {
    const {name, base64} = await takeHandedOver(page, button);
    const file = {name, bytes: Buffer.from(base64, 'base64'), path: join(folder, name)};
    writeFileSync(file.path, file.bytes);
    return file;
  }
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return {name: download.suggestedFilename(), bytes: readFileSync(path), path};
}

/**
 * Pixels of a PNG file, decoded by the browser.
 * @returns {Promise<{width: number, height: number, data: number[]}>}
 */
export async function pixels(page, bytes) {
  return page.evaluate(async (text) => {
    const blob = new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], {
      type: 'image/png',
    });
    const bitmap = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height),
      context = canvas.getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const {width, height, data} = context.getImageData(0, 0, bitmap.width, bitmap.height);
    return {width, height, data: [...data]};
  }, bytes.toString('base64'));
}

/** A stroke between two points, given as shares of the picture's canvas. */
async function stroke(page, [x0, y0], [x1, y1], button = 'left') {
  await page.locator('#picture').scrollIntoViewIfNeeded();
  const box = await page.locator('#picture').boundingBox();
  await page.mouse.move(box.x + x0 * box.width, box.y + y0 * box.height);
  await page.mouse.down({button});
  await page.mouse.move(box.x + x1 * box.width, box.y + y1 * box.height, {steps: 8});
  await page.mouse.up({button});
}

/** Does what begins a drawing, and waits for its picture. @param {() => Promise<void>} act */
async function drawnBy(page, act) {
  const before = await page.evaluate(() => window.begun);
  await act();
  await page.waitForFunction((count) => window.begun > count, before);
  await settled(page);
}

/** Presses the one button, and waits for what it draws. */
async function drawAgain(page) {
  await drawnBy(page, () => page.click('#draw'));
}

/** The link that the page makes of what it shows, read by the page's own parser. */
async function linkOf(page) {
  await page.evaluate(() => history.replaceState(null, '', location.pathname));
  await page.click('#share');
  await page.waitForFunction(() => location.hash.length > 1);
  return parseLink(await page.evaluate(() => location.hash)).link;
}

/**
 * A server and a browser around the tests of a file, and what these tests do again and again.
 * @param {string} site @param {string} modules @param {string} out  folder for screenshots and downloads
 */
export function harness(site, modules, out) {
  const where = {url: '', browser: null};
  let server;
  before(async () => {
    mkdirSync(out, {recursive: true});
    server = await startServer(site);
    where.url = server.url;
    where.browser = await launch(modules);
    await (await openPage(where.browser, where.url)).context().close(); // the first start is slow
  });
  after(async () => {
    await where.browser?.close();
    server?.stop();
  });
  return {
    where,
    stroke,
    drawAgain,
    drawnBy,
    linkOf,
    /** In Firefox this would put a style into the page, which its policy forbids and reports. */
    shot: (page, name) =>
      inFirefox ? null : page.screenshot({path: join(out, `${name}.png`)}),
    text: (page, id) => page.textContent(`#${id}`),
    /** A page with its first picture, or that of a link. */
    async ready(options, hash = '') {
      const page = await openPage(where.browser, where.url + hash, options);
      await settled(page);
      return page;
    },
    /** Nothing has gone wrong in it. */
    async done(page) {
      assert.deepEqual(page.wrong, []);
      await page.context().close();
    },
    /** The file at scale 1, so that a pixel of it is one of the picture. */
    async picture(page, name) {
      await page.selectOption('#scale', '1');
      const file = await downloaded(page, '#save-picture', join(out, name));
      return {...file, ...(await pixels(page, file.bytes))};
    },
  };
}
