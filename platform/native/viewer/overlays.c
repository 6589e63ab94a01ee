/* The tokens behind the picture: grid, order of fixing, confidence, what changed. */
#include "viewer/app.h"

#include <math.h>
#include <stdio.h>

/* Another guess at a masked token, and another token (or none) where one was fixed. */
static const SDL_Color CHANGED = {255, 140, 40, 255}, REVISED = {124, 58, 237, 255};

/* Five stops of a perceptually even ramp (viridis), dark to bright. */
static SDL_Color ramp(float share) {
    static const SDL_Color stops[5] = {{68, 1, 84, 255},
                                       {59, 82, 139, 255},
                                       {33, 145, 140, 255},
                                       {94, 201, 98, 255},
                                       {253, 231, 37, 255}};
    float at = fminf(fmaxf(share, 0), 1) * 4;
    int i = at >= 4 ? 3 : (int)at;
    return color_mix(stops[i], stops[i + 1], at - (float)i);
}

static const struct take_frame *earlier(const struct app *app) {
    uint32_t image = app->image;
    return app->playback.at > 0 ? take_frame_at(&app->take, app->playback.at - 1, image) : NULL;
}

/* The fill of one token; alpha 0 = none. */
static SDL_Color token_color(const struct app *app, const struct take_frame *frame,
                             const struct take_frame *before, size_t token) {
    const struct canvas *canvas = &app->canvas;
    SDL_Color none = {0, 0, 0, 0};
    bool masked = frame->fixed_step[token] == FIXED_MASKED;
    if (canvas->revised && before != NULL && before->tokens[token] >= 0 &&
        frame->tokens[token] != before->tokens[token]) {
        return color_alpha(REVISED, 0.75F);
    }
    if (canvas->revised && before != NULL && frame->guess[token] != before->guess[token] &&
        before->guess[token] >= 0) {
        return color_alpha(CHANGED, 0.75F);
    }
    if (canvas->heat) {
        return color_alpha(ramp(frame->confidence[token]), 0.72F);
    }
    if (canvas->order && !masked) {
        float total = (float)(app->take.total > 1 ? app->take.total : 1);
        return color_alpha(ramp((float)frame->fixed_step[token] / total), 0.72F);
    }
    return none;
}

static void draw_fills(struct app *app, const struct take_frame *frame, struct area at,
                       float cell_w, float cell_h) {
    const struct take *take = &app->take;
    const struct take_frame *before = app->sheet ? NULL : earlier(app);
    for (uint32_t y = 0; y < take->grid_height; y++) {
        for (uint32_t x = 0; x < take->grid_width; x++) {
            SDL_Color color = token_color(app, frame, before, (size_t)y * take->grid_width + x);
            if (color.a > 0) {
                float left = roundf(at.x + (float)x * cell_w),
                      top = roundf(at.y + (float)y * cell_h);
                draw_rect(&app->ui.draw,
                          (struct area){left, top, roundf(at.x + (float)(x + 1) * cell_w) - left,
                                        roundf(at.y + (float)(y + 1) * cell_h) - top},
                          color);
            }
        }
    }
}

static void draw_numbers(struct app *app, const struct take_frame *frame, struct area at,
                         float cell_w, float cell_h) {
    const struct take *take = &app->take;
    struct ui *ui = &app->ui;
    float line = text_height(&ui->text, TEXT_SMALL);
    if (!app->canvas.order || app->canvas.heat || cell_h < line + 2 || cell_w < 1.6F * line) {
        return;
    }
    for (size_t i = 0; i < (size_t)take->grid_width * take->grid_height; i++) {
        uint32_t step = frame->fixed_step[i];
        if (step == FIXED_MASKED || step == 0) {
            continue;
        }
        char number[12];
        snprintf(number, sizeof number, "%u", step);
        float x = at.x + ((float)(i % take->grid_width) + 0.5F) * cell_w;
        float y = at.y + ((float)(i / take->grid_width) + 0.5F) * cell_h;
        bool bright = 3 * step > 2 * take->total;
        text_draw(&ui->text, TEXT_SMALL, x - text_width(&ui->text, TEXT_SMALL, number) / 2,
                  y - line / 2,
                  bright ? (SDL_Color){20, 24, 20, 255} : (SDL_Color){255, 255, 255, 255}, number);
    }
}

static void draw_grid(struct app *app, struct area at, float cell_w, float cell_h) {
    SDL_Color dark = {0, 0, 0, 110};
    if (cell_w < 4 || cell_h < 4) {
        return;
    }
    for (uint32_t x = 0; x <= app->take.grid_width; x++) {
        float left = fminf(roundf(at.x + (float)x * cell_w), at.x + at.w);
        draw_rect(&app->ui.draw, (struct area){left, at.y, 1, at.h}, dark);
    }
    for (uint32_t y = 0; y <= app->take.grid_height; y++) {
        float top = fminf(roundf(at.y + (float)y * cell_h), at.y + at.h);
        draw_rect(&app->ui.draw, (struct area){at.x, top, at.w, 1}, dark);
    }
}

