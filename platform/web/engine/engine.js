// The engine as the page sees it. Everything slow happens in one worker, which owns the module;
// this file starts that worker, starts it again when it dies, and hands frames over.
import {EngineError} from './errors.js';
import {Host} from './host.js';
import * as isolation from './isolation.js';
import {Run} from './run.js';

export {EngineError};

const RESTARTS = 3; // per run or request

/**
 * @typedef {object} Build
 * @property {'simd-threads'|'simd'} name
 * @property {number} threads
 * @property {boolean} isolated
 * @property {boolean} canIsolate a service worker could give isolation
 */

/**
 * @typedef {object} Params
 * @property {number} classIndex
 * @property {string} seed decimal, 0 .. 2^64 - 1
 * @property {number} [steps] these and the following: the model's default if left out
 * @property {string} [schedule]
 * @property {string} [sampler]
 * @property {number} [temperature]
 * @property {number} [choiceTemperature] 0 = no noise
 * @property {number} [cfgScale] 0 = no guidance
 * @property {boolean} [preview] a picture with every frame
 * @property {{step: number, kind: 'trap'|'thread'|'exit'}} [fault] for tests: what dies, and before
 *   which step
 */

/**
 * @typedef {object} Frame
 * @property {number} step steps done
 * @property {number} steps
 * @property {number} gridWidth
 * @property {number} gridHeight
 * @property {Int32Array} tokens -1 masked, -2 source that was not encoded
 * @property {Int32Array} guess
 * @property {Float32Array} confidence
 * @property {Uint16Array} fixedStep 65535 masked, 0 given
 * @property {ImageData|null} image
 * @property {number} stepMs
 * @property {number} decodeMs
 * @property {boolean} last
 */

/** Events: 'warning' (detail: {code, message}) and 'restart' (detail: {step}). */
export class Engine extends EventTarget {
  /** @type {object|null} the model's facts, null before loadModel() */
  model = null;

  #host = null;
  #code = undefined; // compiled once, for all workers of this build
  #source = null;
  #run = null;
  #loading = false;
  #closed = false;

