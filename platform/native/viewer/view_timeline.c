/* The timeline: the mask schedule as a curve, the steps as a film strip, and where the reveal is.
 */
#include "viewer/app.h"

#include "viewer/curve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP_LIMIT = 64 };

struct scale {
    struct area curve, strip; /* output */
    uint32_t total;           /* steps */
};

static float step_x(const struct scale *scale, float step) {
    return scale->curve.x + scale->curve.w * step / (float)scale->total;
}

/* ------------------------------------------------------------------ curve */

/* Edits begin with much known and mask window after window: their curve is what they did, and a
 * straight line to the end. */
static double observed_share(const struct app *app, double r) {
    const struct take *take = &app->take;
    double most = 1, step = r * (double)take->total;
    for (size_t i = 0; i < take->count; i++) {
        const struct take_frame *frame = take_frame_at(take, i, app->image);
        most = fmax(most, frame != NULL ? frame->masked : 0);
    }
    size_t last = take->count - 1, at = 0;
    const struct take_frame *end = take_frame_at(take, last, app->image);
    double left = last > 0 && end != NULL ? end->masked / most : 1;
    double reached = take->steps[last]->index, coming = (double)take->total - reached;
    if (step >= reached) {
        return coming > 0 ? left * (1 - (step - reached) / coming) : left;
    }
    while (at + 1 < last && (double)take->steps[at + 1]->index <= step) {
        at++;
    }
    const struct take_frame *a = take_frame_at(take, at, app->image);
    const struct take_frame *b = take_frame_at(take, at + 1, app->image);
    if (a == NULL || b == NULL) {
        return left;
    }
    double x0 = take->steps[at]->index, x1 = take->steps[at + 1]->index;
    double low = at == 0 ? 1 : a->masked / most;
    return low + (b->masked / most - low) * fmin(fmax((step - x0) / (x1 - x0), 0), 1);
}

static double planned_share(const struct app *app, double r) {
    const struct draw_options *options =
        app->take.total > 0 ? &app->take.options : &app->panel.options;
    uint32_t tokens = app->take.grid_width * app->take.grid_height;
    bool by_schedule = options->sampling.sampler == UM_SAMPLER_CONFIDENCE ||
                       options->sampling.sampler == UM_SAMPLER_HALTON ||
                       options->sampling.sampler == UM_SAMPLER_RASTER;
    if ((app->take.edited || !by_schedule) && app->take.count > 0) {
        return observed_share(app, r);
    }
    return curve_share(options->sampling.schedule, (double)options->sampling.schedule_power, r,
                       tokens);
}

/* One column per output pixel, its top edge softened. */
static void draw_curve(struct app *app, const struct scale *scale) {
    struct ui *ui = &app->ui;
    struct area c = scale->curve;
    float at = app->take.count > 0 ? (float)app->take.steps[app->playback.at]->index : 0;
    SDL_Color past = ui->theme->accent,
              coming = color_mix(ui->theme->panel, ui->theme->muted, 0.5F);
    float line = fmaxf(ui_px(ui, 2), 1), last = c.y;
    for (float x = 0; x < c.w; x++) {
        double r = (double)(x / c.w);
        float y = c.y + c.h * (float)(1 - planned_share(app, r));
        bool done = c.x + x <= step_x(scale, at);
        SDL_Color color = done ? past : coming;
        float top = x > 0 ? fminf(last, y) : y;
        draw_rect(&ui->draw, (struct area){c.x + x, y, 1, c.y + c.h - y},
                  color_alpha(color, 0.16F));
        draw_rect(&ui->draw,
                  (struct area){c.x + x, floorf(top), 1, fmaxf(ceilf(y - top), 0) + line}, color);
        last = y;
    }
}

static void draw_dots(struct app *app, const struct scale *scale) {
    struct ui *ui = &app->ui;
    uint32_t tokens = app->take.grid_width * app->take.grid_height;
    if (scale->total > STRIP_LIMIT || tokens == 0 || app->take.edited) {
        return;
    }
    for (size_t i = 0; i < app->take.count; i++) {
        const struct take_frame *frame = take_frame_at(&app->take, i, app->image);
        if (frame == NULL) {
            continue;
        }
        float share = (float)frame->masked / (float)tokens;
        struct point at = {step_x(scale, (float)app->take.steps[i]->index),
                           scale->curve.y + scale->curve.h * (1 - share)};
        bool here = i == app->playback.at;
        draw_ring(&ui->draw, at, ui_px(ui, here ? 6 : 4), 1000, ui->theme->panel);
        draw_ring(&ui->draw, at, ui_px(ui, here ? 5 : 3), 1000, ui->theme->accent);
    }
}

