// What to draw: all classes of the model by emoji or name, a search over them, and the ones drawn lately.
import {announce} from './announce.js';
import {$, element, kept} from './dom.js';
import {ClassSearch} from './search.js';

/** First of each group, in the order that Unicode lists emoji in, and what the group is called. */
const GROUPS = [
  ['😀', 'Faces'],
  ['👋', 'People'],
  ['🐵', 'Animals and nature'],
  ['🍇', 'Food and drink'],
  ['🌍', 'Travel and places'],
  ['🎃', 'Activities'],
  ['👓', 'Objects'],
  ['🏧', 'Symbols'],
  ['🏁', 'Flags'],
];
const RECENT = 8;
const SPEAK_MS = 500; // after the last letter
const CHUNK = 24; // options made at once
const NAMED_LIMIT = 200; // rows of names before a search narrows them down

/** Scrolls the list alone, and only if it must. */
function bringIntoView(list, option) {
  const outer = list.getBoundingClientRect(),
    inner = option.getBoundingClientRect();
  if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
  list.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
}

export class Picker {
  #classes = [];
  #search = new ClassSearch([]);
  #recent = [];
  #filling = 0;
  #goal = -1; // class that the visitor has gone to, first of a group
  #model = '';

  /** @param {(index: number) => void} picked  by click, or Enter */
  constructor(picked) {
    this.index = 0;
    this.picked = picked;
    for (const list of [$('picker'), $('recent')]) {
      list.addEventListener('click', (event) => this.#pick(event.target.closest('[role=option]')));
      list.addEventListener('keydown', (event) => this.#key(event, list));
      list.addEventListener('mouseover', (event) =>
        this.#name(event.target.closest('[role=option]')),
      );
      list.addEventListener('mouseleave', () => this.#name(null));
    }
    $('groups').addEventListener('click', (event) => this.#toGroup(event.target.closest('button')));
    $('search').addEventListener('input', () => {
      this.#fill();
      announce(this.found === 0 ? 'Nothing found' : `${this.found} found`, SPEAK_MS);
    });
    $('search').addEventListener('keydown', (event) => this.#searchKey(event));
  }

  /**
   * @param {{name: string, symbol: string}[]} classes
   * @param {string} model  its digest: recent ones are its own
   */
  setClasses(classes, model) {
    this.#classes = classes;
    this.#search = new ClassSearch(classes);
    this.#model = model.slice(0, 8);
    let recent = [];
    try {
      recent = JSON.parse(kept.get(`recent.${this.#model}`) ?? '[]');
    } catch {
      /* written by nobody we know */
    }
    this.#recent = Array.isArray(recent)
      ? recent.filter((index) => classes[index]).slice(0, RECENT)
      : [];
    $('search').value = '';
    $('search').placeholder = `Search ${classes.length} classes`;
    $('picker').classList.toggle('named', !classes.some((one) => one.symbol));
    this.#fillGroups();
    this.#fill();
  }

  /** Buttons that scroll to where a group begins, in a model whose classes are in that order. */
  #fillGroups() {
    const starts = GROUPS.map(([symbol]) => this.#classes.findIndex((one) => one.symbol === symbol));
    const ordered = starts.every((start, i) => start >= 0 && (i === 0 || start > starts[i - 1]));
    $('groups').hidden = !ordered;
    $('groups').replaceChildren(
      ...(ordered ? GROUPS : []).map(([symbol, name], i) =>
        element('button', {
          type: 'button',
          textContent: symbol,
          title: name,
          'aria-label': name,
          'data-start': starts[i],
          tabIndex: i === 0 ? 0 : -1,
        }),
      ),
    );
  }

  #toGroup(button) {
    if (!button) return;
    if ($('search').value !== '') {
      $('search').value = '';
      this.#fill();
    }
    this.#goal = Number(button.dataset.start);
    this.#scrollToGoal();
  }

  /** Again when all options are there: until then the list may be too short to scroll so far. */
  #scrollToGoal() {
    const list = $('picker'),
      option = list.querySelector(`[data-index="${this.#goal}"]`);
    if (option) list.scrollTop += option.getBoundingClientRect().top - list.getBoundingClientRect().top;
  }

  /** Chooses a class without calling back. */
  select(index) {
    this.index = index;
    for (const option of document.querySelectorAll('[role=option]')) {
      option.setAttribute('aria-selected', String(Number(option.dataset.index) === index));
    }
    const chosen = $('picker').querySelector('[aria-selected=true]');
    if (chosen) bringIntoView($('picker'), chosen);
    this.#name(null);
  }

  /** It has been drawn: now it is among the recent ones, unless it already was. */
  remember(index) {
    if (this.#recent.includes(index)) return;
    this.#recent = [index, ...this.#recent].slice(0, RECENT);
    kept.set(`recent.${this.#model}`, JSON.stringify(this.#recent));
    this.#fillRecent();
  }

  #option(index) {
    const {name, symbol} = this.#classes[index];
    return element('div', {
      role: 'option',
      title: name,
      tabIndex: -1,
      'aria-label': name,
      'data-index': index,
      'aria-selected': index === this.index,
      textContent: symbol || name,
    });
  }

  #fill() {
    const found = this.#search.look($('search').value);
    const limit = $('picker').classList.contains('named') ? NAMED_LIMIT : found.length;
    $('picker').replaceChildren();
    $('picker').scrollTop = 0;
    this.#goal = -1;
    this.found = found.length;
    $('none').hidden = found.length > 0;
    this.#append(found.slice(0, limit), ++this.#filling);
    this.#fillRecent();
    this.#name(null);
  }

  /** A few at a time: a browser takes long to find the glyphs of many emoji. */
  #append(indices, filling) {
    if (filling !== this.#filling) return;
    $('picker').append(...indices.slice(0, CHUNK).map((index) => this.#option(index)));
    this.#tabStop($('picker'));
    if (indices.length > CHUNK) {
      setTimeout(() => this.#append(indices.slice(CHUNK), filling));
      return;
    }
    const chosen = $('picker').querySelector('[aria-selected=true]');
    if (this.#goal >= 0) this.#scrollToGoal();
    else if (chosen && $('search').value === '')
      requestAnimationFrame(() => {
        if (this.#goal < 0) bringIntoView($('picker'), chosen);
      });
  }

  #fillRecent() {
    $('recent').replaceChildren(...this.#recent.map((index) => this.#option(index)));
    $('recent').hidden =
      this.#recent.length < 2 || $('picker').matches('.named');
    this.#tabStop($('recent'));
  }

  /** One option of each list can be reached with Tab. */
  #tabStop(list) {
    const option = list.querySelector('[aria-selected=true]') ?? list.firstElementChild;
    if (!option || option.tabIndex === 0) return;
    for (const other of list.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    option.tabIndex = 0;
  }

  #pick(option) {
    if (!option) return;
    this.select(Number(option.dataset.index));
    this.picked(this.index);
  }

  #searchKey(event) {
    const first = $('picker').firstElementChild;
    if (event.key === 'Enter') {
      event.preventDefault();
      this.#pick(first);
    } else if (event.key === 'ArrowDown' && first) {
      event.preventDefault();
      this.#focus(first);
    } else if (event.key === 'Escape' && event.target.value !== '') {
      event.stopPropagation();
      event.target.value = '';
      this.#fill();
    }
  }

  #key(event, list) {
    const option = event.target.closest('[role=option]'),
      options = [...list.children];
    const at = options.indexOf(option),
      columns = getComputedStyle(list).gridTemplateColumns.split(' ').length;
    const moves = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      Home: -at,
      End: options.length - 1 - at,
    };
    if (event.key === 'Enter' || event.key === ' ') {
      this.#pick(option);
    } else if (event.key in moves && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const to = options[at + moves[event.key]];
      if (to) this.#focus(to);
      else if (event.key === 'ArrowUp') $('search').focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #focus(option) {
    for (const other of option.parentElement.querySelectorAll('[tabindex="0"]'))
      other.tabIndex = -1;
    option.tabIndex = 0;
    option.focus();
    this.#name(option);
  }

  /** Shows what the pointer or the keyboard is on, else what is chosen. */
  #name(option) {
    const {name = '', symbol = ''} =
      this.#classes[option ? Number(option.dataset.index) : this.index] ?? {};
    $('chosen-symbol').textContent = symbol;
    $('chosen-name').textContent = name;
  }
}
