/* The viewer's state, and what can be done with it. Everything here belongs to the window's thread.
 */
#ifndef VIEWER_APP_H
#define VIEWER_APP_H

#include "viewer/dialog.h"
#include "viewer/gallery.h"
#include "viewer/geometry.h"
#include "viewer/history.h"
#include "viewer/mask.h"
#include "viewer/playback.h"
#include "viewer/take.h"
#include "viewer/ui/ui.h"
#include "viewer/worker.h"

enum tool { TOOL_BRUSH, TOOL_ERASER, TOOL_BOX, TOOL_HAND };
enum { MATCH_LIMIT = 4096, IMAGES_MOST = 16, FRAME_TIMES = 4096, SHEET_GAP = 4 };
enum side { SIDE_LEFT, SIDE_RIGHT, SIDE_TOP, SIDE_BOTTOM, SIDES };

/* Settings of the panel. */
struct settings_panel {
    struct draw_options options;
    float steps, images; /* the sliders */
    bool seed_locked;
    uint64_t opened_seed;  /* of the picture that was opened last, */
    uint32_t opened_image; /* and its place in its batch; 0 = the first, or none */
    char seed_text[24], class_text[128];
    int32_t matches[MATCH_LIMIT];
    int match_count;
    char matched[128]; /* the text that `matches` answers, "\1" = none yet */
    float vary_share;
    bool vary_doubtful; /* vary the least certain tokens, not an even spread */
    float scroll;
};

/* What one does with the mouse on the canvas. */
struct gesture {
    enum {
        GESTURE_NONE,
        GESTURE_STROKE,
        GESTURE_ERASE,
        GESTURE_BOX,
        GESTURE_PAN,
        GESTURE_EXTEND,
        GESTURE_SIZE
    } kind;
    struct point last; /* picture coordinates (strokes), output coordinates (others) */
    int32_t box[4];    /* corner pixels */
    enum side side;
    float start; /* margin or brush size at the beginning */
};

struct canvas {
    struct view view;
    bool placed, fitted; /* fitted: follows the window's size */
    enum tool tool;
    float brush;     /* diameter in picture pixels */
    float brush_for; /* side of the picture that it was last seen on; 0 = none yet */
    struct mask mask;
    uint64_t mask_drawn; /* version of the mask that the picture was repainted with; 0 = none */
    struct history history;
    struct gesture gesture;
    uint32_t extend[SIDES];      /* pixels to add by outpainting */
    bool space_down, space_used; /* Space and drag pans */
    bool smooth, comparing;
    bool grid, order, heat, revised, veil;
    SDL_Texture *texture, *mask_texture;
    int texture_width, texture_height, mask_width, mask_height;
    uint64_t texture_version, mask_version;
    uint8_t *staging; /* RGBA of the texture */
    uint8_t *source;  /* the picture that is being edited, until its canvas is known */
    uint32_t source_width, source_height;
};

struct toast {
    char text[600];
    bool bad;
    double since; /* 0 = none */
};

/* How long drawing takes, and what an edit that could be begun would be. */
struct outlook {
    double pace;    /* seconds of one round for one picture, 0 = not known yet */
    uint64_t asked; /* what the worker was asked about, a digest; 0 = nothing */
    uint64_t known; /* what the next two belong to */
    uint32_t windows, steps;
    uint32_t window, rounds; /* of the drawing that runs: where it is, and what it has done */
};

struct frame_times {
    float ms[FRAME_TIMES];  /* of the latest frames, a ring: from events to the screen */
    float cpu[FRAME_TIMES]; /* the share of it that this thread computed */
    uint32_t count;
    double cancel_asked, cancel_ms; /* how long the latest cancelling took */
};

