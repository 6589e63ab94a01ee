// A bare page around the engine, a server that can misbehave, and a browser.
//
// Usage of the suites: node engine_*.mjs SITE MODULES
//   SITE: the built site; MODULES: the folder that holds playwright-core
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {after, before} from 'node:test';
import {kept, launch} from './browsers.mjs';

const TYPES = {'.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html',
  '.json': 'application/json'};
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; " +
  "connect-src 'self'; img-src 'self' blob: data:; style-src 'self'; base-uri 'none'";

/** A copy of the site whose page holds nothing but the engine. */
function bareSite(site) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'unmask-web-'));
  fs.cpSync(site, folder, {recursive: true});
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  fs.writeFileSync(path.join(folder, 'index.html'), `<!doctype html><html lang="en"><head>
<meta charset="utf-8"><title>bare</title><link rel="icon" href="data:,">
<script type="module" src="bare.js"></script></head><body></body></html>\n`);
  fs.writeFileSync(path.join(folder, 'bare.js'), `
import {Engine, EngineError} from './${manifest.files['engine/engine.js']}';
window.longTasks = [];
if (PerformanceObserver.supportedEntryTypes.includes('longtask'))
  new PerformanceObserver(list => longTasks.push(...list.getEntries().map(entry => entry.duration)))
    .observe({type: 'longtask'});
window.violations = [];
document.addEventListener('securitypolicyviolation', event => violations.push(event.violatedDirective));
const ask = async (run, seen) => {
  for await (const frame of run) seen.push(frame);
  return seen;
};
window.tools = {Engine, EngineError,
  async start(options) {
    window.engine?.close();
    const engine = await Engine.open({manifestUrl: './manifest.json', ...options});
    engine.notes = [];
    for (const name of ['warning', 'restart'])
      engine.addEventListener(name, ({detail}) => engine.notes.push({name, ...detail}));
    window.engine = engine;
    return engine;
  },
  async load(source) {
    const phases = new Set(), sums = [];
    await engine.loadModel(source ?? engine.manifest.model, progress => {
      phases.add(progress.phase);
      sums.push(progress.done, progress.total);
    });
    return {phases: [...phases], sums};
  },
  draw: params => ask(engine.generate({classIndex: 0, seed: '1', ...params}), []),
  async tokens(params) {
    return [...(await tools.draw(params)).at(-1).tokens];
  },
  /** What a promise fails with. */
  failure: promise => promise.then(() => null, ({code, message, name}) => ({code, message, name})),
};
window.ready = true;
`);
  manifest.files['bare.js'] = 'bare.js';
  fs.writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  return {folder, manifest};
}

/**
 * Serves a folder. `faults.model(request, response, bytes)` may answer for the model instead; where
 * `faults.lost(name, times)` is true the connection breaks: `times` the file has been asked for.
 * `faults.before(name)` is text to be put before a file.
 */
function serve(folder, {isolated}) {
  const log = [], faults = {model: null, lost: null, before: () => ''}, sockets = new Set();
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(request.url.split('?')[0]).replace(/\/$/, '/index.html');
    const file = path.join(folder, path.normalize(name));
    log.push(name);
    if (faults.lost?.(path.basename(name), log.filter(one => one === name).length))
      return request.socket.destroy();
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('Cache-Control', 'no-cache');
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    if (!fs.existsSync(file))
      return response.writeHead(404).end();
    const bytes = fs.readFileSync(file);
    if (name.endsWith('.gguf') && faults.model)
      return faults.model(request, response, bytes);
    response.setHeader('Content-Type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    return response.end(Buffer.concat([Buffer.from(faults.before(path.basename(name))), bytes]));
  });
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve({
    log, faults,
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      server.close();
      sockets.forEach(socket => socket.destroy());
    },
  })));
}

/** Everything a suite needs; call it once, at the top. */
export function rig() {
  const [site, modules] = process.argv.slice(2);
  const state = {servers: [], violations: []};
  before(async () => {
    Object.assign(state, bareSite(site));
    state.browser = await launch(modules);
  });
  after(async () => {
    await state.browser?.close();
    state.servers.forEach(server => server.close());
    fs.rmSync(state.folder, {recursive: true, force: true});
  });

  /** A server of its own: its own origin, so its own caches. */
  state.serve = async (options = {}) => {
    const server = await serve(state.folder, {isolated: true, ...options});
    state.servers.push(server);
    return server;
  };

  state.kept = kept;

  /** A page on the server; `patch` goes before the worker's code. */
  state.visit = async (server, {context, patch, ...options} = {}) => {
    context ??= await state.browser.newContext(options);
    if (patch)
      await context.route(/\/worker\.js$/, async route => {
        const response = await route.fetch();
        const body = await response.text();
        await route.fulfill({response, body: `${patch}\n${body}`});
      });
    context.setDefaultTimeout(600000); // only what never comes: a busy machine is no fault
    const page = await context.newPage();
    page.on('console', message => {
      if (/Content Security Policy/.test(message.text()))
        state.violations.push(message.text());
    });
    page.on('pageerror', error => state.violations.push(`page error: ${error.message}`));
    await page.goto(server.url);
    await page.waitForFunction(() => window.ready);
    return page;
  };

  /** The same with an engine that has a model. */
  state.loaded = async (server, {engine = {}, ...options} = {}) => {
    const page = await state.visit(server, options);
    await page.evaluate(async values => {
      await tools.start(values);
      await tools.load();
    }, engine);
    return page;
  };
  return state;
}

/** The native program's tokens, or null where there is no such program. */
export function nativeTokens(args) {
  const program = process.env.UM_PROGRAM;
  if (!program || !fs.existsSync(program))
    return null;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'unmask-web-'));
  const file = path.join(folder, 'tokens.txt');
  const {status, stderr} = spawnSync(program, ['generate', '--device', 'cpu', '-m',
    process.env.UM_MODEL, '--tokens-out', file, '-o', path.join(folder, 'p.png'), ...args]);
  if (status)
    throw new Error(`${program}: ${stderr}`);
  const tokens = fs.readFileSync(file, 'utf8').split(/\s+/).filter(Boolean).map(Number);
  fs.rmSync(folder, {recursive: true});
  return tokens;
}
