/* Text in any of the fonts that are installed: DejaVu Sans or the like first, a colour emoji font
 * and others where a letter is missing. Rendered pieces are kept as textures. */
#ifndef VIEWER_UI_TEXT_H
#define VIEWER_UI_TEXT_H

#include "viewer/ui/draw.h"

#include <SDL_ttf.h>

enum text_role { TEXT_SMALL, TEXT_BODY, TEXT_BOLD, TEXT_TITLE, TEXT_ROLES };

enum { TEXT_CACHE = 1024, TEXT_FALLBACKS = 8 };

struct text_piece {
    char *string; /* owned; NULL = empty */
    uint32_t hash, used;
    int font; /* role, or TEXT_ROLES + fallback * TEXT_ROLES + role */
    int width, height;
    bool colored;
    SDL_Texture *texture;
};

struct text {
    SDL_Renderer *renderer;
    float scale;
    TTF_Font *fonts[TEXT_ROLES];
    TTF_Font *fallbacks[TEXT_FALLBACKS][TEXT_ROLES];
    bool fallback_colored[TEXT_FALLBACKS]; /* a bitmap font of one size, drawn scaled */
    int fallback_count;
    struct text_piece cache[TEXT_CACHE];
    uint32_t clock;
};

/* Opens the fonts for `scale`. False if no font at all is found: `error` (room for 256) then says
 * what to install. `font` = a file to use first, or NULL. */
bool text_open(struct text *text, SDL_Renderer *renderer, float scale, const char *font,
               char *error);
void text_close(struct text *text);

/* Drops the textures, keeps the fonts. */
void text_forget(struct text *text);

/* Distance between lines, and from the top of a line to its baseline. */
float text_height(const struct text *text, enum text_role role);

float text_width(struct text *text, enum text_role role, const char *string);

/* Draws one line with its top left corner at (x, y); returns its width. UTF-8; malformed bytes are
 * left out. */
float text_draw(struct text *text, enum text_role role, float x, float y, SDL_Color color,
                const char *string);

/* The same cut with an ellipsis to fit `width`. */
float text_draw_fit(struct text *text, enum text_role role, float x, float y, float width,
                    SDL_Color color, const char *string);

/* A symbol (an emoji) centred in a square area; false if no font has it. */
bool text_symbol(struct text *text, struct area area, SDL_Color color, const char *symbol);

#endif
