// The service worker: the page offline, and on the visitor's click the isolation that threads need.
import {EngineError} from './errors.js';

const TRIED = 'unmask-isolation';

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

/** Registers the service worker in isolation mode and reloads, at most once. */
export async function enable(base) {
  if (globalThis.crossOriginIsolated)
    return;
  if (!possible())
    throw new EngineError('isolation', 'Threads cannot be turned on in this browser.');
  try {
    const scope = new URL('.', base).href;
    await navigator.serviceWorker.register(new URL('sw.js?isolate', base).href, {scope});
    await navigator.serviceWorker.ready;
    sessionStorage.setItem(TRIED, '1');
  } catch {
    throw new EngineError('isolation',
      'Threads cannot be turned on: the browser does not allow a service worker here.');
  }
  location.reload();
}
