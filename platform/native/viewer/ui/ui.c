/* The frame of the immediate-mode widgets: input, focus, popups, tips. */
#include "viewer/ui/ui.h"

#include <math.h>
#include <string.h>

static const double TIP_DELAY = 0.45;

float ui_px(const struct ui *ui, float design) {
    return roundf(design * ui->scale);
}

uint32_t ui_id(const char *name) {
    uint32_t hash = 2166136261U;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t)*name) * 16777619U;
    }
    return hash != 0 ? hash : 1;
}

static struct area everything(const struct ui *ui) {
    return (struct area){0, 0, ui->width_height.x, ui->width_height.y};
}

void ui_begin(struct ui *ui, double now, float width, float height) {
    memcpy(ui->last_items, ui->items, sizeof ui->items);
    ui->last_count = ui->item_count;
    ui->item_count = 0;
    ui->now = now;
    ui->width_height = (struct point){width, height};
    ui->clip = everything(ui);
    ui->hot = 0;
    ui->want_text = false;
    ui->animating = false;
    ui->tip[0] = '\0';
    ui->popup.refreshed = false;
    ui->draw.clip_count = 0;
    SDL_RenderSetClipRect(ui->draw.renderer, NULL);
    if (ui->popup.owner != 0 && ui->input.pressed[UI_LEFT] &&
        !area_holds(ui->popup.area, ui->input.mouse) &&
        !area_holds(ui->popup.anchor, ui->input.mouse)) {
        /* A click beside the list only closes it. */
        ui->popup.owner = 0;
        ui->focus = 0;
        ui->input.pressed[UI_LEFT] = false;
    }
}

static bool in_popup(const struct ui *ui) {
    return ui->popup.owner != 0 && area_holds(ui->popup.area, ui->input.mouse);
}

/* Where widgets lie that are drawn later in this frame, the last one tells. */
static bool over_item(const struct ui *ui) {
    for (int i = 0; i < ui->last_count; i++) {
        const struct ui_item *item = &ui->last_items[i];
        if (area_holds(item->area, ui->input.mouse) && area_holds(item->clip, ui->input.mouse)) {
            return true;
        }
    }
    return false;
}

bool ui_mouse_free(const struct ui *ui) {
    return ui->active == 0 && !in_popup(ui) && ui->hot == 0 && !over_item(ui);
}

bool ui_takes_key(const struct ui *ui, SDL_Keycode code, uint16_t mod) {
    if (ui->want_text || ui->popup.owner != 0) {
        bool command = (mod & (KMOD_CTRL | KMOD_GUI)) != 0;
        return (!command || code == SDLK_a || code == SDLK_v || code == SDLK_c) &&
               !(code >= SDLK_F1 && code <= SDLK_F12);
    }
    if (ui->focus == 0 || !ui->focus_shown) {
        return false;
    }
    return code == SDLK_TAB || code == SDLK_UP || code == SDLK_DOWN || code == SDLK_LEFT ||
           code == SDLK_RIGHT || code == SDLK_RETURN || code == SDLK_KP_ENTER ||
           code == SDLK_SPACE || code == SDLK_ESCAPE || code == SDLK_HOME || code == SDLK_END;
}

void ui_set_focus(struct ui *ui, const char *name) {
    ui->focus = name != NULL ? ui_id(name) : 0;
    ui->focus_shown = name != NULL;
    ui->caret = strlen(ui->input.text);
    ui->mark = SIZE_MAX; /* a field that gets the focus selects everything */
}

void ui_close_popup(struct ui *ui) {
    ui->popup.owner = 0;
}

void ui_open_popup(struct ui *ui, const char *name) {
    ui_set_focus(ui, name);
    ui->popup = (struct ui_popup){.owner = ui_id(name)};
    ui->popup.refreshed = true;
}

