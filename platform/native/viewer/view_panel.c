/* The panel: what to draw, how, on which device, and saving. */
#include "viewer/app.h"

#include "common/setting_text.h"
#include "common/utf8.h"
#include "viewer/search.h"
#include "viewer/tips.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct column {
    struct ui *ui;
    float x, y, w;
};

static struct area row(struct column *column, float height, float after) {
    struct area area = {column->x, column->y, column->w, ui_px(column->ui, height)};
    column->y += area.h + ui_px(column->ui, after);
    return area;
}

/* Part `index` of `count` equal parts with gaps between. */
static struct area part(struct ui *ui, struct area area, int index, int count) {
    float gap = ui_px(ui, 8), w = (area.w - gap * (float)(count - 1)) / (float)count;
    return (struct area){roundf(area.x + (w + gap) * (float)index), area.y, floorf(w), area.h};
}

/* What the widget that was just drawn does. */
static void tip(struct ui *ui, const char *name, struct area area) {
    ui_tip(ui, ui_id(name), area, tip_of(name));
}

static void heading(struct column *column, const char *text) {
    struct ui *ui = column->ui;
    draw_rect(&ui->draw, row(column, 1, 14), ui->theme->line);
    ui_label(ui, TEXT_BOLD, row(column, 18, 8), ui->theme->text, text);
}

/* ------------------------------------------------------------------ model and class */

static void header(struct app *app, struct column *column) {
    struct ui *ui = &app->ui;
    struct area line = row(column, 36, 12);
    float side = ui_px(ui, 34);
    struct area right = {line.x + line.w - side, line.y + ui_px(ui, 1), side, side};
    if (ui_icon_button(ui, "theme", right, app->dark ? ICON_SUN : ICON_MOON, "Light or dark  T",
                       UI_QUIET)) {
        app->dark = !app->dark;
    }
    char text[200] = "No model";
    struct area name = {line.x, line.y, line.w - side - ui_px(ui, 8), ui_px(ui, 20)};
    struct area about = {line.x, line.y + ui_px(ui, 20), name.w, ui_px(ui, 16)};
    if (app->catalog != NULL) {
        const struct catalog *c = app->catalog;
        ui_label(ui, TEXT_BOLD, name, ui->theme->text, c->name[0] != '\0' ? c->name : "Model");
        snprintf(text, sizeof text, "%.1f M parameters, %s, %u × %u pixels",
                 (double)c->parameters / 1e6, c->weight_type, c->image_width, c->image_height);
        ui_label(ui, TEXT_SMALL, about, ui->theme->muted, text);
    } else {
        bool busy = app->busy[0] != '\0';
        ui_label(ui, TEXT_BOLD, name, ui->theme->text, busy ? "Loading the model" : text);
        ui_label(ui, TEXT_SMALL, about, ui->theme->muted,
                 busy ? "" : "Drop a .gguf file on the window");
    }
}

static const char *match_name(void *user, int index) {
    struct app *app = user;
    return app->catalog->names[app->panel.matches[index]];
}

static const char *match_symbol(void *user, int index) {
    struct app *app = user;
    return app->catalog->symbols[app->panel.matches[index]];
}

/* While the text is the class's own name, every class is offered. */
static void update_matches(struct app *app) {
    struct settings_panel *panel = &app->panel;
    const struct catalog *c = app->catalog;
    if (c == NULL || strcmp(panel->matched, panel->class_text) == 0) {
        return;
    }
    bool own = strcmp(panel->class_text, c->names[panel->options.class_index]) == 0;
    panel->match_count = (int)search_classes(own ? "" : panel->class_text, c->names, c->symbols,
                                             c->class_count, panel->matches, MATCH_LIMIT);
    snprintf(panel->matched, sizeof panel->matched, "%s", panel->class_text);
}

/* Text that no class answers stays for correction; elsewhere the class has its name again. */
static void say_no_match(struct app *app) {
    char text[400];
    const struct settings_panel *panel = &app->panel;
    snprintf(text, sizeof text, "No class matches \"%.*s\"; it is still %s.",
             (int)utf8_fit(panel->class_text, 100), panel->class_text,
             app->catalog->names[panel->options.class_index]);
    app_say(app, true, text);
}

