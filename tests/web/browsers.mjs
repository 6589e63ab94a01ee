// The browser that a suite runs in: UM_BROWSER is "chromium", which is the default, or "firefox". Both
// are the system's own; Firefox is driven through WebDriver BiDi.
import {createRequire} from 'node:module';
import path from 'node:path';

const PROGRAMS = {chromium: '/usr/bin/chromium', firefox: '/usr/bin/firefox-esr'};

export const browserName = process.env.UM_BROWSER ?? 'chromium';
export const inFirefox = browserName === 'firefox';

/** @param {string} modules folder that holds playwright-core */
export function launch(modules) {
  const playwright = createRequire(path.join(modules, 'x.js'))('playwright-core');
  const executablePath = process.env[`UM_${browserName.toUpperCase()}`] ?? PROGRAMS[browserName];
  return inFirefox ? playwright.firefox.launch({executablePath, channel: 'moz-firefox'})
    : playwright.chromium.launch({executablePath, args: ['--no-sandbox']});
}

/** Waits until a service worker keeps the page and answers for it. */
export const kept = page => page.waitForFunction(async () => {
  const shells = (await caches.keys()).filter(name => name.startsWith('unmask-shell'));
  const registration = await navigator.serviceWorker.getRegistration();
  return shells.length === 1 && registration?.active?.state === 'activated' &&
    navigator.serviceWorker.controller !== null;
});
