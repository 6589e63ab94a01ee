/* Reading a file at any position. Files are never mapped: a mapped file that shrinks meanwhile
 * kills the process, here it is a short read; one that changes between hashing and use would not be
 * what was checked; and there is little to save, because backends pack or upload every matrix and
 * give back its bytes at once (um_discard), which leaves the vectors, a thousandth of a model. */
#ifndef UM_BASE_FILE_H
#define UM_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct um_file {
    int handle;
};

/* What went wrong, to word a message: the reason as a constant phrase, and whether the path names
 * no regular file at all. */
struct um_file_error {
    const char *reason;
    bool missing;
};

/* Opens a regular file for reading. On failure nothing is open and *error is filled. */
bool um_file_open(struct um_file *file, const char *path, struct um_file_error *error);

/* The file's size in bytes now. False if the system cannot tell. */
bool um_file_size(const struct um_file *file, uint64_t *bytes);

/* Reads exactly `bytes` bytes from `offset` on. False if the system fails or the file ends early;
 * then the contents of `data` are undefined. */
bool um_file_read(const struct um_file *file, uint64_t offset, void *data, size_t bytes);

void um_file_close(struct um_file *file);

#endif
