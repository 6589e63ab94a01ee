// Searching classes while typing: the twin of runtime/model/match.c, on names that fold() has made.
import {fold} from './fold.js';
import {MEANT, isTypo} from './keywords.js';

const LEAST_TYPED = 4; // letters of a word in which one may be wrong

/** As um_match of the library: from not at all to best. */
export const MATCH = {NONE: 0, WORDS: 1, PART: 2, WORD: 3, START: 4, SPACED: 5, EXACT: 6};

/** Where `part` stands best in `name`. */
function matchPart(part, name) {
  let best = MATCH.NONE;
  for (let at = name.indexOf(part); at >= 0; at = name.indexOf(part, at + 1)) {
    if (at === 0) return MATCH.START;
    best = Math.max(best, name[at - 1] === ' ' ? MATCH.WORD : MATCH.PART);
  }
  return best;
}

export function matchClass(query, name, symbol) {
  if (query === '') return MATCH.WORDS;
  if (query === name || query === symbol) return MATCH.EXACT;
  if (query.replaceAll(' ', '') === name.replaceAll(' ', '')) return MATCH.SPACED;
  const part = matchPart(query, name);
  if (part !== MATCH.NONE) return part;
  const all = query.split(' ').every((word) => matchPart(word, name) !== MATCH.NONE);
  return all ? MATCH.WORDS : MATCH.NONE;
}

/** The classes of a model, folded once. */
export class ClassSearch {
  #folded;

  /** @param {{name: string, symbol: string}[]} classes */
  constructor(classes) {
    this.#folded = classes.map(({name, symbol}) => [fold(name), fold(symbol)]);
  }

  /** Indices of the classes that answer `text`, best first, then in order; all where it is empty. */
  find(text) {
    const query = fold(text);
    return this.#folded
      .map(([name, symbol], index) => {
        const rank = query === String(index) ? MATCH.EXACT : matchClass(query, name, symbol);
        return {rank, index};
      })
      .filter(({rank}) => rank !== MATCH.NONE)
      .sort((a, b) => b.rank - a.rank || a.index - b.index)
      .map(({index}) => index);
  }

  /**
   * As find(), with what people mean by such a word before names that only contain its letters. Where
   * there is neither, one letter may be wrong.
   */
  look(text) {
    const query = fold(text),
      named = this.find(text);
    const meant = (word) => (MEANT.get(word) ?? []).flatMap((name) => this.find(name));
    const inName = (index) => ` ${this.#folded[index][0]} `.includes(` ${query} `);
    const found = MEANT.has(query)
      ? [...new Set([...named.filter(inName), ...meant(query), ...named])]
      : named;
    if (found.length > 0 || query.length < LEAST_TYPED) return found;
    const near = [...MEANT.keys()].filter((word) => word.length >= LEAST_TYPED && isTypo(query, word));
    return [...new Set([...this.#findTypos(query), ...near.flatMap(meant)])];
  }

  /** Classes that have a word for each that is typed, one letter aside. */
  #findTypos(query) {
    const typed = query.split(' ');
    const fits = (words) =>
      typed.every((one) =>
        words.some((word) => word.startsWith(one) || (one.length >= LEAST_TYPED && isTypo(one, word))),
      );
    return this.#folded.flatMap(([name], index) => (fits(name.split(' ')) ? [index] : []));
  }
}
