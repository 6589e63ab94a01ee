/* Text rendering. */
#include "viewer/ui/text.h"

#include "viewer/ui/fonts.h"
#include "viewer/ui/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLOR_SIZE = 109, PIECE_LIMIT = 512 }; /* the one size of the colour bitmap font */

static const float sizes[TEXT_ROLES] = {12, 14, 14, 20};

static TTF_Font *open_role(const char *path, enum text_role role, float scale, bool colored) {
    int size = colored ? COLOR_SIZE : (int)roundf(sizes[role] * scale);
    return path != NULL && path[0] != '\0' ? TTF_OpenFont(path, size) : NULL;
}

bool text_open(struct text *text, SDL_Renderer *renderer, float scale, const char *font,
               char *error) {
    *text = (struct text){.renderer = renderer, .scale = scale};
    const char *regular = font_file(font, FONT_REGULAR), *bold = font_file(NULL, FONT_BOLD);
    for (int role = 0; role < TEXT_ROLES; role++) {
        bool strong = role == TEXT_BOLD || role == TEXT_TITLE;
        const char *path = strong && bold != NULL && font == NULL ? bold : regular;
        text->fonts[role] = open_role(path, (enum text_role)role, scale, false);
        if (text->fonts[role] == NULL) {
            SDL_snprintf(error, 256, "no font found: install fonts-dejavu-core, or give --font");
            text_close(text);
            return false;
        }
        TTF_SetFontHinting(text->fonts[role], TTF_HINTING_LIGHT_SUBPIXEL);
    }
    for (int i = 0; text->fallback_count < TEXT_FALLBACKS; i++) {
        bool colored = false;
        const char *path = font_fallback(i, &colored);
        if (path == NULL) {
            break;
        }
        int at = text->fallback_count;
        text->fallback_colored[at] = colored;
        bool ok = true;
        for (int role = 0; role < TEXT_ROLES && ok; role++) {
            /* The colour font has one size: open it once. */
            text->fallbacks[at][role] = colored && role > 0
                                            ? text->fallbacks[at][0]
                                            : open_role(path, (enum text_role)role, scale, colored);
            ok = text->fallbacks[at][role] != NULL;
        }
        text->fallback_count += ok;
    }
    return true;
}

void text_forget(struct text *text) {
    for (int i = 0; i < TEXT_CACHE; i++) {
        free(text->cache[i].string);
        SDL_DestroyTexture(text->cache[i].texture);
        text->cache[i] = (struct text_piece){0};
    }
}

void text_close(struct text *text) {
    text_forget(text);
    for (int i = 0; i < TEXT_FALLBACKS; i++) {
        for (int role = 0; role < TEXT_ROLES; role++) {
            if (text->fallbacks[i][role] != NULL && !(text->fallback_colored[i] && role > 0)) {
                TTF_CloseFont(text->fallbacks[i][role]);
            }
            text->fallbacks[i][role] = NULL;
        }
    }
    for (int role = 0; role < TEXT_ROLES; role++) {
        if (text->fonts[role] != NULL) {
            TTF_CloseFont(text->fonts[role]);
            text->fonts[role] = NULL;
        }
    }
}

float text_height(const struct text *text, enum text_role role) {
    return (float)TTF_FontHeight(text->fonts[role]);
}

static TTF_Font *font_of(const struct text *text, int font) {
    return font < TEXT_ROLES ? text->fonts[font]
                             : text->fallbacks[font / TEXT_ROLES - 1][font % TEXT_ROLES];
}

static bool is_colored(const struct text *text, int font) {
    return font >= TEXT_ROLES && text->fallback_colored[font / TEXT_ROLES - 1];
}

/* Joiners and selectors stay with the letter before them. */
static bool is_attached(uint32_t letter) {
    return letter == 0x200d || (letter >= 0xfe00 && letter <= 0xfe0f) ||
           (letter >= 0x1f3fb && letter <= 0x1f3ff) || letter == 0x20e3 ||
           (letter >= 0xe0020 && letter <= 0xe007f);
}

static int choose_font(const struct text *text, enum text_role role, uint32_t letter) {
    if (letter < 0x2190 || TTF_GlyphIsProvided32(text->fonts[role], letter)) {
        bool emoji = letter >= 0x1f000;
        if (!emoji && TTF_GlyphIsProvided32(text->fonts[role], letter)) {
            return (int)role;
        }
    }
    for (int i = 0; i < text->fallback_count; i++) {
        if (TTF_GlyphIsProvided32(text->fallbacks[i][role], letter)) {
            return TEXT_ROLES + i * TEXT_ROLES + (int)role;
        }
    }
    return (int)role;
}

static void render(struct text *text, struct text_piece *piece) {
    SDL_Surface *surface = TTF_RenderUTF8_Blended(font_of(text, piece->font), piece->string,
                                                  (SDL_Color){255, 255, 255, 255});
    if (surface == NULL) {
        return;
    }
    piece->texture = SDL_CreateTextureFromSurface(text->renderer, surface);
    piece->width = surface->w;
    piece->height = surface->h;
    piece->colored = is_colored(text, piece->font);
    if (piece->texture != NULL) {
        SDL_SetTextureScaleMode(piece->texture, SDL_ScaleModeLinear);
    }
    SDL_FreeSurface(surface);
}

