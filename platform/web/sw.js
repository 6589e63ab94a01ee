// The service worker: keeps the page for offline use, and with ?isolate adds the headers that let it
// use threads. It never reloads anything and always answers with a Response.
const SHELL = `unmask-shell ${self.registration.scope}`;
const ISOLATE = self.location.search === '?isolate';

self.addEventListener('install', event => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

// Not waited for: in Firefox it does not end while a thread of the page waits, and until then every
// request of the page would wait for the activation.
self.addEventListener('activate', () => {
  self.clients.claim();
});

self.addEventListener('fetch', event => {
  const {request} = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin ||
      request.headers.has('range') || /\.gguf$/.test(url.pathname))
    return; // models have a cache of their own, which checks what it keeps
  event.respondWith(answer(request, url));
});

/** Fetches what the manifest lists, then forgets what it no longer does; broken off, it changes nothing. */
async function keepShell() {
  const scope = self.registration.scope;
  const list = new URL('manifest.json', scope).href;
  const response = await fetch(list, {cache: 'no-cache'});
  const manifest = await response.clone().json();
  const cache = await caches.open(SHELL);
  const wanted = ['./', ...Object.values(manifest.files)].map(file => new URL(file, scope).href);
  await Promise.all(wanted.filter(isHashed).map(async url => {
    if (!await cache.match(url))
      await cache.add(url);
  }));
  await cache.addAll(wanted.filter(url => !isHashed(url))
    .map(url => new Request(url, {cache: 'no-cache'})));
  await cache.put(list, response);
  for (const request of await cache.keys())
    if (request.url !== list && !wanted.includes(request.url))
      await cache.delete(request);
}

/** Folders named by their contents never change. */
const isHashed = url => /\/app-[0-9a-f]{16}\//.test(url);

async function answer(request, url) {
  const cache = await caches.open(SHELL).catch(() => null);
  const kept = await cache?.match(url.href, {ignoreSearch: request.mode === 'navigate'});
  if (kept && isHashed(url.href))
    return isolated(kept);
  try {
    const response = await fetch(request);
    if (!response.ok && kept)
      return isolated(kept);
    return isolated(response);
  } catch {
    return isolated(kept ?? new Response('You are offline, and this was not kept.\n',
      {status: 503, headers: {'content-type': 'text/plain'}}));
  }
}

function isolated(response) {
  if (!ISOLATE || response.type === 'opaque' || response.status === 0 || response.redirected)
    return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const {status, statusText} = response;
  return new Response(status === 204 || status === 304 ? null : response.body,
    {status, statusText, headers});
}
