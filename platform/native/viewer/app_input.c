/* Events and keys. */
#include "viewer/app.h"

#include <math.h>
#include <string.h>

static const float SCALE_LEAST = 0.6F, SCALE_MOST = 3;

static void set_brush(struct app *app, bool larger) {
    float size = app->canvas.brush;
    float by = size < 8 ? 1 : size < 32 ? 2 : size < 128 ? 8 : 32;
    app->canvas.brush = fminf(fmaxf(larger ? size + by : size - by, 1), app_brush_most(app));
}

static void change_mask(struct app *app, void (*change)(struct mask *mask)) {
    if (app_can_paint(app)) {
        change(&app->canvas.mask);
        app_remember(app);
    }
}

static void clear(struct mask *mask) {
    mask_fill(mask, 0);
}

static void step_by(struct app *app, int by) {
    size_t at = app->playback.at;
    if (by < 0 && at > 0) {
        playback_seek(&app->playback, at - 1, app->now);
    } else if (by > 0 && at + 1 < app->take.count) {
        playback_seek(&app->playback, at + 1, app->now);
    }
}

static void escape(struct app *app) {
    if (app->help) {
        app->help = false;
    } else if (app->running != 0) {
        app_cancel(app);
    } else if (app->ui.focus != 0) {
        app->ui.focus = 0;
    } else {
        memset(app->canvas.extend, 0, sizeof app->canvas.extend);
        app->canvas.fitted = true;
        app_remember(app);
    }
}

static void paste(struct app *app) {
    char *text = SDL_GetClipboardText();
    if (text != NULL && text[0] != '\0') {
        char *end = strpbrk(text, "\r\n");
        if (end != NULL) {
            *end = '\0';
        }
        app_read(app, text);
    }
    SDL_free(text);
}

static bool command_key(struct app *app, SDL_Keycode code, bool shift) {
    switch (code) {
    case SDLK_z:
        (shift ? app_redo : app_undo)(app);
        return true;
    case SDLK_y:
        app_redo(app);
        return true;
    case SDLK_s:
        (shift ? app_save_animation : app_save_png)(app);
        return true;
    case SDLK_c:
        (shift ? app_copy_command : app_copy_picture)(app);
        return true;
    case SDLK_o:
        app_ask_open(app);
        return true;
    case SDLK_e:
        app_ask_save(app);
        return true;
    case SDLK_v:
        paste(app);
        return true;
    case SDLK_q:
    case SDLK_w:
        app->quit = true;
        return true;
    case SDLK_PLUS:
    case SDLK_EQUALS:
    case SDLK_KP_PLUS:
        app->user_scale = fminf(app->user_scale * 1.1F, SCALE_MOST);
        return true;
    case SDLK_MINUS:
    case SDLK_KP_MINUS:
        app->user_scale = fmaxf(app->user_scale / 1.1F, SCALE_LEAST);
        return true;
    case SDLK_0:
        app->user_scale = 1;
        return true;
    default:
        return false;
    }
}

static bool tool_key(struct app *app, SDL_Keycode code) {
    struct canvas *canvas = &app->canvas;
    switch (code) {
    case SDLK_b:
        canvas->tool = TOOL_BRUSH;
        return true;
    case SDLK_e:
        canvas->tool = TOOL_ERASER;
        return true;
    case SDLK_m:
        canvas->tool = TOOL_BOX;
        return true;
    case SDLK_v:
        canvas->tool = TOOL_HAND;
        return true;
    case SDLK_LEFTBRACKET:
    case SDLK_RIGHTBRACKET:
        set_brush(app, code == SDLK_RIGHTBRACKET);
        return true;
    case SDLK_i:
        change_mask(app, mask_invert);
        return true;
    case SDLK_DELETE:
        change_mask(app, clear);
        return true;
    case SDLK_f:
        canvas->fitted = true;
        return true;
    case SDLK_g:
        canvas->grid = !canvas->grid;
        return true;
    case SDLK_1:
        canvas->order = !canvas->order;
        return true;
    case SDLK_2:
        canvas->heat = !canvas->heat;
        return true;
    case SDLK_3:
        canvas->revised = !canvas->revised;
        return true;
    default:
        return false;
    }
}

static void play(struct app *app) {
    bool at_end = app->playback.at + 1 >= app->take.count;
    if (app->playback.playing && !at_end) {
        app->playback.playing = false;
    } else if (app->take.count > 1) {
        playback_seek(&app->playback, at_end ? 0 : app->playback.at, app->now);
        app->playback.playing = true;
        app->playback.next = app->now + 0.2;
    }
}

static void panel_key(struct app *app, SDL_Keycode code) {
    switch (code) {
    case SDLK_c:
    case SDLK_SLASH:
        ui_set_focus(&app->ui, "class");
        break;
    case SDLK_d:
        ui_open_popup(&app->ui, "device");
        break;
    case SDLK_l:
        app->panel.seed_locked = !app->panel.seed_locked;
        break;
    case SDLK_t:
        app->dark = !app->dark;
        break;
    case SDLK_h:
    case SDLK_QUESTION:
        app->help = !app->help;
        break;
    default:
        tool_key(app, code);
        break;
    }
}

