// Names as they are compared: the twin of runtime/base/fold.c, which says why. Both read the table
// that tools/make_fold.py makes, and tests/data/names.tsv holds them to the same.
import {RUNS, SEVERAL} from './fold_table.js';

const JOINER = 0x200d;
const PICTURES = 0x2190; // a joiner matters from here on: between emoji, not between letters
const UNKNOWN = 0xfffd;
const SYLLABLES = 0xac00;
const SYLLABLE_COUNT = 11172;

const runs = RUNS.trim()
  .split(/\s+/)
  .map((run) => run.split(',').map((part) => parseInt(part, 16)));

/** What becomes of one character, as code points. */
function foldCode(code) {
  let low = 0,
    high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle][1] < code) low = middle + 1;
    else high = middle;
  }
  if (low < runs.length && runs[low][0] <= code) {
    const [first, , to, step] = runs[low];
    return to ? [to + (code - first) * step] : [];
  }
  const syllable = code - SYLLABLES;
  if (syllable >= 0 && syllable < SYLLABLE_COUNT) {
    const parts = [0x1100 + Math.floor(syllable / 588), 0x1161 + (Math.floor(syllable / 28) % 21)];
    return syllable % 28 ? [...parts, 0x11a7 + (syllable % 28)] : parts;
  }
  if (SEVERAL.has(code)) return [...SEVERAL.get(code)].map((part) => part.codePointAt(0));
  return [code >= 0xd800 && code < 0xe000 ? UNKNOWN : code];
}

/** Without case, accents, apostrophes, hyphens, punctuation and skin tones; one space between words. */
export function fold(text) {
  let out = '',
    last = 0,
    space = false,
    joiner = false;
  for (const character of text) {
    for (const code of foldCode(character.codePointAt(0))) {
      if (code === 0x20) {
        space = out !== '';
        joiner = false;
      } else if (code === JOINER) {
        joiner = true;
      } else {
        if (space) out += ' ';
        else if (joiner && last >= PICTURES && code >= PICTURES)
          out += String.fromCodePoint(JOINER);
        space = joiner = false;
        last = code;
        out += String.fromCodePoint(code);
      }
    }
  }
  return out;
}
