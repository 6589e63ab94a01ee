/* Where font files usually are. */
#ifndef VIEWER_UI_FONTS_H
#define VIEWER_UI_FONTS_H

#include <stdbool.h>

enum font_kind { FONT_REGULAR, FONT_BOLD };

/* `wanted` if it is not NULL, else the first that exists; NULL if there is none. */
const char *font_file(const char *wanted, enum font_kind kind);

/* Fonts to look into for letters that the first one lacks, in order: number 0, 1, ...; NULL after
 * the last that exists. `colored`: a colour bitmap font. */
const char *font_fallback(int number, bool *colored);

#endif
