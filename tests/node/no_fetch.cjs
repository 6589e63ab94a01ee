// Before a module of Emscripten 3.1.6 starts: with fetch() there it would not read its own file.
delete globalThis.fetch;
