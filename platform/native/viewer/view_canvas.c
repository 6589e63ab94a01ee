/* The canvas: picture, overlays, mask, brush, handles, and the bars that float on it. */
#include "viewer/app.h"

#include <math.h>
#include <stdio.h>

static struct area document_area(const struct app *app) {
    const struct view *view = &app->canvas.view;
    return view_area(view, 0, 0, view->width, view->height);
}

static void place(struct app *app, struct area area) {
    struct canvas *canvas = &app->canvas;
    uint32_t width, height;
    app_document(app, &width, &height);
    bool changed = canvas->view.width < (float)width || canvas->view.width > (float)width ||
                   canvas->view.height < (float)height || canvas->view.height > (float)height;
    if (canvas->fitted || !canvas->placed || changed) {
        view_fit(&canvas->view, area, (float)width, (float)height, ui_px(&app->ui, 58),
                 !app->sheet);
        canvas->placed = true;
    } else {
        view_place(&canvas->view, area);
    }
}

static void draw_images(struct app *app, struct area at) {
    SDL_Texture *texture = canvas_texture(app);
    if (texture != NULL) {
        SDL_FRect to = {at.x, at.y, at.w, at.h};
        SDL_RenderCopyF(app->ui.draw.renderer, texture, NULL, &to);
    } else {
        draw_rect(&app->ui.draw, at, app->ui.theme->raised);
    }
    if (app->canvas.comparing || app->take.count == 0) {
        return;
    }
    uint32_t first = app->sheet ? 0 : app->image;
    uint32_t last = app->sheet ? app->take.steps[0]->images : app->image + 1;
    for (uint32_t i = first; i < last; i++) {
        uint32_t x = 0, y = 0;
        const struct take_frame *frame = take_frame_at(&app->take, app->playback.at, i);
        if (app->sheet) {
            app_image_corner(app, i, &x, &y);
        }
        if (frame != NULL) {
            draw_overlays(app, frame,
                          view_area(&app->canvas.view, (float)x, (float)y, (float)app->take.width,
                                    (float)app->take.height));
        }
    }
}

/* ------------------------------------------------------------------ editing marks */

static void draw_extension(struct app *app, struct area at) {
    const uint32_t *extend = app->canvas.extend;
    struct ui *ui = &app->ui;
    float z = app->canvas.view.zoom;
    if ((extend[0] | extend[1] | extend[2] | extend[3]) == 0) {
        return;
    }
    struct area all = {at.x - (float)extend[SIDE_LEFT] * z, at.y - (float)extend[SIDE_TOP] * z,
                       at.w + (float)(extend[SIDE_LEFT] + extend[SIDE_RIGHT]) * z,
                       at.h + (float)(extend[SIDE_TOP] + extend[SIDE_BOTTOM]) * z};
    /* Only what is new: over the picture the tint would hide its colours. */
    float right = at.x + at.w, low = at.y + at.h;
    SDL_Color tint = color_alpha(ui->theme->accent, 0.3F);
    draw_rect(&ui->draw, (struct area){all.x, all.y, all.w, at.y - all.y}, tint);
    draw_rect(&ui->draw, (struct area){all.x, low, all.w, all.y + all.h - low}, tint);
    draw_rect(&ui->draw, (struct area){all.x, at.y, at.x - all.x, at.h}, tint);
    draw_rect(&ui->draw, (struct area){right, at.y, all.x + all.w - right, at.h}, tint);
    draw_outline(&ui->draw, all, ui_px(ui, 2), ui_px(ui, 8), ui->theme->accent);
    char text[64];
    snprintf(text, sizeof text, "%u × %u pixels", app->take.width + extend[0] + extend[1],
             app->take.height + extend[2] + extend[3]);
    float w = text_width(&ui->text, TEXT_SMALL, text) + ui_px(ui, 14);
    float h = text_height(&ui->text, TEXT_SMALL) + ui_px(ui, 6);
    struct area label = {all.x + (all.w - w) / 2, all.y + all.h + ui_px(ui, 26), w, h};
    draw_round(&ui->draw, label, ui_px(ui, 5), ui->theme->accent);
    text_draw(&ui->text, TEXT_SMALL, label.x + ui_px(ui, 7), label.y + ui_px(ui, 3),
              ui->theme->on_accent, text);
}

