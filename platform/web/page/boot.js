// Before anything else, and without anything else: says so if a part of the page does not come.
document.documentElement.classList.add('booted');
addEventListener('error', (event) => {
  const part = event.target;
  if (part?.tagName !== 'SCRIPT' && part?.rel !== 'stylesheet') return;
  document.documentElement.classList.add('unloaded');
}, true);
addEventListener('click', (event) => {
  if (event.target.id !== 'reload') return;
  event.preventDefault(); // the link would lose what the address says after #
  location.reload();
});
