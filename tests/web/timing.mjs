// Times. Other programs can only make them longer, so they are held to where the machine is known to be
// idle, with UM_STRICT_TIMES=1; elsewhere they are said. What a thread itself takes is held to everywhere,
// with room for a processor that is shared.
import assert from 'node:assert/strict';

const STRICT = Boolean(process.env.UM_STRICT_TIMES);
const SHARED = 10;

/** The longest that something may take here.
 * @param {number} milliseconds on an idle machine */
export const allowed = milliseconds => STRICT ? milliseconds : Infinity;

/** Says how long something took, and fails if that is too long.
 * @param {string} what
 * @param {number} taken milliseconds
 * @param {number} bar milliseconds on an idle machine
 * @param {number} [limit] what counts here */
export function within(what, taken, bar, limit = allowed(bar)) {
  console.log(`${what}: ${Math.round(taken)} ms of ${Math.round(bar)} ms`);
  assert.ok(taken <= limit, `${what}: ${taken} ms, more than ${limit} ms`);
}

/** The same for a thread's own time. */
export const withinOwn = (what, taken, bar) =>
  within(what, taken, bar, STRICT ? bar : SHARED * bar);