static void draw_handles(struct app *app, struct area at) {
    struct ui *ui = &app->ui;
    const uint32_t *extend = app->canvas.extend;
    float z = app->canvas.view.zoom, off = ui_px(ui, 12), l = ui_px(ui, 36), t = ui_px(ui, 5);
    struct point middle = {at.x + at.w / 2, at.y + at.h / 2};
    struct area bars[SIDES] = {
        {at.x - (float)extend[SIDE_LEFT] * z - off - t / 2, middle.y - l / 2, t, l},
        {at.x + at.w + (float)extend[SIDE_RIGHT] * z + off - t / 2, middle.y - l / 2, t, l},
        {middle.x - l / 2, at.y - (float)extend[SIDE_TOP] * z - off - t / 2, l, t},
        {middle.x - l / 2, at.y + at.h + (float)extend[SIDE_BOTTOM] * z + off - t / 2, l, t}};
    enum side near = SIDES;
    bool hot = canvas_near_edge(app, ui->input.mouse, &near) && ui_mouse_free(ui);
    if (app->canvas.gesture.kind == GESTURE_EXTEND) {
        hot = true;
        near = app->canvas.gesture.side;
    }
    for (int i = 0; i < SIDES; i++) {
        bool this = hot && near == (enum side)i;
        draw_round(&ui->draw, bars[i], t / 2,
                   this ? ui->theme->accent : color_mix(ui->theme->canvas, ui->theme->muted, 0.6F));
    }
}

static void draw_brush(struct app *app, struct area area) {
    struct canvas *canvas = &app->canvas;
    struct ui *ui = &app->ui;
    struct point mouse = ui->input.mouse;
    enum side side;
    bool painting = canvas->gesture.kind == GESTURE_STROKE || canvas->gesture.kind == GESTURE_ERASE;
    bool brush = canvas->tool == TOOL_BRUSH || canvas->tool == TOOL_ERASER;
    if (!painting && (!brush || canvas->space_down || !area_holds(area, mouse) ||
                      !ui_mouse_free(ui) || canvas_near_edge(app, mouse, &side))) {
        return;
    }
    float radius = fmaxf(canvas->brush / 2 * canvas->view.zoom, ui_px(ui, 3));
    if (radius < 900) {
        draw_ring(&ui->draw, mouse, radius + 1, ui_px(ui, 1) + 2, (SDL_Color){0, 0, 0, 150});
        draw_ring(&ui->draw, mouse, radius, ui_px(ui, 1), (SDL_Color){255, 255, 255, 255});
    }
}

static void draw_marks(struct app *app, struct area area, struct area at) {
    struct canvas *canvas = &app->canvas;
    struct ui *ui = &app->ui;
    if (!app_can_paint(app) || canvas->comparing) {
        return;
    }
    draw_extension(app, at);
    canvas_draw_mask(app, at);
    draw_handles(app, at);
    if (canvas->gesture.kind == GESTURE_BOX) {
        const int32_t *b = canvas->gesture.box;
        int32_t x = b[0] < b[2] ? b[0] : b[2], y = b[1] < b[3] ? b[1] : b[3];
        struct area box = view_area(&canvas->view, (float)x, (float)y,
                                    (float)(abs(b[2] - b[0]) + 1), (float)(abs(b[3] - b[1]) + 1));
        draw_rect(&ui->draw, box, color_alpha(ui->theme->mask, 0.3F));
        draw_outline(&ui->draw, box, ui_px(ui, 2), ui_px(ui, 6), ui->theme->mask);
    }
    draw_brush(app, area);
}

/* ------------------------------------------------------------------ floating bars */

static struct area bar_start(struct ui *ui, float x, float y, int buttons, bool upright, int gaps) {
    float side = ui_px(ui, 34), pad = ui_px(ui, 5), gap = ui_px(ui, 2);
    float length = (float)buttons * (side + gap) - gap + 2 * pad + (float)gaps * ui_px(ui, 9);
    struct area bar = {x, y, upright ? side + 2 * pad : length, upright ? length : side + 2 * pad};
    draw_shadow(&ui->draw, bar, ui_px(ui, 9), ui_px(ui, 8));
    draw_round(&ui->draw, bar, ui_px(ui, 9), ui->theme->panel);
    draw_frame(&ui->draw, bar, ui_px(ui, 9), 1, ui->theme->line);
    return (struct area){x + pad, y + pad, side, side};
}

static void next(struct ui *ui, struct area *at, bool upright) {
    float by = ui_px(ui, 36);
    at->x += upright ? 0 : by;
    at->y += upright ? by : 0;
}

static void separator(struct ui *ui, struct area *at) {
    draw_rect(&ui->draw,
              (struct area){at->x + ui_px(ui, 5), at->y + ui_px(ui, 3), at->w - ui_px(ui, 10), 1},
              ui->theme->line);
    at->y += ui_px(ui, 9);
}