/* ------------------------------------------------------------------ film strip */

/* Which position of the take stands in slot `slot` of `slots`, or -1. */
static int slot_position(const struct app *app, uint32_t slot, uint32_t slots) {
    uint32_t total = app->take.total;
    uint32_t step =
        slots > 1 ? (uint32_t)(((uint64_t)slot * total + (slots - 1) / 2) / (slots - 1)) : total;
    size_t nearest = take_nearest(&app->take, step);
    uint32_t index = app->take.steps[nearest]->index;
    uint32_t apart = index > step ? index - step : step - index;
    uint32_t pitch = slots > 1 ? total / (slots - 1) : 1;
    return apart == 0 || 2 * apart < pitch ? (int)nearest : -1;
}

static void draw_thumb(struct app *app, int position, uint8_t *pixels, int side, int pitch) {
    const struct take *take = &app->take;
    const struct take_frame *frame =
        position >= 0 ? take_frame_at(take, (size_t)position, app->image) : NULL;
    if (frame == NULL || frame->rgb == NULL) {
        return;
    }
    uint32_t most = take->width > take->height ? take->width : take->height;
    uint32_t off_x = (most - take->width) / 2, off_y = (most - take->height) / 2;
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
            uint32_t px = (uint32_t)x * most / (uint32_t)side,
                     py = (uint32_t)y * most / (uint32_t)side;
            if (px < off_x || py < off_y || px - off_x >= take->width ||
                py - off_y >= take->height) {
                continue;
            }
            uint8_t *out = pixels + (size_t)y * (size_t)pitch + (size_t)x * 4;
            memcpy(out, frame->rgb + ((size_t)(py - off_y) * take->width + px - off_x) * 3, 3);
            out[3] = 255;
        }
    }
}

/* Redrawn only when steps come or the size changes. */
static void update_strip(struct app *app, uint32_t slots, int side) {
    uint64_t wanted = (app->take.id << 32) ^ (app->take.count << 16) ^ (slots << 8) ^
                      ((uint64_t)app->image << 60) ^ (uint64_t)side;
    if (app->strip != NULL && app->strip_version == wanted) {
        return;
    }
    SDL_DestroyTexture(app->strip);
    int width = (int)slots * side;
    app->strip = SDL_CreateTexture(app->ui.draw.renderer, SDL_PIXELFORMAT_RGBA32,
                                   SDL_TEXTUREACCESS_STATIC, width, side);
    uint8_t *pixels = calloc((size_t)width * (size_t)side, 4);
    if (app->strip != NULL && pixels != NULL) {
        for (uint32_t i = 0; i < slots; i++) {
            draw_thumb(app, slot_position(app, i, slots), pixels + (size_t)i * (size_t)side * 4,
                       side, width * 4);
        }
        SDL_UpdateTexture(app->strip, NULL, pixels, width * 4);
        SDL_SetTextureBlendMode(app->strip, SDL_BLENDMODE_BLEND);
        app->strip_version = wanted;
    }
    free(pixels);
}

static void draw_strip(struct app *app, const struct scale *scale) {
    struct ui *ui = &app->ui;
    float side = scale->strip.h, gap = ui_px(ui, 4);
    uint32_t most = (uint32_t)fmaxf(floorf((scale->curve.w + side) / (side + gap)), 1);
    uint32_t slots = scale->total + 1 < most ? scale->total + 1 : most;
    slots = slots < STRIP_LIMIT ? slots : STRIP_LIMIT;
    update_strip(app, slots, (int)side);
    for (uint32_t i = 0; i < slots; i++) {
        float step =
            slots > 1 ? (float)i * (float)scale->total / (float)(slots - 1) : (float)scale->total;
        SDL_FRect to = {roundf(step_x(scale, step) - side / 2), scale->strip.y, side, side};
        struct area box = {to.x, to.y, to.w, to.h};
        int position = slot_position(app, i, slots);
        draw_rect(&ui->draw, box, ui->theme->raised);
        if (position >= 0 && app->strip != NULL) {
            SDL_Rect from = {(int)i * (int)side, 0, (int)side, (int)side};
            SDL_RenderCopyF(ui->draw.renderer, app->strip, &from, &to);
        }
        if (position >= 0 && (size_t)position == app->playback.at) {
            draw_outline(&ui->draw, area_inset(box, -ui_px(ui, 2)), ui_px(ui, 2), 0,
                         ui->theme->accent);
        }
    }
}

/* ------------------------------------------------------------------ moving through it */

