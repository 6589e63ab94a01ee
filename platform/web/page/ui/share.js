// Links: settings to a URL fragment and back. The fragment is untrusted; nothing in here throws on it.
//
//
// #v=1&s=SEED&c=CLASS&n=STEPS&d=SCHEDULE&p=SAMPLER&t=TEMPERATURE&k=CHOICE&g=GUIDANCE&h=HASH&e=CHANGE&e=...
//
// v, s and c must be there; what else is absent is the model's default. h: the first 8 digits of the
// model's
// SHA-256. Each e is one change to the picture so far: nine values separated by commas, "paint" or
// "extend",
// then seed, class, steps, schedule, sampler, the two temperatures and guidance; a tenth one says where:
// the
// mask as formatCells() writes it, or the pixels added to the left, top, right and bottom as L.T.R.B.
import {formatCells, parseCells} from './mask.js';

export const FRAGMENT_LIMIT = 8192;
export const CHANGE_LIMIT = 8;
export const SIDE_LIMIT = 512;
/** What the runtime accepts: [least, greatest]. */
export const RANGES = {
  steps: [1, 1024],
  temperature: [1e-4, 100],
  choiceTemperature: [0, 100],
  cfgScale: [0, 100],
};
const SEED_LIMIT = 2n ** 64n - 1n;
const CLASS_LIMIT = 1e6;

/**
 * @typedef {object} Settings  what draws a picture; in links all but seed and classIndex may be undefined
 * @property {string} seed  decimal, 0 .. 2^64 - 1
 * @property {number} classIndex
 * @property {number} [steps]
 * @property {string} [schedule]
 * @property {string} [sampler]
 * @property {number} [temperature]
 * @property {number} [choiceTemperature]
 * @property {number} [cfgScale]
 *
 * @typedef {{kind: 'paint', settings: Settings, mask: {cells: Uint8Array, columns: number, rows: number}}
 *   | {kind: 'extend', settings: Settings, sides: [number, number, number, number]}} Change
 * @typedef {{settings: Settings, changes: Change[], hash: string}} Link  hash: 8 hex digits or ""
 */

/** The shortest decimal that is the same 32-bit float; the runtime computes with those. */
export function shortFloat(value) {
  const float = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return Number(float.toPrecision(9));
}

/** As parseReal() reads it: no exponent. What twenty decimals cannot tell from 0 is 0. */
function realText(value) {
  const text = String(shortFloat(value));
  return text.includes('e')
    ? shortFloat(value)
        .toFixed(20)
        .replace(/\.?0+$/, '')
    : text;
}

const wholeText = (text, limit) => /^(0|[1-9]\d{0,6})$/.test(text) && Number(text) <= limit;
const nameText = (text) => /^[a-z][a-z0-9_.+-]{0,31}$/.test(text);

/** @returns {boolean} whether it is a decimal of 0 .. 2^64 - 1 without leading zeros */
export function validSeed(text) {
  return /^(0|[1-9]\d{0,19})$/.test(text) && BigInt(text) <= SEED_LIMIT;
}

function parseWhole(text, [low, high]) {
  return wholeText(text, high) && Number(text) >= low ? Number(text) : null;
}

function parseReal(text, [low, high]) {
  const value = /^(0|[1-9]\d{0,2})(\.\d{1,20})?$/.test(text) ? Number(text) : NaN;
  return value >= low && value <= high ? value : null;
}

/** Key in the link, field, what is said of it, text to value (null = refused), value to text. */
const FIELDS = [
  ['s', 'seed', 'seed', (text) => (validSeed(text) ? text : null), String],
  ['c', 'classIndex', 'class', (text) => parseWhole(text, [0, CLASS_LIMIT]), String],
  ['n', 'steps', 'number of steps', (text) => parseWhole(text, RANGES.steps), String],
  ['d', 'schedule', 'schedule', (text) => (nameText(text) ? text : null), String],
  ['p', 'sampler', 'sampler', (text) => (nameText(text) ? text : null), String],
  ['t', 'temperature', 'temperature', (text) => parseReal(text, RANGES.temperature), realText],
  [
    'k',
    'choiceTemperature',
    'choice temperature',
    (text) => parseReal(text, RANGES.choiceTemperature),
    realText,
  ],
  ['g', 'cfgScale', 'guidance', (text) => parseReal(text, RANGES.cfgScale), realText],
];

