// The service worker: the page offline, and on the visitor's click the isolation that threads need.
import {EngineError} from './errors.js';

const TRIED = 'unmask-isolation';
const PATIENCE_MS = 10000;

const supported = () => globalThis.isSecureContext && 'serviceWorker' in navigator;

/** A service worker could give isolation: it has not been tried in vain. */
export function possible() {
  return supported() && !globalThis.crossOriginIsolated && !tried();
}

function tried() {
  try {
    return sessionStorage.getItem(TRIED) !== null;
  } catch {
    return false;
  }
}

/** Keeps the page for offline use. Never reloads; a mode that was asked for stays. */
export async function registerOffline(base, warn) {
  if (!supported())
    return;
  try {
    const scope = new URL('.', base).href;
    const there = await navigator.serviceWorker.getRegistration(scope);
    const script = (there?.active ?? there?.waiting ?? there?.installing)?.scriptURL;
    await navigator.serviceWorker.register(
      script?.endsWith('?isolate') ? script : new URL('sw.js', base).href, {scope});
  } catch {
    warn({code: 'offline', message: 'This browser does not keep the page for offline use.'});
  }
}

/** Resolves when the script answers for the page; some browsers register and then do nothing. */
async function activated(registration, script) {
  for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
    const {active} = registration;
    if (active?.scriptURL === script && active.state === 'activated')
      return;
    await new Promise(resolve => {
      setTimeout(resolve, 50);
    });
  }
  throw new Error('not activated');
}

/** Registers the service worker in isolation mode and reloads, at most once. */
export async function enable(base) {
  if (globalThis.crossOriginIsolated)
    return;
  if (!possible())
    throw new EngineError('isolation', 'Threads cannot be turned on in this browser.');
  try {
    const scope = new URL('.', base).href;
    const script = new URL('sw.js?isolate', base).href;
    const registration = await navigator.serviceWorker.register(script, {scope});
    await activated(registration, script);
    sessionStorage.setItem(TRIED, '1');
  } catch {
    throw new EngineError('isolation',
      'Threads cannot be turned on: the browser does not allow a service worker here.');
  }
  location.reload();
}
