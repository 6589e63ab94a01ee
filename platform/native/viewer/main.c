/* unmask-viewer: watch pictures being revealed, and paint over them. */
#include "common/report.h"
#include "viewer/app.h"
#include "viewer/places.h"
#include "viewer/remember.h"
#include "viewer/script.h"
#include "viewer/window.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "Usage: unmask-viewer [OPTION...] [MODEL.gguf | PICTURE.png]\n"
    "\n"
    "Draws with the bundled model or MODEL.gguf, step by step, or opens PICTURE.png.\n"
    "Press H in the window for a list of keys.\n"
    "\n"
    "  -m, --model=FILE      model file (GGUF); default: $UNMASK_MODEL_PATH, else the bundled "
    "model\n"
    "      --device=DEVICE   auto, cpu, gpu (real GPUs only), vulkan (also software drivers), a\n"
    "                        number, part of a name, or a UUID; default: $UNMASK_DEVICE, else the\n"
    "                        remembered device, else auto\n"
    "  -t, --threads=N       CPU threads; default: all, or as many as a CPU quota allows\n"
    "  -c, --class=CLASS     class of the first picture: number, name, part of a name, or symbol;\n"
    "                        default: the last one used, at first 0\n"
    "  -s, --seed=N          seed of the first picture; this locks the seed for later ones;\n"
    "                        default: chosen at random for each picture\n"
    "      --steps=N         number of steps, 1 to 1024; the default comes from the model\n"
    "  -b, --count=N         number of pictures drawn at once, 1 to 16; default 1\n"
    "      --output=FOLDER   folder for pictures that you save (Ctrl+S); default:\n"
    "                        $XDG_PICTURES_DIR, else the desktop's folder for pictures\n"
    "      --size=WxH        size of the window in pixels; default: the last one, at first "
    "1280x720\n"
    "      --scale=F         scale of the user interface, 0.6 to 3; default: the last one, at "
    "first 1\n"
    "      --light           start with the light theme; the key T switches; default: the last "
    "one,\n"
    "                        at first dark\n"
    "      --font=FILE       TrueType or OpenType font for the user interface; default: DejaVu\n"
    "                        Sans or another font that is installed\n"
    "      --script=FILE     run the commands in FILE, then quit (for tests)\n"
    "      --help, --version\n";

enum {
    OPT_DEVICE_NAME = 256,
    OPT_STEP,
    OPT_OUT,
    OPT_SIZE,
    OPT_FACTOR,
    OPT_LIGHT,
    OPT_FONT,
    OPT_SCRIPT,
    OPT_USAGE,
    OPT_VERSIONS
};

static const struct option options[] = {
    {"model", required_argument, NULL, 'm'},
    {"device", required_argument, NULL, OPT_DEVICE_NAME},
    {"threads", required_argument, NULL, 't'},
    {"class", required_argument, NULL, 'c'},
    {"seed", required_argument, NULL, 's'},
    {"steps", required_argument, NULL, OPT_STEP},
    {"count", required_argument, NULL, 'b'},
    {"output", required_argument, NULL, OPT_OUT},
    {"size", required_argument, NULL, OPT_SIZE},
    {"scale", required_argument, NULL, OPT_FACTOR},
    {"light", no_argument, NULL, OPT_LIGHT},
    {"font", required_argument, NULL, OPT_FONT},
    {"script", required_argument, NULL, OPT_SCRIPT},
    {"help", no_argument, NULL, OPT_USAGE},
    {"version", no_argument, NULL, OPT_VERSIONS},
    {NULL, 0, NULL, 0},
};

struct start {
    const char *model, *picture, *script;
    struct window_options window;
};

static struct app app; /* too large for the stack */

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *value) {
    char *end;
    *value = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *value >= least && *value <= most;
}

/* Options of the window; false if the value is out of range. */
static bool read_window_option(struct start *start, int option, const char *text) {
    float factor;
    switch (option) {
    case OPT_SIZE:
        start->window.sized = true;
        return sscanf(text, "%dx%d", &start->window.width, &start->window.height) == 2 &&
               start->window.width >= 320 && start->window.height >= 240 &&
               start->window.width <= 16384 && start->window.height <= 16384;
    case OPT_FACTOR:
        factor = strtof(text, NULL);
        app.user_scale = factor;
        return factor >= 0.6F && factor <= 3;
    case OPT_LIGHT:
        app.dark = false;
        return true;
    case OPT_FONT:
        start->window.font = text;
        return true;
    case OPT_SCRIPT:
        start->script = text;
        start->window.scripted = true;
        return true;
    default:
        snprintf(app.output, sizeof app.output, "%s", text); /* OPT_OUT */
        return strlen(text) < sizeof app.output;             /* a part of it is another folder */
    }
}

