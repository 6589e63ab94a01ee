// Code of every thread's worker: a thread that dies cannot say so, and its parent, which waits for
// it inside the module, cannot hear it. So each one holds a lock, and tells the page its name; the
// page is given that lock when the worker is gone. The module's own worker has no fragment. The name
// goes out first: a thread that begins to work reads no more messages.
if (self.location && self.location.hash && self.navigator && self.navigator.locks) {
  const channel = self.location.hash.slice(1);
  const name = channel + '.' + Math.random();
  new BroadcastChannel(channel).postMessage(name);
  navigator.locks.request(name, () => new Promise(release => {
    self.addEventListener('error', release);
    self.addEventListener('unhandledrejection', release);
  }));
}
