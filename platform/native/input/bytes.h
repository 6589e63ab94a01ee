/* Whole inputs: files, pipes and standard input. An input that keeps the program waiting is named
 * on stderr, so that it never stands still without a word. */
#ifndef CLI_INPUT_BYTES_H
#define CLI_INPUT_BYTES_H

#include <stdbool.h>
#include <stddef.h>

enum { INPUT_HEAD = 16 };

struct input {
    const char *name; /* for messages: the path, or "stdin" */
    int file;
    bool regular; /* a file on disk, which can be opened again */
    bool told;    /* it was said that it is waited for */
    unsigned char head[INPUT_HEAD];
    size_t head_size; /* less than INPUT_HEAD only if there is no more */
};

/* Opens `path` ("-" = stdin) and reads its first bytes. Pipes may be slow; nothing of them is lost.
 * Exit code: 0, or UM_ERROR_IO with one line printed and nothing open. */
int input_open(struct input *input, const char *path);
void input_close(struct input *input);

/* Reads all of it, the first bytes included, and closes it. *bytes gets a NUL after the last one
 * and belongs to the caller (free). Exit code: 0, UM_ERROR_IO (also if there are more than `limit`
 * bytes) or UM_ERROR_MEMORY, with one line printed. */
int input_rest(struct input *input, size_t limit, char **bytes, size_t *size);

/* Both at once. */
int input_read(const char *path, size_t limit, char **bytes, size_t *size);

/* The same for text in UTF-8 or ASCII: a byte order mark at its start is left out. What holds NUL
 * bytes, or is UTF-16, is refused with UM_ERROR_ARGUMENT. */
int input_text(const char *path, size_t limit, char **text);

#endif