  /**
   * @param {{manifestUrl: string, threads?: 'auto'|'off', maxThreads?: number}} options
   * @returns {Promise<Engine>}
   */
  static async open({manifestUrl, threads = 'auto', maxThreads = 8}) {
    if (typeof WebAssembly !== 'object' || typeof Worker !== 'function')
      throw new EngineError('unsupported', 'This browser has no WebAssembly.');
    const engine = new Engine();
    engine.base = new URL(manifestUrl, document.baseURI);
    engine.manifest = await readManifest(engine.base);
    const count = Math.max(1, Math.min(navigator.hardwareConcurrency || 1, maxThreads));
    const threaded = threads !== 'off' && globalThis.crossOriginIsolated === true && count > 1;
    /** @type {Build} */
    engine.build = {
      name: threaded ? 'simd-threads' : 'simd',
      threads: threaded ? count : 1,
      isolated: globalThis.crossOriginIsolated === true,
      canIsolate: isolation.possible(),
    };
    engine.#host = engine.#start();
    engine.#code = await engine.#host.ready.catch(error => {
      engine.#host.terminate();
      throw error;
    });
    isolation.registerOffline(engine.base, warning => engine.#warn(warning));
    return engine;
  }

  /** Asks a service worker for isolation; reloads the page once. Only on the visitor's click. */
  enableIsolation() {
    return isolation.enable(this.base);
  }

  /**
   * Loads a model in place of the one there is, which stays if this fails.
   * @param {{url: string, bytes: number, sha256: string}|File} source
   * @param {(progress: {phase: 'download'|'cache'|'prepare', done: number, total: number}) => void}
   *   [onProgress] bytes
   */
  async loadModel(source, onProgress = () => {}) {
    this.#mustBeIdle();
    this.#loading = true;
    const wanted = source instanceof File ? {file: source}
      : {...source, url: new URL(source.url, this.base).href};
    const old = this.#host;
    const host = old.loaded || old.dead ? this.#start() : old;
    try {
      await this.#load(host, wanted, onProgress);
    } catch (error) {
      host.terminate();
      if (host === old && !this.#closed)
        this.#host = this.#start();
      throw error;
    } finally {
      this.#loading = false;
    }
    if (host !== old)
      old.terminate();
    this.#source = wanted;
    return this.model;
  }

  /**
   * Draws a picture.
   * @param {Params} params
   * @returns {Run} async iterable of frames
   */
  generate(params) {
    return this.#draw(params);
  }

  /**
   * Repaints where the mask is not zero.
   * @param {Params & {source: ImageData, mask: Uint8Array}} params
   */
  edit(params) {
    return this.#draw(params);
  }

  /**
   * Adds pixels to the sides.
   * @param {Params & {source: ImageData, left?: number, top?: number, right?: number,
   *   bottom?: number}} params
   */
  outpaint(params) {
    return this.#draw(params);
  }

  /** @param {Int32Array} tokens @returns {Promise<ImageData>} */
  async decode(tokens) {
    return toImage(await this.#ask('decode', {tokens}));
  }

  /** @param {ImageData} image of the model's size @returns {Promise<Int32Array>} */
  encode(image) {
    return this.#ask('encode', {image: fromImage(image)});
  }

  /** Bytes that the module's heap has ever reached. @returns {Promise<number>} */
  memoryUsed() {
    return this.#ask('used', {});
  }

  close() {
    this.#closed = true;
    this.#run?.fail(new EngineError('cancelled', 'The engine was closed.'));
    this.#host.terminate();
  }

  // ---------------------------------------------------------------- inside

  #warn(detail) {
    this.dispatchEvent(new CustomEvent('warning', {detail}));
  }

  #start() {
    return new Host(this.build, this.#code, warning => this.#warn(warning));
  }

  #mustBeIdle() {
    if (this.#loading)
      throw new EngineError('busy', 'A model is being loaded.');
    if (this.#run && !this.#run.ended)
      throw new EngineError('busy', 'A picture is being drawn; cancel it first.');
  }

  /** Loads into a host; where memory for threads is refused, into one without threads. */
  async #load(host, source, onProgress) {
    try {
      const {model} = await host.load(source, onProgress);
      this.#host = host;
      this.model = model;
    } catch (error) {
      if (error.code !== 'memory' || this.build.name !== 'simd-threads')
        throw error;
      host.terminate();
      this.#host.terminate(); // its memory may be what is missing
      this.build = {...this.build, name: 'simd', threads: 1};
      this.#code = undefined;
      this.#warn({code: 'memory', message: 'Memory for threads was refused; one thread is used.'});
      const single = this.#start();
      await this.#load(single, source, onProgress).catch(reason => {
        single.terminate();
        throw reason;
      });
    }
  }

  #draw(params) {
    const run = new Run(() => this.#host.cancel(run));
    try {
      this.#mustBeIdle();
      checkParams(params, this.model);
    } catch (error) {
      run.fail(error);
      return run;
    }
    this.#run = run;
    const plain = params.source ? {...params, source: fromImage(params.source)} : {...params};
    this.#drive(run, plain).then(() => run.finish(), error => run.fail(error));
    return run;
  }

  /** One run over as many workers as it takes. */
  async #drive(run, params) {
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.#host.ask('run', {params, skip: run.step},
          {run, frame: frame => run.push({...frame, image: frame.image && toImage(frame.image)})});
      } catch (error) {
        if (error.code !== 'crash' || restarts === RESTARTS || run.ended || this.#closed)
          throw error;
        this.dispatchEvent(new CustomEvent('restart', {detail: {step: Math.max(run.step, 0)}}));
        delete params.fault;
        await this.#revive();
        if (run.ended)
          return undefined; // cancelled meanwhile
      }
    }
  }

  async #ask(op, values) {
    if (!this.model)
      throw new EngineError('argument', 'No model is loaded.');
    this.#mustBeIdle();
    try {
      return await this.#host.ask(op, values);
    } catch (error) {
      if (error.code !== 'crash' || this.#closed)
        throw error;
      await this.#revive();
      return this.#host.ask(op, values);
    }
  }

  async #revive() {
    this.#host.terminate();
    const host = this.#start();
    this.#host = host;
    try {
      await this.#load(host, this.#source, () => {});
    } catch (error) {
      host.terminate(); // the next request finds it dead and tries again
      throw error;
    }
  }
}

async function readManifest(url) {
  const response = await fetch(url, {cache: 'no-cache'}).catch(() => null);
  if (!response?.ok)
    throw new EngineError('network', 'The page\'s list of files could not be downloaded.');
  return response.json().catch(() => {
    throw new EngineError('network', 'The page\'s list of files is damaged.');
  });
}

/** What would not survive the way to the module's C, which checks the rest. */
function checkParams(params, model) {
  if (!model)
    throw new EngineError('argument', 'No model is loaded.');
  if (!Number.isInteger(params.classIndex) || !model.classes[params.classIndex])
    throw new EngineError('argument', 'There is no such class.');
  if (!/^\d{1,20}$/.test(params.seed) || BigInt(params.seed) >= 2n ** 64n)
    throw new EngineError('argument', 'A seed is a whole number from 0 to 18446744073709551615.');
  for (const name of ['steps', 'left', 'top', 'right', 'bottom'])
    if (params[name] !== undefined && !(params[name] >= 0 && params[name] < 2 ** 31
        && Number.isInteger(params[name])))
      throw new EngineError('argument', `${name} must be a whole number.`);
  for (const name of ['temperature', 'choiceTemperature', 'cfgScale'])
    if (params[name] !== undefined && !Number.isFinite(params[name]))
      throw new EngineError('argument', `${name} must be a number.`);
  if (params.mask && params.mask.length !== params.source.width * params.source.height)
    throw new EngineError('argument', 'The mask must have the picture\'s size.');
}

const toImage = ({data, width, height}) => new ImageData(data, width, height);
const fromImage = ({data, width, height}) => ({data: new Uint8Array(data), width, height});