bool ui_find(const struct ui *ui, const char *name, struct area *area) {
    uint32_t id = ui_id(name);
    for (int i = 0; i < ui->item_count; i++) {
        if (ui->items[i].id == id) {
            struct area a = ui->items[i].area, c = ui->items[i].clip;
            float x1 = fmaxf(a.x, c.x), y1 = fmaxf(a.y, c.y);
            float x2 = fminf(a.x + a.w, c.x + c.w), y2 = fminf(a.y + a.h, c.y + c.h);
            *area = (struct area){x1, y1, x2 - x1, y2 - y1};
            return area->w > 0 && area->h > 0;
        }
    }
    return false;
}

static void remember(struct ui *ui, const char *name, uint32_t id, struct area area,
                     bool focusable) {
    if (ui->item_count < UI_ITEMS) {
        struct ui_item *item = &ui->items[ui->item_count++];
        *item = (struct ui_item){.id = id, .area = area, .clip = ui->clip, .focusable = focusable};
        SDL_strlcpy(item->name, name, sizeof item->name);
    }
}

bool ui_key(struct ui *ui, uint32_t id, SDL_Keycode code) {
    for (int i = 0; ui->focus == id && i < ui->input.key_count; i++) {
        if (ui->input.keys[i].code == code) {
            memmove(&ui->input.keys[i], &ui->input.keys[i + 1],
                    sizeof ui->input.keys[0] * (size_t)(ui->input.key_count - i - 1));
            ui->input.key_count--;
            return true;
        }
    }
    return false;
}

bool ui_behave(struct ui *ui, const char *name, struct area area, unsigned style) {
    uint32_t id = ui_id(name);
    bool able = (style & UI_DISABLED) == 0, clicked = false;
    remember(ui, name, id, area, able);
    bool over = area_holds(area, ui->input.mouse) && area_holds(ui->clip, ui->input.mouse) &&
                !in_popup(ui) && (ui->active == 0 || ui->active == id);
    if (over) {
        ui->hot = id;
    }
    if (!able) {
        ui->active = ui->active == id ? 0 : ui->active;
        return false;
    }
    if (over && ui->input.pressed[UI_LEFT]) {
        ui->active = id;
        ui->focus_shown = false;
        ui->focus = 0;
    }
    if (ui->active == id && ui->input.released[UI_LEFT]) {
        clicked = over;
        ui->active = 0;
    }
    if (ui->focus == id && ui->focus_shown && !ui->want_text && ui->popup.owner == 0) {
        clicked = ui_key(ui, id, SDLK_RETURN) || ui_key(ui, id, SDLK_KP_ENTER) ||
                  ui_key(ui, id, SDLK_SPACE) || clicked;
    }
    return clicked;
}

void ui_focus_ring(struct ui *ui, uint32_t id, struct area area, float radius) {
    if (ui->focus == id && ui->focus_shown) {
        float by = ui_px(ui, 2);
        draw_frame(&ui->draw, area_inset(area, -by), radius + by, ui_px(ui, 2), ui->theme->accent);
    }
}

void ui_tip_now(struct ui *ui, struct area area, const char *tip) {
    SDL_strlcpy(ui->tip, tip, sizeof ui->tip);
    ui->tip_for = area;
}

void ui_tip(struct ui *ui, uint32_t id, struct area area, const char *tip) {
    if (ui->hot != id || tip == NULL) {
        return;
    }
    if (ui->hot_since_id != id) {
        ui->hot_since_id = id;
        ui->hot_since = ui->now;
    }
    if (ui->now - ui->hot_since >= TIP_DELAY && ui->active == 0) {
        ui_tip_now(ui, area, tip);
    } else {
        ui->animating = true;
    }
}

/* ------------------------------------------------------------------ keyboard focus */

static void move_focus(struct ui *ui, int by) {
    int at = -1, count = ui->item_count;
    for (int i = 0; i < count; i++) {
        at = ui->items[i].id == ui->focus ? i : at;
    }
    for (int tries = 0; tries < count; tries++) {
        at = (at + by + count) % count;
        if (ui->items[at].focusable) {
            ui->focus = ui->items[at].id;
            ui->focus_shown = true;
            ui->mark = SIZE_MAX;
            return;
        }
    }
}