static void class_row(struct app *app, struct column *column) {
    struct ui *ui = &app->ui;
    struct settings_panel *panel = &app->panel;
    struct area line = row(column, 44, 10);
    struct area tile = {line.x, line.y, line.h, line.h};
    struct area box = {line.x + line.h + ui_px(ui, 8), line.y + ui_px(ui, 4),
                       line.w - line.h - ui_px(ui, 8), ui_px(ui, 36)};
    const struct catalog *c = app->catalog;
    draw_round(&ui->draw, tile, ui_px(ui, 8), ui->theme->raised);
    if (c != NULL && c->symbols[panel->options.class_index][0] != '\0') {
        text_symbol(&ui->text, area_inset(tile, ui_px(ui, 7)), ui->theme->text,
                    c->symbols[panel->options.class_index]);
    }
    update_matches(app);
    bool own = c != NULL && panel->options.class_index < panel->match_count &&
               panel->match_count == (int)c->class_count;
    bool symbols = c != NULL && c->class_count > 0 && c->symbols[0][0] != '\0';
    struct ui_field field = {.buffer = panel->class_text,
                             .size = sizeof panel->class_text,
                             .hint = "Class",
                             .icon = ICON_SEARCH,
                             .items = c != NULL ? panel->match_count : 0,
                             .text = match_name,
                             .symbol = symbols ? match_symbol : NULL,
                             .user = app,
                             .highlight = own ? panel->options.class_index : 0,
                             .list_left = box.x - line.x,
                             .chosen = -1};
    enum ui_field_event event = ui_text_field(ui, "class", box, &field);
    update_matches(app);
    bool none = c != NULL && panel->match_count == 0 && panel->class_text[0] != '\0';
    if (none && ui->focus == ui_id("class")) {
        ui_tip_now(ui, box, "No class matches.");
    }
    if (field.chosen >= 0 && field.chosen < panel->match_count) {
        app_set_class(app, panel->matches[field.chosen]);
        app_go(app, !panel->seed_locked);
    } else if (event == UI_FIELD_ENTER && c != NULL) {
        say_no_match(app);
    } else if (ui->focus != ui_id("class")) {
        if (none) {
            say_no_match(app);
        }
        app_set_class(app, panel->options.class_index); /* left without choosing */
    }
}

/* ------------------------------------------------------------------ drawing */

static void go_rows(struct app *app, struct column *column) {
    struct ui *ui = &app->ui;
    const uint32_t *extend = app->canvas.extend;
    bool wider = (extend[0] | extend[1] | extend[2] | extend[3]) != 0;
    bool edit = app_can_paint(app) && (wider || app->canvas.mask.count > 0);
    unsigned style = app->catalog != NULL ? UI_PRIMARY : UI_PRIMARY | UI_DISABLED;
    struct area line = row(column, 40, 8);
    if (app->running != 0) {
        if (ui_button(ui, "stop", part(ui, line, 0, 2), "Stop", ICON_STOP, UI_PLAIN)) {
            app_cancel(app);
        }
        if (ui_button(ui, "pause", part(ui, line, 1, 2), app->paused ? "Go on" : "Pause",
                      app->paused ? ICON_PLAY : ICON_PAUSE, UI_PLAIN)) {
            app_go_or_pause(app);
        }
    } else if (ui_button(ui, "go", line,
                         wider && edit ? "Outpaint"
                         : edit        ? "Repaint"
                                       : "Draw",
                         edit ? ICON_BRUSH : ICON_PLAY, style)) {
        app_go(app, !app->panel.seed_locked);
    }
    tip(ui, "go", line);
    char plan[120];
    app_plan_text(app, plan, sizeof plan);
    if (plan[0] != '\0') {
        ui_label(ui, TEXT_SMALL, row(column, 16, 8), ui->theme->muted, plan);
    }
    column->y += ui_px(ui, 4);
}

