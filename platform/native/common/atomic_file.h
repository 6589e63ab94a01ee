/* Output files that appear whole or not at all: a temporary file in the same folder, synced, then
 * renamed. Targets that are no regular files (/dev/null, pipes) are written directly. */
#ifndef CLI_COMMON_ATOMIC_FILE_H
#define CLI_COMMON_ATOMIC_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes all bytes to `path`, or to stdout when `path` is "-". Returns an exit code: 0, or
 * UM_ERROR_IO with the line printed and nothing left behind. */
int write_file(const char *path, const void *bytes, size_t size);

/* Tries whether write_file() could write there, leaving nothing behind. Exit code as above. */
int probe_file(const char *path);

/* Whether both names lead to one regular file that exists. */
bool same_file(const char *one, const char *other);

/* Reads a whole file of at most `limit` bytes, or stdin when `path` is "-". *bytes gets a NUL after
 * the last byte and belongs to the caller (free). Exit code as above. */
int read_file(const char *path, size_t limit, char **bytes, size_t *size);

#endif
