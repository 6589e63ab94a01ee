/* The window: renderer, scale, and one frame. */
#include "viewer/window.h"

#include "viewer/remember.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A renderer of OpenGL that runs on the CPU is slower than SDL's own, and takes the cores that
 * draw. */
static bool is_software_gl(SDL_Renderer *renderer) {
    SDL_RendererInfo info;
    if (SDL_GetRendererInfo(renderer, &info) != 0 || strncmp(info.name, "opengl", 6) != 0) {
        return false;
    }
    typedef const unsigned char *(*get_string_fn)(unsigned);
    get_string_fn get_string;
    void *address = SDL_GL_GetProcAddress("glGetString");
    memcpy(&get_string, &address, sizeof get_string);
    const char *name = address != NULL ? (const char *)get_string(0x1f01) : NULL; /* GL_RENDERER */
    return name != NULL && (strstr(name, "llvmpipe") != NULL || strstr(name, "softpipe") != NULL ||
                            strstr(name, "SwiftShader") != NULL);
}

static SDL_Renderer *make_renderer(SDL_Window *window, bool vsync) {
    /* Else SDL's software renderer shows its frames through an OpenGL that may run on the CPU. */
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    uint32_t flags = vsync ? SDL_RENDERER_PRESENTVSYNC : 0;
    SDL_Renderer *renderer = SDL_CreateRenderer(window, -1, flags);
    if (renderer != NULL && is_software_gl(renderer)) {
        SDL_DestroyRenderer(renderer);
        renderer = NULL;
    }
    return renderer != NULL ? renderer : SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE);
}

static const char *font_option;

static bool open_text(struct app *app, float scale) {
    char error[256];
    app->ui.scale = scale;
    if (!text_open(&app->ui.text, app->ui.draw.renderer, scale, font_option, error)) {
        fprintf(stderr, "unmask-viewer: %s\n", error);
        return false;
    }
    return true;
}

/* Everything grows with the window, but slower than it. */
static float wanted_scale(const struct app *app, int width, int height) {
    float desktop = app->desktop_scale;
    float fit = fminf((float)width / 1280, (float)height / 720) / desktop;
    float scale = fit > 1 ? 1 + (fit - 1) * 0.75F : fmaxf(fit, 0.8F);
    scale = scale > 1 ? floorf(scale * 4) / 4 : scale;
    return fmaxf(scale * app->user_scale * desktop, 0.5F);
}

/* What the desktop has told the X server, as it tells all programs. Elsewhere SDL's window has as
 * many pixels as the desktop wants. */
static float read_desktop_scale(void) {
    typedef void *(*open_fn)(const char *name);
    typedef char *(*resources_fn)(void *display);
    typedef int (*close_fn)(void *display);
    open_fn open_display;
    resources_fn resources;
    close_fn close_display;
    const char *driver = SDL_GetCurrentVideoDriver();
    void *library =
        driver != NULL && strcmp(driver, "x11") == 0 ? SDL_LoadObject("libX11.so.6") : NULL;
    float scale = 1;
    if (library == NULL) {
        return scale;
    }
    void *functions[] = {SDL_LoadFunction(library, "XOpenDisplay"),
                         SDL_LoadFunction(library, "XResourceManagerString"),
                         SDL_LoadFunction(library, "XCloseDisplay")};
    memcpy(&open_display, &functions[0], sizeof open_display);
    memcpy(&resources, &functions[1], sizeof resources);
    memcpy(&close_display, &functions[2], sizeof close_display);
    void *display = functions[0] && functions[1] && functions[2] ? open_display(NULL) : NULL;
    if (display != NULL) {
        scale = desktop_scale(resources(display));
        close_display(display);
    }
    SDL_UnloadObject(library);
    return scale;
}

bool window_open(struct app *app, const struct window_options *options) {
    app->desktop_scale = read_desktop_scale();
    float scale = options->sized ? 1 : app->desktop_scale;
    int window_width = (int)((float)options->width * scale);
    int window_height = (int)((float)options->height * scale);
    uint32_t flags = SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI;
    app->window = SDL_CreateWindow("unmask", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                   window_width, window_height, flags);
    SDL_Renderer *renderer =
        app->window != NULL ? make_renderer(app->window, !options->scripted) : NULL;
    if (renderer == NULL) {
        fprintf(stderr, "unmask-viewer: cannot open a window: %s\n", SDL_GetError());
        return false;
    }
    SDL_SetWindowMinimumSize(app->window, 760, 480);
    app->ui.draw.renderer = renderer;
    font_option = options->font;
    int width = 0, height = 0;
    SDL_GetRendererOutputSize(renderer, &width, &height);
    SDL_StartTextInput();
    return open_text(app, wanted_scale(app, width, height));
}