static void walk_focus(struct ui *ui) {
    for (int i = 0; i < ui->input.key_count && ui->focus != 0; i++) {
        SDL_Keycode code = ui->input.keys[i].code;
        bool back = (ui->input.keys[i].mod & KMOD_SHIFT) != 0;
        if (code == SDLK_DOWN || (code == SDLK_TAB && !back)) {
            move_focus(ui, 1);
        } else if (code == SDLK_UP || code == SDLK_TAB) {
            move_focus(ui, -1);
        } else if (code == SDLK_ESCAPE) {
            ui->focus = 0;
        }
    }
}

/* ------------------------------------------------------------------ what floats */

static void draw_tip(struct ui *ui) {
    float pad = ui_px(ui, 8), gap = ui_px(ui, 6);
    float w = text_width(&ui->text, TEXT_SMALL, ui->tip) + 2 * pad;
    float h = text_height(&ui->text, TEXT_SMALL) + pad;
    struct area a = {ui->tip_for.x + ui->tip_for.w + gap, ui->tip_for.y + (ui->tip_for.h - h) / 2,
                     w, h};
    if (a.x + a.w > ui->width_height.x - gap) {
        a.x = ui->tip_for.x + ui->tip_for.w - w;
        a.y = ui->tip_for.y - h - gap;
    }
    a.x = fmaxf(a.x, gap);
    a.y = fmaxf(a.y, gap);
    draw_shadow(&ui->draw, a, ui_px(ui, 5), ui_px(ui, 6));
    draw_round(&ui->draw, a, ui_px(ui, 5), ui->theme->text);
    text_draw(&ui->text, TEXT_SMALL, a.x + pad, a.y + pad / 2, ui->theme->panel, ui->tip);
}

static float popup_row(const struct ui *ui) {
    return ui_px(ui, 30);
}

static void place_popup(struct ui *ui) {
    struct ui_popup *p = &ui->popup;
    float row = popup_row(ui), pad = ui_px(ui, 5), gap = ui_px(ui, 4);
    float below = ui->width_height.y - p->anchor.y - p->anchor.h - 2 * gap;
    float above = p->anchor.y - 2 * gap;
    float wanted = fminf((float)p->count, 10) * row + 2 * pad;
    bool up = below < wanted && above > below;
    float h = fminf(wanted, fmaxf(up ? above : below, row + 2 * pad));
    p->area = (struct area){
        p->anchor.x, up ? p->anchor.y - gap - h : p->anchor.y + p->anchor.h + gap, p->anchor.w, h};
    float most = fmaxf((float)p->count * row - (h - 2 * pad), 0);
    p->scroll = fminf(fmaxf(p->scroll, 0), most);
}

static void choose(struct ui *ui, int index) {
    ui->chosen_by = ui->popup.owner;
    ui->chosen = index;
    ui->popup.owner = 0;
    ui->animating = true; /* the owner sees it in the next frame */
}

static void popup_keys(struct ui *ui) {
    struct ui_popup *p = &ui->popup;
    float row = popup_row(ui), view = p->area.h - ui_px(ui, 10);
    for (int i = 0; i < ui->input.key_count && p->owner != 0; i++) {
        SDL_Keycode code = ui->input.keys[i].code;
        int by = code == SDLK_DOWN       ? 1
                 : code == SDLK_UP       ? -1
                 : code == SDLK_PAGEDOWN ? 8
                 : code == SDLK_PAGEUP   ? -8
                                         : 0;
        if (code == SDLK_ESCAPE) {
            p->owner = 0;
            ui->focus = 0;
        } else if ((code == SDLK_RETURN || code == SDLK_KP_ENTER) && p->count > 0) {
            choose(ui, p->highlighted);
        } else if (by != 0 && p->count > 0) {
            int at = p->highlighted + by;
            p->highlighted = at < 0 ? 0 : at >= p->count ? p->count - 1 : at;
            float y = (float)p->highlighted * row;
            p->scroll = fminf(fmaxf(p->scroll, y + row - view), y);
        }
    }
    ui->input.key_count = 0;
}

