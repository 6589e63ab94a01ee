// The built site as files, and the server that comes with it.
//
// Usage: node site_check.mjs SITE
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {createHash} from 'node:crypto';
import {gzipSync} from 'node:zlib';

const site = process.argv[2];
const script = fileURLToPath(new URL('../../platform/web/serve.py', import.meta.url));
const manifest = JSON.parse(fs.readFileSync(path.join(site, 'manifest.json'), 'utf8'));
const model = path.join(site, manifest.model.url);
const servers = [];

function start(...options) {
  const server = spawn('python3', [script, '--port', '0', '--quiet', ...options, site]);
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.stdout.once('data', data => resolve(new URL(String(data).trim())));
    server.once('exit', code => reject(new Error(`serve.py ended with ${code}`)));
  });
}

function get(base, name, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = {host: base.hostname, port: base.port, path: name, headers};
    http.get(options, response => {
      const parts = [];
      response.on('data', part => parts.push(part));
      response.on('end', () => resolve({status: response.statusCode, headers: response.headers,
        body: Buffer.concat(parts)}));
    }).on('error', reject);
  });
}

let base;
before(async () => {
  base = await start();
});
after(() => servers.forEach(server => server.kill()));

test('everything but the model is under 400 KB, compressed one by one', () => {
  let bytes = 0;
  for (const file of [...Object.values(manifest.files), 'manifest.json', 'sw.js'])
    bytes += gzipSync(fs.readFileSync(path.join(site, file)), {level: 9}).length;
  assert.ok(bytes <= 400e3, `${bytes} bytes`);
  console.log(`${bytes} bytes compressed`);
});

test('the service worker changes with the site, or no browser would install it anew', () => {
  const list = fs.readFileSync(path.join(site, 'manifest.json'));
  const digest = createHash('sha256').update(list).digest('hex').slice(0, 16);
  assert.ok(fs.readFileSync(path.join(site, 'sw.js'), 'utf8').endsWith(`// of the site ${digest}\n`));
});

test('the manifest lists every file, and the model as it is', () => {
  const all = fs.readdirSync(site, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => path.relative(site, path.join(entry.parentPath ?? entry.path, entry.name)));
  const listed = [...Object.values(manifest.files), 'manifest.json', 'sw.js', manifest.model.url];
  assert.deepEqual(all.sort(), listed.sort());
  const bytes = fs.readFileSync(model);
  assert.equal(bytes.length, manifest.model.bytes);
  assert.equal(createHash('sha256').update(bytes).digest('hex'), manifest.model.sha256);
});

test('scripts and styles are under a name of their contents; nothing is absolute', () => {
  for (const [name, file] of Object.entries(manifest.files)) {
    const inApp = /\.(js|css|wasm)$/.test(name);
    assert.equal(/^app-[0-9a-f]{16}\//.test(file), inApp, file);
    if (/\.(js|css|html|json|webmanifest)$/.test(file)) {
      const text = fs.readFileSync(path.join(site, file), 'utf8');
      assert.doesNotMatch(text, /(?<!<a )\b(?:src|href)="(?:https?:)?\/(?!\/www\.w3\.org)/, file);
      assert.doesNotMatch(text, /\bfrom '[^.]/, file);
    }
  }
  const page = fs.readFileSync(path.join(site, 'index.html'), 'utf8');
  for (const [, target] of page.matchAll(/\b(?:src|href)="([^"#:]+)"/g))
    assert.ok(fs.existsSync(path.join(site, target)), target);
});

test('headers: isolation, policy, types, caching', async () => {
  const page = await get(base, '/');
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(page.headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(page.headers['cross-origin-embedder-policy'], 'require-corp');
  assert.equal(page.headers['cross-origin-resource-policy'], 'same-origin');
  assert.equal(page.headers['cache-control'], 'no-cache');
  assert.match(page.headers['content-security-policy'],
    /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';.*frame-ancestors 'none'$/);
  const types = {js: 'text/javascript', wasm: 'application/wasm', css: 'text/css; charset=utf-8'};
  for (const file of Object.values(manifest.files).filter(name => name.startsWith('app-'))) {
    const {headers, status} = await get(base, `/${file}`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], types[file.split('.').pop()], file);
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
  }
  assert.match((await get(base, `/${manifest.model.url}`)).headers['cache-control'], /immutable/);
  const plain = await get(await start('--no-isolation'), '/');
  assert.equal(plain.headers['cross-origin-embedder-policy'], undefined);
  assert.equal(plain.status, 200);
});

test('ranges, and what is not there', async () => {
  const bytes = fs.readFileSync(model), url = `/${manifest.model.url}`;
  const part = await get(base, url, {range: `bytes=${bytes.length - 100}-`});
  assert.equal(part.status, 206);
  assert.equal(part.headers['content-range'],
    `bytes ${bytes.length - 100}-${bytes.length - 1}/${bytes.length}`);
  assert.deepEqual(part.body, bytes.subarray(-100));
  assert.deepEqual((await get(base, url, {range: 'bytes=5-9'})).body, bytes.subarray(5, 10));
  assert.equal((await get(base, url, {range: `bytes=${bytes.length}-`})).status, 416);
  assert.equal((await get(base, url, {range: 'bytes=9-5'})).status, 416);
  const last = await get(base, url, {range: `bytes=${bytes.length - 5}-${bytes.length + 5}`});
  assert.deepEqual(last.body, bytes.subarray(-5));
  assert.equal((await get(base, '/none')).status, 404);
  const gone = await get(base, '/app-0123456789abcdef/main.js');
  assert.deepEqual([gone.status, gone.headers['cache-control']], [404, 'no-cache']);
  assert.equal((await get(base, '/../serve.py')).status, 404);
  assert.equal((await get(base, `/${Object.values(manifest.files)[0].split('/')[0]}/`)).status, 404);
});
