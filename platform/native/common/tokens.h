/* Token grids as text: one row of the grid per line, integers separated by spaces, -1 = masked. */
#ifndef CLI_COMMON_TOKENS_H
#define CLI_COMMON_TOKENS_H

#include "common/buffer.h"

#include <stdint.h>
#include <unmask/unmask.h>

/* Appends the grid. False: no memory. */
bool tokens_format(struct buffer *out, const int32_t *tokens, uint32_t width, uint32_t height);

/* Reads a grid of the model's size from `path` ("-" = stdin). *tokens belongs to the caller (free).
 * Exit code: 0; UM_ERROR_IO if unreadable; UM_ERROR_ARGUMENT with line and value named if the
 * content is wrong, or masked without allow_masked. */
int tokens_read(const char *path, const um_model_info *info, bool allow_masked, int32_t **tokens);

/* The same on a string, `path` standing for its origin in messages. */
int tokens_parse(const char *text, const char *path, const um_model_info *info, bool allow_masked,
                 int32_t *tokens);

#endif