/* Options of the drawing; false if the value is out of range. */
static bool read_drawing_option(struct start *start, int option, const char *text) {
    uint64_t number = 0;
    bool ok = true;
    switch (option) {
    case 'm':
        start->model = text;
        break;
    case OPT_DEVICE_NAME:
        snprintf(app.device, sizeof app.device, "%s", text);
        app.device_remembered = false;
        break;
    case 't':
        ok = read_number(text, 1, 1024, &number);
        app.threads = (uint32_t)number;
        break;
    case 'c':
        if (read_number(text, 0, 65535, &number)) {
            app.panel.options.class_index = (int32_t)number;
            app.class_wanted = NULL;
        } else {
            app.class_wanted = text;
            app.class_remembered = false;
        }
        break;
    case 's':
        ok = read_number(text, 0, UINT64_MAX, &number);
        app_set_seed(&app, number);
        app.panel.seed_locked = true;
        break;
    case OPT_STEP:
        ok = read_number(text, 1, 1024, &number);
        app.panel.steps = (float)number;
        app.panel.options.sampling.steps = (uint32_t)number;
        break;
    default:
        ok = read_number(text, 1, IMAGES_MOST, &number); /* b */
        app.panel.images = (float)number;
        break;
    }
    return ok;
}

/* Exit code, or -1 to go on. */
static int read_option(struct start *start, int option, const char *text) {
    bool ok;
    switch (option) {
    case '?':
        fputs("See unmask-viewer --help.\n", stderr);
        return UM_ERROR_ARGUMENT;
    case OPT_USAGE:
        fputs(usage, stdout);
        return 0;
    case OPT_VERSIONS:
        printf("unmask-viewer %s\n%s\n", um_version(), um_build_info());
        return 0;
    case OPT_OUT:
    case OPT_SIZE:
    case OPT_FACTOR:
    case OPT_LIGHT:
    case OPT_FONT:
    case OPT_SCRIPT:
        ok = read_window_option(start, option, text);
        break;
    default:
        ok = read_drawing_option(start, option, text);
        break;
    }
    if (!ok) {
        fprintf(stderr, "unmask-viewer: '%s' is out of range; see --help\n", text);
        return UM_ERROR_ARGUMENT;
    }
    return -1;
}

static int read_options(struct start *start, int argc, char **argv) {
    int option, code = -1;
    while (code < 0 && (option = getopt_long(argc, argv, "m:t:c:s:b:", options, NULL)) != -1) {
        code = read_option(start, option, optarg);
    }
    for (int i = optind; code < 0 && i < argc; i++) {
        size_t length = strlen(argv[i]);
        bool model = length > 5 && SDL_strcasecmp(argv[i] + length - 5, ".gguf") == 0;
        *(model ? &start->model : &start->picture) = argv[i];
    }
    return code;
}

/* The message that says where a picture was saved shall be of use: an absolute path. */
static void choose_output(void) {
    bool named = app.output[0] != '\0' || pictures_folder(app.output, sizeof app.output);
    if (!named || !path_make_absolute(app.output, sizeof app.output)) {
        snprintf(app.output, sizeof app.output, ".");
    }
}

/* What the last window left, before the command line has its say. */
static void remember(struct start *start, struct remembered *r) {
    remember_load(r);
    app.dark = !r->light;
    app.user_scale = r->scale > 0 ? r->scale : 1;
    if (r->width > 0) {
        start->window.width = r->width;
        start->window.height = r->height;
        start->window.sized = true;
    }
    if (r->class_name[0] != '\0') {
        app.class_wanted = r->class_name;
        app.class_remembered = true;
    }
    if (r->device[0] != '\0' && getenv("UNMASK_DEVICE") == NULL) {
        snprintf(app.device, sizeof app.device, "%s", r->device);
        app.device_remembered = true;
    }
}

/* A device by what stays its name when others come and go. */
static void write_device(char *text, size_t size) {
    const um_device_info *info = app.catalog != NULL ? &app.catalog->device : NULL;
    if (app.device[0] == '\0' || info == NULL) {
        text[0] = '\0'; /* automatic */
    } else {
        snprintf(text, size, "%s", info->uuid[0] != '\0' ? info->uuid : "cpu");
    }
}

static void keep(struct remembered *r) {
    r->light = !app.dark;
    r->scale = app.user_scale;
    if ((SDL_GetWindowFlags(app.window) & (SDL_WINDOW_FULLSCREEN_DESKTOP | SDL_WINDOW_MAXIMIZED)) ==
        0) {
        SDL_GetWindowSize(app.window, &r->width, &r->height);
    }
    if (app.device_chosen) {
        write_device(r->device, sizeof r->device);
    }
    const struct catalog *c = app.catalog;
    int32_t index = app.panel.options.class_index;
    if (c != NULL && index >= 0 && (uint32_t)index < c->class_count) {
        snprintf(r->class_name, sizeof r->class_name, "%s", c->names[index]);
    }
    remember_save(r);
}