static void seed_row(struct app *app, struct column *column) {
    struct ui *ui = &app->ui;
    struct area line = row(column, 34, 12);
    float side = line.h, label = ui_px(ui, 48);
    struct area name = {line.x, line.y, label, line.h};
    float gap = ui_px(ui, 6);
    struct area box = {line.x + label, line.y, line.w - label - 2 * (side + gap), line.h};
    struct area dice = {line.x + line.w - 2 * side - gap, line.y, side, side};
    struct area lock = {line.x + line.w - side, line.y, side, side};
    ui_label(ui, TEXT_BODY, name, ui->theme->muted, "Seed");
    struct ui_field field = {.buffer = app->panel.seed_text,
                             .size = 21, /* digits of 2^64 and the end */
                             .hint = "0",
                             .digits = true,
                             .icon = -1};
    if (ui_text_field(ui, "seed", box, &field) == UI_FIELD_ENTER) {
        app->panel.seed_locked = true;
        ui_set_focus(ui, NULL);
        app_go(app, false);
    }
    tip(ui, "seed", box);
    unsigned able = app->catalog != NULL ? UI_PLAIN : UI_DISABLED;
    if (ui_icon_button(ui, "new seed", dice, ICON_DICE, "Draw with a new seed  N", able)) {
        app_go(app, true);
    }
    bool locked = app->panel.seed_locked;
    if (ui_icon_button(ui, "lock", lock, locked ? ICON_LOCK : ICON_UNLOCK,
                       locked ? "The seed stays  L" : "Every drawing gets a new seed  L",
                       locked ? UI_TOGGLED : UI_QUIET)) {
        app->panel.seed_locked = !locked;
    }
}

static const char *schedule_item(void *user, int index) {
    (void)user;
    return um_schedule_name((um_schedule)(UM_SCHEDULE_COSINE + index));
}

static void slider(struct column *column, const char *name, const char *label, const char *format,
                   float *value, float low, float high, float step) {
    float height = ui_slider_height(column->ui);
    struct area area = {column->x, column->y, column->w, height};
    column->y += height + ui_px(column->ui, 6);
    ui_slider(column->ui, name, area, label, format, value, low, high, step);
    tip(column->ui, name, area);
}

static void check(struct column *column, const char *name, float after, const char *label,
                  bool *value) {
    struct area area = row(column, 26, after);
    ui_check(column->ui, name, area, label, value);
    tip(column->ui, name, area);
}

static const char *sampler_item(void *user, int index) {
    (void)user;
    return um_sampler_name((um_sampler)(UM_SAMPLER_CONFIDENCE + index));
}

/* A setting that is a number, in what is usual of its range. */
static void setting_slider(struct app *app, struct column *column, um_setting_id id) {
    const um_setting *setting = um_setting_info(id);
    um_sampling *sampling = &app->panel.options.sampling;
    bool whole = setting->kind == UM_KIND_WHOLE;
    float high = (float)setting->usual;
    float step = whole ? 1 : high <= 1 ? 0.01F : high <= 2 ? 0.05F : 0.1F;
    float low = setting->least > 0 ? step : 0;
    float value = (float)setting_number(id, sampling);
    slider(column, setting->name, setting->label,
           whole      ? "%.0f"
           : high > 2 ? "%.1f"
                      : "%.2f",
           &value, low, high, step);
    um_setting_set(id, sampling, whole ? floor((double)value + 0.5) : (double)value);
}

static void sampler_rows(struct app *app, struct column *column) {
    struct ui *ui = &app->ui;
    um_sampling *sampling = &app->panel.options.sampling;
    struct area line = row(column, 34, 12);
    float label = ui_px(ui, 84);
    int chosen = 0;
    ui_label(ui, TEXT_BODY, line, ui->theme->muted, "Sampler");
    if (ui_menu(ui, "sampler", (struct area){line.x + label, line.y, line.w - label, line.h},
                um_sampler_name(sampling->sampler), UM_SAMPLER_RECHECK, sampler_item, NULL,
                &chosen)) {
        sampling->sampler = (um_sampler)(UM_SAMPLER_CONFIDENCE + chosen);
    }
    tip(ui, "sampler", line);
    for (int i = UM_SETTING_TOP_P + 1; i < UM_SETTING_COUNT; i++) {
        um_setting_id id = (um_setting_id)i;
        if (setting_is_number(id) && um_setting_used(id, sampling->sampler)) {
            setting_slider(app, column, id);
        }
    }
}