static void tool_bar(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    struct canvas *canvas = &app->canvas;
    static const struct {
        const char *name, *tip;
        enum icon icon;
    } tools[] = {{"brush", "Brush  B", ICON_BRUSH},
                 {"eraser", "Eraser  E, or the right button", ICON_ERASER},
                 {"box", "Box  M", ICON_BOX},
                 {"hand", "Move  V, Space and drag", ICON_HAND}};
    float pad = ui_px(ui, 14), height = ui_px(ui, 36) * 9 + ui_px(ui, 27);
    float y = fmaxf(area.y + (area.h - height) / 2, area.y + ui_px(ui, 6));
    struct area at = bar_start(ui, area.x + pad, y, 9, true, 2);
    for (int i = 0; i < 4; i++, next(ui, &at, true)) {
        unsigned style = UI_QUIET | (canvas->tool == (enum tool)i ? UI_TOGGLED : 0);
        if (ui_icon_button(ui, tools[i].name, at, tools[i].icon, tools[i].tip, style)) {
            canvas->tool = (enum tool)i;
        }
    }
    separator(ui, &at);
    unsigned masked = canvas->mask.count > 0 ? UI_QUIET : UI_QUIET | UI_DISABLED;
    if (ui_icon_button(ui, "undo", at, ICON_UNDO, "Undo  Ctrl+Z",
                       app_can_undo(app) ? UI_QUIET : UI_QUIET | UI_DISABLED)) {
        app_undo(app);
    }
    next(ui, &at, true);
    if (ui_icon_button(ui, "redo", at, ICON_REDO, "Redo  Ctrl+Shift+Z",
                       app_can_redo(app) ? UI_QUIET : UI_QUIET | UI_DISABLED)) {
        app_redo(app);
    }
    next(ui, &at, true);
    separator(ui, &at);
    if (ui_icon_button(ui, "invert", at, ICON_INVERT, "Invert the mask  I",
                       app_can_paint(app) ? UI_QUIET : UI_QUIET | UI_DISABLED)) {
        mask_invert(&canvas->mask);
        app_remember(app);
    }
    next(ui, &at, true);
    if (ui_icon_button(ui, "clear", at, ICON_CLEAR, "Clear the mask  Del", masked)) {
        mask_fill(&canvas->mask, 0);
        app_remember(app);
    }
    next(ui, &at, true);
    if (ui_icon_button(ui, "back", at, ICON_BACK, "The picture before  Backspace",
                       app_can_go_back(app) ? UI_QUIET : UI_QUIET | UI_DISABLED)) {
        app_back(app);
    }
}

static void overlay_bar(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    struct canvas *c = &app->canvas;
    struct {
        const char *name, *tip;
        enum icon icon;
        bool *value;
    } toggles[] = {{"grid", "Token grid  G", ICON_GRID, &c->grid},
                   {"order", "Fixed in which step  1", ICON_ORDER, &c->order},
                   {"heat", "Confidence  2", ICON_HEAT, &c->heat},
                   {"revised", "Changed in this step  3", ICON_REVISED, &c->revised}};
    float side = ui_px(ui, 36);
    float x = area.x + area.w - side * 6 - ui_px(ui, 22);
    struct area at = bar_start(ui, x, area.y + ui_px(ui, 12), 6, false, 0);
    for (int i = 0; i < 4; i++, next(ui, &at, false)) {
        unsigned style = UI_QUIET | (*toggles[i].value ? UI_TOGGLED : 0);
        if (ui_icon_button(ui, toggles[i].name, at, toggles[i].icon, toggles[i].tip, style)) {
            *toggles[i].value = !*toggles[i].value;
        }
    }
    unsigned fit = c->fitted ? UI_QUIET | UI_DISABLED : UI_QUIET;
    if (ui_icon_button(ui, "fit", at, ICON_FIT, "Whole picture  F", fit)) {
        c->fitted = true;
    }
    next(ui, &at, false);
    if (ui_icon_button(ui, "help", at, ICON_HELP, "Keys  H", UI_QUIET)) {
        app->help = true;
    }
}

/* ------------------------------------------------------------------ words on the canvas */

static void chip(struct app *app, float x, float y, SDL_Color back, SDL_Color front,
                 const char *text) {
    struct ui *ui = &app->ui;
    float w = text_width(&ui->text, TEXT_SMALL, text) + ui_px(ui, 16);
    float h = text_height(&ui->text, TEXT_SMALL) + ui_px(ui, 8);
    draw_round(&ui->draw, (struct area){x, y, w, h}, ui_px(ui, 6), back);
    text_draw(&ui->text, TEXT_SMALL, x + ui_px(ui, 8), y + ui_px(ui, 4), front, text);
}

