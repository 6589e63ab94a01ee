// Small helpers around the document.

/** @param {string} id @returns {HTMLElement} */
export const $ = (id) => document.getElementById(id);

/**
 * @param {string} tag @param {Record<string, unknown>} properties  of the element; with a dash: attributes
 * @param {...(Node | string)} children @returns {HTMLElement}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role') made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

/** @param {string} name  of a symbol in index.html, without "i-" @returns {SVGElement} */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Shows another symbol in a button. */
export function setIcon(button, name) {
  button.querySelector('use').setAttribute('href', `#i-${name}`);
}

/** What this browser keeps for the page; a browser that keeps nothing is fine, too. */
export const kept = {
  /** @param {string} key @returns {string | null} */
  get(key) {
    try {
      return localStorage.getItem(`unmask.${key}`);
    } catch {
      return null;
    }
  },
  /** @param {string} key @param {string} value */
  set(key, value) {
    try {
      localStorage.setItem(`unmask.${key}`, value);
    } catch {
      /* private windows may refuse */
    }
  },
};

export const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

/** Gives a range input the share that its filled part is drawn with. */
export function fillRange(input) {
  const low = Number(input.min),
    span = Number(input.max) - low;
  input.style.setProperty('--at', `${((input.value - low) / span) * 100}%`);
}
