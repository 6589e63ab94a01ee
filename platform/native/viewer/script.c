/* Scripts: reading and running them. */
#include "viewer/script.h"

#include "common/atomic_file.h"
#include "common/buffer.h"
#include "common/picture.h"
#include "common/png_io.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 64, LINE_SIZE = 2048, STALL_SECONDS = 120 };

struct script {
    FILE *file;
    char *path;
    unsigned line;
    bool failed, waiting;
    char text[LINE_SIZE];
    char *words[WORDS]; /* into text */
    int count;
    double wait_since;
    uint32_t wait_frames; /* frame count at which `wait frames` began */
    struct point stroke_at;
};

struct script *script_open(const char *path) {
    struct script *script = calloc(1, sizeof *script);
    if (script == NULL) {
        return NULL;
    }
    script->file = fopen(path, "r");
    script->path = SDL_strdup(path);
    if (script->file == NULL || script->path == NULL) {
        fprintf(stderr, "unmask-viewer: cannot read %s\n", path);
        script_free(script);
        return NULL;
    }
    return script;
}

void script_free(struct script *script) {
    if (script != NULL) {
        if (script->file != NULL) {
            fclose(script->file);
        }
        SDL_free(script->path);
        free(script);
    }
}

bool script_failed(const struct script *script) {
    return script->failed;
}

__attribute__((format(printf, 3, 4))) static void stop(struct script *script, struct app *app,
                                                       const char *format, ...) {
    va_list list;
    fprintf(stderr, "%s:%u: ", script->path, script->line);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    script->failed = true;
    app->quit = true;
}

