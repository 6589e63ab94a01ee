/* Labels, buttons, check boxes, sliders, menus, scrolling. */
#include "viewer/ui/ui.h"

#include <math.h>
#include <stdio.h>

void ui_label(struct ui *ui, enum text_role role, struct area area, SDL_Color color,
              const char *string) {
    float y = area.y + (area.h - text_height(&ui->text, role)) / 2;
    text_draw_fit(&ui->text, role, area.x, y, area.w, color, string);
}

void ui_label_right(struct ui *ui, enum text_role role, struct area area, SDL_Color color,
                    const char *string) {
    float y = area.y + (area.h - text_height(&ui->text, role)) / 2;
    float x = area.x + area.w - text_width(&ui->text, role, string);
    text_draw(&ui->text, role, fmaxf(x, area.x), y, color, string);
}

/* Background and foreground of a button in its state. */
static void button_colors(const struct ui *ui, uint32_t id, unsigned style, SDL_Color *back,
                          SDL_Color *front) {
    const struct theme *theme = ui->theme;
    bool hot = ui->hot == id && (style & UI_DISABLED) == 0, pressed = ui->active == id;
    *back = hot                       ? theme->hover
            : (style & UI_QUIET) != 0 ? color_alpha(theme->raised, 0)
                                      : theme->raised;
    *front = theme->text;
    if ((style & UI_TOGGLED) != 0) {
        *back = color_mix(theme->panel, theme->accent, hot ? 0.38F : 0.28F);
        *front = theme->text;
    }
    if ((style & UI_PRIMARY) != 0) {
        *back = hot ? color_mix(theme->accent, theme->text, 0.15F) : theme->accent;
        *front = theme->on_accent;
    }
    if (pressed) {
        *back = color_mix(*back, theme->canvas, 0.3F);
    }
    if ((style & UI_DISABLED) != 0) {
        *back = (style & UI_QUIET) != 0 ? *back : color_mix(theme->panel, theme->raised, 0.6F);
        *front = color_mix(theme->panel, theme->muted, 0.5F);
    }
}

bool ui_button(struct ui *ui, const char *name, struct area area, const char *label, int icon,
               unsigned style) {
    bool clicked = ui_behave(ui, name, area, style);
    SDL_Color back, front;
    uint32_t id = ui_id(name);
    float radius = ui_px(ui, 6), side = icon >= 0 ? ui_px(ui, 16) : 0;
    enum text_role role = (style & UI_PRIMARY) != 0 ? TEXT_BOLD : TEXT_BODY;
    button_colors(ui, id, style, &back, &front);
    if (back.a > 0) {
        draw_round(&ui->draw, area, radius, back);
    }
    float gap = icon >= 0 ? ui_px(ui, 7) : 0, wide = text_width(&ui->text, role, label);
    float room = area.w - side - gap - ui_px(ui, 12);
    float shown = fminf(wide, room), x = area.x + (area.w - shown - side - gap) / 2;
    if (icon >= 0) {
        draw_icon(&ui->draw, (enum icon)icon,
                  (struct area){x, area.y + (area.h - side) / 2, side, side}, front);
    }
    float y = area.y + (area.h - text_height(&ui->text, role)) / 2;
    text_draw_fit(&ui->text, role, x + side + gap, y, room + 1, front, label);
    ui_focus_ring(ui, id, area, radius);
    return clicked;
}

bool ui_icon_button(struct ui *ui, const char *name, struct area area, enum icon icon,
                    const char *tip, unsigned style) {
    bool clicked = ui_behave(ui, name, area, style);
    SDL_Color back, front;
    uint32_t id = ui_id(name);
    float side = ui_px(ui, 18), radius = ui_px(ui, 6);
    button_colors(ui, id, style, &back, &front);
    if (back.a > 0) {
        draw_round(&ui->draw, area, radius, back);
    }
    draw_icon(&ui->draw, icon,
              (struct area){area.x + (area.w - side) / 2, area.y + (area.h - side) / 2, side, side},
              front);
    ui_focus_ring(ui, id, area, radius);
    ui_tip(ui, id, area, tip);
    return clicked;
}

bool ui_check(struct ui *ui, const char *name, struct area area, const char *label, bool *value) {
    bool clicked = ui_behave(ui, name, area, UI_PLAIN);
    const struct theme *theme = ui->theme;
    float side = ui_px(ui, 18);
    struct area box = {area.x, area.y + roundf((area.h - side) / 2), side, side};
    bool hot = ui->hot == ui_id(name);
    *value = clicked ? !*value : *value;
    if (*value) {
        draw_round(&ui->draw, box, ui_px(ui, 4), theme->accent);
        draw_icon(&ui->draw, ICON_CHECK, area_inset(box, ui_px(ui, 2)), theme->on_accent);
    } else {
        draw_round(&ui->draw, box, ui_px(ui, 4), hot ? theme->hover : theme->raised);
        draw_frame(&ui->draw, box, ui_px(ui, 4), ui_px(ui, 1), theme->muted);
    }
    struct area rest = {area.x + side + ui_px(ui, 8), area.y, area.w - side - ui_px(ui, 8), area.h};
    ui_label(ui, TEXT_BODY, rest, theme->text, label);
    ui_focus_ring(ui, ui_id(name), box, ui_px(ui, 4));
    return clicked;
}

float ui_slider_height(const struct ui *ui) {
    return text_height(&ui->text, TEXT_BODY) + ui_px(ui, 22);
}

static float rounded(float value, float low, float high, float step) {
    if (step > 0) {
        value = low + roundf((value - low) / step) * step;
    }
    return fminf(fmaxf(value, low), high);
}