struct app {
    SDL_Window *window;
    struct ui ui;
    float desktop_scale;       /* the desktop's own */
    float density, user_scale; /* output pixels per window pixel; the user's factor */
    bool dark, help, quit, dirty;
    double now;
    double acted; /* when a key or button went down, or something was dropped */
    struct worker *worker;
    struct catalog *catalog; /* NULL until a model is loaded */
    struct device_list *devices;
    char device[264];         /* as given to the library, "" = automatic */
    bool device_chosen;       /* in the window: it is remembered */
    bool device_remembered;   /* it may be gone by now: then another one will do */
    bool class_remembered;    /* the same of class_wanted */
    const char *model_wanted; /* at the start; NULL = the bundled one */
    uint32_t threads;
    const char *class_wanted; /* by name or symbol, until a model is loaded; NULL = none */
    struct settings_panel panel;
    struct take take;
    struct gallery gallery; /* what was made before, and a place for `take` once it has a step */
    struct playback playback;
    uint32_t image;            /* of the take */
    bool sheet;                /* all images are shown */
    uint64_t running, last_id; /* id of the drawing that runs, 0 = none */
    bool paused, draw_when_loaded;
    char busy[64];
    struct canvas canvas;
    struct toast toast;
    struct dialog dialog;
    struct job *dialog_job; /* the picture that the dialog asks about, NULL = none; owned */
    char output[1024];      /* folder for saved pictures */
    struct outlook outlook;
    struct frame_times times;
    float timeline_x, timeline_w; /* where the steps lie, for scrubbing */
    float panel_height;           /* of the scrolling part, as it was drawn last */
    SDL_Texture *strip, *made;
    uint64_t strip_version, made_version;
    float made_scroll; /* of the pictures made so far */
    size_t made_count; /* when they were drawn last */
    uint64_t made_shown;
};

/* ---------------------------------------------------------------- app_state.c */

/* Zero and defaults; starts no thread. */
void app_init(struct app *app);
void app_free(struct app *app);

/* Says one sentence in the window. */
void app_say(struct app *app, bool bad, const char *sentence);

/* A new seed of 32 bits, into the options and the text. */
void app_roll_seed(struct app *app);
void app_set_seed(struct app *app, uint64_t seed);
void app_set_class(struct app *app, int32_t class_index);

/* Stops the drawing that runs. */
void app_cancel(struct app *app);

/* ---------------------------------------------------------------- app.c */

/* What the panel asks for: outpainting if an edge was dragged, repainting if something is masked,
 * else a new drawing. `new_seed`: roll the seed first. */
void app_go(struct app *app, bool new_seed);
void app_draw(struct app *app);
void app_resume(struct app *app);
void app_edit(struct app *app);
void app_vary(struct app *app);

/* Space: pauses or goes on while drawing, else app_go(). */
void app_go_or_pause(struct app *app);

void app_open(struct app *app, const char *model, const char *device);

/* A dropped or pasted file: a model or a picture, by its name. A path, or a file:// address. */
void app_read(struct app *app, const char *name);

/* Takes in everything the worker has sent. */
void app_receive(struct app *app);

/* All settings of drawing as the model has them. */
void app_use_defaults(struct app *app);

/* ---------------------------------------------------------------- app_files.c */

/* Open and Save as by the desktop's dialogs; app_dialogs() takes their answers. */
void app_ask_open(struct app *app);
void app_ask_save(struct app *app);
void app_dialogs(struct app *app);

/* ---------------------------------------------------------------- app_outlook.c */

/* Asks the worker what the edit that could be begun now would be, once for each. */
void app_plan(struct app *app);

/* A drawing has come further. */
void app_note_pace(struct app *app, const struct message *message);

/* "3 windows, 30 steps, about 20 s", "" = no edit could be begun, or the worker has not said. */
void app_plan_text(const struct app *app, char *text, size_t size);

/* "window 2 of 3, about 14 s left", "" = nothing runs that takes long. */
void app_left_text(const struct app *app, char *text, size_t size);

/* ---------------------------------------------------------------- app_history.c */

/* Something changed by hand: undo comes back to what is shown now. */
void app_remember(struct app *app);

/* The drawing that is shown has its first step: it gets a place in the gallery. */
void app_made(struct app *app);

/* The drawing that is shown goes to its place, and none is shown; without a step it is freed. */
void app_put_away(struct app *app);