/* Splits the line in place. */
static void split(struct script *script) {
    char *at = script->text;
    script->count = 0;
    while (script->count < WORDS) {
        at += strspn(at, " \t\r\n");
        if (*at == '\0' || *at == '#') {
            return;
        }
        bool quoted = *at == '"';
        at += quoted;
        script->words[script->count++] = at;
        at += strcspn(at, quoted ? "\"\n" : " \t\r\n");
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
}

static const char *word(const struct script *script, int index) {
    return index < script->count ? script->words[index] : "";
}

static float number(const struct script *script, int index) {
    return strtof(word(script, index), NULL);
}

/* ------------------------------------------------------------------ events */

static void push_key(SDL_Keycode code, uint16_t mod, bool down) {
    SDL_Event event = {.key = {.type = down ? SDL_KEYDOWN : SDL_KEYUP,
                               .state = down ? SDL_PRESSED : SDL_RELEASED,
                               .keysym = {.sym = code, .mod = mod}}};
    SDL_PushEvent(&event);
}

static bool key_command(const char *name, bool down, bool up) {
    uint16_t mod = 0;
    for (;;) {
        if (strncmp(name, "Ctrl+", 5) == 0) {
            mod |= KMOD_LCTRL;
            name += 5;
        } else if (strncmp(name, "Shift+", 6) == 0) {
            mod |= KMOD_LSHIFT;
            name += 6;
        } else {
            break;
        }
    }
    SDL_Keycode code = SDL_GetKeyFromName(name);
    if (code == SDLK_UNKNOWN) {
        return false;
    }
    if (down) {
        push_key(code, mod, true);
    }
    if (up) {
        push_key(code, mod, false);
    }
    return true;
}

static void push_text(const char *text) {
    while (*text != '\0') {
        SDL_Event event = {.text = {.type = SDL_TEXTINPUT}};
        size_t length = 1;
        while (((unsigned char)text[length] & 0xc0) == 0x80) {
            length++;
        }
        memcpy(event.text.text, text, length);
        SDL_PushEvent(&event);
        text += length;
    }
}

static void push_motion(float x, float y) {
    SDL_Event event = {.motion = {.type = SDL_MOUSEMOTION, .x = (int32_t)x, .y = (int32_t)y}};
    SDL_PushEvent(&event);
}

static void push_button(float x, float y, uint8_t button, bool down) {
    SDL_Event event = {.button = {.type = down ? SDL_MOUSEBUTTONDOWN : SDL_MOUSEBUTTONUP,
                                  .state = down ? SDL_PRESSED : SDL_RELEASED,
                                  .button = button,
                                  .clicks = 1,
                                  .x = (int32_t)x,
                                  .y = (int32_t)y}};
    SDL_PushEvent(&event);
}

static void click(struct point at, uint8_t button, bool down, bool up) {
    push_motion(at.x, at.y);
    if (down) {
        push_button(at.x, at.y, button, true);
    }
    if (up) {
        push_button(at.x, at.y, button, false);
    }
}

/* The point, or the middle of the widget, that the line names. False: the script has failed. */
static bool place_named(struct script *script, struct app *app, struct point *at) {
    struct area area;
    if (script->count == 3) {
        *at = (struct point){number(script, 1), number(script, 2)};
        return true;
    }
    if (!ui_find(&app->ui, word(script, 1), &area)) {
        stop(script, app, "no widget '%s' is in sight", word(script, 1));
        return false;
    }
    *at =
        (struct point){(area.x + area.w / 2) / app->density, (area.y + area.h / 2) / app->density};
    return true;
}

static bool mouse_command(struct script *script, struct app *app, const char *name) {
    struct point at;
    bool whole = strcmp(name, "click") == 0, right = strcmp(name, "right") == 0;
    bool press = strcmp(name, "press") == 0, release = strcmp(name, "release") == 0;
    if (!whole && !right && !press && !release && strcmp(name, "hover") != 0) {
        return false;
    }
    if (place_named(script, app, &at)) {
        click(at, right ? SDL_BUTTON_RIGHT : SDL_BUTTON_LEFT, whole || right || press,
              whole || right || release);
    }
    return true;
}

static void drag(float x0, float y0, float x1, float y1) {
    push_motion(x0, y0);
    push_button(x0, y0, SDL_BUTTON_LEFT, true);
    for (int i = 1; i <= 8; i++) {
        push_motion(x0 + (x1 - x0) * (float)i / 8, y0 + (y1 - y0) * (float)i / 8);
    }
    push_button(x1, y1, SDL_BUTTON_LEFT, false);
}

/* From pixel middles to window coordinates, as a hand would hit them. */
static struct point to_window(const struct app *app, float x, float y) {
    struct point at = view_to_output(&app->canvas.view, (struct point){x + 0.5F, y + 0.5F});
    return (struct point){floorf(at.x / app->density), floorf(at.y / app->density)};
}

static void stroke(const struct script *script, const struct app *app, uint8_t button) {
    struct point at = to_window(app, number(script, 1), number(script, 2));
    push_motion(at.x, at.y);
    push_button(at.x, at.y, button, true);
    for (int i = 3; i + 1 < script->count; i += 2) {
        at = to_window(app, number(script, i), number(script, i + 1));
        push_motion(at.x, at.y);
    }
    push_button(at.x, at.y, button, false);
}

static void drop(const char *path) {
    SDL_Event event = {.drop = {.type = SDL_DROPFILE, .file = SDL_strdup(path)}};
    SDL_PushEvent(&event);
}

static void wheel(float by, bool control) {
    SDL_Event event = {.wheel = {.type = SDL_MOUSEWHEEL, .y = (int32_t)by, .preciseY = by}};
    SDL_SetModState(control ? KMOD_LCTRL : KMOD_NONE);
    SDL_PushEvent(&event);
}

/* ------------------------------------------------------------------ looking */

static void screenshot(struct script *script, struct app *app) {
    int width = 0, height = 0;
    struct picture picture = {0};
    struct buffer file = {0};
    app->dirty = true;
    app_frame_draw(app);
    SDL_GetRendererOutputSize(app->ui.draw.renderer, &width, &height);
    size_t pixels = (size_t)width * (size_t)height;
    uint8_t *rgba = malloc(pixels * 4);
    bool ok = rgba != NULL && picture_make(&picture, (uint32_t)width, (uint32_t)height) &&
              SDL_RenderReadPixels(app->ui.draw.renderer, NULL, SDL_PIXELFORMAT_RGBA32, rgba,
                                   width * 4) == 0;
    for (size_t i = 0; ok && i < pixels * 3; i++) {
        picture.rgb[i] = (float)rgba[i / 3 * 4 + i % 3] / 255.0F;
    }
    ok = ok && png_encode(&file, &picture, NULL, 0);
    ok = ok && write_file(word(script, 1), file.bytes, file.size) == 0;
    free(rgba);
    picture_free(&picture);
    buffer_free(&file);
    if (!ok) {
        stop(script, app, "cannot write %s", word(script, 1));
    }
}

static bool holds(const char *left, const char *op, const char *right) {
    char *end;
    double a = strtod(left, &end);
    bool numbers = *left != '\0' && *end == '\0';
    double b = strtod(right, &end);
    numbers = numbers && *right != '\0' && *end == '\0';
    if (strcmp(op, "~") == 0) {
        return strstr(left, right) != NULL;
    }
    double order = numbers ? a - b : (double)strcmp(left, right);
    bool less = order<0, more = order> 0;
    return strcmp(op, "==") == 0   ? !less && !more
           : strcmp(op, "!=") == 0 ? less || more
           : strcmp(op, "<") == 0  ? less
           : strcmp(op, "<=") == 0 ? !more
           : strcmp(op, ">") == 0  ? more
                                   : strcmp(op, ">=") == 0 && !less;
}

static void expect(struct script *script, struct app *app) {
    char text[700];
    if (script->count != 4 || !script_value(app, word(script, 1), text, sizeof text)) {
        stop(script, app, "expect: there is no '%s'", word(script, 1));
    } else if (!holds(text, word(script, 2), word(script, 3))) {
        stop(script, app, "expected %s %s %s, found %s", word(script, 1), word(script, 2),
             word(script, 3), text);
    }
}

static void print(struct script *script, struct app *app) {
    char text[700];
    if (script_value(app, word(script, 1), text, sizeof text)) {
        printf("%s %s\n", word(script, 1), text);
        fflush(stdout);
    } else {
        stop(script, app, "print: there is no '%s'", word(script, 1));
    }
}

/* ------------------------------------------------------------------ running */

static bool wait_over(struct script *script, struct app *app) {
    const char *what = word(script, 1);
    bool shown = !playback_moving(&app->playback, app->take.count, app->now);
    if (strcmp(what, "model") == 0) {
        return app->catalog != NULL && app->busy[0] == '\0';
    }
    if (strcmp(what, "idle") == 0) {
        return app->running == 0 && shown && app->busy[0] == '\0';
    }
    if (strcmp(what, "message") == 0) {
        return app->toast.since > 0;
    }
    if (strcmp(what, "tip") == 0) {
        return app->ui.tip[0] != '\0';
    }
    if (strcmp(what, "dialog") == 0) {
        return app->dialog.kind == DIALOG_NONE;
    }
    if (strcmp(what, "plan") == 0) {
        char text[120];
        app_plan_text(app, text, sizeof text);
        return text[0] != '\0';
    }
    if (strcmp(what, "step") == 0) {
        return app->take.count > 0 &&
               (float)app->take.steps[app->take.count - 1]->index >= number(script, 2);
    }
    if (strcmp(what, "frames") == 0) {
        return (float)(app->times.count - script->wait_frames) >= number(script, 2);
    }
    return (app->now - script->wait_since) * 1000 >= (double)number(script, 2);
}

/* Commands that cause events; false if it is none of them. */
static bool event_command(struct script *script, struct app *app, const char *name) {
    bool key = strcmp(name, "key") == 0;
    if (key || strcmp(name, "down") == 0 || strcmp(name, "up") == 0) {
        if (!key_command(word(script, 1), key || name[0] == 'd', key || name[0] == 'u')) {
            stop(script, app, "there is no key '%s'", word(script, 1));
        }
    } else if (strcmp(name, "text") == 0) {
        push_text(word(script, 1));
    } else if (strcmp(name, "move") == 0) {
        push_motion(number(script, 1), number(script, 2));
    } else if (strcmp(name, "drag") == 0) {
        drag(number(script, 1), number(script, 2), number(script, 3), number(script, 4));
    } else if (strcmp(name, "stroke") == 0) {
        stroke(script, app, SDL_BUTTON_LEFT);
    } else if (strcmp(name, "erase") == 0) {
        stroke(script, app, SDL_BUTTON_RIGHT);
    } else if (strcmp(name, "wheel") == 0) {
        wheel(number(script, 1), strcmp(word(script, 2), "ctrl") == 0);
    } else if (strcmp(name, "drop") == 0) {
        drop(word(script, 1));
    } else {
        return mouse_command(script, app, name);
    }
    return true;
}

static void run_line(struct script *script, struct app *app) {
    const char *name = word(script, 0);
    if (event_command(script, app, name)) {
        return;
    }
    if (strcmp(name, "wait") == 0) {
        script->waiting = true;
        script->wait_since = app->now;
        script->wait_frames = app->times.count;
    } else if (strcmp(name, "expect") == 0) {
        expect(script, app);
    } else if (strcmp(name, "print") == 0) {
        print(script, app);
    } else if (strcmp(name, "screenshot") == 0) {
        screenshot(script, app);
    } else if (strcmp(name, "set") == 0) {
        app->dirty = true;
        if (!script_set(app, word(script, 1), word(script, 2))) {
            stop(script, app, "set: there is no '%s', or not with that value", word(script, 1));
        }
    } else if (strcmp(name, "resize") == 0) {
        SDL_SetWindowSize(app->window, (int)number(script, 1), (int)number(script, 2));
    } else if (strcmp(name, "scale") == 0) {
        app->user_scale = number(script, 1);
    } else if (strcmp(name, "forget") == 0) {
        app->times.count = 0;
        app->toast.since = 0;
    } else if (strcmp(name, "note") == 0) {
        script_note(app);
    } else if (strcmp(name, "quit") == 0) {
        app->quit = true;
    } else {
        stop(script, app, "there is no command '%s'", name);
    }
}

void script_run(struct script *script, struct app *app) {
    if (script->waiting) {
        app->dirty = true;
        if (!wait_over(script, app)) {
            const char *what = word(script, 1);
            bool hopeless = app->catalog == NULL && app->toast.since > 0 && app->toast.bad &&
                            (strcmp(what, "model") == 0 || strcmp(what, "step") == 0);
            if (hopeless) {
                stop(script, app, "waited for '%s', but: %s", what, app->toast.text);
            } else if (app->now - script->wait_since > STALL_SECONDS) {
                stop(script, app, "waited %d s for '%s' in vain", STALL_SECONDS, word(script, 1));
            }
            return;
        }
        script->waiting = false;
    }
    /* One command between two frames: the next one finds its events handled. */
    if (app->quit) {
        return;
    }
    do {
        if (fgets(script->text, sizeof script->text, script->file) == NULL) {
            app->quit = true;
            return;
        }
        script->line++;
        split(script);
    } while (script->count == 0);
    app->dirty = true;
    run_line(script, app);
}
