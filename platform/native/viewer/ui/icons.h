/* Icons as signed distances on a grid of 24, so that they are sharp in every size. */
#ifndef VIEWER_UI_ICONS_H
#define VIEWER_UI_ICONS_H

#include "viewer/ui/draw.h"

/* White RGBA with the icon's coverage as alpha; `side` x `side` pixels. */
void icon_pixels(enum icon icon, uint8_t *pixels, int side);

#endif
