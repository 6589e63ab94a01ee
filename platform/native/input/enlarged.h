/* Pictures that were saved enlarged (--scale) are worked on at the size at which they were drawn.
 */
#ifndef CLI_INPUT_ENLARGED_H
#define CLI_INPUT_ENLARGED_H

#include "input/picture_file.h"

enum { ENLARGED_MOST = 64 };

enum enlarged {
    ENLARGED_NOT,     /* nothing says so; the picture stays as it is */
    ENLARGED_EXACTLY, /* each square of pixels was one pixel, and is again */
    ENLARGED_ABOUT,   /* it has been changed since: each square became its mean */
    ENLARGED_NO_MORE, /* its size and its pixels say otherwise; it stays as it is */
};

/* By which factor the settings (the text `unmask`, NULL = none) say that the picture was enlarged,
 * 1 if they say nothing. Never prints. */
uint32_t enlarged_stated(const char *settings);

/* Undoes the enlargement that file->unmask states. *factor: by how much the picture is smaller now,
 * 1 = it is as it was. Never fails: there is always less to keep. */
enum enlarged enlarged_undo(struct picture_file *file, uint32_t *factor);

/* What was done, as a sentence about the picture; "" unless it may surprise. */
void enlarged_remark(enum enlarged what, const struct picture_file *file, char *text, size_t room);

/* Both, the remark on stderr. Returns the factor. */
uint32_t enlarged_undo_and_note(struct picture_file *file, const char *path);

#endif
