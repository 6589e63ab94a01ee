// Sentences for the visitor: an error where it matters with the way out, or a quiet note that goes by
// itself.
import {$, element, icon} from './dom.js';

const NOTE_MS = 8000;

function show(place, text, kind, actions) {
  const box = element('div', {className: `note ${kind}`}, element('p', {textContent: text}));
  for (const [label, act] of actions) {
    const button = element('button', {type: 'button', textContent: label});
    button.addEventListener('click', () => {
      box.remove();
      act();
    });
    box.append(button);
  }
  const close = element(
    'button',
    {type: 'button', className: 'icon', 'aria-label': 'Dismiss'},
    icon('close'),
  );
  close.addEventListener('click', () => box.remove());
  box.append(close);
  place.replaceChildren(box);
  return box;
}

/**
 * Stays until it is dismissed or something works again.
 * @param {string} text @param {...[string, () => void]} actions  label and what it does
 */
export function tellError(text, ...actions) {
  show($('errors'), text, 'bad', actions);
}

/** As tellError(), about something that a picture drawn meanwhile does not make right. */
export function tellLasting(text, ...actions) {
  show($('errors'), text, 'bad lasting', actions);
}

/** @param {boolean} [all]  the visitor has gone on: lasting ones, too */
export function clearErrors(all = false) {
  for (const box of $('errors').querySelectorAll(all ? '.note' : '.note:not(.lasting)'))
    box.remove();
}

/** @param {string} text @param {...[string, () => void]} actions  a note with one stays */
export function tell(text, ...actions) {
  const box = show($('notes'), text, 'quiet', actions);
  if (actions.length === 0) setTimeout(() => box.remove(), NOTE_MS);
}

/** What to tell about an error: its own sentence, if that was written for people. */
export function sentence(error) {
  const written = typeof error?.code === 'string' || error?.name === 'OpenError';
  return written ? error.message : `Something unexpected happened: ${error?.message ?? error}.`;
}
