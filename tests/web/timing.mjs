// Times that hold on an idle machine. Other programs can only make them longer, so elsewhere a test
// fails at ten times as much; UM_STRICT_TIMES=1 asks for the times themselves.
import assert from 'node:assert/strict';

const SLACK = process.env.UM_STRICT_TIMES ? 1 : 10;

/** The longest that something may take here.
 * @param {number} milliseconds on an idle machine */
export const allowed = milliseconds => milliseconds * SLACK;

/** Says how long something took, and fails if that is too long.
 * @param {string} what
 * @param {number} taken milliseconds
 * @param {number} bar milliseconds on an idle machine */
export function within(what, taken, bar) {
  console.log(`${what}: ${Math.round(taken)} ms of ${Math.round(bar)} ms`);
  assert.ok(taken <= allowed(bar), `${what}: ${taken} ms, more than ${allowed(bar)} ms`);
}
