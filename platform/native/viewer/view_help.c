/* The list of keys. */
#include "viewer/app.h"

#include <math.h>

static const struct {
    const char *keys, *what;
} lines[] = {
    {"Space", "draw; while drawing: pause"},
    {"Enter", "draw, or repaint what is masked"},
    {"N  ·  R", "new seed  ·  same seed again"},
    {"Esc", "stop; else show the whole picture"},
    {"← →  ·  Home End", "step through the reveal"},
    {"P  ·  Shift+Enter", "play it  ·  redraw from this step"},
    {"C  ·  D", "choose a class  ·  a device"},
    {"F6", "into the panel: arrows, Enter, Esc"},
    {"L  ·  T", "keep the seed  ·  light or dark"},
    {"B E M V", "brush, eraser, box, move"},
    {"[ ]  ·  Ctrl+wheel", "brush size"},
    {"Wheel  ·  Space+drag", "zoom  ·  pan"},
    {"I  ·  Del", "invert, clear the mask"},
    {"Ctrl+Z  ·  Ctrl+Shift+Z", "undo, redo"},
    {"Tab (hold)", "the picture before the edit"},
    {"Backspace", "back to all pictures, the one before"},
    {"G 1 2 3", "grid, order, confidence, changes"},
    {"Ctrl+O  ·  Ctrl+E", "open a file, save under a name"},
    {"Ctrl+S  ·  Ctrl+Shift+S", "save the picture, the reveal"},
    {"Ctrl+C  ·  Ctrl+Shift+C", "copy the picture, the command"},
    {"Ctrl+V", "open a pasted path"},
    {"Ctrl + −  ·  F11", "size of everything  ·  full screen"},
};

enum { LINES = sizeof lines / sizeof lines[0] };

void view_help(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    const struct theme *theme = ui->theme;
    float pad = ui_px(ui, 24), step = ui_px(ui, 26), key = ui_px(ui, 190);
    float w = fminf(ui_px(ui, 560), area.w - pad), h = step * LINES + ui_px(ui, 84);
    struct area box = {roundf(area.x + (area.w - w) / 2), roundf(area.y + (area.h - h) / 2), w, h};
    draw_rect(&ui->draw, area, (SDL_Color){0, 0, 0, 130});
    draw_round(&ui->draw, box, ui_px(ui, 12), theme->panel);
    draw_frame(&ui->draw, box, ui_px(ui, 12), 1, theme->line);
    struct area title = {box.x + pad, box.y + ui_px(ui, 18), w - 2 * pad, ui_px(ui, 30)};
    ui_label(ui, TEXT_TITLE, title, theme->text, "Keys");
    struct area close = {box.x + w - ui_px(ui, 50), title.y, ui_px(ui, 30), ui_px(ui, 30)};
    if (ui_icon_button(ui, "close help", close, ICON_CLOSE, NULL, UI_QUIET)) {
        app->help = false;
    }
    for (int i = 0; i < LINES; i++) {
        float y = box.y + ui_px(ui, 60) + step * (float)i;
        if (i % 2 == 0) {
            draw_round(&ui->draw, (struct area){box.x + pad / 2, y, w - pad, step}, ui_px(ui, 5),
                       theme->raised);
        }
        struct area left = {box.x + pad, y, key, step};
        struct area right = {box.x + pad + key, y, w - 2 * pad - key, step};
        ui_label(ui, TEXT_BODY, left, theme->text, lines[i].keys);
        ui_label(ui, TEXT_BODY, right, theme->muted, lines[i].what);
    }
    if (ui->input.pressed[UI_LEFT] && !area_holds(box, ui->input.mouse)) {
        app->help = false;
    }
}
