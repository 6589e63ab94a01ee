/* Where a finished picture can go: one table of formats, chosen by the name's end or by name. */
#ifndef CLI_COMMON_SINK_H
#define CLI_COMMON_SINK_H

#include "common/png_io.h"

struct sink {
    const char *suffix; /* ".png", in either case; or the whole name, where no file is written:
                           "hash", "null" */
    bool is_file;
    /* Appends the bytes of the file, or the line for stdout. False: no memory. */
    bool (*encode)(struct buffer *out, const struct picture *picture,
                   const struct png_text_pair *texts, size_t text_count);
};

/* The format for `path` ("-" = PNG on stdout). NULL, with one line printed, if there is none. */
const struct sink *sink_for(const char *path, const char *option);

/* Encodes and writes to `path`. Exit code; a message is printed unless it is 0. */
int sink_write(const struct sink *sink, const char *path, const struct picture *picture,
               const struct png_text_pair *texts, size_t text_count);

#endif