static void popup_mouse(struct ui *ui, float top, float row) {
    struct ui_popup *p = &ui->popup;
    if (!area_holds(p->area, ui->input.mouse)) {
        return;
    }
    p->scroll -= ui->input.wheel * row * 2;
    ui->input.wheel = 0;
    int at = (int)floorf((ui->input.mouse.y - top + p->scroll) / row);
    if (at >= 0 && at < p->count) {
        p->highlighted = at;
        if (ui->input.released[UI_LEFT] && ui->active == 0) {
            choose(ui, at);
        }
    }
}

static void draw_popup(struct ui *ui) {
    struct ui_popup *p = &ui->popup;
    const struct theme *theme = ui->theme;
    float row = popup_row(ui), pad = ui_px(ui, 5), inset = ui_px(ui, 10);
    draw_shadow(&ui->draw, p->area, ui_px(ui, 8), ui_px(ui, 12));
    draw_round(&ui->draw, p->area, ui_px(ui, 8), theme->raised);
    draw_frame(&ui->draw, p->area, ui_px(ui, 8), 1, theme->line);
    struct area inner = area_inset(p->area, pad);
    draw_clip(&ui->draw, inner);
    for (int i = (int)(p->scroll / row); i < p->count; i++) {
        struct area line = {inner.x, inner.y + (float)i * row - p->scroll, inner.w, row};
        if (line.y > inner.y + inner.h) {
            break;
        }
        if (i == p->highlighted) {
            draw_round(&ui->draw, line, ui_px(ui, 5), theme->hover);
        }
        float x = line.x + inset, y = line.y + (row - text_height(&ui->text, TEXT_BODY)) / 2;
        if (p->symbol != NULL) {
            struct area at = {line.x + ui_px(ui, 6), line.y + ui_px(ui, 5), row - inset,
                              row - inset};
            text_symbol(&ui->text, at, theme->text, p->symbol(p->user, i));
            x += row - ui_px(ui, 4);
        }
        text_draw_fit(&ui->text, TEXT_BODY, x, y, line.x + line.w - x - inset, theme->text,
                      p->text(p->user, i));
    }
    draw_unclip(&ui->draw);
    float all = (float)p->count * row;
    if (all > inner.h) {
        float h = fmaxf(inner.h * inner.h / all, ui_px(ui, 16)), w = ui_px(ui, 3);
        float y = inner.y + (inner.h - h) * p->scroll / (all - inner.h);
        draw_round(&ui->draw, (struct area){p->area.x + p->area.w - w - 2, y, w, h}, w / 2,
                   theme->muted);
    }
}

void ui_end(struct ui *ui) {
    struct ui_popup *p = &ui->popup;
    ui->clip = everything(ui);
    if (p->owner != 0 && !p->refreshed) {
        p->owner = 0;
    }
    if (p->owner != 0 && p->count > 0 && p->text != NULL) {
        place_popup(ui);
        popup_mouse(ui, p->area.y + ui_px(ui, 5), popup_row(ui));
        popup_keys(ui);
        place_popup(ui);
        if (p->owner != 0) {
            draw_popup(ui);
        }
    } else if (ui->tip[0] != '\0') {
        draw_tip(ui);
    }
    walk_focus(ui);
    if (ui->hot != ui->hot_since_id) {
        ui->hot_since_id = 0;
    }
    if (!ui->input.down[UI_LEFT]) {
        ui->active = 0;
    }
    struct ui_input *in = &ui->input;
    memset(in->pressed, 0, sizeof in->pressed);
    memset(in->released, 0, sizeof in->released);
    in->doubled = false;
    in->wheel = 0;
    in->key_count = 0;
    in->text[0] = '\0';
}