/* The piece from the cache, rendered if need be; NULL when memory has run out. */
static struct text_piece *piece_for(struct text *text, int font, const char *string,
                                    size_t length) {
    uint32_t hash = 2166136261U ^ (uint32_t)font;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)string[i]) * 16777619U;
    }
    struct text_piece *oldest = NULL;
    for (uint32_t probe = 0; probe < 8; probe++) {
        struct text_piece *piece = &text->cache[(hash + probe) % TEXT_CACHE];
        if (piece->string != NULL && piece->hash == hash && piece->font == font &&
            strncmp(piece->string, string, length) == 0 && piece->string[length] == '\0') {
            piece->used = ++text->clock;
            return piece;
        }
        if (oldest == NULL || piece->used < oldest->used) {
            oldest = piece;
        }
    }
    free(oldest->string);
    SDL_DestroyTexture(oldest->texture);
    *oldest = (struct text_piece){.hash = hash, .font = font, .used = ++text->clock};
    oldest->string = malloc(length + 1);
    if (oldest->string == NULL) {
        return NULL;
    }
    memcpy(oldest->string, string, length);
    oldest->string[length] = '\0';
    render(text, oldest);
    return oldest;
}

/* The next run of letters of one font: returns its length and the font; skips malformed bytes. */
static size_t next_run(const struct text *text, enum text_role role, const char *string,
                       int *font) {
    size_t length = 0;
    *font = -1;
    while (string[length] != '\0' && length < PIECE_LIMIT) {
        uint32_t letter;
        size_t size = utf8_read(string + length, &letter);
        if (size == 0) {
            break;
        }
        int chosen = *font >= 0 && is_attached(letter) ? *font : choose_font(text, role, letter);
        if (*font >= 0 && chosen != *font) {
            break;
        }
        *font = chosen;
        length += size;
    }
    return length;
}

static float piece_scale(const struct text *text, enum text_role role,
                         const struct text_piece *piece) {
    return piece->colored ? text_height(text, role) / (float)piece->height : 1;
}

/* Draws with a renderer only if `color` is not NULL; returns the width. */
static float walk(struct text *text, enum text_role role, float x, float y, const SDL_Color *color,
                  const char *string) {
    float start = x;
    while (*string != '\0') {
        int font;
        size_t length = next_run(text, role, string, &font);
        if (length == 0) {
            string++; /* a malformed byte */
            continue;
        }
        struct text_piece *piece = piece_for(text, font, string, length);
        string += length;
        if (piece == NULL || piece->texture == NULL) {
            continue;
        }
        float scale = piece_scale(text, role, piece);
        SDL_FRect to = {x, y, (float)piece->width * scale, (float)piece->height * scale};
        if (color != NULL) {
            SDL_Color white = {255, 255, 255, color->a}, c = piece->colored ? white : *color;
            SDL_SetTextureColorMod(piece->texture, c.r, c.g, c.b);
            SDL_SetTextureAlphaMod(piece->texture, c.a);
            SDL_RenderCopyF(text->renderer, piece->texture, NULL, &to);
        }
        x += to.w;
    }
    return x - start;
}

float text_width(struct text *text, enum text_role role, const char *string) {
    return walk(text, role, 0, 0, NULL, string);
}

float text_draw(struct text *text, enum text_role role, float x, float y, SDL_Color color,
                const char *string) {
    return walk(text, role, roundf(x), roundf(y), &color, string);
}

float text_draw_fit(struct text *text, enum text_role role, float x, float y, float width,
                    SDL_Color color, const char *string) {
    char cut[PIECE_LIMIT];
    size_t length = strlen(string);
    if (length < sizeof cut - 4 && text_width(text, role, string) <= width) {
        return text_draw(text, role, x, y, color, string);
    }
    length = length < sizeof cut - 4 ? length : sizeof cut - 4;
    memcpy(cut, string, length);
    while (length > 0) {
        length = utf8_before(cut, length);
        memcpy(cut + length, "…", sizeof "…");
        if (text_width(text, role, cut) <= width) {
            break;
        }
    }
    return text_draw(text, role, x, y, color, cut);
}

bool text_symbol(struct text *text, struct area area, SDL_Color color, const char *symbol) {
    int font;
    size_t length = next_run(text, TEXT_TITLE, symbol, &font);
    struct text_piece *piece = length > 0 ? piece_for(text, font, symbol, length) : NULL;
    if (piece == NULL || piece->texture == NULL || piece->height == 0) {
        return false;
    }
    float scale = fminf(area.w / (float)piece->width, area.h / (float)piece->height);
    float w = (float)piece->width * scale, h = (float)piece->height * scale;
    SDL_FRect to = {roundf(area.x + (area.w - w) / 2), roundf(area.y + (area.h - h) / 2), w, h};
    SDL_Color c = piece->colored ? (SDL_Color){255, 255, 255, color.a} : color;
    SDL_SetTextureColorMod(piece->texture, c.r, c.g, c.b);
    SDL_SetTextureAlphaMod(piece->texture, c.a);
    SDL_RenderCopyF(text->renderer, piece->texture, NULL, &to);
    return true;
}
