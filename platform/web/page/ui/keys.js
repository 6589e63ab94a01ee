// The keyboard, outside of fields that need the keys themselves.

/** Whether a control that has the focus wants this key for itself. */
function taken(event) {
  const target = event.target;
  if (target.closest?.('dialog')) return true;
  const typed = target.matches?.('input:not([type=range]), select, textarea');
  if (typed)
    return event.key !== 'Escape' && !(event.key === 's' && (event.ctrlKey || event.metaKey));
  if (event.key === 'Enter' || event.key === ' ')
    return target.matches?.('button, summary, [role=option]') ?? false;
  return (
    target.matches?.('input[type=range], [role=radio]') && /^(Arrow|Home|End|Page)/.test(event.key)
  );
}

/** "Ctrl+Shift+z", "ArrowLeft", "n" */
function nameOf(event) {
  const control = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
  const shift = event.shiftKey && control ? 'Shift+' : '';
  return control + shift + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

/**
 * @param {Record<string, () => boolean | void>} actions  by name; one that returns false leaves the
 *   key to the browser
 */
export function watchKeys(actions) {
  addEventListener('keydown', (event) => {
    if (event.repeat && event.key === 'Enter') return; // held, it would draw and cancel by turns
    if (event.altKey || event.isComposing || event.defaultPrevented || taken(event)) return;
    const act = actions[nameOf(event)];
    if (act && act() !== false) event.preventDefault();
  });
}