static void wake(void) {
    SDL_Event event = {.type = SDL_USEREVENT};
    SDL_PushEvent(&event);
}

static double seconds(void) {
    return (double)SDL_GetPerformanceCounter() / (double)SDL_GetPerformanceFrequency();
}

static double cpu_seconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A press and its release are seen by different frames. */
static void take_events(void) {
    SDL_Event event;
    while (SDL_PollEvent(&event)) {
        app_event(&app, &event);
        if (event.type == SDL_MOUSEBUTTONDOWN || event.type == SDL_MOUSEBUTTONUP) {
            break;
        }
    }
}

static bool toast_changes(void) {
    double age = app.now - app.toast.since;
    return app.toast.since > 0 && age < (app.toast.bad ? 12.5 : 5.5);
}

static void draw_frame_now(void) {
    double start = seconds(), cpu = cpu_seconds();
    app_frame_draw(&app);
    SDL_RenderPresent(app.ui.draw.renderer);
    uint32_t at = app.times.count++ % FRAME_TIMES;
    app.times.ms[at] = (float)((seconds() - start) * 1000);
    app.times.cpu[at] = (float)((cpu_seconds() - cpu) * 1000);
}

/* Sleeps until something happens, or until the next of 60 frames per second. */
static void rest(double frame_start, bool moving) {
    double left = frame_start + 1.0 / 60 - seconds();
    if (!moving) {
        int wait = app.dialog.kind != DIALOG_NONE ? 50 : toast_changes() ? 250 : 1000;
        SDL_WaitEventTimeout(NULL, wait);
    } else if (left > 0.001) {
        SDL_Delay((uint32_t)(left * 1000));
    }
}

static void run(struct script *script) {
    int settle = 2; /* frames after the latest change: widgets answer in the next one */
    while (!app.quit) {
        app.now = seconds();
        take_events();
        app_receive(&app);
        app_dialogs(&app);
        if (script != NULL && SDL_HasEvents(SDL_FIRSTEVENT, SDL_LASTEVENT) == SDL_FALSE) {
            script_run(script, &app);
        }
        playback_update(&app.playback, app.take.count, app.take.total, app.now);
        bool moving = playback_moving(&app.playback, app.take.count, app.now);
        settle = app.dirty || moving || app.ui.animating ? 2 : settle;
        app.dirty = false;
        if (settle > 0 && !app.quit) {
            settle--;
            draw_frame_now();
        } else if (toast_changes()) {
            app.dirty = true;
        }
        rest(app.now, settle > 0 || moving || app.ui.animating || script != NULL);
    }
}

static void begin(const struct start *start) {
    const char *device = getenv("UNMASK_DEVICE");
    if (app.device[0] == '\0' && device != NULL) {
        snprintf(app.device, sizeof app.device, "%s", device);
    }
    if (!app.panel.seed_locked) {
        app_roll_seed(&app);
    }
    app.draw_when_loaded = start->picture == NULL;
    app.model_wanted = start->model;
    app_open(&app, start->model, app.device);
    struct job *job = job_make(JOB_DEVICES);
    if (job != NULL) {
        worker_post(app.worker, job);
    }
    if (start->picture != NULL) {
        app_read(&app, start->picture);
    }
}

/* Where there is no display, SDL draws into memory that nobody sees, unless asked not to. */
static bool display_is_seen(void) {
    const char *driver = SDL_GetCurrentVideoDriver();
    bool hidden = strcmp(driver, "offscreen") == 0 || strcmp(driver, "dummy") == 0;
    if (hidden && getenv("SDL_VIDEODRIVER") == NULL) {
        SDL_SetError("there is no display to open a window on");
        return false;
    }
    return true;
}

int main(int argc, char **argv) {
    struct start start = {.window = {.width = 1280, .height = 720}};
    struct script *script = NULL;
    static struct remembered remembered;
    app_init(&app);
    remember(&start, &remembered);
    int code = read_options(&start, argc, argv);
    if (code >= 0) {
        return code;
    }
    choose_output();
    if (start.script != NULL && (script = script_open(start.script)) == NULL) {
        return UM_ERROR_IO;
    }
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    if (SDL_Init(SDL_INIT_VIDEO) != 0 || !display_is_seen() || TTF_Init() != 0) {
        fprintf(stderr, "unmask-viewer: cannot start: %s\n", SDL_GetError());
        script_free(script);
        SDL_Quit();
        return UM_ERROR;
    }
    code = UM_ERROR;
    if (window_open(&app, &start.window) && (app.worker = worker_start(wake)) != NULL) {
        begin(&start);
        run(script);
        keep(&remembered);
        code = script != NULL && script_failed(script) ? UM_ERROR_CHECK : UM_OK;
    }
    app_free(&app);
    window_close(&app);
    script_free(script);
    TTF_Quit();
    SDL_Quit();
    return code;
}