void draw_overlays(struct app *app, const struct take_frame *frame, struct area at) {
    const struct canvas *canvas = &app->canvas;
    const struct take *take = &app->take;
    if (!(canvas->grid || canvas->order || canvas->heat || canvas->revised)) {
        return;
    }
    /* Patches at the right and bottom may stick out of the picture. */
    float patch_w = ceilf((float)take->width / (float)take->grid_width);
    float patch_h = ceilf((float)take->height / (float)take->grid_height);
    float cell_w = at.w * patch_w / (float)take->width;
    float cell_h = at.h * patch_h / (float)take->height;
    draw_clip(&app->ui.draw, at);
    draw_fills(app, frame, at, cell_w, cell_h);
    draw_numbers(app, frame, at, cell_w, cell_h);
    if (canvas->grid) {
        draw_grid(app, at, cell_w, cell_h);
    }
    draw_unclip(&app->ui.draw);
}

/* One line of the legend: its width, and drawn if `at` is given. */
static float ramp_line(struct app *app, const struct point *at) {
    struct ui *ui = &app->ui;
    bool heat = app->canvas.heat;
    char last[24];
    snprintf(last, sizeof last, "%u", app->take.total);
    const char *title = heat ? "confidence" : "fixed in step";
    const char *low = heat ? "0" : "1", *high = heat ? "1" : last;
    float line = text_height(&ui->text, TEXT_SMALL), bar = ui_px(ui, 96), gap = ui_px(ui, 6);
    float wide = text_width(&ui->text, TEXT_SMALL, title) + ui_px(ui, 12);
    float low_wide = text_width(&ui->text, TEXT_SMALL, low) + gap;
    if (at != NULL) {
        float x = at->x + wide + low_wide;
        text_draw(&ui->text, TEXT_SMALL, at->x, at->y, ui->theme->text, title);
        text_draw(&ui->text, TEXT_SMALL, at->x + wide, at->y, ui->theme->muted, low);
        for (int i = 0; i < 32; i++) {
            float left = roundf(x + bar * (float)i / 32);
            draw_rect(&ui->draw,
                      (struct area){left, roundf(at->y + line / 4),
                                    roundf(x + bar * (float)(i + 1) / 32) - left, roundf(line / 2)},
                      ramp((float)i / 31));
        }
        text_draw(&ui->text, TEXT_SMALL, x + bar + gap, at->y, ui->theme->muted, high);
    }
    return wide + low_wide + bar + gap + text_width(&ui->text, TEXT_SMALL, high);
}

/* The same for what changed in this step. */
static float change_line(struct app *app, const struct point *at) {
    static const struct {
        const char *text;
        const SDL_Color *color;
    } parts[] = {{"another guess", &CHANGED}, {"fixed token revised", &REVISED}};
    struct ui *ui = &app->ui;
    float line = text_height(&ui->text, TEXT_SMALL), side = ui_px(ui, 12), gap = ui_px(ui, 6),
          x = 0;
    for (int i = 0; i < 2; i++) {
        if (at != NULL) {
            draw_round(&ui->draw, (struct area){at->x + x, at->y + 1, side, line - 2}, 2,
                       *parts[i].color);
            text_draw(&ui->text, TEXT_SMALL, at->x + x + side + gap, at->y, ui->theme->text,
                      parts[i].text);
        }
        x += side + gap + text_width(&ui->text, TEXT_SMALL, parts[i].text) + (i == 0 ? side : 0);
    }
    return x;
}

int legend_lines(const struct app *app) {
    const struct canvas *canvas = &app->canvas;
    return (canvas->heat || canvas->order) + canvas->revised;
}

void draw_legend(struct app *app, struct area canvas) {
    struct ui *ui = &app->ui;
    int lines = legend_lines(app);
    if (lines == 0) {
        return;
    }
    bool ramped = app->canvas.heat || app->canvas.order, changes = app->canvas.revised;
    float pad = ui_px(ui, 10), line = text_height(&ui->text, TEXT_SMALL) + ui_px(ui, 4);
    float wide = fmaxf(ramped ? ramp_line(app, NULL) : 0, changes ? change_line(app, NULL) : 0);
    float w = wide + 2 * pad, h = line * (float)lines + pad - ui_px(ui, 4);
    struct area box = {canvas.x + canvas.w - w - ui_px(ui, 14),
                       canvas.y + canvas.h - h - ui_px(ui, 14), w, h};
    draw_round(&ui->draw, box, ui_px(ui, 6), color_alpha(ui->theme->panel, 0.92F));
    struct point at = {box.x + pad, box.y + pad / 2};
    if (ramped) {
        ramp_line(app, &at);
        at.y += line;
    }
    if (changes) {
        change_line(app, &at);
    }
}
