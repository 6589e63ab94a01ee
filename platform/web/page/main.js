// The page: starts the engine, loads the model, draws the first picture, and connects the parts to one
// another.
import {Engine, EngineError} from './engine/engine.js';
import {watchToolbars} from './ui/announce.js';
import {$, kept} from './ui/dom.js';
import {watchKeys} from './ui/keys.js';
import {clearErrors, sentence, tell, tellError, tellLasting} from './ui/notes.js';
import {openPicture, watchFiles} from './ui/open.js';
import {download, pictureBlob, revealBlob, revealSize, sizeOf} from './ui/save.js';
import {recordReveal, videoType} from './ui/video.js';
import {formatLink, parseLink} from './ui/share.js';
import {isModel} from './engine/refused.js';
import {Studio, setText} from './ui/studio.js';
import {startTheme} from './ui/theme.js';

/** Ends the task, so that none is long: the browser shows what there is. */
const pause = () => new Promise((resolve) => setTimeout(resolve));

await pause();
const studio = new Studio(showAddress);
await pause();
const {stage, settings, brush, reveal} = studio;
let engine = null;
let manifest = null;
let loading = false; // a model
let opening = 0; // number of the latest file
let wanted = location.hash; // a link that has not been drawn

const DOUBLE_CLICK_MS = 400;
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/* ------------------------------------------------------------------ links */

/** Draws what the link says that is wanted; false: nothing that can be drawn. */
function followLink() {
  const parsed = parseLink(wanted);
  if (!parsed) return false;
  if (parsed.reason) {
    tellLasting(`This link cannot be read: ${parsed.reason}.`);
    return false;
  }
  const {link} = parsed;
  if (link.hash && link.hash !== engine.model.sha256.slice(0, 8)) {
    tellOtherModel(link.hash);
    return false;
  }
  wanted = '';
  studio.drawLink(link);
  return true;
}

/** Stays while its file is chosen: until then the link is wanted. */
function tellOtherModel(hash) {
  const choose = () => {
    tellOtherModel(hash);
    $('model-file').click();
  };
  tellLasting(
    `This link was made with another model (${hash}…). Choose its file to see that picture.`,
    ['Choose file', choose],
  );
}

/**
 * The address says what is shown, so that a reload or a copy of it gives that picture. A link that
 * could not be followed stays there, and is wanted, until the visitor goes on.
 */
function showAddress() {
  if (engine?.model) showSizes();
  const take = studio?.whole;
  if (!take || !engine?.model || loading || $('errors').querySelector('.lasting')) return;
  wanted = '';
  const fragment = take.link ? linkOf(take) : '';
  if (fragment === location.hash) return;
  history.replaceState(null, '', fragment || location.pathname + location.search);
}

/** What the files of the picture that is shown measure. */
function showSizes() {
  const take = studio?.reveal.take ?? {width: engine.model.imageWidth, height: engine.model.imageHeight};
  for (const option of $('scale').options) {
    const text = sizeOf(take, Number(option.value)).join(' × ');
    if (option.textContent !== text) option.textContent = text;
  }
  if (take.frames)
    $('save-reveal').title = `The reveal as an animated PNG file of ${revealSize(take, Number($('scale').value)).join(' × ')} pixels`;
}

const linkOf = (take) => formatLink({...take.link, hash: engine.model.sha256.slice(0, 8)});

/** Where sharing is the system's own, on phones and tablets. @returns {Promise<boolean>} whether it was */
async function shareBySystem(take) {
  if (!navigator.share || !matchMedia('(pointer: coarse)').matches) return false;
  const blob = await pictureBlob(take, Number($('scale').value), context());
  const files = [new File([blob], 'unmask.png', {type: 'image/png'})];
  const link = take.link ? {url: location.href} : {};
  const data = navigator.canShare?.({files, ...link}) ? {files, ...link} : link;
  if (!data.url && !data.files) return false;
  try {
    await navigator.share({title: 'unmask', ...data});
  } catch (error) {
    return error.name === 'AbortError'; // the visitor has thought better of it
  }
  return true;
}

