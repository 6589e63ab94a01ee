// What is drawn and how it is shown: one take at a time, the mode, the one button, chains of changes
// from links.
import {announce} from './announce.js';
import {Brush} from './brush.js';
import {$, kept} from './dom.js';
import {begin, drain, openedTake} from './draw.js';
import {Extend} from './extend.js';
import {Mask} from './mask.js';
import {clearErrors, sentence, tell, tellError, tellLasting} from './notes.js';
import {Picker} from './picker.js';
import {Reveal} from './reveal.js';
import {SettingsForm, randomSeed} from './settings.js';
import {Stage} from './stage.js';
import {Choice, Shelf} from './shelf.js';
import {addFrame, isDone, lastImage} from './take.js';
import {Timeline} from './timeline.js';

const LABELS = {draw: 'Draw', paint: 'Repaint', extend: 'Extend'};
const HINTS = {
  paint: 'Paint the area to redraw',
  extend: 'Drag an edge or type sizes',
};
const SEED_HINTS = {
  draw: 'The same seed and settings draw the same picture.',
  paint: 'The same seed, settings, picture and area give the same result.',
  extend: 'The same seed, settings, picture and sizes give the same result.',
};
const PAINT_LABEL = 'Mask: arrow keys move over the tokens, Enter masks one or unmasks it';
const SAVERS = ['save-picture', 'save-reveal', 'save-video', 'copy', 'share'];
const SEVERAL = 4;
const PICTURES = ['No picture', 'One picture', 'Two pictures', 'Three pictures', 'Four pictures'];
const DOING = {draw: 'Drawing', paint: 'Repainting as', extend: 'Extending as'};