static void plain_key(struct app *app, SDL_Keycode code, bool shift) {
    switch (code) {
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
        if (shift) {
            app_resume(app);
        } else {
            app_go(app, !app->panel.seed_locked);
        }
        break;
    case SDLK_n:
        app_go(app, true);
        break;
    case SDLK_r:
        app_draw(app);
        break;
    case SDLK_ESCAPE:
        escape(app);
        break;
    case SDLK_LEFT:
    case SDLK_RIGHT:
        step_by(app, code == SDLK_LEFT ? -1 : 1);
        break;
    case SDLK_HOME:
    case SDLK_END:
        playback_seek(&app->playback,
                      code == SDLK_END && app->take.count > 0 ? app->take.count - 1 : 0, app->now);
        break;
    case SDLK_p:
        play(app);
        break;
    case SDLK_BACKSPACE:
        app_back(app);
        break;
    default:
        panel_key(app, code);
        break;
    }
}

static void window_key(struct app *app, SDL_Keycode code) {
    if (code == SDLK_F11) {
        bool full = (SDL_GetWindowFlags(app->window) & SDL_WINDOW_FULLSCREEN_DESKTOP) != 0;
        SDL_SetWindowFullscreen(app->window, full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
    } else if (code == SDLK_F6) {
        ui_set_focus(&app->ui, app->ui.focus != 0 ? NULL : app->running != 0 ? "stop" : "go");
    }
}

static void key_down(struct app *app, const SDL_KeyboardEvent *event) {
    SDL_Keycode code = event->keysym.sym;
    uint16_t mod = event->keysym.mod;
    bool shift = (mod & KMOD_SHIFT) != 0;
    if (code == SDLK_F11 || code == SDLK_F6) {
        window_key(app, code);
    } else if (ui_takes_key(&app->ui, code, mod)) {
        struct ui_input *in = &app->ui.input;
        if (in->key_count < UI_KEYS) {
            in->keys[in->key_count++] = (struct ui_key){code, mod};
        }
    } else if ((mod & (KMOD_CTRL | KMOD_GUI)) != 0) {
        command_key(app, code, shift);
    } else if (code == SDLK_SPACE) {
        app->canvas.space_used = app->canvas.space_down && app->canvas.space_used;
        app->canvas.space_down = true;
    } else if (code == SDLK_TAB) {
        app->canvas.comparing = take_before(&app->take) != NULL;
    } else if (!app->help || code == SDLK_ESCAPE || code == SDLK_h || code == SDLK_QUESTION) {
        plain_key(app, code, shift);
        if (app->ui.want_text || app->ui.focus != 0) {
            SDL_FlushEvent(SDL_TEXTINPUT); /* the letter that moved the focus is no text */
            app->ui.input.text[0] = '\0';
        }
    }
}

static void key_up(struct app *app, SDL_Keycode code) {
    struct canvas *canvas = &app->canvas;
    if (code == SDLK_SPACE && canvas->space_down) {
        canvas->space_down = false;
        if (!canvas->space_used) {
            app_go_or_pause(app);
        }
    } else if (code == SDLK_TAB) {
        canvas->comparing = false;
    }
}

static int button_index(uint8_t button) {
    return button == SDL_BUTTON_LEFT ? UI_LEFT : button == SDL_BUTTON_RIGHT ? UI_RIGHT : UI_MIDDLE;
}

static void mouse_to(struct app *app, int32_t x, int32_t y) {
    app->ui.input.mouse = window_to_output((struct point){(float)x, (float)y}, app->density);
}

static void mouse_button(struct app *app, const SDL_MouseButtonEvent *event) {
    struct ui_input *in = &app->ui.input;
    if (event->button > SDL_BUTTON_RIGHT) {
        return;
    }
    int button = button_index(event->button);
    mouse_to(app, event->x, event->y);
    in->down[button] = event->state == SDL_PRESSED;
    if (event->state == SDL_PRESSED) {
        in->pressed[button] = true;
        in->doubled = event->clicks == 2;
    } else {
        in->released[button] = true;
    }
}

void app_event(struct app *app, const SDL_Event *event) {
    struct ui_input *in = &app->ui.input;
    app->dirty = true;
    if (event->type == SDL_KEYDOWN || event->type == SDL_MOUSEBUTTONDOWN ||
        event->type == SDL_DROPFILE) {
        app->acted = app->now;
    }
    switch (event->type) {
    case SDL_QUIT:
        app->quit = true;
        break;
    case SDL_KEYDOWN:
        in->mod = event->key.keysym.mod;
        key_down(app, &event->key);
        break;
    case SDL_KEYUP:
        in->mod = event->key.keysym.mod;
        key_up(app, event->key.keysym.sym);
        break;
    case SDL_TEXTINPUT:
        if (app->ui.want_text) {
            SDL_strlcat(in->text, event->text.text, sizeof in->text);
        }
        break;
    case SDL_MOUSEMOTION:
        mouse_to(app, event->motion.x, event->motion.y);
        if (app->canvas.gesture.kind != GESTURE_NONE) {
            canvas_motion(app, in->mouse); /* every point of a stroke counts */
        }
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        mouse_button(app, &event->button);
        break;
    case SDL_MOUSEWHEEL:
        in->wheel += event->wheel.preciseY;
        in->mod = (uint16_t)SDL_GetModState();
        break;
    case SDL_DROPFILE:
        app_read(app, event->drop.file);
        SDL_free(event->drop.file);
        break;
    case SDL_WINDOWEVENT:
        if (event->window.event == SDL_WINDOWEVENT_LEAVE) {
            in->mouse = (struct point){-1, -1};
        }
        break;
    default:
        break;
    }
}
