// The worker that owns the module. It answers one request at a time, except 'cancel'.
import {describe, EngineError} from './errors.js';
import {makeMemory, Module} from './module.js';
import {isModel, plainly} from './refused.js';
import {readFile, readModel} from './source.js';

let module = null;
let cancelledRun = 0; // this run and all before it

const turns = new MessageChannel(); // lets messages in between two steps, without a timer's delay
const nextTurn = () => new Promise(resolve => {
  turns.port1.onmessage = resolve;
  turns.port2.postMessage(0);
});

const warn = (code, message) => postMessage({warning: {code, message}});

/** Progress at most 20 times a second, but always the last of a phase. */
function progress(id) {
  let last = 0;
  return value => {
    const now = performance.now();
    if (value.done < value.total && value.done && now - last < 50)
      return;
    last = now;
    postMessage({id, progress: value});
  };
}

async function open({url, channel, code}) {
  module = await Module.compile(url, channel, code);
  return module.code;
}

/** Hands the bytes over to the module. */
function loadBytes(at, bytes, name) {
  try {
    module.check(module.lendText([name], text => module.c._um_web_load(at, bytes, text)));
  } catch (error) {
    if (error.code !== 'model')
      throw error;
    throw new EngineError('model', plainly(error.message, name));
  }
}

async function load({source, sizes, threads}, id) {
  const name = source.file ? source.file.name : source.url.split('/').pop();
  if (source.file && !await isModel(source.file))
    throw new EngineError('model', `${name} is not a model file.`);
  const memory = makeMemory(sizes, threads > 0);
  await module.start(memory, threads || 1);
  postMessage({started: true});
  const bytes = source.file ? source.file.size : source.bytes;
  const at = module.alloc(bytes);
  const place = () => module.bytes(at, bytes);
  if (source.file)
    await readFile(source.file, place, progress(id));
  else
    await readModel(source, place, progress(id), warn);
  postMessage({id, progress: {phase: 'prepare', done: bytes, total: bytes}});
  loadBytes(at, bytes, name);
  return {model: describeModel(), memory: threads > 0 ? memory.buffer : null};
}

function describeModel() {
  const facts = ['fileBytes', 'imageWidth', 'imageHeight', 'gridWidth', 'gridHeight',
    'codebookSize'].map(name => [name, module.number(name)]);
  const texts = ['name', 'description', 'license', 'sha256', 'weightType', 'version']
    .map(name => [name, module.word(name)]);
  const names = (what, count) =>
    Array.from({length: module.number(count)}, (_, i) => module.word(what, i));
  const symbols = names('classSymbol', 'classCount');
  return {
    ...Object.fromEntries(facts),
    ...Object.fromEntries(texts),
    hasNullClass: module.number('hasNullClass') === 1,
    classes: names('className', 'classCount').map((name, i) => ({name, symbol: symbols[i]})),
    samplers: names('samplerName', 'samplerCount'),
    schedules: names('scheduleName', 'scheduleCount'),
    defaults: {
      steps: module.number('steps'),
      schedule: module.word('schedule'),
      sampler: module.word('sampler'),
      temperature: module.number('temperature'),
      choiceTemperature: module.number('choiceTemperature'),
      cfgScale: module.number('cfgScale'),
    },
  };
}

function begin(params) {
  const seed = BigInt(params.seed);
  const texts = [params.schedule ?? '', params.sampler ?? ''];
  module.check(module.lendText(texts, (schedule, sampler) => module.c._um_web_settings(
    params.classIndex, Number(seed & 0xffffffffn), Number(seed >> 32n), params.steps ?? 0,
    schedule, sampler, params.temperature ?? NaN, params.choiceTemperature ?? NaN,
    params.cfgScale ?? NaN)));
  const source = params.source;
  if (!source)
    return module.check(module.c._um_web_begin());
  const mask = params.mask ?? null;
  return module.check(module.lend([source.data, mask], (rgba, maskAt) =>
    module.c._um_web_begin_edit(rgba, source.width, source.height, maskAt, params.left ?? 0,
      params.top ?? 0, params.right ?? 0, params.bottom ?? 0)));
}

/** Sends what the run looks like now. Its buffers move to the page. */
function sendFrame(id, stepMs, wantsImage) {
  const started = performance.now();
  const last = module.c._um_web_done() === 1;
  let image = null;
  if (wantsImage || last)
    image = module.pixels(module.c._um_web_picture(), module.number('runWidth'),
      module.number('runHeight'));
  const decodeMs = performance.now() - started;
  const grids = module.grids();
  const frame = {step: module.number('runStep'), steps: module.number('runSteps'),
    gridWidth: module.number('runGridWidth'), gridHeight: module.number('runGridHeight'),
    ...grids, image, stepMs, decodeMs, last};
  const moved = Object.values(grids).map(array => array.buffer);
  postMessage({id, frame}, image ? [...moved, image.data.buffer] : moved);
}

/** The run stays in the module until the next request: the page may write to its cancel word. */
async function run({params, skip}, id) {
  begin(params);
  postMessage({id, cancelWord: module.c._um_web_cancel_word()});
  if (params.source && skip < 0)
    sendFrame(id, 0, false);
  while (!module.c._um_web_done()) {
    await nextTurn();
    if (cancelledRun >= id)
      throw new EngineError('cancelled', 'The drawing was cancelled.');
    if (params.fault?.step === module.number('runStep'))
      fail(params.fault.kind);
    const started = performance.now();
    module.check(module.c._um_web_step());
    const stepMs = performance.now() - started;
    if (module.number('runStep') > skip)
      sendFrame(id, stepMs, params.preview);
  }
}

/** What tests ask for: the faults that the page must recover from. */
function fail(kind) {
  if (kind === 'exit')
    self.close();
  else
    module.c._um_web_trap(kind === 'thread');
}

function decode({tokens}) {
  const at = module.lend([tokens], place => module.c._um_web_decode(place));
  return module.pixels(at, module.number('imageWidth'), module.number('imageHeight'));
}

function encode({image}) {
  const at = module.checked(module.lend([image.data], place => module.c._um_web_encode(place)));
  const cells = module.number('gridWidth') * module.number('gridHeight');
  return new Int32Array(module.memory.buffer, at, cells).slice();
}

const used = () => module.number('heapBytes');

const requests = {open, load, run, decode, encode, used};
let queue = Promise.resolve();

async function answer({id, op, ...rest}) {
  try {
    postMessage({id, result: await requests[op](rest, id)});
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError)
      return postMessage({dead: true});
    postMessage({id, error: describe(error)});
  }
  const warning = module?.c ? module.warning() : '';
  if (warning)
    warn('engine', warning);
}

onmessage = ({data}) => {
  if (data.op === 'cancel')
    cancelledRun = data.run;
  else
    queue = queue.then(() => answer(data));
};

// Held until this worker is gone, for whatever reason; the page waits to be given it.
navigator.locks?.request(`unmask.${self.name}`, () => new Promise(() => {
  postMessage({locked: `unmask.${self.name}`});
}));