/* Over masks, pictures, choices and frames. A drawing that runs stops. */
void app_undo(struct app *app);
void app_redo(struct app *app);
bool app_can_undo(const struct app *app);
bool app_can_redo(const struct app *app);

/* What was shown before a drawing of which nothing came. */
void app_show_again(struct app *app);

/* One picture of several, or the sheet of all; it can be undone. */
void app_toggle_sheet(struct app *app, uint32_t image);

/* From one picture of a sheet to the sheet, else to the drawing before. */
void app_back(struct app *app);
bool app_can_go_back(const struct app *app);

/* A drawing of the gallery, as it was seen last. */
void app_show_made(struct app *app, uint64_t id);

/* ---------------------------------------------------------------- app_show.c: what is shown */

/* The frame at the playback's position, NULL if there is none. */
const struct take_frame *app_frame(const struct app *app);

/* Size of what the canvas shows: a picture, or the sheet. */
void app_document(const struct app *app, uint32_t *width, uint32_t *height);
uint32_t app_sheet_columns(const struct app *app);

/* Where picture `image` lies on the document. */
void app_image_corner(const struct app *app, uint32_t image, uint32_t *x, uint32_t *y);

/* True if masks can be painted: one finished picture is shown. */
bool app_can_paint(const struct app *app);
bool app_can_resume(const struct app *app);

/* The widest brush: as wide as the picture, at least 64 pixels. */
float app_brush_most(const struct app *app);

/* A brush that suits a picture of 64 pixels is a dot on a photo: it grows and shrinks with what is
 * painted on. */
void app_fit_brush(struct app *app);

/* How many pictures the drawing has. */
uint32_t app_images(const struct app *app);

/* True if one picture of several is shown. */
bool app_is_part(const struct app *app);

/* Something new is shown: the mask and the frame start anew. */
void app_fit_mask(struct app *app);

/* The same after an edit: the mask stays where it was on the source, whose corner is there. */
void app_carry_mask(struct app *app, uint32_t left, uint32_t top);

/* ---------------------------------------------------------------- app_save.c */

void app_save_png(struct app *app);

void app_copy_picture(struct app *app);

/* The picture that is shown, to be saved as it is now. NULL: there is none, which is said. */
struct job *app_picture_job(struct app *app);

/* Into that file. Takes ownership. */
void app_save_job(struct app *app, struct job *job, const char *path);

/* A name for it that is free. False if there is none that fits, which is said. */
bool app_free_name(struct app *app, const char *end, char *path, size_t size);
void app_save_animation(struct app *app);

/* The command line that draws the same picture, into the clipboard. */
void app_copy_command(struct app *app);

/* ---------------------------------------------------------------- app_input.c */

void app_event(struct app *app, const SDL_Event *event);

/* ---------------------------------------------------------------- views */

void view_canvas(struct app *app, struct area area);
void view_timeline(struct app *app, struct area area);
void view_made(struct app *app, struct area area); /* the pictures made so far, on the canvas */
void view_panel(struct app *app, struct area area);
void view_help(struct app *app, struct area area);

/* Draws the tokens' overlays on one picture at `at`. */
void draw_overlays(struct app *app, const struct take_frame *frame, struct area at);
void draw_legend(struct app *app, struct area canvas);

/* Lines of the legend: one for a colour that stands for a number, one for what changed. */
int legend_lines(const struct app *app);

/* canvas_paint.c: the mask's texture, and the mouse on the canvas. */
void canvas_draw_mask(struct app *app, struct area at);
void canvas_mouse(struct app *app, struct area area);
void canvas_motion(struct app *app, struct point mouse);
void canvas_end_gesture(struct app *app);

/* True if the handle for dragging an edge outwards is under the mouse. */
bool canvas_near_edge(const struct app *app, struct point mouse, enum side *side);

/* canvas_picture.c: the texture of the document at this time. */
SDL_Texture *canvas_texture(struct app *app);

/* The whole window. */
void app_frame_draw(struct app *app);

#endif
