// Light or dark: the system's choice until the visitor makes another, which is remembered.
import {$, kept} from './dom.js';

const system = matchMedia('(prefers-color-scheme: dark)');

/** @param {() => void} changed  called after each change, and once at the start */
export function startTheme(changed) {
  const apply = () => {
    const theme = kept.get('theme') || (system.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = theme;
    changed();
  };
  system.addEventListener('change', apply);
  $('theme').addEventListener('click', () => {
    kept.set('theme', document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
    apply();
  });
  apply();
}
