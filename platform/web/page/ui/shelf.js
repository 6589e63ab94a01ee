// The last pictures, small, newest first: a click brings one back with its settings. And the choice among
// several that were drawn at once.
import {$, element} from './dom.js';
import {lastImage} from './take.js';

const LIMIT = 12;
const SMALL = 48; // pixels of a small picture, for screens of twice that
/** Bytes of the reveals that the shelf keeps; of older pictures only start and end stay. */
const KEPT_BYTES = 2 ** 27;

/** A small picture on its own canvas. */
function thumbnail(image, side) {
  const canvas = element('canvas', {width: 2 * side, height: 2 * side});
  paint(canvas, image);
  return canvas;
}

/** The whole picture in the middle of a square canvas. @param {ImageData} image */
export function paint(canvas, image) {
  const small = document.createElement('canvas');
  small.width = image.width;
  small.height = image.height;
  small.getContext('2d').putImageData(image, 0, 0);
  const scale = canvas.width / Math.max(image.width, image.height),
    context = canvas.getContext('2d');
  const [w, h] = [image.width * scale, image.height * scale];
  context.imageSmoothingQuality = 'high';
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(small, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h);
}

const bytesOf = (take) =>
  new Set(take.frames.map((frame) => frame.image)).size * 4 * take.width * take.height;

/** Its reveal shows the finished picture from the first step on. */
function forgetReveal(take) {
  const image = lastImage(take);
  for (const frame of take.frames.slice(1)) frame.image = image;
}

export class Shelf {
  #takes = [];

  /** @param {(take: import('./take.js').Take) => void} chosen */
  constructor(chosen) {
    this.chosen = chosen;
    this.shown = null;
    $('shelf').addEventListener('click', (event) => {
      const at = [...$('shelf').children].indexOf(event.target.closest('button'));
      if (at >= 0) this.chosen(this.#takes[at]);
    });
  }

  /** Puts a whole picture in front. @param {string} name  what it is called */
  add(take, name) {
    const all = [take, ...this.#takes];
    this.#takes = all.slice(0, LIMIT);
    for (const one of all.slice(LIMIT)) forgetReveal(one); // what changed it keeps it still
    let bytes = 0;
    for (const one of this.#takes) {
      bytes += bytesOf(one);
      if (bytes > KEPT_BYTES && one !== take) forgetReveal(one);
    }
    const button = element('button', {
      type: 'button',
      title: name,
      'aria-label': name,
      tabIndex: -1,
    });
    button.append(thumbnail(lastImage(take), SMALL));
    $('shelf').prepend(button);
    while ($('shelf').children.length > LIMIT) $('shelf').lastElementChild.remove();
    $('shelf').hidden = this.#takes.length < 2;
    this.mark(take);
  }

  /** Says which is shown. */
  mark(shown) {
    [...$('shelf').children].forEach((button, i) => {
      button.setAttribute('aria-pressed', String(this.#takes[i] === shown));
    });
  }

  clear() {
    this.#takes = [];
    $('shelf').replaceChildren();
    $('shelf').hidden = true;
  }
}

/** Several pictures side by side, of which one is picked. */
export class Choice {
  /** @param {(take: object) => void} picked */
  constructor(picked) {
    this.picked = picked;
    this.takes = [];
    $('choice').addEventListener('click', (event) => {
      const at = [...$('choice').children].indexOf(event.target.closest('button'));
      if (this.takes[at]) this.picked(this.takes[at]);
    });
  }

  get open() {
    return !$('choice').hidden;
  }

  /** Shows empty places. @param {number} count */
  start(count) {
    this.takes = [];
    $('choice').replaceChildren(
      ...Array.from({length: count}, (_, i) => {
        const canvas = element('canvas', {width: 256, height: 256});
        return element(
          'button',
          {type: 'button', disabled: true, 'aria-label': `Picture ${i + 1} of ${count}`},
          canvas,
        );
      }),
    );
    $('choice').hidden = false;
  }

  /** How one looks so far. @param {ImageData | null} image */
  show(at, image) {
    if (image) paint($('choice').children[at].firstElementChild, image);
  }

  /** One is whole and can be picked. */
  add(take) {
    $('choice').children[this.takes.length].disabled = false;
    this.takes.push(take);
  }

  /** For the keyboard: the first one, unless the visitor is somewhere else by now. */
  takeFocus() {
    const at = document.activeElement;
    if (!at || at === document.body || at.disabled) $('choice').firstElementChild.focus();
  }

  /** What lay under it has the focus of the one that was picked. */
  close() {
    const focused = $('choice').contains(document.activeElement);
    $('choice').hidden = true;
    $('choice').replaceChildren();
    this.takes = [];
    if (focused) $('picture').focus();
  }
}