static void draw_words(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    char text[128];
    float pad = ui_px(ui, 14), line = text_height(&ui->text, TEXT_SMALL) + ui_px(ui, 8);
    float top = area.y + pad + (app_is_part(app) ? ui_px(ui, 44) : 0);
    SDL_Color back = color_alpha(ui->theme->panel, 0.92F);
    snprintf(text, sizeof text, "%.0f %%", (double)(app->canvas.view.zoom * 100));
    chip(app, area.x + pad, area.y + area.h - line - pad, back, ui->theme->muted, text);
    if (app->canvas.comparing && take_before(&app->take) != NULL) {
        chip(app, area.x + pad, top, ui->theme->accent, ui->theme->on_accent, "before");
    } else if (app->paused) {
        chip(app, area.x + pad, top, ui->theme->accent, ui->theme->on_accent,
             "paused: Space goes on");
    } else if (app->busy[0] != '\0') {
        chip(app, area.x + pad, top, back, ui->theme->text, app->busy);
        ui->animating = true;
    } else {
        app_left_text(app, text, sizeof text);
        if (text[0] != '\0') {
            chip(app, area.x + pad, top, back, ui->theme->text, text);
        }
    }
}

/* From one picture of several back to all of them. */
static void all_pictures(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    char label[32];
    if (!app_is_part(app)) {
        return;
    }
    snprintf(label, sizeof label, "All %u pictures", app->take.steps[0]->images);
    struct area at = {area.x + ui_px(ui, 14), area.y + ui_px(ui, 14),
                      text_width(&ui->text, TEXT_BODY, label) + ui_px(ui, 52), ui_px(ui, 34)};
    if (ui_button(ui, "all pictures", at, label, ICON_GRID, UI_PLAIN)) {
        app_toggle_sheet(app, app->image);
    }
    ui_tip(ui, ui_id("all pictures"), at, "Backspace");
}

/* Without a model there is nothing to draw with. */
static void draw_hint(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    const char *text = "Drop a model (.gguf) here";
    if (app->catalog == NULL && app->busy[0] == '\0') {
        float w = text_width(&ui->text, TEXT_TITLE, text), h = text_height(&ui->text, TEXT_TITLE);
        text_draw(&ui->text, TEXT_TITLE, area.x + (area.w - w) / 2, area.y + (area.h - h) / 2,
                  ui->theme->muted, text);
    }
}

static void draw_toast(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    struct toast *toast = &app->toast;
    double age = app->now - toast->since, stay = toast->bad ? 12 : 5;
    if (toast->since <= 0 || age > stay) {
        return;
    }
    float pad = ui_px(ui, 12), side = ui_px(ui, 18), most = area.w - 4 * pad;
    float w = fminf(text_width(&ui->text, TEXT_BODY, toast->text) + 3 * pad + side, most);
    float h = text_height(&ui->text, TEXT_BODY) + 2 * pad - ui_px(ui, 4);
    struct area box = {area.x + (area.w - w) / 2, area.y + area.h - h - ui_px(ui, 14), w, h};
    SDL_Color back = toast->bad ? ui->theme->bad : ui->theme->text;
    SDL_Color front = toast->bad ? ui->theme->on_bad : ui->theme->panel;
    draw_shadow(&ui->draw, box, ui_px(ui, 8), ui_px(ui, 10));
    draw_round(&ui->draw, box, ui_px(ui, 8), back);
    text_draw_fit(&ui->text, TEXT_BODY, box.x + pad, box.y + pad - ui_px(ui, 2),
                  box.w - 3 * pad - side, front, toast->text);
    struct area close = {box.x + box.w - pad - side, box.y + (box.h - side) / 2, side, side};
    if (ui_behave(ui, "close message", area_inset(close, -ui_px(ui, 4)), UI_PLAIN)) {
        toast->since = 0;
    }
    draw_icon(&ui->draw, ICON_CLOSE, close, front);
}

void view_canvas(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    place(app, area);
    canvas_mouse(app, area);
    draw_clip(&ui->draw, area);
    draw_rect(&ui->draw, area, ui->theme->canvas);
    struct area at = document_area(app);
    draw_images(app, at);
    draw_marks(app, area, at);
    draw_hint(app, area);
    draw_unclip(&ui->draw);
    tool_bar(app, area);
    overlay_bar(app, area);
    all_pictures(app, area);
    view_made(app, area);
    draw_legend(app, area);
    draw_words(app, area);
    draw_toast(app, area);
}
