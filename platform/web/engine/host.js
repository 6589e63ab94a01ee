// One worker with one module, and the requests that it is answering.
import {EngineError, notDownloaded} from './errors.js';

const MIB = 2 ** 20;
const LARGEST = 2048 * MIB; // what the module was built for

/**
 * Sizes of memory to try, largest first. A model takes its file, up to four times as much when its
 * weights are unpacked, and room to compute.
 */
export function memorySizes(bytes) {
  const most = Math.min(LARGEST, bytes * 6 + 256 * MIB), least = bytes * 2 + 64 * MIB;
  const sizes = [];
  for (let size = most; size > least; size *= 0.75)
    sizes.push(size);
  sizes.push(Math.min(least, LARGEST));
  return sizes;
}

export class Host {
  loaded = false;
  dead = false;

  #pending = new Map();
  #next = 1;
  #stop = new AbortController();
  #memory = null; // words of the module's memory, where it is shared
  #started = false; // all of its code is there, that of its threads, too

  /**
   * @param {import('./engine.js').Build} build
   * @param {WebAssembly.Module|undefined} code compiled for an earlier worker of this build
   * @param {(warning: {code: string, message: string}) => void} onWarning
   */
  constructor(build, code, onWarning) {
    this.build = build;
    this.onWarning = onWarning;
    const name = `${Date.now()}.${Math.random()}`; // randomUUID() is for secure contexts only
    this.worker = new Worker(new URL('./worker.js', import.meta.url), {type: 'module', name});
    this.worker.onmessage = ({data}) => this.#receive(data);
    this.worker.onerror = event => {
      event.preventDefault();
      this.#die();
    };
    this.worker.onmessageerror = () => this.#die();
    this.#listen(`unmask.${name}`);
    const file = build.name === 'simd-threads' ? 'unmask-mt.js' : 'unmask-st.js';
    /** @type {Promise<WebAssembly.Module>} */
    this.ready = this.ask('open', {url: new URL(file, import.meta.url).href,
      channel: `unmask.${name}`, code});
    this.ready.catch(() => {});
  }

  /** @param {{url: string, bytes: number, sha256: string}|{file: File}} source */
  async load(source, onProgress) {
    await this.ready;
    const bytes = source.file ? source.file.size : source.bytes;
    if (bytes >= LARGEST)
      throw new EngineError('model', 'This file is larger than the 2 GB that a page can hold.');
    const threads = this.build.name === 'simd-threads' ? this.build.threads : 0;
    const result = await this.ask('load', {source, sizes: memorySizes(bytes), threads},
      {progress: onProgress});
    this.loaded = true;
    this.#memory = result.memory && new Int32Array(result.memory);
    return result;
  }

  /**
   * @param {string} op
   * @param {object} values
   * @param {{progress?: Function, frame?: Function, run?: import('./run.js').Run}} [listener]
   */
  ask(op, values, listener = {}) {
    return new Promise((resolve, reject) => {
      if (this.dead)
        return reject(crashed());
      const id = this.#next++;
      this.#pending.set(id, {resolve, reject, ...listener});
      return this.worker.postMessage({id, op, ...values});
    });
  }

  /** Stops a run: within its step where memory is shared, else after it. */
  cancel(run) {
    for (const [id, asked] of this.#pending) {
      if (asked.run !== run)
        continue;
      this.worker.postMessage({op: 'cancel', run: id});
      if (this.#memory && asked.cancelWord)
        Atomics.store(this.#memory, asked.cancelWord / 4, 1);
    }
  }

  terminate() {
    this.#die(new EngineError('cancelled', 'The engine was closed.'));
  }

  #receive({id, result, error, progress, frame, cancelWord, warning, started, locked, dead}) {
    if (warning)
      this.onWarning(warning);
    if (started)
      this.#started = true;
    if (locked)
      this.#watch(locked);
    if (dead)
      this.#die();
    const asked = this.#pending.get(id);
    if (!asked)
      return;
    if (progress)
      asked.progress?.(progress);
    else if (frame)
      asked.frame?.(frame);
    else if (cancelWord)
      asked.cancelWord = cancelWord;
    else
      this.#settle(id, asked, result, error);
  }

  #settle(id, asked, result, error) {
    this.#pending.delete(id);
    if (error)
      asked.reject(new EngineError(error.code, error.message));
    else
      asked.resolve(result);
  }

  /** Threads tell the names of their locks here. */
  #listen(channel) {
    const broadcast = new BroadcastChannel(channel);
    broadcast.onmessage = ({data}) => this.#watch(data);
    this.#stop.signal.addEventListener('abort', () => broadcast.close());
  }

  /**
   * Waits for a lock that a worker holds, or will ask for in a moment: its worker is gone then. On a
   * busy machine that moment may be long; taking the lock first would look like the worker's end.
   */
  async #watch(name) {
    if (!navigator.locks)
      return;
    const asked = async () => {
      const {held, pending} = await navigator.locks.query();
      return [...held, ...pending].some(lock => lock.name === name);
    };
    while (!this.dead && !await asked())
      await new Promise(resolve => {
        setTimeout(resolve, 100);
      });
    if (this.dead)
      return;
    navigator.locks.request(name, {signal: this.#stop.signal}, () => this.#die()).catch(() => {});
  }

  /** Code that has not come ends a worker as a crash does; before the start it is the likelier cause. */
  #die(reason = this.#started ? crashed() : notDownloaded()) {
    if (this.dead)
      return;
    this.dead = true;
    this.#stop.abort();
    this.worker.terminate();
    for (const {reject} of this.#pending.values())
      reject(reason);
    this.#pending.clear();
  }
}

const crashed = () => new EngineError('crash', 'The engine stopped and could not be started again.');
