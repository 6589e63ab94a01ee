/* One line of text, with a list below it where there are suggestions. */
#include "viewer/ui/ui.h"

#include "viewer/ui/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool selected(const struct ui *ui) {
    return ui->mark != ui->caret;
}

static void erase_selection(struct ui *ui, char *buffer) {
    size_t from = ui->mark < ui->caret ? ui->mark : ui->caret;
    size_t to = ui->mark < ui->caret ? ui->caret : ui->mark;
    memmove(buffer + from, buffer + to, strlen(buffer + to) + 1);
    ui->caret = ui->mark = from;
}

static bool insert(struct ui *ui, struct ui_field *field, const char *text) {
    bool changed = false;
    erase_selection(ui, field->buffer);
    for (size_t i = 0; text[i] != '\0';) {
        size_t end = utf8_after(text, i), size = end - i, length = strlen(field->buffer);
        bool wanted =
            field->digits ? isdigit((unsigned char)text[i]) != 0 : (unsigned char)text[i] >= 0x20;
        if (wanted && length + size < field->size) {
            memmove(field->buffer + ui->caret + size, field->buffer + ui->caret,
                    length - ui->caret + 1);
            memcpy(field->buffer + ui->caret, text + i, size);
            ui->caret += size;
            changed = true;
        }
        i = end;
    }
    ui->mark = ui->caret;
    return changed;
}

static bool paste(struct ui *ui, struct ui_field *field) {
    char *clip = SDL_GetClipboardText();
    bool changed = clip != NULL && insert(ui, field, clip);
    SDL_free(clip);
    return changed;
}

static void move_caret(struct ui *ui, size_t to, bool extend) {
    ui->caret = to;
    ui->mark = extend ? ui->mark : to;
}

static bool erase(struct ui *ui, char *buffer, bool forward) {
    if (!selected(ui)) {
        ui->mark = forward ? utf8_after(buffer, ui->caret) : utf8_before(buffer, ui->caret);
    }
    bool changed = selected(ui);
    erase_selection(ui, buffer);
    return changed;
}

/* One key; returns whether it was the field's, and whether the text changed. */
static bool edit_key(struct ui *ui, struct ui_field *field, struct ui_key key, bool *changed) {
    char *buffer = field->buffer;
    bool shift = (key.mod & KMOD_SHIFT) != 0, command = (key.mod & KMOD_CTRL) != 0;
    switch (key.code) {
    case SDLK_LEFT:
        move_caret(ui, utf8_before(buffer, ui->caret), shift);
        return true;
    case SDLK_RIGHT:
        move_caret(ui, utf8_after(buffer, ui->caret), shift);
        return true;
    case SDLK_HOME:
        move_caret(ui, 0, shift);
        return true;
    case SDLK_END:
        move_caret(ui, strlen(buffer), shift);
        return true;
    case SDLK_BACKSPACE:
        *changed = erase(ui, buffer, false) || *changed;
        return true;
    case SDLK_DELETE:
        *changed = erase(ui, buffer, true) || *changed;
        return true;
    case SDLK_a:
        ui->mark = command ? 0 : ui->mark;
        ui->caret = command ? strlen(buffer) : ui->caret;
        return command;
    case SDLK_v:
        *changed = (command && paste(ui, field)) || *changed;
        return command;
    default:
        return false;
    }
}

static enum ui_field_event edit(struct ui *ui, uint32_t id, struct ui_field *field) {
    enum ui_field_event event = UI_FIELD_NONE;
    size_t length = strlen(field->buffer);
    bool changed = false;
    if (ui->mark == SIZE_MAX) { /* just got the focus */
        ui->caret = length;
        ui->mark = 0;
        ui->caret_since = ui->now;
    }
    ui->caret = ui->caret < length ? ui->caret : length;
    ui->mark = ui->mark < length ? ui->mark : length;
    int kept = 0;
    for (int i = 0; i < ui->input.key_count; i++) {
        if (edit_key(ui, field, ui->input.keys[i], &changed)) {
            ui->caret_since = ui->now;
        } else {
            ui->input.keys[kept++] = ui->input.keys[i];
        }
    }
    ui->input.key_count = kept;
    if (ui->input.text[0] != '\0') {
        changed = insert(ui, field, ui->input.text) || changed;
        ui->input.text[0] = '\0';
        ui->caret_since = ui->now;
    }
    if (field->items == 0 && (ui_key(ui, id, SDLK_RETURN) || ui_key(ui, id, SDLK_KP_ENTER))) {
        event = UI_FIELD_ENTER;
    }
    return changed ? UI_FIELD_CHANGED : event;
}

