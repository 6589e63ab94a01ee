#!/usr/bin/env node
/** unmask's WebAssembly build and ONNX Runtime Web on the same networks in the same Chromium page.
 *
 *     node tests/bench/web/bench.mjs [--model FILE.gguf] [--module FOLDER] [--threads 1,2] [--rounds N]
 *
 * FOLDER holds unmask-bench.js and its wasm file, as the preset "web-tests" makes them. The npm packages
 * are installed once into $UNMASK_BENCH_CACHE or ~/.cache/unmask/bench-web. Needs Chromium, and python3 with
 * numpy and onnx. */

import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../../..');
const packages = {'onnxruntime-web': '1.30.0', 'playwright-core': '1.65.1'};
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** Installs the packages where they are not yet, and returns their node_modules. */
function installPackages() {
  const folder = process.env.UNMASK_BENCH_CACHE ?? path.join(os.homedir(), '.cache/unmask/bench-web');
  const modules = path.join(folder, 'node_modules');
  const missing = Object.entries(packages).filter(([name, version]) => {
    const file = path.join(modules, name, 'package.json');
    return !fs.existsSync(file) || JSON.parse(fs.readFileSync(file, 'utf8')).version !== version;
  });
  if (missing.length) {
    fs.mkdirSync(folder, {recursive: true});
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder,
      ...missing.map(([name, version]) => `${name}@${version}`)], {stdio: ['ignore', 2, 2]});
  }
  return modules;
}

/** Serves the folders with the headers that threads need; resolves to the server. */
function serve(mounts) {
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost').pathname;
    const mount = mounts.find(([prefix]) => url.startsWith(prefix));
    const file = mount && path.join(mount[1], path.normalize(url.slice(mount[0].length)));
    if (!file || !fs.existsSync(file) || !fs.statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'Content-Type': types[path.extname(file)] ?? 'application/octet-stream',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** One comparison in a page of its own. */
async function compare(browser, port, job) {
  const page = await browser.newPage();
  page.on('console', message => console.error(message.text()));
  await page.goto(`http://127.0.0.1:${port}/page/index.html`);
  const answer = await page.evaluate(data => new Promise(resolve => {
    const worker = new Worker('/page/worker.js', {type: 'module'});
    worker.onmessage = event => resolve(event.data);
    worker.onerror = event => resolve({error: event.message || 'the worker did not start'});
    worker.postMessage(data);
  }), job);
  await page.close();
  if (answer.error)
    throw new Error(answer.error);
  return answer.result;
}

const ms = value => `${value.toFixed(1)} ms`;

function printTable(results) {
  console.log('| threads | pass | unmask | ONNX Runtime Web | fused | ratio to its best | NMSE |');
  console.log('|--:|---|--:|--:|--:|--:|--:|');
  for (const {threads, forward, decode} of results) {
    const rows = [['forward, batch 2', forward], ['decode', decode]];
    for (const [name, {times: [ours, ...theirs], nmse}] of rows) {
      console.log(`| ${threads} | ${name} | ${ms(ours)} | ${ms(theirs[0])} | ` +
          `${theirs[1] ? ms(theirs[1]) : ''} | ${(Math.min(...theirs) / ours).toFixed(2)} | ` +
          `${Math.max(...nmse).toExponential(0)} |`);
    }
  }
  for (const {threads, picture, peak} of results) {
    console.log(`\nA picture with ${threads} thread(s): ${ms(picture.warm)}, ${ms(picture.first)} the first. ` +
        `One thread's multiply-add peak: ${peak.toFixed(1)} GFLOP/s.`);
  }
}

async function main() {
  const {values} = parseArgs({options: {
    model: {type: 'string', default: path.join(root, 'assets/emoji-64.gguf')},
    module: {type: 'string', default: path.join(root, 'build/web-tests/tests/bench/web')},
    threads: {type: 'string', default: '1,2'},
    rounds: {type: 'string', default: '21'},
    chromium: {type: 'string', default: '/usr/bin/chromium'},
    python: {type: 'string', default: '/usr/bin/python3'},
  }});
  if (!fs.existsSync(path.join(values.module, 'unmask-bench.js')))
    throw new Error(`${values.module} has no unmask-bench.js; build the preset "web-tests" with emcmake`);
  const modules = installPackages();
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'unmask-bench-'));
  fs.symlinkSync(path.resolve(values.model), path.join(work, 'model.gguf'));
  execFileSync(values.python, [path.join(here, 'export_onnx.py'), values.model, path.join(work, 'onnx')]);
  const shapes = JSON.parse(fs.readFileSync(path.join(work, 'onnx/shapes.json'), 'utf8'));
  const server = await serve([['/page/', here], ['/module/', path.resolve(values.module)],
    ['/ort/', path.join(modules, 'onnxruntime-web/dist')], ['/onnx/', path.join(work, 'onnx')], ['/', work]]);
  const {chromium} = createRequire(path.join(modules, 'x.js'))('playwright-core');
  const browser = await chromium.launch({executablePath: values.chromium, args: ['--no-sandbox']});
  try {
    const results = [];
    for (const threads of values.threads.split(',').map(Number))
      results.push({threads, ...await compare(browser, server.address().port,
                                              {threads, rounds: Number(values.rounds), shapes})});
    console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores; Chromium ${browser.version()}; ` +
        `onnxruntime-web ${results[0].ort}; medians of ${values.rounds} alternating runs\n`);
    printTable(results);
  } finally {
    await browser.close();
    server.close();
    fs.rmSync(work, {recursive: true});
  }
}

await main();