static void slider_track(struct ui *ui, uint32_t id, struct area track, float share) {
    const struct theme *theme = ui->theme;
    float knob = ui_px(ui, ui->hot == id || ui->active == id ? 8 : 7),
          x = track.x + track.w * share;
    float middle = track.y + track.h / 2;
    draw_round(&ui->draw, track, track.h / 2, theme->hover);
    if (share > 0) {
        draw_round(&ui->draw, (struct area){track.x, track.y, track.w * share, track.h},
                   track.h / 2, theme->accent);
    }
    draw_ring(&ui->draw, (struct point){x, middle}, knob + ui_px(ui, 2), 1000, theme->panel);
    draw_ring(&ui->draw, (struct point){x, middle}, knob, 1000, theme->accent);
}

bool ui_slider(struct ui *ui, const char *name, struct area area, const char *label,
               const char *format, float *value, float low, float high, float step) {
    uint32_t id = ui_id(name);
    float knob = ui_px(ui, 8), line = text_height(&ui->text, TEXT_BODY), old = *value;
    struct area track = {area.x + knob, area.y + line + ui_px(ui, 9), area.w - 2 * knob,
                         ui_px(ui, 4)};
    ui_behave(ui, name, area, UI_PLAIN);
    /* A value from elsewhere may lie beyond the track or between its steps: it stays until it is
     * moved. */
    if (ui->active == id && ui->input.down[UI_LEFT] && track.w > 0) {
        float share = fminf(fmaxf((ui->input.mouse.x - track.x) / track.w, 0), 1);
        *value = rounded(low + share * (high - low), low, high, step);
    }
    float by = step > 0 ? step : (high - low) / 50;
    if (ui_key(ui, id, SDLK_RIGHT)) {
        *value = rounded(*value + by, low, high, step);
    }
    if (ui_key(ui, id, SDLK_LEFT)) {
        *value = rounded(*value - by, low, high, step);
    }
    char text[64];
    snprintf(text, sizeof text, format, (double)*value);
    struct area top = {area.x, area.y, area.w, line};
    ui_label(ui, TEXT_BODY, top, ui->theme->muted, label);
    ui_label_right(ui, TEXT_BODY, top, ui->theme->text, text);
    float place = fminf(fmaxf((*value - low) / (high - low), 0), 1);
    slider_track(ui, id, track, place);
    struct area ring = {area.x - ui_px(ui, 3), area.y - ui_px(ui, 1), area.w + ui_px(ui, 6),
                        area.h};
    ui_focus_ring(ui, id, ring, ui_px(ui, 5));
    return *value < old || *value > old;
}

bool ui_menu(struct ui *ui, const char *name, struct area area, const char *current, int count,
             ui_item_text text, void *user, int *chosen) {
    uint32_t id = ui_id(name);
    const struct theme *theme = ui->theme;
    bool clicked = ui_behave(ui, name, area, UI_PLAIN), open = ui->popup.owner == id;
    float radius = ui_px(ui, 6), pad = ui_px(ui, 10), side = ui_px(ui, 14);
    if (clicked && open) {
        ui->popup.owner = 0;
    } else if (clicked && count > 0) {
        ui->popup = (struct ui_popup){.owner = id};
    }
    if (ui->popup.owner == id) {
        ui->popup.anchor = area;
        ui->popup.count = count;
        ui->popup.text = text;
        ui->popup.user = user;
        ui->popup.refreshed = true;
    }
    draw_round(&ui->draw, area, radius, ui->hot == id ? theme->hover : theme->raised);
    draw_frame(&ui->draw, area, radius, ui_px(ui, 1), open ? theme->accent : theme->line);
    struct area inner = {area.x + pad, area.y, area.w - 3 * pad - side + pad / 2, area.h};
    ui_label(ui, TEXT_BODY, inner, theme->text, current);
    draw_icon(&ui->draw, ICON_CHEVRON,
              (struct area){area.x + area.w - pad - side, area.y + (area.h - side) / 2, side, side},
              theme->muted);
    ui_focus_ring(ui, id, area, radius);
    if (ui->chosen_by == id) {
        ui->chosen_by = 0;
        *chosen = ui->chosen;
        return *chosen < count;
    }
    return false;
}

float ui_scroll_begin(struct ui *ui, struct area area, float content, float *offset) {
    float most = fmaxf(content - area.h, 0);
    if (area_holds(area, ui->input.mouse) && ui->popup.owner == 0) {
        *offset -= ui->input.wheel * ui_px(ui, 48);
        ui->input.wheel = 0;
    }
    /* The focus must be seen. */
    for (int i = 0; ui->focus_shown && ui->input.key_count == 0 && i < ui->last_count; i++) {
        struct area a = ui->last_items[i].area, c = ui->last_items[i].clip;
        if (ui->last_items[i].id == ui->focus && fabsf(c.x - area.x) < 1 && c.h <= area.h) {
            float margin = ui_px(ui, 8);
            *offset += fmaxf(a.y + a.h + margin - area.y - area.h, 0);
            *offset -= fmaxf(area.y + margin - a.y, 0);
        }
    }
    *offset = roundf(fminf(fmaxf(*offset, 0), most));
    ui->clip = area;
    draw_clip(&ui->draw, area);
    if (most > 0) {
        float h = fmaxf(area.h * area.h / content, ui_px(ui, 24)), w = ui_px(ui, 4);
        float y = area.y + (area.h - h) * *offset / most;
        draw_round(&ui->draw, (struct area){area.x + area.w - w - 1, y, w, h}, w / 2,
                   ui->theme->hover);
    }
    return area.y - *offset;
}

void ui_scroll_end(struct ui *ui) {
    ui->clip = (struct area){0, 0, ui->width_height.x, ui->width_height.y};
    draw_unclip(&ui->draw);
}