export function setText(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

export class Studio {
  #running = null; // the engine's run while something is drawn
  #finished = Promise.resolve(); // when nothing is
  #chain = 0; // number of the latest thing asked for: older chains stop
  #linked = 0; // the chain that several pictures are drawn in, of a link or to pick from
  #after = null; // what the picture before is shown in place of

  /** @param {() => void} changed  what is shown, or that it is whole */
  constructor(changed) {
    this.changed = changed;
    this.engine = null; // until it is open
    this.mode = 'draw';
    this.stage = new Stage($('picture'));
    this.timeline = new Timeline($('film'), () => {});
    this.reveal = new Reveal(this.stage, this.timeline, () => this.showStatus());
    this.settings = new SettingsForm();
    this.brush = new Brush(this.stage, () => this.showAction());
    this.extend = new Extend(this.stage, () => this.showAction());
    this.picker = new Picker(() => this.#picked());
    this.shelf = new Shelf((take) => this.bringBack(take));
    this.choice = new Choice((take) => this.bringBack(take));
  }

  get model() {
    return this.engine?.model ?? null;
  }

  /** The take that is shown, once it is whole and nothing is being drawn; else null. */
  get whole() {
    const {take} = this.reveal;
    return take && isDone(take) && !this.busy ? take : null;
  }

  /** The same, unless a choice lies over it: what is saved is what is seen. */
  get savable() {
    return this.choice.open ? null : this.whole;
  }

  /** Whether something is being drawn, or is going to be. */
  get busy() {
    return this.#running !== null || (this.#linked !== 0 && this.#linked === this.#chain);
  }

  #picked() {
    clearErrors(true);
    this.showAction();
    if (this.mode === 'draw') this.draw(true);
    if (matchMedia('(max-width: 900px)').matches) scrollTo({top: 0});
  }

  /* ---------------------------------------------------------------- what is shown */

  showStatus() {
    const {take, position} = this.reveal;
    $('play').disabled = !take || !isDone(take) || take.total === 0;
    $('back').hidden = !(take?.before || this.#after) || this.busy;
    $('back').setAttribute('aria-pressed', String(this.#after !== null));
    if (!take) return;
    const tokens = take.columns * take.rows,
      fixed = tokens - take.frames[position].masked;
    const opened = take.command === 'opened';
    const text = opened
      ? `Your picture, ${take.width} × ${take.height}`
      : `Step ${position} of ${take.total} · ${fixed} of ${tokens} fixed`;
    setText('status', text);
    const name = opened
      ? ''
      : `${this.model?.classes[take.settings.classIndex]?.name ?? 'Picture'}. `;
    $('picture').setAttribute('aria-label', this.stage.mask ? PAINT_LABEL : name + text);
    const {heat, order} = this.stage.options;
    $('legend').hidden = !heat && !order;
    const done = position === take.total && take.totalMs > 0 && !heat && !order;
    setText('pace', done ? `${take.stepMs.toFixed(0)} ms a step` : '');
    setText('legend-low', heat ? 'low confidence' : 'step 1');
    setText('legend-high', heat ? 'high' : String(take.total));
  }

  /** What the one button does now, and the hint on the picture. */
  showAction() {
    const {mode, stage, busy} = this;
    const empty =
      mode === 'paint'
        ? !stage.mask?.count
        : mode === 'extend' && !stage.added.some((side) => side > 0);
    setText('draw', busy ? 'Cancel' : LABELS[mode]);
    $('draw').classList.toggle('busy', busy);
    $('draw').disabled = !this.model || (!busy && empty);
    const told = mode === 'paint' ? !empty : this.extend.touched;
    $('hint').hidden = mode === 'draw' || busy || told;
    setText('hint', HINTS[mode] ?? '');
    for (const id of SAVERS) $(id).disabled = !this.savable;
    for (const id of ['save-reveal', 'save-video'])
      $(id).disabled ||= this.savable.command === 'opened';
    $('four').disabled = $('draw').disabled || busy;
    setText('seed-hint', SEED_HINTS[mode]);
    this.shelf.mark(this.whole);
    this.changed();
  }

  showSpeed(take) {
    const {threads, isolated, canIsolate} = this.engine.build;
    const how = `SIMD build, ${threads > 1 ? `${threads} threads` : 'one thread'}`;
    const speed = take
      ? `: ${take.stepMs.toFixed(0)} ms a step, ${(take.totalMs / 1000).toFixed(1)} s in all`
      : '';
    setText('speed', `${how}${speed}.`);
    $('isolate').hidden = isolated || !canIsolate;
  }

  /** @param {'covers' | 'grid' | 'heat' | 'order' | 'pixels'} name */
  toggleShown(name) {
    const {options} = this.stage;
    options[name] = !options[name];
    if (options[name] && name === 'heat') options.order = false;
    if (options[name] && name === 'order') options.heat = false;
    kept.set('pixels', options.pixels ? '1' : '');
    this.showOptions();
    this.showStatus();
  }

  showOptions() {
    for (const button of document.querySelectorAll('[data-show]')) {
      button.setAttribute('aria-pressed', String(this.stage.options[button.dataset.show]));
    }
    this.stage.changed();
  }

  /* ---------------------------------------------------------------- modes */

  /** @param {'draw' | 'paint' | 'extend'} wanted */
  setMode(wanted) {
    if (this.busy || (wanted !== 'draw' && (!this.whole || !this.model))) return;
    this.choice.close();
    this.#enter(wanted);
  }

  #enter(mode) {
    this.mode = mode;
    for (const button of $('modes').children) {
      const on = button.dataset.mode === mode;
      button.setAttribute('aria-checked', String(on));
      button.tabIndex = on ? 0 : -1;
      $(`tools-${button.dataset.mode}`).hidden = !on;
      $('frame').classList.toggle(button.dataset.mode, on);
    }
    const {reveal, stage} = this;
    this.extend.stop();
    stage.mask = null;
    stage.cursor = -1;
    if (mode !== 'draw') reveal.go(reveal.take.total);
    if (mode === 'paint')
      stage.mask = new Mask(reveal.take.width, reveal.take.height, reveal.take.patch);
    if (mode === 'extend') this.extend.start(this.model);
    $('picture').setAttribute('role', mode === 'paint' ? 'application' : 'img');
    this.brush.refresh();
    this.showStatus();
    clearErrors();
  }

  /* ---------------------------------------------------------------- drawing */

  /** @param {import('./take.js').Take} take @param {import('./take.js').Take | null} [after] */
  #show(take, after = null) {
    this.choice.close();
    this.#after = after;
    this.reveal.show(take);
  }

  /**
   * Draws, repaints or extends with what is set.
   * @param {boolean} fresh  with a new seed, unless it is locked
   * @param {boolean} [always]  even then
   */
  async draw(fresh, always = false) {
    if (!this.model) return;
    const chain = await this.#claim();
    if (chain !== this.#chain) return;
    const {mode, stage, settings} = this;
    if (
      (mode === 'paint' && !stage.mask?.count) ||
      (mode === 'extend' && !stage.added.some((side) => side > 0))
    )
      return;
    const request = this.#request();
    if (!request) return;
    if (always || (fresh && !settings.locked)) request.settings.seed = randomSeed();
    await this.#perform(request);
  }

  /** What is set, as a request; null: something is out of range. */
  #request() {
    const {mode, stage} = this,
      values = this.settings.read();
    if (!values) return null;
    const request = {
      kind: mode,
      settings: {...values, classIndex: this.picker.index},
      restore: {seed: values.seed},
    };
    if (mode !== 'draw') request.before = this.reveal.take;
    if (mode === 'paint') request.mask = stage.mask;
    if (mode === 'extend') request.sides = [...stage.added];
    return request;
  }

  /** Draws several with seeds of their own, side by side, for the visitor to pick one. */
  async drawSeveral() {
    if (!this.model || $('four').disabled) return;
    const chain = await this.#claim();
    const request = chain === this.#chain && this.#request();
    if (!request) return;
    clearErrors(true);
    this.#enter('draw');
    this.choice.start(SEVERAL);
    announce('Drawing four');
    this.#linked = chain;
    for (let i = 0; i < SEVERAL && chain === this.#chain; i++) {
      const settings = {...request.settings, seed: randomSeed()};
      if (!(await this.#drawOne({...request, settings}, i))) break;
    }
    if (this.#linked !== chain) return;
    this.#linked = 0;
    this.#offer();
  }

  /** Says that what was drawn can be picked from. */
  #offer() {
    const {choice} = this,
      count = choice.takes.length;
    if (count === 0) choice.close();
    else choice.takeFocus(); // before the button that was pressed works again
    this.showAction();
    this.showStatus();
    if (count > 0) setText('status', 'Pick one');
    announce(`${PICTURES[count]}${count > 0 ? ': pick one' : ' to pick from'}`);
  }

  /** One of several. @returns {Promise<boolean>} whether it is whole */
  async #drawOne(request, place) {
    let release, started;
    try {
      started = begin(this.engine, request);
      this.#running = started.run;
      this.#finished = new Promise((resolve) => {
        release = resolve;
      });
      this.showAction();
      setText('status', `Drawing ${place + 1} of ${SEVERAL}`);
      await drain(started, (frame) => {
        addFrame(started.take, frame);
        this.choice.show(place, lastImage(started.take));
      });
      this.choice.add(started.take);
      this.#keep(started.take);
      return true;
    } catch (error) {
      this.#failed(error, request);
      return false;
    } finally {
      this.#running = null;
      release?.();
    }
  }

  #nameOf({settings}) {
    if (!settings) return 'Your picture';
    return `${this.model.classes[settings.classIndex].name}, seed ${settings.seed}`;
  }

  #keep(take) {
    this.shelf.add(take, this.#nameOf(take));
  }

  /** Shows a picture of before, and sets what it was drawn with. */
  async bringBack(take) {
    const chain = await this.#claim();
    if (chain !== this.#chain) return;
    clearErrors(true);
    this.#enter('draw');
    if (take.settings) {
      this.settings.set(take.settings);
      this.picker.select(take.settings.classIndex);
    }
    this.#show(take);
    this.showAction();
    announce(`${this.#nameOf(take)}: shown`);
  }

  cancel() {
    this.#chain++;
    this.#running?.cancel();
  }

  /** Stops; resolves when nothing is being drawn. */
  async rest() {
    this.cancel();
    await this.#finished;
  }

  /** The one button. */
  act() {
    clearErrors(true);
    if (this.busy) this.cancel();
    else this.draw(true);
  }

  /** Stops; resolves with a number that stays #chain until something else is asked for. */
  async #claim() {
    const rest = this.rest(),
      chain = this.#chain;
    await rest;
    return chain;
  }

  /**
   * Draws, shows it and reports. What does not become a picture leaves the settings as they were:
   * request.restore has those that the drawing came with others than.
   * @returns {Promise<boolean>} whether the picture is whole
   */
  async #perform(request) {
    const {take: shown} = this.reveal,
      earlier = shown && isDone(shown) ? shown : null;
    let started;
    try {
      started = begin(this.engine, request);
    } catch (error) {
      this.#failed(error, request);
      return false;
    }
    this.#running = started.run;
    let release;
    this.#finished = new Promise((resolve) => {
      release = resolve;
    });
    clearErrors();
    this.#enter('draw');
    this.settings.set({seed: request.settings.seed});
    this.#show(started.take);
    this.showAction();
    const name = this.model.classes[request.settings.classIndex].name;
    announce(`${DOING[request.kind]} ${name}`);
    const whole = await this.#follow(started, request);
    announce(whole ? `${name}: the picture is finished` : 'Nothing was drawn');
    this.#running = null;
    if (!whole) this.#restore(request.restore, earlier);
    release();
    this.showAction();
    this.showStatus();
    return whole;
  }

  #restore(settings, earlier) {
    this.settings.set(settings);
    if (settings.classIndex !== undefined) this.picker.select(settings.classIndex);
    if (earlier) this.#show(earlier);
  }

  async #follow(started, request) {
    try {
      await drain(started, (frame) => this.reveal.add(frame));
      await this.reveal.settled();
      this.picker.remember(request.settings.classIndex);
      this.#keep(started.take);
      this.showSpeed(started.take);
      return true;
    } catch (error) {
      this.reveal.drop();
      this.#failed(error, request);
      return false;
    }
  }

  #failed(error, request) {
    if (error.code === 'cancelled') return;
    const again = async () => {
      if ((await this.#claim()) === this.#chain) this.#perform(request);
    };
    tellError(sentence(error), ['Try again', again]);
  }

  /** Shows nothing: what there is was drawn by another model. */
  forget() {
    this.#after = null;
    this.reveal.clear();
    this.shelf.clear();
    this.choice.close();
    this.#enter('draw');
  }

  /** Shows the picture before the change, and the changed one again. */
  goBack() {
    const {take} = this.reveal;
    if (this.busy || !(take?.before || this.#after)) return;
    this.#enter('draw');
    if (this.#after) this.#show(this.#after);
    else this.#show(take.before, take);
    this.showAction();
  }

  /** Shows a picture from outside, ready to be repainted. @param {ImageData} image */
  async showOpened(image) {
    const chain = await this.#claim();
    if (chain !== this.#chain) return;
    const {imageWidth, imageHeight, gridWidth, gridHeight} = this.model;
    this.#enter('draw');
    const take = openedTake(image, [imageWidth / gridWidth, imageHeight / gridHeight]);
    this.#show(take);
    this.#keep(take);
    this.#enter('paint');
    clearErrors();
  }

  /* ---------------------------------------------------------------- links */

  /** Draws what a link, or the text in a picture, says. @param {import('./share.js').Link} link */
  async drawLink({settings: first, changes}) {
    const chain = await this.#claim();
    if (chain !== this.#chain) return;
    const {model, settings, picker} = this;
    const all = [first, ...changes.map((change) => change.settings)];
    if (all.some((one) => one.classIndex >= model.classes.length || !settings.offers(one))) {
      tellLasting('This link asks for a class, schedule or sampler that this model does not have.');
      if (!this.reveal.take) this.draw(true);
      return;
    }
    this.#enter('draw');
    const restore = this.#before();
    settings.set(model.defaults);
    settings.set(first);
    picker.select(first.classIndex);
    this.#linked = chain;
    let whole = await this.#perform({
      kind: 'draw',
      settings: {...settings.read(), classIndex: first.classIndex},
      restore,
    });
    for (const change of changes) {
      if (!whole || chain !== this.#chain) break;
      whole = await this.#performChange(change);
    }
    if (this.#linked !== chain) return;
    this.#linked = 0;
    this.showAction();
    this.showStatus();
  }

  /** What is set now, to come back to. */
  #before() {
    return {...this.settings.state(), classIndex: this.picker.index};
  }

  async #performChange({kind, settings, mask, sides}) {
    const before = this.reveal.take,
      painted = new Mask(before.width, before.height, before.patch);
    if (mask && (mask.columns !== painted.columns || mask.rows !== painted.rows)) {
      tell('A change in this link does not fit its picture, and was left out.');
      return false;
    }
    if (mask) painted.cells.set(mask.cells);
    const restore = this.#before();
    this.settings.set(settings);
    this.picker.select(settings.classIndex);
    return this.#perform({kind, settings, before, mask: painted, sides, restore});
  }
}
