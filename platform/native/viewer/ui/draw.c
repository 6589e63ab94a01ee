/* Shapes: corners and rings are small white textures, tinted when they are drawn. */
#include "viewer/ui/draw.h"

#include "viewer/ui/icons.h"

#include <math.h>
#include <stdlib.h>

void draw_forget(struct draw *draw) {
    for (int i = 0; i < DRAW_CACHE; i++) {
        SDL_DestroyTexture(draw->cache[i].texture);
        draw->cache[i] = (struct draw_cached){0};
    }
}

SDL_Color color_mix(SDL_Color a, SDL_Color b, float share) {
    float keep = 1 - share;
    return (SDL_Color){(uint8_t)((float)a.r * keep + (float)b.r * share),
                       (uint8_t)((float)a.g * keep + (float)b.g * share),
                       (uint8_t)((float)a.b * keep + (float)b.b * share),
                       (uint8_t)((float)a.a * keep + (float)b.a * share)};
}

SDL_Color color_alpha(SDL_Color color, float alpha) {
    color.a = (uint8_t)((float)color.a * fminf(fmaxf(alpha, 0), 1));
    return color;
}

static SDL_FRect to_rect(struct area area) {
    return (SDL_FRect){area.x, area.y, area.w, area.h};
}

void draw_rect(struct draw *draw, struct area area, SDL_Color color) {
    SDL_FRect rect = to_rect(area);
    SDL_SetRenderDrawBlendMode(draw->renderer,
                               color.a == 255 ? SDL_BLENDMODE_NONE : SDL_BLENDMODE_BLEND);
    SDL_SetRenderDrawColor(draw->renderer, color.r, color.g, color.b, color.a);
    SDL_RenderFillRectF(draw->renderer, &rect);
}

/* White with the coverage of a ring as alpha; thickness >= radius makes a disc. */
static void ring_pixels(uint8_t *pixels, int side, float radius, float thickness) {
    float middle = (float)side / 2;
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
            float dx = (float)x + 0.5F - middle, dy = (float)y + 0.5F - middle;
            float d = sqrtf(dx * dx + dy * dy);
            float cover = fminf(fmaxf(radius - d + 0.5F, 0), 1);
            if (thickness < radius) {
                cover *= fminf(fmaxf(d - (radius - thickness) + 0.5F, 0), 1);
            }
            uint8_t *pixel = pixels + 4 * ((size_t)y * (size_t)side + (size_t)x);
            pixel[0] = pixel[1] = pixel[2] = 255;
            pixel[3] = (uint8_t)(cover * 255 + 0.5F);
        }
    }
}

static struct draw_cached *slot(struct draw *draw, uint32_t key) {
    uint32_t at = (key * 2654435761U) % DRAW_CACHE;
    for (int probe = 0; probe < 16; probe++, at = (at + 1) % DRAW_CACHE) {
        if (draw->cache[at].key == key || draw->cache[at].key == 0) {
            return &draw->cache[at];
        }
    }
    SDL_DestroyTexture(draw->cache[at].texture);
    draw->cache[at] = (struct draw_cached){0};
    return &draw->cache[at];
}

static SDL_Texture *keep(struct draw *draw, struct draw_cached *cached, uint32_t key, int side,
                         const uint8_t *pixels) {
    cached->texture = SDL_CreateTexture(draw->renderer, SDL_PIXELFORMAT_RGBA32,
                                        SDL_TEXTUREACCESS_STATIC, side, side);
    if (cached->texture != NULL) {
        cached->key = key;
        SDL_UpdateTexture(cached->texture, NULL, pixels, side * 4);
        SDL_SetTextureBlendMode(cached->texture, SDL_BLENDMODE_BLEND);
    }
    return cached->texture;
}

/* Radius and thickness in quarters of a pixel make the key. */
static SDL_Texture *ring(struct draw *draw, float radius, float thickness) {
    uint32_t r4 = (uint32_t)(fminf(radius, 1000) * 4 + 0.5F);
    uint32_t t4 = thickness >= radius ? 0x1fff : (uint32_t)(thickness * 4 + 0.5F);
    uint32_t key = 1U << 31 | r4 << 16 | t4;
    struct draw_cached *cached = slot(draw, key);
    if (cached->key == key) {
        return cached->texture;
    }
    int side = 2 * (int)ceilf(radius);
    uint8_t *pixels = malloc((size_t)side * (size_t)side * 4 + 4);
    if (pixels == NULL) {
        return NULL;
    }
    ring_pixels(pixels, side, radius, thickness);
    SDL_Texture *texture = keep(draw, cached, key, side, pixels);
    free(pixels);
    return texture;
}

static void tint(SDL_Texture *texture, SDL_Color color) {
    SDL_SetTextureColorMod(texture, color.r, color.g, color.b);
    SDL_SetTextureAlphaMod(texture, color.a);
}

static void corners(struct draw *draw, SDL_Texture *texture, struct area area, int r) {
    int w = (int)area.w, h = (int)area.h, x = (int)area.x, y = (int)area.y;
    for (int i = 0; i < 4; i++) {
        int right = i & 1, bottom = i >> 1;
        SDL_Rect from = {right * r, bottom * r, r, r};
        SDL_Rect to = {right ? x + w - r : x, bottom ? y + h - r : y, r, r};
        SDL_RenderCopy(draw->renderer, texture, &from, &to);
    }
}

static struct area whole(struct area area) {
    float x = roundf(area.x), y = roundf(area.y);
    return (struct area){x, y, roundf(area.x + area.w) - x, roundf(area.y + area.h) - y};
}

