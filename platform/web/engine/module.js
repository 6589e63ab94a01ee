// The WebAssembly module inside the worker: its memory, and its functions with strings and arrays
// in place of addresses. The numbers of facts, texts and arrays are those of api.h.
import {EngineError, notDownloaded} from './errors.js';

const PAGE_BYTES = 65536;
const NUMBERS = ['fileBytes', 'imageWidth', 'imageHeight', 'gridWidth', 'gridHeight',
  'codebookSize', 'hasNullClass', 'classCount', 'samplerCount', 'scheduleCount', 'steps',
  'temperature', 'choiceTemperature', 'cfgScale', 'runWidth', 'runHeight', 'runGridWidth',
  'runGridHeight', 'runStep', 'runSteps', 'heapBytes'];
const TEXTS = ['version', 'name', 'description', 'license', 'sha256', 'weightType', 'schedule',
  'sampler', 'scheduleName', 'samplerName', 'className', 'classSymbol'];
const ARRAYS = [['tokens', Int32Array], ['guess', Int32Array], ['confidence', Float32Array],
  ['fixedStep', Uint16Array]];
const STATUS = {2: 'argument', 3: 'model', 5: 'memory', 8: 'model', 9: 'cancelled'};

/**
 * A memory of fixed size, the largest of `sizes` (descending, bytes) that the browser grants.
 * @param {number[]} sizes
 * @param {boolean} shared
 */
export function makeMemory(sizes, shared) {
  for (const bytes of sizes) {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    try {
      return new WebAssembly.Memory({initial: pages, maximum: pages, shared});
    } catch {
      // the next one is smaller
    }
  }
  throw new EngineError('memory',
    'The browser does not grant the memory that this model needs. Closing other tabs may help.');
}

export class Module {
  /**
   * @param {string} url of the glue, unmask-mt.js or unmask-st.js
   * @param {string} channel name under which threads report to the page
   * @param {WebAssembly.Module} [ready] its code, if it has been compiled before
   */
  static async compile(url, channel, ready) {
    const module = new Module();
    module.url = url;
    module.channel = channel;
    const wasm = url.replace(/\.js$/, '.wasm');
    const [glue, code] = await Promise.all([
      import(url).catch(() => Promise.reject(notDownloaded())),
      ready ?? compileCode(wasm),
    ]);
    module.glue = glue.default;
    module.code = code;
    return module;
  }

  /**
   * @param {WebAssembly.Memory} memory
   * @param {number} threads
   */
  async start(memory, threads) {
    this.memory = memory;
    this.c = await new Promise((resolve, reject) => {
      this.glue({
        wasmMemory: memory,
        poolSize: threads - 1,
        mainScriptUrlOrBlob: `${this.url}#${this.channel}`,
        locateFile: file => {
          const url = new URL(file.endsWith('.worker.js') ? 'thread.js' : file, this.url);
          return `${url}#${this.channel}`;
        },
        instantiateWasm: (imports, done) => {
          WebAssembly.instantiate(this.code, imports)
            .then(instance => done(instance, this.code)).catch(reject);
          return {};
        },
      }).then(resolve, reject);
    });
    this.check(this.c._um_web_open(threads));
  }

  /** A fresh view: JavaScript may not keep one over a call that could replace the buffer. */
  bytes(at = 0, length = undefined) {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  text(at) {
    const bytes = this.bytes();
    let end = at;
    while (bytes[end])
      end++;
    return new TextDecoder().decode(bytes.slice(at, end)); // slice: a shared buffer is refused
  }

  alloc(bytes) {
    const at = this.c._um_web_alloc(bytes) >>> 0;
    if (!at)
      throw new EngineError('memory', this.message());
    return at;
  }

  free(at) {
    this.c._um_web_free(at);
  }

  /** Copies data into the module for the length of one call. */
  lend(arrays, call) {
    const places = [];
    try {
      for (const array of arrays) {
        const at = array ? this.alloc(array.byteLength) : 0;
        if (array)
          this.bytes(at, array.byteLength)
            .set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
        places.push(at);
      }
      return call(...places);
    } finally {
      places.forEach(at => this.free(at));
    }
  }

  lendText(texts, call) {
    return this.lend(texts.map(text => new TextEncoder().encode(`${text}\0`)), call);
  }

  message() {
    return this.text(this.c._um_web_message()) || 'The engine failed.';
  }

  warning() {
    return this.text(this.c._um_web_warning());
  }

  check(status) {
    if (status)
      throw new EngineError(STATUS[status] ?? 'crash', this.message());
  }

  /** An address that is 0 on failure. */
  checked(at) {
    if (!at)
      this.check(this.c._um_web_status());
    return at >>> 0;
  }

  number(name) {
    return this.c._um_web_number(NUMBERS.indexOf(name));
  }

  word(name, index = 0) {
    return this.text(this.c._um_web_text(TEXTS.indexOf(name), index));
  }

  /** Copies of the run's arrays. */
  grids() {
    const cells = this.number('runGridWidth') * this.number('runGridHeight');
    return Object.fromEntries(ARRAYS.map(([name, Kind], which) => {
      const at = this.checked(this.c._um_web_array(which));
      return [name, new Kind(this.memory.buffer, at, cells).slice()];
    }));
  }

  /** @returns {{width: number, height: number, data: Uint8ClampedArray<ArrayBuffer>}} */
  pixels(at, width, height) {
    const view = new Uint8ClampedArray(this.memory.buffer, this.checked(at), width * height * 4);
    return {width, height, data: new Uint8ClampedArray(view)};
  }
}

async function compileCode(url) {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok)
    throw notDownloaded();
  try {
    if (response.headers.get('content-type') === 'application/wasm')
      return await WebAssembly.compileStreaming(response);
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    if (error instanceof WebAssembly.CompileError)
      throw new EngineError('unsupported',
        'This browser cannot run the engine, which needs WebAssembly with SIMD.');
    throw new EngineError('network', 'The download of the engine broke off.');
  }
}