void window_close(struct app *app) {
    draw_forget(&app->ui.draw);
    if (app->ui.text.fonts[0] != NULL) {
        text_close(&app->ui.text);
    }
    SDL_DestroyTexture(app->canvas.texture);
    SDL_DestroyTexture(app->canvas.mask_texture);
    SDL_DestroyTexture(app->strip);
    SDL_DestroyTexture(app->made);
    if (app->ui.draw.renderer != NULL) {
        SDL_DestroyRenderer(app->ui.draw.renderer);
    }
    if (app->window != NULL) {
        SDL_DestroyWindow(app->window);
    }
}

static void follow_size(struct app *app, int *width, int *height) {
    int window_width = 1, window_height = 1;
    SDL_GetRendererOutputSize(app->ui.draw.renderer, width, height);
    SDL_GetWindowSize(app->window, &window_width, &window_height);
    app->density = window_width > 0 ? (float)*width / (float)window_width : 1;
    float scale = wanted_scale(app, *width, *height);
    if (scale < app->ui.scale || scale > app->ui.scale) {
        text_close(&app->ui.text);
        draw_forget(&app->ui.draw);
        if (!open_text(app, scale)) {
            app->quit = true;
        }
    }
}

static void choose_cursor(const struct app *app) {
    static SDL_Cursor *cursors[SDL_NUM_SYSTEM_CURSORS];
    const struct canvas *canvas = &app->canvas;
    SDL_SystemCursor wanted = SDL_SYSTEM_CURSOR_ARROW;
    enum side side = SIDES;
    bool free = ui_mouse_free(&app->ui) && area_holds(canvas->view.on, app->ui.input.mouse);
    if (app->ui.hot == ui_id("class") || app->ui.hot == ui_id("seed")) {
        wanted = SDL_SYSTEM_CURSOR_IBEAM;
    } else if (free && !app->help) {
        bool move = canvas->tool == TOOL_HAND || canvas->space_down;
        if (app_can_paint(app) && canvas_near_edge(app, app->ui.input.mouse, &side)) {
            wanted = side <= SIDE_RIGHT ? SDL_SYSTEM_CURSOR_SIZEWE : SDL_SYSTEM_CURSOR_SIZENS;
        } else if (move) {
            wanted = SDL_SYSTEM_CURSOR_SIZEALL;
        } else if (app_can_paint(app)) {
            wanted = SDL_SYSTEM_CURSOR_CROSSHAIR;
        }
    }
    if (cursors[wanted] == NULL) {
        cursors[wanted] = SDL_CreateSystemCursor(wanted);
    }
    if (cursors[wanted] != NULL && SDL_GetCursor() != cursors[wanted]) {
        SDL_SetCursor(cursors[wanted]);
    }
}

void app_frame_draw(struct app *app) {
    int width = 0, height = 0;
    struct ui *ui = &app->ui;
    follow_size(app, &width, &height);
    if (app->quit) {
        return;
    }
    ui->theme = app->dark ? &theme_dark : &theme_light;
    ui_begin(ui, app->now, (float)width, (float)height);
    struct ui_input kept = ui->input;
    if (app->help) { /* the list of keys takes the mouse */
        memset(ui->input.pressed, 0, sizeof ui->input.pressed);
        memset(ui->input.released, 0, sizeof ui->input.released);
        ui->input.mouse = (struct point){-1, -1};
    }
    app_plan(app);
    float w = (float)width, h = (float)height;
    float side = fminf(ui_px(ui, 320), roundf(w * 0.42F)), low = ui_px(ui, 132);
    view_panel(app, (struct area){w - side, 0, side, h});
    view_timeline(app, (struct area){0, h - low, w - side, low});
    view_canvas(app, (struct area){0, 0, w - side, h - low});
    if (app->help) {
        memcpy(ui->input.pressed, kept.pressed, sizeof kept.pressed);
        memcpy(ui->input.released, kept.released, sizeof kept.released);
        ui->input.mouse = kept.mouse;
        ui->hot = 0;
        view_help(app, (struct area){0, 0, w, h});
    }
    choose_cursor(app);
    ui_end(ui);
}
