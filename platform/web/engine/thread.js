// The first code of every thread, for modules that keep their threads' code in a file of its own. That
// code waits for the glue without an answer to its failure: the module would wait for the thread, too,
// for ever. As an error it reaches the module's worker, and from there the page.
addEventListener('unhandledrejection', event => {
  throw event.reason;
});
importScripts('unmask-mt.worker.js');
