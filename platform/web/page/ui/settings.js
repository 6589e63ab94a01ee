// The settings: seed, and what the model's file gives defaults for, each with one line on what it does.
import {$, element, fillRange, setIcon} from './dom.js';
import {RANGES, shortFloat, validSeed} from './share.js';

/** Place, field, label, explanation, range and step of the slider; what is in RANGES can be typed. */
const NUMBERS = [
  ['basic', 'steps', 'Steps', 'More steps: fewer tokens fixed in each.', 1, 48, 1],
  ['basic', 'cfgScale', 'Guidance', 'How strictly the picture keeps to its class.', 0, 8, 0.1],
  [
    'advanced',
    'temperature',
    'Temperature',
    'Low: the likeliest tokens. High: surprises.',
    0.1,
    2,
    0.05,
  ],
  [
    'advanced',
    'choiceTemperature',
    'Choice temperature',
    'Chance in which tokens are kept first.',
    0,
    12,
    0.1,
  ],
];
/** The slider of guidance ends at twice what the model's file says, but not before this. */
const LEAST_GUIDANCE = 2;
const NAMES = [
  ['schedule', 'Schedule', 'How many tokens each step fixes.'],
  ['sampler', 'Sampler', 'How a step chooses the tokens that it fixes.'],
];

/** A new random seed, as short as those of the command line: 32 bits. @returns {string} */
export const randomSeed = () => String(crypto.getRandomValues(new Uint32Array(1))[0]);

export class SettingsForm {
  #fields = new Map();

  constructor() {
    for (const number of NUMBERS.slice(0, 2)) this.#addNumber(...number);
    for (const name of NAMES) this.#addName(...name);
    for (const number of NUMBERS.slice(2)) this.#addNumber(...number);
    this.locked = false;
    $('seed').value = randomSeed();
    $('seed').addEventListener('input', () => {
      $('seed').setCustomValidity(
        validSeed($('seed').value) ? '' : 'A whole number up to 18446744073709551615.',
      );
      this.lock(true);
    });
    $('seed').addEventListener('change', () => $('seed').reportValidity());
    $('lock').addEventListener('click', () => this.lock(!this.locked));
    $('dice').addEventListener('click', () => this.newSeed());
    $('defaults').addEventListener('click', () => this.set(this.defaults));
  }

  #addNumber(place, field, label, explanation, low, high, step) {
    const [least, most] = RANGES[field];
    const id = `set-${field}`;
    const number = element('input', {
      type: 'number',
      id,
      min: least,
      max: most,
      step: 'any',
      required: true,
      inputMode: 'decimal',
      'aria-describedby': `${id}-hint`,
    });
    if (field === 'steps') number.step = '1';
    const range = element('input', {type: 'range', min: low, max: high, step, 'aria-label': label});
    range.addEventListener('input', () => {
      number.value = range.value;
      fillRange(range);
    });
    number.addEventListener('input', () => {
      range.value = number.value;
      fillRange(range);
    });
    number.addEventListener('change', () => number.reportValidity());
    const box = element(
      'div',
      {className: 'setting'},
      element('label', {htmlFor: id, textContent: label}),
      number,
      range,
      element('p', {id: `${id}-hint`, className: 'explain', textContent: explanation}),
    );
    $(place).append(box);
    range.value = low;
    fillRange(range);
    this.#fields.set(field, {number, range, box});
  }

  #addName(field, label, explanation) {
    const id = `set-${field}`;
    const select = element('select', {id, 'aria-describedby': `${id}-hint`});
    const box = element(
      'div',
      {className: 'setting'},
      element('label', {htmlFor: id, textContent: label}),
      select,
      element('p', {id: `${id}-hint`, className: 'explain', textContent: explanation}),
    );
    $('advanced').append(box);
    this.#fields.set(field, {select, box});
  }

  /** @param {object} model  of the engine: its defaults become the settings */
  setModel(model) {
    for (const [field, names] of [
      ['schedule', model.schedules],
      ['sampler', model.samplers],
    ]) {
      const all = [...new Set([model.defaults[field], ...names])];
      const {select} = this.#fields.get(field);
      select.replaceChildren(
        ...all.map((name) => element('option', {textContent: name, value: name})),
      );
    }
    this.#fields.get('cfgScale').box.hidden = !model.hasNullClass;
    this.defaults = {...model.defaults};
    const {range} = this.#fields.get('cfgScale');
    range.max = String(Math.max(LEAST_GUIDANCE, 2 * model.defaults.cfgScale));
    this.set(this.defaults);
  }

  /** Fields that are undefined, and names that this model does not offer, stay. */
  set(settings) {
    for (const [field, {number, range, select}] of this.#fields) {
      const value = settings[field];
      if (value === undefined) continue;
      if (select) {
        if ([...select.options].some((option) => option.value === value)) select.value = value;
        continue;
      }
      number.value = field === 'steps' ? value : shortFloat(value);
      range.value = number.value;
      fillRange(range);
    }
    if (settings.seed === undefined) return;
    $('seed').value = settings.seed;
    $('seed').setCustomValidity('');
  }

  /** Whether this model offers the schedule and sampler that a link names. */
  offers({schedule, sampler}) {
    const has = (field, name) =>
      name === undefined ||
      [...this.#fields.get(field).select.options].some((option) => option.value === name);
    return has('schedule', schedule) && has('sampler', sampler);
  }

  /** What is set now, for set(). */
  state() {
    const fields = [...this.#fields].map(([field, {number, select}]) => [
      field,
      (select ?? number).value,
    ]);
    return {...Object.fromEntries(fields), seed: $('seed').value};
  }

  lock(locked) {
    this.locked = locked;
    $('lock').setAttribute('aria-pressed', String(locked));
    setIcon($('lock'), locked ? 'lock' : 'unlock');
  }

  newSeed() {
    this.set({seed: randomSeed()});
  }

  /**
   * @returns {Omit<import('./share.js').Settings, 'classIndex'> | null}  null: something is out of
   *   range, and the browser says what
   */
  read() {
    for (const {number, box} of this.#fields.values()) {
      if (!number || box.hidden || number.checkValidity()) continue;
      $('more').open ||= $('more').contains(number);
      number.reportValidity();
      return null;
    }
    if (!$('seed').reportValidity()) return null;
    const settings = {seed: $('seed').value};
    for (const [field, {number, select}] of this.#fields)
      settings[field] = select ? select.value : Number(number.value);
    return settings;
  }
}
