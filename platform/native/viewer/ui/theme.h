/* Colours, dark and light. */
#ifndef VIEWER_UI_THEME_H
#define VIEWER_UI_THEME_H

#include <SDL.h>

struct theme {
    SDL_Color canvas, panel, raised, hover, line; /* surfaces, from the back to the front */
    SDL_Color text, muted, accent, on_accent, good, bad, on_bad, mask;
};

extern const struct theme theme_dark, theme_light;

#endif
