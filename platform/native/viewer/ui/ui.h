/* Immediate-mode widgets. Between ui_begin() and ui_end() every widget is one call that draws it
 * and says what happened to it. A widget is known by its name (which scripts use, too). All sizes
 * are output pixels; ui_px() turns design pixels into them. */
#ifndef VIEWER_UI_UI_H
#define VIEWER_UI_UI_H

#include "viewer/ui/draw.h"
#include "viewer/ui/text.h"
#include "viewer/ui/theme.h"

#include <stdbool.h>

enum { UI_KEYS = 32, UI_ITEMS = 128, UI_TEXT = 128, UI_LEFT = 0, UI_MIDDLE = 1, UI_RIGHT = 2 };

struct ui_key {
    SDL_Keycode code;
    uint16_t mod;
};

/* What came in since the last frame. */
struct ui_input {
    struct point mouse;
    bool down[3], pressed[3], released[3];
    bool doubled; /* the press was the second of a double click */
    float wheel;
    uint16_t mod;
    struct ui_key keys[UI_KEYS];
    int key_count;
    char text[UI_TEXT];
};

/* Where a widget was drawn, for scripts and for the keyboard. */
struct ui_item {
    uint32_t id;
    char name[32];
    struct area area, clip;
    bool focusable;
};

typedef const char *(*ui_item_text)(void *user, int index);

/* The one list that may be open. */
struct ui_popup {
    uint32_t owner; /* 0 = closed */
    struct area anchor, area;
    int count, highlighted;
    float scroll;
    ui_item_text text, symbol; /* symbol: may be NULL */
    void *user;
    bool refreshed; /* the owner was drawn in this frame */
};

struct ui {
    struct draw draw;
    struct text text;
    const struct theme *theme;
    float scale;
    double now; /* seconds */
    struct ui_input input;
    struct point width_height;
    uint32_t hot, active, focus, hot_since_id;
    double hot_since;
    bool focus_shown; /* the focus came by keyboard: draw its ring */
    bool want_text;   /* a text field has the focus */
    bool animating;   /* another frame is wanted soon */
    struct ui_item items[UI_ITEMS], last_items[UI_ITEMS];
    int item_count, last_count;
    struct ui_popup popup;
    uint32_t chosen_by; /* popup's owner whose item was chosen */
    int chosen;
    struct area clip;
    char tip[96];
    struct area tip_for;
    /* the text field with the focus */
    size_t caret, mark;
    double caret_since;
    float drag_start; /* value of the slider when the mouse went down */
};

enum ui_style { UI_PLAIN = 0, UI_PRIMARY = 1, UI_QUIET = 2, UI_TOGGLED = 4, UI_DISABLED = 8 };

float ui_px(const struct ui *ui, float design);

void ui_begin(struct ui *ui, double now, float width, float height);

/* Draws what floats (popup, tip) and clears the input. */
void ui_end(struct ui *ui);

/* True if the widgets want this key press now (text field, popup, keyboard focus). */
bool ui_takes_key(const struct ui *ui, SDL_Keycode code, uint16_t mod);

/* True if the mouse is over nothing that floats and no widget is being dragged. */
bool ui_mouse_free(const struct ui *ui);

/* Moves the keyboard focus to the widget with that name, or away with NULL. */
void ui_set_focus(struct ui *ui, const char *name);
void ui_close_popup(struct ui *ui);
void ui_open_popup(struct ui *ui, const char *name);

/* The area of the widget as drawn in the last frame; false if it is not visible. */
bool ui_find(const struct ui *ui, const char *name, struct area *area);

/* ---------------------------------------------------------------- building blocks of widgets */

uint32_t ui_id(const char *name);

/* Registers the widget and follows the mouse; true if it was pressed and released (or Enter or
 * Space came with the focus). Sets ui->hot, ui->active, ui->focus. */
bool ui_behave(struct ui *ui, const char *name, struct area area, unsigned style);

/* Takes a key out of the input if it is there and the widget `id` has the focus. */
bool ui_key(struct ui *ui, uint32_t id, SDL_Keycode code);

void ui_focus_ring(struct ui *ui, uint32_t id, struct area area, float radius);
void ui_tip(struct ui *ui, uint32_t id, struct area area, const char *tip);

/* Shows it at once, wherever the mouse is. */
void ui_tip_now(struct ui *ui, struct area area, const char *tip);

/* ---------------------------------------------------------------- widgets */

void ui_label(struct ui *ui, enum text_role role, struct area area, SDL_Color color,
              const char *string);
void ui_label_right(struct ui *ui, enum text_role role, struct area area, SDL_Color color,
                    const char *string);

bool ui_button(struct ui *ui, const char *name, struct area area, const char *label, int icon,
               unsigned style);

/* Square, only an icon; `tip` is shown when the mouse rests on it. */
bool ui_icon_button(struct ui *ui, const char *name, struct area area, enum icon icon,
                    const char *tip, unsigned style);

bool ui_check(struct ui *ui, const char *name, struct area area, const char *label, bool *value);

/* A label, the value as `format` prints it and a track below. `step` > 0 rounds to multiples.
 * True while the value changes. */
bool ui_slider(struct ui *ui, const char *name, struct area area, const char *label,
               const char *format, float *value, float low, float high, float step);

/* Height that a slider needs. */
float ui_slider_height(const struct ui *ui);

/* Shows `current`; opens a list of `count` texts. True when one was chosen: *chosen. */
bool ui_menu(struct ui *ui, const char *name, struct area area, const char *current, int count,
             ui_item_text text, void *user, int *chosen);

enum ui_field_event { UI_FIELD_NONE, UI_FIELD_CHANGED, UI_FIELD_ENTER };

/* One line of text. `digits`: nothing else can be typed. `icon` < 0 = none. With `items` > 0 a list
 * hangs below while the field has the focus; *chosen gets the item that was taken. */
struct ui_field {
    char *buffer;
    size_t size;
    const char *hint;
    bool digits;
    int icon;
    int items;
    ui_item_text text, symbol;
    void *user;
    int highlight;   /* item that is marked when the list opens */
    float list_left; /* how much further left than the field the list begins */
    int chosen;      /* out: -1 = none */
};
enum ui_field_event ui_text_field(struct ui *ui, const char *name, struct area area,
                                  struct ui_field *field);

/* A region of `content` height that scrolls by the wheel; *offset is kept by the caller. Returns
 * the y at which the content starts. */
float ui_scroll_begin(struct ui *ui, struct area area, float content, float *offset);
void ui_scroll_end(struct ui *ui);

#endif