static void schedule_rows(struct app *app, struct column *column) {
    struct ui *ui = &app->ui;
    um_sampling *sampling = &app->panel.options.sampling;
    struct area line = row(column, 34, 12);
    float label = ui_px(ui, 84);
    ui_label(ui, TEXT_BODY, line, ui->theme->muted, "Schedule");
    int chosen = 0;
    int count = UM_SCHEDULE_ARCCOS - UM_SCHEDULE_COSINE + 1;
    if (ui_menu(ui, "schedule", (struct area){line.x + label, line.y, line.w - label, line.h},
                um_schedule_name(sampling->schedule), count, schedule_item, NULL, &chosen)) {
        sampling->schedule = (um_schedule)(UM_SCHEDULE_COSINE + chosen);
        sampling->schedule_power = sampling->schedule_power > 0 ? sampling->schedule_power : 2;
    }
    tip(ui, "schedule", line);
    if (sampling->schedule == UM_SCHEDULE_POW) {
        slider(column, "power", "Power", "%.1f", &sampling->schedule_power, 0.1F, 8, 0.1F);
    }
}

static void drawing_rows(struct app *app, struct column *column) {
    slider(column, "steps", "Steps", "%.0f", &app->panel.steps, 1, 64, 1);
    slider(column, "images", "Pictures", "%.0f", &app->panel.images, 1, IMAGES_MOST, 1);
    schedule_rows(app, column);
    sampler_rows(app, column);
    setting_slider(app, column, UM_SETTING_TEMPERATURE);
    setting_slider(app, column, UM_SETTING_CHOICE_TEMPERATURE);
    if (app->catalog != NULL && app->catalog->has_null_class) {
        setting_slider(app, column, UM_SETTING_CFG_SCALE);
    }
    struct area line = row(column, 30, 8);
    if (ui_button(&app->ui, "defaults", line, "The model's defaults", ICON_REPEAT, UI_PLAIN)) {
        app_use_defaults(app);
    }
    tip(&app->ui, "defaults", line);
    column->y += ui_px(&app->ui, 6);
}

/* ------------------------------------------------------------------ editing, view, device */

static void edit_rows(struct app *app, struct column *column) {
    struct ui *ui = &app->ui;
    heading(column, "Edit");
    slider(column, "brush size", "Brush size", "%.0f px", &app->canvas.brush, 1,
           fmaxf(64, app_brush_most(app) / 4), 1);
    slider(column, "vary share", "Share to vary", "%.2f", &app->panel.vary_share, 0.05F, 1, 0.05F);
    check(column, "vary doubtful", 8, "Least certain tokens first", &app->panel.vary_doubtful);
    struct area line = row(column, 32, 14);
    unsigned able = app_can_paint(app) ? UI_PLAIN : UI_DISABLED;
    if (ui_button(ui, "vary", part(ui, line, 0, 2), "Vary", ICON_DICE, able)) {
        app_vary(app);
    }
    tip(ui, "vary", part(ui, line, 0, 2));
    /* Held down: the picture before. */
    struct area compare = part(ui, line, 1, 2);
    bool possible = take_before(&app->take) != NULL;
    ui_button(ui, "compare", compare, "Before", ICON_COMPARE, possible ? UI_PLAIN : UI_DISABLED);
    tip(ui, "compare", compare);
    if (ui->active == ui_id("compare") && possible) {
        app->canvas.comparing = true;
        app->dirty = true;
    } else if (ui->input.released[UI_LEFT]) {
        app->canvas.comparing = false;
    }
}

static void view_rows(struct app *app, struct column *column) {
    heading(column, "View");
    check(column, "veil", 2, "Cover masked tokens", &app->canvas.veil);
    check(column, "smooth", 14, "Smooth pixels", &app->canvas.smooth);
}

