// The one kind of error that the engine gives to the page.

/** @typedef {'network'|'model'|'memory'|'argument'|'cancelled'|'busy'|'crash'|'isolation'|
 *            'unsupported'} ErrorCode */

export class EngineError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message one clear sentence for a person
   */
  constructor(code, message) {
    super(message);
    this.name = 'EngineError';
    /** @type {ErrorCode} */
    this.code = code;
  }
}

/** Some part of the engine's code has not come. */
export const notDownloaded = () =>
  new EngineError('network', 'The engine could not be downloaded.');

/** For postMessage(): anything that was thrown, as code and sentence. */
export function describe(error) {
  if (error instanceof EngineError)
    return {code: error.code, message: error.message};
  return {code: 'crash', message: `The engine failed: ${error?.message ?? error}`};
}