void draw_round(struct draw *draw, struct area area, float radius, SDL_Color color) {
    area = whole(area);
    float r = floorf(fminf(radius, fminf(area.w, area.h) / 2));
    SDL_Texture *texture = r >= 1 ? ring(draw, r, r) : NULL;
    if (texture == NULL) {
        draw_rect(draw, area, color);
        return;
    }
    tint(texture, color);
    corners(draw, texture, area, (int)r);
    draw_rect(draw, (struct area){area.x + r, area.y, area.w - 2 * r, r}, color);
    draw_rect(draw, (struct area){area.x, area.y + r, area.w, area.h - 2 * r}, color);
    draw_rect(draw, (struct area){area.x + r, area.y + area.h - r, area.w - 2 * r, r}, color);
}

void draw_frame(struct draw *draw, struct area area, float radius, float thickness,
                SDL_Color color) {
    area = whole(area);
    float r = floorf(fminf(radius, fminf(area.w, area.h) / 2));
    float t = fmaxf(1, roundf(thickness));
    SDL_Texture *texture = r > t ? ring(draw, r, t) : NULL;
    if (texture == NULL) {
        draw_outline(draw, area, t, 0, color);
        return;
    }
    tint(texture, color);
    corners(draw, texture, area, (int)r);
    draw_rect(draw, (struct area){area.x + r, area.y, area.w - 2 * r, t}, color);
    draw_rect(draw, (struct area){area.x + r, area.y + area.h - t, area.w - 2 * r, t}, color);
    draw_rect(draw, (struct area){area.x, area.y + r, t, area.h - 2 * r}, color);
    draw_rect(draw, (struct area){area.x + area.w - t, area.y + r, t, area.h - 2 * r}, color);
}

void draw_ring(struct draw *draw, struct point middle, float radius, float thickness,
               SDL_Color color) {
    SDL_Texture *texture = radius >= 1 ? ring(draw, radius, thickness) : NULL;
    if (texture != NULL) {
        float side = 2 * ceilf(radius);
        SDL_FRect to = {roundf(middle.x - side / 2), roundf(middle.y - side / 2), side, side};
        tint(texture, color);
        SDL_RenderCopyF(draw->renderer, texture, NULL, &to);
    }
}

void draw_icon(struct draw *draw, enum icon icon, struct area area, SDL_Color color) {
    int side = (int)roundf(fminf(area.w, area.h));
    uint32_t key = 1U << 30 | (uint32_t)side << 8 | (uint32_t)icon;
    struct draw_cached *cached = slot(draw, key);
    if (cached->key != key) {
        uint8_t *pixels = malloc((size_t)side * (size_t)side * 4 + 4);
        if (pixels == NULL) {
            return;
        }
        icon_pixels(icon, pixels, side);
        keep(draw, cached, key, side, pixels);
        free(pixels);
    }
    if (cached->texture != NULL) {
        SDL_Rect to = {(int)roundf(area.x + (area.w - (float)side) / 2),
                       (int)roundf(area.y + (area.h - (float)side) / 2), side, side};
        tint(cached->texture, color);
        SDL_RenderCopy(draw->renderer, cached->texture, NULL, &to);
    }
}

static void dashes(struct draw *draw, struct area line, float dash, SDL_Color color) {
    bool across = line.w >= line.h;
    float length = across ? line.w : line.h;
    for (float at = 0; at < length; at += 2 * dash) {
        float part = fminf(dash, length - at);
        struct area piece = across ? (struct area){line.x + at, line.y, part, line.h}
                                   : (struct area){line.x, line.y + at, line.w, part};
        draw_rect(draw, piece, color);
    }
}

void draw_outline(struct draw *draw, struct area area, float thickness, float dash,
                  SDL_Color color) {
    float t = fmaxf(1, roundf(thickness));
    struct area sides[4] = {{area.x, area.y, area.w, t},
                            {area.x, area.y + area.h - t, area.w, t},
                            {area.x, area.y + t, t, area.h - 2 * t},
                            {area.x + area.w - t, area.y + t, t, area.h - 2 * t}};
    for (int i = 0; i < 4; i++) {
        if (dash > 0) {
            dashes(draw, sides[i], dash, color);
        } else {
            draw_rect(draw, sides[i], color);
        }
    }
}

/* Rings that fade outwards: only the rim around the area is blended. */
void draw_shadow(struct draw *draw, struct area area, float radius, float spread) {
    float step = fmaxf(1, roundf(spread / 8));
    float drop = roundf(spread / 4);
    area.y += drop;
    for (float by = step; by <= spread; by += step) {
        float left = 1 - (by - step) / spread;
        struct area grown = {area.x - by, area.y - by, area.w + 2 * by, area.h + 2 * by};
        draw_frame(draw, grown, radius + by, step,
                   (SDL_Color){0, 0, 0, (uint8_t)(38 * left * left)});
    }
}

void draw_clip(struct draw *draw, struct area area) {
    area = whole(area);
    SDL_Rect rect = {(int)area.x, (int)area.y, (int)area.w, (int)area.h}, both;
    if (draw->clip_count > 0 &&
        !SDL_IntersectRect(&rect, &draw->clips[draw->clip_count - 1], &both)) {
        both = (SDL_Rect){rect.x, rect.y, 0, 0};
    }
    rect = draw->clip_count > 0 ? both : rect;
    if (draw->clip_count < DRAW_CLIPS) {
        draw->clips[draw->clip_count++] = rect;
    }
    SDL_RenderSetClipRect(draw->renderer, &rect);
}

void draw_unclip(struct draw *draw) {
    draw->clip_count--;
    SDL_RenderSetClipRect(draw->renderer,
                          draw->clip_count > 0 ? &draw->clips[draw->clip_count - 1] : NULL);
}