static const char *device_item(void *user, int index) {
    static char text[300];
    struct app *app = user;
    if (index == 0) {
        return "Automatic";
    }
    const um_device_info *info = &app->devices->devices[index - 1];
    snprintf(text, sizeof text, "%s (%s)", info->name, info->backend);
    return text;
}

static void device_rows(struct app *app, struct column *column) {
    struct ui *ui = &app->ui;
    heading(column, "Device");
    struct area line = row(column, 34, 8);
    int chosen = 0, count = app->devices != NULL ? (int)app->devices->count + 1 : 0;
    char current[300] = "";
    if (app->catalog != NULL) {
        snprintf(current, sizeof current, "%s (%s)", app->catalog->device.name,
                 app->catalog->device.backend);
    }
    if (ui_menu(ui, "device", line, current, count, device_item, app, &chosen)) {
        app->device[0] = '\0';
        if (chosen > 0) {
            snprintf(app->device, sizeof app->device, "%d", chosen - 1);
        }
        app->device_chosen = true;
        app_open(app, app->catalog != NULL ? app->catalog->path : NULL, app->device);
    }
    tip(ui, "device", line);
    double seconds = take_step_seconds(&app->take);
    char text[120] = "";
    if (seconds > 0) {
        double whole = seconds * (double)app->take.total;
        snprintf(text, sizeof text, "%.1f ms per step, %.2f pictures per second", seconds * 1000,
                 (double)app->take.options.images / whole);
    }
    ui_label(ui, TEXT_SMALL, row(column, 18, 12), ui->theme->muted, text);
}

static void footer(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    draw_rect(&ui->draw, (struct area){area.x, area.y, area.w, 1}, ui->theme->line);
    struct area line = {area.x + ui_px(ui, 16), area.y + ui_px(ui, 12), area.w - ui_px(ui, 32),
                        ui_px(ui, 34)};
    unsigned able = app_frame(app) != NULL ? UI_PLAIN : UI_DISABLED;
    const struct {
        const char *name, *label;
        enum icon icon;
        unsigned style;
        void (*what)(struct app *app);
    } buttons[] = {
        {"open", "Open...", ICON_FIT, UI_PLAIN, app_ask_open},
        {"save as", "Save as...", ICON_SAVE, able, app_ask_save},
        {"save", "Save PNG", ICON_SAVE, able, app_save_png},
        {"save reveal", "Save reveal", ICON_FILM, app->take.count > 1 ? UI_PLAIN : UI_DISABLED,
         app_save_animation},
    };
    for (int i = 0; i < 4; i++) {
        struct area at = part(ui, line, i % 2, 2);
        at.y += i < 2 ? 0 : ui_px(ui, 42);
        if (ui_button(ui, buttons[i].name, at, buttons[i].label, (int)buttons[i].icon,
                      buttons[i].style)) {
            buttons[i].what(app);
        }
        tip(ui, buttons[i].name, at);
    }
}

void view_panel(struct app *app, struct area area) {
    struct ui *ui = &app->ui;
    float pad = ui_px(ui, 16), foot = ui_px(ui, 100);
    draw_rect(&ui->draw, area, ui->theme->panel);
    draw_rect(&ui->draw, (struct area){area.x, area.y, 1, area.h}, ui->theme->line);
    struct column column = {ui, area.x + pad, area.y + pad, area.w - 2 * pad};
    header(app, &column);
    class_row(app, &column);
    go_rows(app, &column);
    struct area rest = {area.x + 1, column.y, area.w - 1, area.y + area.h - foot - column.y};
    column.y = ui_scroll_begin(ui, rest, app->panel_height, &app->panel.scroll);
    float top = column.y;
    column.y += ui_px(ui, 2);
    seed_row(app, &column);
    if (app->catalog != NULL) {
        drawing_rows(app, &column);
    }
    edit_rows(app, &column);
    device_rows(app, &column);
    view_rows(app, &column);
    app->panel_height = column.y - top;
    ui_scroll_end(ui);
    footer(app, (struct area){area.x, area.y + area.h - foot, area.w, foot});
}
