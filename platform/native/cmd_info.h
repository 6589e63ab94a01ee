/* What `unmask info --json` prints of a picture, apart from printing it. */
#ifndef CLI_CMD_INFO_H
#define CLI_CMD_INFO_H

#include "common/buffer.h"
#include "common/meta.h"
#include "input/picture_file.h"

/* Appends the object. `meta`: the picture's settings, read, or NULL. */
void info_picture_json(struct buffer *out, const char *path, const struct picture_file *content,
                       const struct meta *meta);

#endif