async function share() {
  const take = studio.savable;
  if (!take) return;
  if (take.link) history.replaceState(null, '', linkOf(take));
  try {
    if (await shareBySystem(take)) return;
  } catch (error) {
    return tellUnmade(error);
  }
  if (!take.link) {
    tell(
      'A link carries settings, not pictures: what began with your own picture can only be saved.',
    );
    return;
  }
  try {
    await navigator.clipboard.writeText(location.href);
    tell('Link copied. Whoever opens it draws the same picture on their own computer.');
  } catch {
    tell('The link is in the address bar now.');
  }
}

/* ------------------------------------------------------------------ files */

const context = () => ({
  model: engine.model,
  version: manifest.version,
  device: deviceText(),
  smooth: !stage.options.pixels,
});

function deviceText() {
  const {threads} = engine.build;
  return `web browser, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

/** A browser refuses very large canvases, each from a size of its own. */
function tellUnmade(error) {
  const hint = $('scale').selectedIndex > 0 ? ' A smaller size may work.' : '';
  tellError(`This browser could not make the file: ${error.message}.${hint}`);
}

/** @param {'picture' | 'reveal'} kind */
async function save(kind) {
  const take = studio.savable,
    make = kind === 'picture' ? pictureBlob : revealBlob;
  if (!take || (kind === 'reveal' && take.total === 0)) return;
  const {model} = engine;
  try {
    const blob = await make(take, Number($('scale').value), context());
    download(blob, take, model, kind === 'picture' ? '.png' : '-reveal.png');
    clearErrors();
  } catch (error) {
    tellUnmade(error);
  }
}

async function saveVideo() {
  const take = studio.savable;
  if (!take || take.total === 0 || $('save-video').hasAttribute('aria-busy')) return;
  const {model} = engine;
  $('save-video').setAttribute('aria-busy', 'true');
  tell('Recording the video; it takes as long as it plays.');
  try {
    const {blob, ending} = await recordReveal(take, context().smooth);
    download(blob, take, model, `-reveal${ending}`);
  } catch (error) {
    tell(`The video could not be recorded: ${error.message}.`);
  } finally {
    $('save-video').removeAttribute('aria-busy');
  }
}

async function copy() {
  const take = studio.savable;
  if (!take) return;
  try {
    const blob = pictureBlob(take, Number($('scale').value), context());
    await navigator.clipboard.write([new ClipboardItem({'image/png': blob})]);
    tell('Picture copied.');
  } catch {
    tell('This browser does not let the page copy a picture.', [
      'Save it instead',
      () => save('picture'),
    ]);
  }
}

/** Pictures are saved as large as the one that was opened, if that is offered. */
function saveEnlarged(scale) {
  const offered = [...$('scale').options].some((option) => option.value === String(scale));
  if (offered) $('scale').value = String(scale);
}

/** @param {File} file @param {boolean} [isModelFile]  the visitor says so */
async function open(file, isModelFile = false) {
  const turn = ++opening;
  if (loading || !engine) return tell('The model is still loading.');
  const model = isModelFile || (await isModel(file).catch(() => false));
  if (turn !== opening) return;
  if (model || /\.gguf$/i.test(file.name ?? '')) return loadModel(file);
  if (!engine?.model) return tell('There is no model yet.');
  try {
    const {image, note, scale, link} = await openPicture(file, engine.model);
    if (turn !== opening || loading) return;
    await studio.showOpened(image);
    if (scale > 1) saveEnlarged(scale);
    if (link?.hash === engine.model.sha256.slice(0, 8)) {
      const again = () => studio.drawLink(link);
      tell('This picture carries the settings that it was drawn with.', ['Draw it again', again]);
    } else {
      tell(note);
    }
  } catch (error) {
    if (turn !== opening) return;
    tellError(sentence(error), ['Choose another', () => $('picture-file').click()]);
  }
}

/* ------------------------------------------------------------------ model */

const PHASES = {download: 'Downloading once', cache: 'Reading from cache', prepare: 'Preparing'};

function showProgress({phase, done, total}) {
  const share = total > 0 ? Math.min(1, done / total) : 1;
  stage.loaded = phase === 'prepare' ? 1 : share;
  stage.changed();
  $('progress').value = share;
  if (phase !== 'download') $('preview').hidden = true; // the model's own picture is near
  const amount =
    phase === 'prepare' ? '' : `, ${megabytes(total)} MB · ${Math.floor(share * 100)} %`;
  setText('status', PHASES[phase] + amount);
}

/** @param {File | object} source  of a model; the manifest's if absent @returns {Promise<boolean>} */
async function loadModel(source = manifest.model) {
  loading = true;
  await studio.rest();
  clearErrors(true);
  $('progress').hidden = false;
  $('film').hidden = true;
  try {
    await engine.loadModel(source, showProgress);
  } catch (error) {
    loading = false;
    const again = ['Try again', () => loadModel(source)];
    tellError(
      sentence(error),
      ...(source instanceof File ? [['Choose another', () => $('model-file').click()]] : [again]),
    );
    setText('status', 'No model');
    $('progress').hidden = true;
    if (engine.model) {
      $('film').hidden = false;
      studio.showStatus();
    }
    return false;
  }
  loading = false;
  $('progress').hidden = true;
  showModel();
  await pause();
  if (!followLink()) studio.draw(false);
  return true;
}

function showModel() {
  const {model} = engine;
  studio.forget();
  $('film').hidden = false;
  $('panel').classList.remove('waiting');
  stage.loaded = null;
  settings.setModel(model);
  studio.picker.setClasses(model.classes, model.sha256);
  studio.picker.select(model.classes.length > 0 ? firstClass(model) : 0);
  $('model-name').textContent =
    `${model.name}, ${megabytes(model.fileBytes)} MB. ${model.description}`;
  $('model-text').textContent = model.license;
  const sizes = [1, 2, 4, 8, 16]
    .map((scale) => [scale, scale * model.imageWidth])
    .filter(([, side]) => side <= 1024);
  $('scale').replaceChildren(...sizes.map(([scale]) => new Option('', String(scale))));
  $('scale').value = String(sizes.findLast(([, side]) => side <= 512)?.[0] ?? 1);
  studio.showSpeed(null);
  studio.showAction();
}

/** A class that the bundled model draws well; the first one of any other. */
function firstClass(model) {
  const index = model.classes.findIndex(({name}) => name === 'disguised face');
  return Math.max(0, index);
}

/* ------------------------------------------------------------------ start */

function connect() {
  $('panel').addEventListener('submit', (event) => {
    event.preventDefault();
    studio.act();
  });
  $('play').addEventListener('click', () => reveal.toggle());
  $('back').addEventListener('click', () => studio.goBack());
  $('modes').addEventListener('click', (event) => {
    if (event.target.dataset.mode) studio.setMode(event.target.dataset.mode);
  });
  $('modes').addEventListener('keydown', moveInModes);
  for (const button of document.querySelectorAll('[data-show]')) {
    button.addEventListener('click', () => studio.toggleShown(button.dataset.show));
  }
  $('open-picture').addEventListener('click', () => $('picture-file').click());
  $('open-model').addEventListener('click', () => $('model-file').click());
  for (const id of ['picture-file', 'model-file']) {
    $(id).addEventListener('change', () => {
      if ($(id).files[0]) open($(id).files[0], id === 'model-file');
      $(id).value = '';
    });
  }
  $('save-picture').addEventListener('click', () => save('picture'));
  $('save-reveal').addEventListener('click', () => save('reveal'));
  $('save-video').hidden = videoType() === null;
  $('save-video').addEventListener('click', saveVideo);
  $('scale').addEventListener('change', showSizes);
  $('four').addEventListener('click', () => studio.drawSeveral());
  $('copy').addEventListener('click', copy);
  $('share').addEventListener('click', share);
  $('isolate').addEventListener('click', () =>
    engine.enableIsolation().catch((error) => tell(sentence(error))),
  );
  $('help-open').addEventListener('click', () => $('help').showModal());
  addEventListener('hashchange', () => {
    wanted = location.hash;
    if (engine?.model && !loading) followLink();
  });
  watchFiles($('drop'), (file) => open(file));
  $('draw').addEventListener('click', ignoreSecondClick);
  watchToolbars();
}

let begunAt = -Infinity; // time of the click that began a drawing

/** The second click of a double click does not cancel what the first began. */
function ignoreSecondClick(event) {
  const second = event.detail > 1 || event.timeStamp - begunAt < DOUBLE_CLICK_MS;
  if (!studio.busy) begunAt = event.timeStamp;
  else if (second) event.preventDefault();
}

function moveInModes(event) {
  const by = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1}[event.key];
  if (!by) return;
  event.preventDefault();
  const all = [...$('modes').children],
    at = all.findIndex((button) => button.dataset.mode === studio.mode);
  studio.setMode(all[(at + by + all.length) % all.length].dataset.mode);
  all.find((button) => button.dataset.mode === studio.mode).focus();
}

const painting = (what) => () => (stage.mask ? what() : false);

watchKeys({
  Enter: () => studio.act(),
  ' ': () => reveal.toggle(),
  Escape: () => {
    studio.cancel();
    studio.choice.close();
    studio.setMode('draw');
    studio.showStatus();
  },
  ArrowLeft: () => reveal.step(-1),
  ArrowRight: () => reveal.step(1),
  Home: () => reveal.step(-1e4),
  End: () => reveal.step(1e4),
  n: () => studio.draw(true, true),
  r: () => studio.draw(false),
  l: () => settings.lock(!settings.locked),
  '/': () => $('search').focus(),
  m: () => studio.toggleShown('covers'),
  g: () => studio.toggleShown('grid'),
  c: () => studio.toggleShown('heat'),
  o: () => studio.toggleShown('order'),
  s: () => studio.toggleShown('pixels'),
  4: () => void studio.drawSeveral(),
  d: () => studio.setMode('draw'),
  p: () => studio.setMode('paint'),
  x: () => studio.setMode('extend'),
  b: painting(() => brush.erase(false)),
  e: painting(() => brush.erase(true)),
  '[': painting(() => brush.resize(-2)),
  ']': painting(() => brush.resize(2)),
  i: painting(() => $('invert').click()),
  Delete: painting(() => $('clear').click()),
  'Ctrl+z': painting(() => $('undo').click()),
  'Ctrl+Shift+z': painting(() => $('redo').click()),
  'Ctrl+y': painting(() => $('redo').click()),
  Backspace: () => studio.goBack(),
  'Ctrl+s': () => void save('picture'),
  'Ctrl+Shift+s': () => void save('reveal'),
  'Ctrl+c': () => (String(getSelection()) ? false : void copy()),
  t: () => $('theme').click(),
  h: () => $('help').showModal(),
  '?': () => $('help').showModal(),
});

async function start() {
  startTheme(() => {
    stage.recolour();
    studio.timeline.changed(true);
  });
  stage.options.pixels = kept.get('pixels') === '1';
  studio.showOptions();
  stage.loaded = 0;
  try {
    engine = await Engine.open({manifestUrl: './manifest.json', threads: 'auto'});
    studio.engine = engine;
    manifest = engine.manifest;
  } catch (error) {
    setText('status', 'Not started');
    $('progress').hidden = true;
    tellError(
      error instanceof EngineError ? error.message : 'A part of this page could not be downloaded.',
      ['Try again', () => location.reload()],
    );
    return;
  }
  engine.addEventListener('warning', ({detail}) => tell(detail.message));
  engine.addEventListener('restart', () =>
    tell('Something went wrong inside; the picture is being drawn again.'),
  );
  await loadModel();
}

connect();
studio.showAction();
await pause();
start();