static void scrub(struct app *app, const struct scale *scale, struct area whole) {
    struct ui *ui = &app->ui;
    ui_behave(ui, "timeline", whole, UI_PLAIN);
    uint32_t id = ui_id("timeline");
    size_t at = app->playback.at, last = app->take.count > 0 ? app->take.count - 1 : 0;
    if (ui->active == id && app->take.count > 0) {
        float step = (ui->input.mouse.x - scale->curve.x) / scale->curve.w * (float)scale->total;
        playback_seek(&app->playback, take_nearest(&app->take, (double)step), app->now);
    }
    if (ui_key(ui, id, SDLK_LEFT) && at > 0) {
        playback_seek(&app->playback, at - 1, app->now);
    }
    if (ui_key(ui, id, SDLK_RIGHT) && at < last) {
        playback_seek(&app->playback, at + 1, app->now);
    }
    ui_focus_ring(ui, id, whole, ui_px(ui, 6));
}

static void step_buttons(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    float side = ui_px(ui, 32), gap = ui_px(ui, 2), x = area.x, y = area.y + ui_px(ui, 12);
    bool some = app->take.count > 1, at_end = app->playback.at + 1 >= app->take.count;
    unsigned style = some ? UI_QUIET : UI_QUIET | UI_DISABLED;
    if (ui_icon_button(ui, "first", (struct area){x, y, side, side}, ICON_FIRST, "Start  Home",
                       style)) {
        playback_seek(&app->playback, 0, app->now);
    }
    x += side + gap;
    bool playing = app->playback.playing && !at_end;
    if (ui_icon_button(ui, "play", (struct area){x, y, side, side},
                       playing ? ICON_PAUSE : ICON_PLAY, "Play the reveal  P", style)) {
        if (playing) {
            app->playback.playing = false;
        } else {
            playback_seek(&app->playback, at_end ? 0 : app->playback.at, app->now);
            app->playback.playing = true;
            app->playback.next = app->now + 0.2;
        }
    }
    x += side + gap;
    if (ui_icon_button(ui, "last", (struct area){x, y, side, side}, ICON_LAST, "End  End", style)) {
        playback_seek(&app->playback, some ? app->take.count - 1 : 0, app->now);
        app->playback.playing = true;
    }
    char text[48] = "";
    if (app->take.count > 0 && app->take.total == 0) {
        snprintf(text, sizeof text, "Opened picture");
    } else if (app->take.count > 0) {
        snprintf(text, sizeof text, "Step %u of %u", app->take.steps[app->playback.at]->index,
                 app->take.total);
    }
    float line = text_height(&ui->text, TEXT_SMALL);
    struct area label = {area.x + ui_px(ui, 4), y + side + ui_px(ui, 4), area.w, line};
    ui_label(ui, TEXT_SMALL, label, ui->theme->muted, text);
    struct area button = {area.x, label.y + line + ui_px(ui, 5), ui_px(ui, 104), ui_px(ui, 26)};
    if (app_can_resume(app) && ui_button(ui, "resume", button, "Redraw", ICON_REPEAT, UI_PLAIN)) {
        app_resume(app);
    }
    ui_tip(ui, ui_id("resume"), button, "Keep this step, draw the rest anew  Shift+Enter");
}

void view_timeline(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    draw_rect(&ui->draw, area, ui->theme->panel);
    draw_rect(&ui->draw, (struct area){area.x, area.y, area.w, 1}, ui->theme->line);
    float pad = ui_px(ui, 14), left = ui_px(ui, 116), side = ui_px(ui, 40);
    step_buttons(app, (struct area){area.x + pad, area.y, left, area.h});
    struct scale scale = {.total = app->take.total};
    float x = area.x + pad + left + side / 2 + ui_px(ui, 8);
    scale.curve = (struct area){x, area.y + ui_px(ui, 16), area.x + area.w - pad - side / 2 - x,
                                area.h - side - ui_px(ui, 40)};
    scale.strip = (struct area){x, area.y + area.h - side - ui_px(ui, 12), scale.curve.w, side};
    if (scale.curve.w < side || app->take.count == 0 || scale.total == 0) {
        return; /* a picture that was opened has no steps */
    }
    struct area whole = {x - side / 2, area.y + ui_px(ui, 6), scale.curve.w + side,
                         area.h - ui_px(ui, 10)};
    scrub(app, &scale, whole);
    draw_curve(app, &scale);
    draw_dots(app, &scale);
    draw_strip(app, &scale);
    float at = step_x(&scale, (float)app->take.steps[app->playback.at]->index);
    draw_rect(&ui->draw,
              (struct area){roundf(at), scale.curve.y, fmaxf(1, ui_px(ui, 1)),
                            scale.strip.y - scale.curve.y - ui_px(ui, 2)},
              color_alpha(ui->theme->accent, 0.6F));
}
