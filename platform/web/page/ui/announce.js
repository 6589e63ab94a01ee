// For people who hear the page: what changes without their focus being on it, and keys inside toolbars.
import {$} from './dom.js';

let waiting = 0;

/** @param {string} text  said once, politely @param {number} [after]  what follows sooner is said instead */
export function announce(text, after = 0) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    $('said').textContent = text;
  }, after);
}

const STEPS = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1};

const reachable = (bar) =>
  [...bar.querySelectorAll('button')].filter((one) => !one.disabled && one.offsetParent !== null);

/** Tab enters a toolbar once. @param {HTMLElement} bar */
function keepOneStop(bar, wanted) {
  const all = reachable(bar),
    stop = wanted ?? all.find((one) => one.tabIndex === 0) ?? all[0];
  for (const one of bar.querySelectorAll('button')) one.tabIndex = one === stop ? 0 : -1;
}

/** In every toolbar arrows, Home and End move; Tab goes on. */
export function watchToolbars() {
  for (const bar of document.querySelectorAll('[role=toolbar]')) {
    const refresh = () => keepOneStop(bar);
    new MutationObserver(refresh).observe(bar, {
      subtree: true,
      childList: true,
      attributeFilter: ['disabled', 'hidden'],
    });
    new ResizeObserver(refresh).observe(bar); // shown at last
    bar.addEventListener('focusin', (event) => {
      if (event.target.matches('button')) keepOneStop(bar, event.target);
    });
    bar.addEventListener('keydown', (event) => {
      const all = reachable(bar),
        at = all.indexOf(event.target);
      if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
      const to = {Home: 0, End: all.length - 1}[event.key] ?? at + (STEPS[event.key] ?? NaN);
      if (Number.isNaN(to)) return;
      event.preventDefault();
      event.stopPropagation();
      all[(to + all.length) % all.length].focus();
    });
    refresh();
  }
}
