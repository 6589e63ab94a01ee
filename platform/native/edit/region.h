/* Which pixels an edit draws anew: --mask or --box as an array. */
#ifndef CLI_EDIT_REGION_H
#define CLI_EDIT_REGION_H

#include "args.h"

/* Reads --mask or --box for a picture whose file has that size, and which is worked on `factor`
 * times smaller. *mask: (height / factor, width / factor), nonzero = repaint (free), or NULL if
 * neither was given. A mask that marks everything gets a warning, one that marks nothing is
 * refused. Exit code; a line is printed unless it is 0. */
int region_read(uint8_t **mask, const struct args *args, uint32_t width, uint32_t height,
                uint32_t factor);

#endif
