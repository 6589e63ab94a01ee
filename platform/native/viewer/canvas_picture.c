/* The picture of this moment: two steps blended, masked tokens veiled. The blend is made of the
 * picture's own pixels, so its cost does not depend on the window. */
#include "viewer/app.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float VEIL = 0.62F; /* how much of a masked token is covered */

struct cover {
    float pale, dark; /* grey of the cover, by chequered token */
};

/* The pixel of one frame with its veil. */
static void sample(const struct take_frame *frame, size_t pixel, size_t token, bool odd,
                   bool veiled, const struct cover *cover, float *rgb) {
    float grey = odd ? cover->pale : cover->dark;
    if (frame->rgb == NULL) {
        rgb[0] = rgb[1] = rgb[2] = grey;
        return;
    }
    bool masked = veiled && frame->tokens[token] < 0 && frame->fixed_step[token] != 0;
    for (int c = 0; c < 3; c++) {
        float value = frame->rgb[pixel * 3 + (size_t)c];
        rgb[c] = masked ? value + (grey - value) * VEIL : value;
    }
}

struct blend {
    const struct take *take;
    const struct take_frame *from, *to;
    const uint8_t *before; /* shown instead, if not NULL */
    float mix;
    bool veil;
    struct cover cover;
};

static void blend_row(const struct blend *blend, uint32_t y, uint8_t *out) {
    const struct take *take = blend->take;
    uint32_t patch_w = (take->width + take->grid_width - 1) / take->grid_width;
    uint32_t patch_h = (take->height + take->grid_height - 1) / take->grid_height;
    uint32_t ty = y / patch_h;
    for (uint32_t x = 0; x < take->width; x++, out += 4) {
        size_t pixel = (size_t)y * take->width + x;
        out[3] = 255;
        if (blend->before != NULL) {
            memcpy(out, blend->before + pixel * 3, 3);
            continue;
        }
        uint32_t tx = x / patch_w;
        size_t token = (size_t)ty * take->grid_width + tx;
        bool odd = ((tx ^ ty) & 1) != 0;
        float a[3], b[3];
        sample(blend->to, pixel, token, odd, blend->veil, &blend->cover, b);
        if (blend->mix < 1) {
            sample(blend->from, pixel, token, odd, blend->veil, &blend->cover, a);
            for (int c = 0; c < 3; c++) {
                b[c] = a[c] + (b[c] - a[c]) * blend->mix;
            }
        }
        for (int c = 0; c < 3; c++) {
            out[c] = (uint8_t)(b[c] + 0.5F);
        }
    }
}

static void paint_image(struct app *app, uint32_t image, float mix, uint32_t width) {
    struct canvas *canvas = &app->canvas;
    uint32_t left = 0, top = 0;
    struct blend blend = {.take = &app->take,
                          .from = take_frame_at(&app->take, app->playback.from, image),
                          .to = take_frame_at(&app->take, app->playback.at, image),
                          .mix = mix,
                          .veil = canvas->veil,
                          .cover = app->dark ? (struct cover){58, 50} : (struct cover){206, 198}};
    if (blend.from == NULL || blend.to == NULL) {
        return;
    }
    if (canvas->comparing) {
        blend.before = take_before(&app->take);
    }
    if (app->sheet) {
        app_image_corner(app, image, &left, &top);
    }
    for (uint32_t y = 0; y < app->take.height; y++) {
        blend_row(&blend, y, canvas->staging + ((size_t)(top + y) * width + left) * 4);
    }
}

static bool make_texture(struct app *app, uint32_t width, uint32_t height) {
    struct canvas *canvas = &app->canvas;
    if (canvas->texture != NULL && canvas->texture_width == (int)width &&
        canvas->texture_height == (int)height) {
        return true;
    }
    SDL_DestroyTexture(canvas->texture);
    free(canvas->staging);
    canvas->texture = SDL_CreateTexture(app->ui.draw.renderer, SDL_PIXELFORMAT_RGBA32,
                                        SDL_TEXTUREACCESS_STREAMING, (int)width, (int)height);
    canvas->staging = malloc((size_t)width * height * 4);
    canvas->texture_width = (int)width;
    canvas->texture_height = (int)height;
    canvas->texture_version = 0;
    if (canvas->texture == NULL || canvas->staging == NULL) {
        return false;
    }
    SDL_SetTextureBlendMode(canvas->texture, SDL_BLENDMODE_BLEND);
    return true;
}

/* Changes whenever the pixels would. */
static uint64_t version(const struct app *app, float mix) {
    uint64_t parts[] = {app->take.id, app->playback.from, app->playback.at, (uint64_t)(mix * 255),
                        app->image,   app->sheet,         app->canvas.veil, app->canvas.comparing,
                        app->dark};
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        hash = (hash ^ (parts[i] + 1)) * 0x100000001b3U;
        hash ^= hash >> 29;
    }
    return hash | 1;
}

SDL_Texture *canvas_texture(struct app *app) {
    struct canvas *canvas = &app->canvas;
    uint32_t width, height;
    app_document(app, &width, &height);
    if (app->take.count == 0 || app->take.width == 0 || !make_texture(app, width, height)) {
        return NULL;
    }
    float mix = playback_mix(&app->playback, app->now);
    uint64_t wanted = version(app, mix);
    if (canvas->texture_version != wanted) {
        /* Transparent between the pictures of a sheet, in a colour that may bleed into their edges.
         */
        SDL_Color between = app->ui.theme->canvas;
        for (size_t i = 0; app->sheet && i < (size_t)width * height; i++) {
            memcpy(canvas->staging + 4 * i, (uint8_t[4]){between.r, between.g, between.b, 0}, 4);
        }
        if (app->sheet) {
            for (uint32_t i = 0; i < app->take.steps[0]->images; i++) {
                paint_image(app, i, mix, width);
            }
        } else {
            paint_image(app, app->image, mix, width);
        }
        SDL_UpdateTexture(canvas->texture, NULL, canvas->staging, (int)width * 4);
        canvas->texture_version = wanted;
    }
    float zoom = canvas->view.zoom;
    SDL_SetTextureScaleMode(canvas->texture, canvas->smooth || zoom - floorf(zoom) > 0
                                                 ? SDL_ScaleModeLinear
                                                 : SDL_ScaleModeNearest);
    SDL_SetTextureBlendMode(canvas->texture, app->sheet ? SDL_BLENDMODE_BLEND : SDL_BLENDMODE_NONE);
    return canvas->texture;
}