static void show_list(struct ui *ui, uint32_t id, struct area area, struct ui_field *field,
                      bool changed) {
    if (ui->popup.owner != id) {
        /* With three lines above it; place_popup() bounds the scrolling. */
        ui->popup = (struct ui_popup){.owner = id, .highlighted = field->highlight};
        ui->popup.scroll = (float)(field->highlight - 3) * ui_px(ui, 30);
    }
    if (changed) {
        ui->popup.highlighted = 0;
        ui->popup.scroll = 0;
    }
    ui->popup.anchor =
        (struct area){area.x - field->list_left, area.y, area.w + field->list_left, area.h};
    ui->popup.count = field->items;
    ui->popup.text = field->text;
    ui->popup.symbol = field->symbol;
    ui->popup.user = field->user;
    ui->popup.refreshed = true;
    if (ui->popup.highlighted >= field->items) {
        ui->popup.highlighted = 0;
    }
}

static float width_to(struct ui *ui, const char *buffer, size_t bytes) {
    char part[256];
    bytes = bytes < sizeof part - 1 ? bytes : sizeof part - 1;
    memcpy(part, buffer, bytes);
    part[bytes] = '\0';
    return text_width(&ui->text, TEXT_BODY, part);
}

/* Puts the caret to the letter boundary nearest to the mouse. */
static void click_caret(struct ui *ui, const struct ui_field *field, float left) {
    size_t best = 0;
    float distance = 1e9F;
    for (size_t at = 0;; at = utf8_after(field->buffer, at)) {
        float d = fabsf(left + width_to(ui, field->buffer, at) - ui->input.mouse.x);
        if (d < distance) {
            distance = d;
            best = at;
        }
        if (field->buffer[at] == '\0') {
            break;
        }
    }
    move_caret(ui, best, false);
}

static void draw_content(struct ui *ui, const struct ui_field *field, struct area inner,
                         bool focused) {
    const struct theme *theme = ui->theme;
    float line = text_height(&ui->text, TEXT_BODY), y = inner.y + (inner.h - line) / 2;
    float caret = focused ? width_to(ui, field->buffer, ui->caret) : 0;
    float x = inner.x - fmaxf(caret - inner.w + ui_px(ui, 2), 0);
    draw_clip(&ui->draw, inner);
    if (focused && selected(ui)) {
        float a = width_to(ui, field->buffer, ui->mark), left = fminf(a, caret);
        draw_rect(&ui->draw, (struct area){x + left, y, fabsf(a - caret), line},
                  color_alpha(theme->accent, 0.35F));
    }
    bool empty = field->buffer[0] == '\0';
    SDL_Color color = empty ? theme->muted : theme->text;
    if (focused) {
        text_draw(&ui->text, TEXT_BODY, x, y, color, empty ? field->hint : field->buffer);
    } else {
        text_draw_fit(&ui->text, TEXT_BODY, x, y, inner.w, color,
                      empty ? field->hint : field->buffer);
    }
    if (focused && fmod(ui->now - ui->caret_since, 1.0) < 0.5) {
        draw_rect(&ui->draw, (struct area){roundf(x + caret), y, fmaxf(1, ui_px(ui, 1.5F)), line},
                  theme->accent);
    }
    draw_unclip(&ui->draw);
    if (ui->draw.clip_count == 0) {
        SDL_RenderSetClipRect(ui->draw.renderer, NULL);
    }
}

enum ui_field_event ui_text_field(struct ui *ui, const char *name, struct area area,
                                  struct ui_field *field) {
    uint32_t id = ui_id(name);
    const struct theme *theme = ui->theme;
    enum ui_field_event event = UI_FIELD_NONE;
    float radius = ui_px(ui, 6), pad = ui_px(ui, 10), side = field->icon >= 0 ? ui_px(ui, 16) : 0;
    struct area inner = {area.x + pad + (side > 0 ? side + ui_px(ui, 8) : 0), area.y, 0, area.h};
    inner.w = area.x + area.w - pad - inner.x;
    field->chosen = -1;
    bool was = ui->focus == id;
    ui->want_text = ui->want_text || was; /* Enter and Space are text here */
    ui_behave(ui, name, area, UI_PLAIN);
    if (ui->active == id && ui->input.pressed[UI_LEFT]) {
        ui->focus = id;
        ui->focus_shown = true;
        if (was) {
            click_caret(ui, field, inner.x);
        } else {
            ui->mark = SIZE_MAX;
        }
    }
    bool focused = ui->focus == id;
    if (focused) {
        event = edit(ui, id, field);
        ui->want_text = true;
        ui->animating = true;
        if (field->items > 0) {
            show_list(ui, id, area, field, event == UI_FIELD_CHANGED);
        }
    }
    if (ui->chosen_by == id) {
        ui->chosen_by = 0;
        field->chosen = ui->chosen;
        ui->focus = 0;
    }
    draw_round(&ui->draw, area, radius, theme->raised);
    draw_frame(&ui->draw, area, radius, ui_px(ui, focused ? 2 : 1),
               focused         ? theme->accent
               : ui->hot == id ? theme->muted
                               : theme->line);
    if (side > 0) {
        draw_icon(&ui->draw, (enum icon)field->icon,
                  (struct area){area.x + pad, area.y + (area.h - side) / 2, side, side},
                  theme->muted);
    }
    draw_content(ui, field, inner, focused);
    return event;
}
