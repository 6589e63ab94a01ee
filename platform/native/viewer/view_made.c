/* The pictures made so far, in a strip at the right of the canvas: click to return. */
#include "viewer/app.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const float SIDE = 38, GAP = 4, PAD = 5; /* design pixels */

/* The drawing itself, wherever it is now. */
static const struct take *made_take(const struct app *app, size_t index) {
    const struct take *take = &app->gallery.takes[index];
    return take->id == app->take.id ? &app->take : take;
}

/* ------------------------------------------------------------------ small pictures */

/* One picture, as large as it goes into a square. */
static void small_picture(const struct take *take, const struct take_frame *frame, uint8_t *out,
                          uint32_t side, size_t pitch) {
    uint32_t most = take->width > take->height ? take->width : take->height;
    uint32_t off_x = (most - take->width) / 2, off_y = (most - take->height) / 2;
    for (uint32_t y = 0; y < side; y++) {
        uint32_t py = (uint32_t)((uint64_t)y * most / side);
        for (uint32_t x = 0; x < side; x++) {
            uint32_t px = (uint32_t)((uint64_t)x * most / side);
            if (px < off_x || py < off_y || px - off_x >= take->width ||
                py - off_y >= take->height) {
                continue;
            }
            uint8_t *to = out + y * pitch + (size_t)x * 4;
            memcpy(to, frame->rgb + ((size_t)(py - off_y) * take->width + px - off_x) * 3, 3);
            to[3] = 255;
        }
    }
}

/* Of several pictures the first four. */
static void small_take(const struct take *take, uint8_t *out, uint32_t side, size_t pitch) {
    if (take->count == 0) {
        return;
    }
    const struct take_step *step = take->steps[take->count - 1];
    uint32_t columns = step->images > 1 ? 2 : 1, part = side / columns;
    for (uint32_t i = 0; i < step->images && i < columns * columns; i++) {
        if (step->frames[i].rgb != NULL) {
            uint32_t inset = columns > 1 ? 1 : 0;
            small_picture(take, &step->frames[i],
                          out + (i / columns) * part * pitch + (size_t)(i % columns) * part * 4,
                          part - inset, pitch);
        }
    }
}

/* One column of squares, made anew only when one of them changes. */
static bool update_texture(struct app *app, size_t first, size_t count, uint32_t side) {
    uint64_t wanted = 0xcbf29ce484222325U ^ side;
    for (size_t i = first; i < first + count; i++) {
        const struct take *take = made_take(app, i);
        wanted = (wanted ^ take->id) * 0x100000001b3U;
        wanted = (wanted ^ take->count) * 0x100000001b3U;
    }
    if (app->made != NULL && app->made_version == wanted) {
        return true;
    }
    SDL_DestroyTexture(app->made);
    size_t pitch = (size_t)side * 4;
    uint8_t *pixels = calloc(count * side, pitch);
    app->made = SDL_CreateTexture(app->ui.draw.renderer, SDL_PIXELFORMAT_RGBA32,
                                  SDL_TEXTUREACCESS_STATIC, (int)side, (int)(count * side));
    bool ok = pixels != NULL && app->made != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        small_take(made_take(app, first + i), pixels + i * side * pitch, side, pitch);
    }
    if (ok) {
        SDL_UpdateTexture(app->made, NULL, pixels, (int)pitch);
        SDL_SetTextureBlendMode(app->made, SDL_BLENDMODE_BLEND);
        app->made_version = wanted;
    }
    free(pixels);
    return ok;
}

/* ------------------------------------------------------------------ the strip */

static void thumb(struct app *app, size_t index, size_t first, struct area at) {
    struct ui *ui = &app->ui;
    const struct take *take = made_take(app, index);
    char name[32], tip[96];
    uint64_t id = take->id;
    snprintf(name, sizeof name, "made %zu", index + 1);
    bool clicked = ui_behave(ui, name, at, UI_PLAIN);
    int side = (int)at.w;
    SDL_Rect from = {0, (int)(index - first) * side, side, side};
    SDL_FRect to = {at.x, at.y, at.w, at.h};
    draw_rect(&ui->draw, at, ui->theme->raised);
    SDL_RenderCopyF(ui->draw.renderer, app->made, &from, &to);
    if (id == app->take.id) {
        draw_outline(&ui->draw, area_inset(at, -ui_px(ui, 2)), ui_px(ui, 2), 0, ui->theme->accent);
    } else if (ui->hot == ui_id(name)) {
        draw_outline(&ui->draw, area_inset(at, -ui_px(ui, 1)), ui_px(ui, 1), 0, ui->theme->muted);
    }
    const char *words = strcmp(take->command, "read") == 0 ? "Opened" : "Made in this run";
    snprintf(tip, sizeof tip, "%s, %s", words, take_is_saved(take) ? "in a file" : "not saved");
    ui_tip(ui, ui_id(name), at, tip);
    ui_focus_ring(ui, ui_id(name), at, ui_px(ui, 3));
    if (clicked) {
        app_show_made(app, id);
    }
}

/* The drawing that is shown is seen in the strip after each change of what is shown. */
static void follow(struct app *app, float step, float height) {
    if (app->made_shown == app->take.id && app->made_count == app->gallery.count) {
        return;
    }
    app->made_shown = app->take.id;
    app->made_count = app->gallery.count;
    for (size_t i = 0; i < app->gallery.count; i++) {
        if (app->gallery.takes[i].id == app->take.id) {
            float top = step * (float)i;
            app->made_scroll = fminf(fmaxf(app->made_scroll, top + step - height), top);
        }
    }
}

void view_made(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    size_t count = app->gallery.count;
    float side = floorf(ui_px(ui, SIDE)), step = side + floorf(ui_px(ui, GAP));
    float pad = ui_px(ui, PAD), top = area.y + ui_px(ui, 66), most = area.h - ui_px(ui, 112);
    if (count < 2 || most < step + 2 * pad) {
        return;
    }
    float content = step * (float)count - floorf(ui_px(ui, GAP));
    float height = fminf(content, step * floorf((most - 2 * pad) / step));
    struct area bar = {area.x + area.w - ui_px(ui, 14) - side - 2 * pad, top, side + 2 * pad,
                       height + 2 * pad};
    draw_shadow(&ui->draw, bar, ui_px(ui, 9), ui_px(ui, 8));
    draw_round(&ui->draw, bar, ui_px(ui, 9), ui->theme->panel);
    draw_frame(&ui->draw, bar, ui_px(ui, 9), 1, ui->theme->line);
    ui_behave(ui, "made", bar, UI_DISABLED); /* nothing is painted under it */
    follow(app, step, height);
    struct area inner = {bar.x + 1, bar.y + pad - ui_px(ui, 2), bar.w - 2, height + ui_px(ui, 4)};
    float y = ui_scroll_begin(ui, inner, content + ui_px(ui, 4), &app->made_scroll) + ui_px(ui, 2);
    size_t first = (size_t)fmaxf(floorf(app->made_scroll / step), 0);
    size_t shown = (size_t)ceilf(height / step) + 1;
    first = first < count ? first : count - 1;
    shown = shown < count - first ? shown : count - first;
    if (update_texture(app, first, shown, (uint32_t)side)) {
        for (size_t i = first; i < first + shown; i++) {
            thumb(app, i, first, (struct area){bar.x + pad, y + step * (float)i, side, side});
        }
    }
    ui_scroll_end(ui);
}
