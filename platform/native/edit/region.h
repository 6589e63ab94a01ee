/* Which pixels an edit draws anew: --mask or --box as an array. */
#ifndef CLI_EDIT_REGION_H
#define CLI_EDIT_REGION_H

#include "args.h"

/* Reads --mask or --box for a picture of that size. *mask: (height, width), nonzero = repaint
 * (free), or NULL if neither was given. Exit code; a line is printed unless it is 0. */
int region_read(uint8_t **mask, const struct args *args, uint32_t width, uint32_t height);

#endif
