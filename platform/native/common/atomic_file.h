/* Output files that appear whole or not at all: a temporary file in the same folder, synced, then
 * renamed. Links are followed, and an old file's owner and mode stay. Where a file cannot be
 * replaced but can be written, or has several names, it is written in place. Targets that are no
 * regular files (/dev/null, pipes) are written directly. */
#ifndef CLI_COMMON_ATOMIC_FILE_H
#define CLI_COMMON_ATOMIC_FILE_H

#include <stddef.h>

/* Writes all bytes to `path`, or to stdout when `path` is "-". Returns an exit code: 0, or
 * UM_ERROR_IO with the line printed and nothing left behind. */
int write_file(const char *path, const void *bytes, size_t size);

/* Tries whether write_file() could write there, leaving nothing behind. Exit code as above. */
int probe_file(const char *path);

/* The same, but where there is no file yet, its folder is not tried: for many names in one. */
int probe_replace(const char *path);

#endif
