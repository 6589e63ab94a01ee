/* Shapes, icons and clipping on SDL's renderer: crisp at every scale, the same with the software
 * renderer. All coordinates are output pixels. */
#ifndef VIEWER_UI_DRAW_H
#define VIEWER_UI_DRAW_H

#include "viewer/geometry.h"

#include <SDL.h>

enum icon {
    ICON_PLAY,
    ICON_PAUSE,
    ICON_STOP,
    ICON_FIRST,
    ICON_LAST,
    ICON_BRUSH,
    ICON_ERASER,
    ICON_BOX,
    ICON_HAND,
    ICON_UNDO,
    ICON_REDO,
    ICON_INVERT,
    ICON_CLEAR,
    ICON_GRID,
    ICON_ORDER,
    ICON_HEAT,
    ICON_REVISED,
    ICON_LOCK,
    ICON_UNLOCK,
    ICON_DICE,
    ICON_REPEAT,
    ICON_SAVE,
    ICON_FILM,
    ICON_SUN,
    ICON_MOON,
    ICON_HELP,
    ICON_CHECK,
    ICON_CHEVRON,
    ICON_CLOSE,
    ICON_SEARCH,
    ICON_FIT,
    ICON_BACK,
    ICON_COMPARE,
    ICON_COUNT
};

struct draw_cached {
    uint32_t key; /* 0 = empty */
    SDL_Texture *texture;
};

enum { DRAW_CACHE = 256, DRAW_CLIPS = 8 };

struct draw {
    SDL_Renderer *renderer;
    struct draw_cached cache[DRAW_CACHE];
    SDL_Rect clips[DRAW_CLIPS];
    int clip_count;
};

/* Drops every cached texture (the renderer has lost them, or the scale has changed). */
void draw_forget(struct draw *draw);

void draw_rect(struct draw *draw, struct area area, SDL_Color color);

/* A rectangle with round corners, and its outline drawn inwards. */
void draw_round(struct draw *draw, struct area area, float radius, SDL_Color color);
void draw_frame(struct draw *draw, struct area area, float radius, float thickness,
                SDL_Color color);

/* A ring around a point, drawn inwards from `radius`. */
void draw_ring(struct draw *draw, struct point middle, float radius, float thickness,
               SDL_Color color);

void draw_icon(struct draw *draw, enum icon icon, struct area area, SDL_Color color);

/* Sharp-cornered outline of whole pixels, dashed if `dash` > 0. */
void draw_outline(struct draw *draw, struct area area, float thickness, float dash,
                  SDL_Color color);

/* Soft shadow below a floating area. */
void draw_shadow(struct draw *draw, struct area area, float radius, float spread);

/* Clips to the intersection of all pushed areas. */
void draw_clip(struct draw *draw, struct area area);
void draw_unclip(struct draw *draw);

SDL_Color color_mix(SDL_Color a, SDL_Color b, float share);
SDL_Color color_alpha(SDL_Color color, float alpha);

#endif