/** @param {Link} link @returns {string} with the leading #; always something parseLink() reads */
export function formatLink({settings, changes, hash}) {
  const pairs = ['v=1'];
  for (const [key, field, , , text] of FIELDS) {
    if (settings[field] !== undefined) pairs.push(`${key}=${text(settings[field])}`);
  }
  if (hash) pairs.push(`h=${hash}`);
  for (const change of changes) {
    const values = FIELDS.map(([, field, , , text]) => text(change.settings[field]));
    const where =
      change.kind === 'paint'
        ? formatCells(change.mask.cells, change.mask.columns, change.mask.rows)
        : change.sides.join('.');
    pairs.push(`e=${[change.kind, ...values, where].join(',')}`);
  }
  return `#${pairs.join('&')}`;
}

/** @returns {Change | string} or why not */
function parseChange(text) {
  const values = text.split(',');
  if (values.length !== 10) return 'one of its changes is incomplete';
  const settings = {};
  for (const [i, [, field, label, parse]] of FIELDS.entries()) {
    settings[field] = parse(values[i + 1]);
    if (settings[field] === null) return `the ${label} of a change is out of range`;
  }
  if (values[0] === 'paint') {
    const mask = parseCells(values[9]);
    return mask ? {kind: 'paint', settings, mask} : 'the mask of a change is damaged';
  }
  const sides = values[9].split('.').map((side) => parseWhole(side, [0, SIDE_LIMIT]));
  const whole = sides.length === 4 && !sides.includes(null) && sides.some((side) => side > 0);
  if (values[0] !== 'extend') return 'one of its changes is unknown';
  return whole ? {kind: 'extend', settings, sides} : 'the sides of a change are out of range';
}

/** @returns {Map<string, string[]> | string} or why not */
function splitPairs(text) {
  const pairs = new Map();
  for (const part of text.split('&')) {
    const at = part.indexOf('=');
    const key = part.slice(0, Math.max(at, 0));
    if (at < 1 || !/^[a-z]$/.test(key)) return 'a part of it is damaged';
    pairs.set(key, [...(pairs.get(key) ?? []), part.slice(at + 1)]);
  }
  for (const [key, values] of pairs) {
    if (key !== 'e' && values.length > 1) return `it says “${key}” twice`;
    if (key !== 'e' && !'vh'.includes(key) && !FIELDS.some((field) => field[0] === key)) {
      return `it has a part “${key}” that this version does not know`;
    }
  }
  return pairs;
}

/**
 * @param {string} fragment  with or without #
 * @returns {{link: Link} | {reason: string} | null}  null: the fragment is empty; reason: ends a
 *   sentence that begins "This link cannot be read:"
 */
export function parseLink(fragment) {
  const text = fragment.replace(/^#/, '');
  if (text === '') return null;
  if (text.length > FRAGMENT_LIMIT) return {reason: 'it is too long'};
  const pairs = splitPairs(text);
  if (typeof pairs === 'string') return {reason: pairs};
  const one = (key) => pairs.get(key)?.[0];
  if (one('v') === undefined) return {reason: 'it is not a link of this page'};
  if (one('v') !== '1') return {reason: 'it was made by another version of this page'};
  const settings = {};
  for (const [key, field, label, parse] of FIELDS) {
    const value = one(key) === undefined ? undefined : parse(one(key));
    if (value === null) return {reason: `its ${label} is out of range`};
    settings[field] = value;
  }
  if (settings.seed === undefined || settings.classIndex === undefined)
    return {reason: 'it is incomplete'};
  const hash = one('h') ?? '';
  if (!/^([0-9a-f]{8})?$/.test(hash)) return {reason: 'the model that it names is damaged'};
  const changes = (pairs.get('e') ?? []).map(parseChange);
  if (changes.length > CHANGE_LIMIT) return {reason: 'it has too many changes'};
  const wrong = changes.find((change) => typeof change === 'string');
  return wrong ? {reason: wrong} : {link: {settings, changes, hash}};
}
