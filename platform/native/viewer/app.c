/* What can be done: drawing, editing, opening. */
#include "viewer/app.h"

#include "common/utf8.h"
#include "viewer/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ jobs */

/* The options of the panel, the seed read from its text field. */
static struct draw_options current_options(struct app *app) {
    struct draw_options *options = &app->panel.options;
    options->seed = strtoull(app->panel.seed_text, NULL, 10);
    app_set_seed(app, options->seed);
    options->sampling.steps = (uint32_t)(app->panel.steps + 0.5F);
    options->images = (uint32_t)(app->panel.images + 0.5F);
    return *options;
}

static struct job *drawing_job(struct app *app, enum job_kind kind) {
    if (app->catalog == NULL) {
        app_say(app, true, "No model is loaded: drop a .gguf file on the window.");
        return NULL;
    }
    struct job *job = app->worker != NULL ? job_make(kind) : NULL;
    if (job == NULL) {
        app_say(app, true, "Out of memory.");
        return NULL;
    }
    job->options = current_options(app);
    job->id = ++app->last_id;
    return job;
}

static void start(struct app *app, struct job *job, const char *command) {
    worker_cancel(app->worker);
    worker_pause(app->worker, false);
    app->paused = false;
    app->running = job->id;
    const bool edit = job->kind == JOB_EDIT;
    uint32_t scale = edit ? app->take.scale : 1;
    struct take before = {.grid_width = app->take.grid_width, .grid_height = app->take.grid_height};
    memcpy(before.name, app->take.name, sizeof before.name);
    app_put_away(app);
    app->take.id = job->id;
    app->take.scale = scale;
    memcpy(app->take.name, before.name, edit ? sizeof before.name : 0);
    app->take.options = job->options;
    app->take.command = command;
    app->take.edited = strcmp(command, "generate") != 0;
    app->image = 0;
    app->sheet = job->options.images > 1;
    if (edit && app->canvas.source != NULL) { /* is seen until the first step is there */
        app->take.width = job->width;
        app->take.height = job->height;
        app->take.grid_width = before.grid_width;
        app->take.grid_height = before.grid_height;
        app->take.total = 1;
        take_add_start(&app->take, app->canvas.source);
        playback_start(&app->playback, app->now);
    }
    app->toast.since = app->toast.since < app->acted ? 0 : app->toast.since; /* not a new one */
    app->dirty = true;
    worker_post(app->worker, job);
}

void app_draw(struct app *app) {
    struct job *job = drawing_job(app, JOB_DRAW);
    if (job == NULL) {
        return;
    }
    /* One picture with the seed of an opened one is that picture, wherever it was in its batch. */
    const bool opened = job->options.images == 1 && job->options.seed == app->panel.opened_seed;
    job->options.first_image = opened ? app->panel.opened_image : 0;
    start(app, job, "generate");
}

/* The steps up to the one that is shown, as a drawing of their own. */
static bool copy_steps(const struct app *app, int32_t image, struct take *made) {
    const struct take *old = &app->take;
    size_t tokens = (size_t)old->grid_width * old->grid_height;
    size_t pixels = (size_t)old->width * old->height;
    *made = (struct take){.width = old->width,
                          .height = old->height,
                          .grid_width = old->grid_width,
                          .grid_height = old->grid_height};
    for (size_t i = 0; i <= app->playback.at; i++) {
        struct take_step *step = take_step_copy(old->steps[i], image, tokens, pixels);
        if (step == NULL || !take_add(made, step)) {
            return false;
        }
    }
    return true;
}

/* The steps up to the one that is shown stay as they are. */
void app_resume(struct app *app) {
    if (!app_can_resume(app)) {
        return;
    }
    if (!app->panel.seed_locked) {
        app_roll_seed(app); /* with the same one the same picture would come */
    }
    struct job *job = drawing_job(app, JOB_DRAW);
    if (job == NULL) {
        return;
    }
    const struct take_step *from = app->take.steps[app->playback.at];
    int32_t image = app->sheet || from->images == 1 ? -1 : (int32_t)app->image;
    struct take made;
    job->options.images = image < 0 ? from->images : 1;
    job->options.first_image = app->take.options.first_image + (image < 0 ? 0 : (uint32_t)image);
    job->from = take_step_copy(from, image, (size_t)app->take.grid_width * app->take.grid_height,
                               (size_t)app->take.width * app->take.height);
    if (!copy_steps(app, image, &made) || job->from == NULL) {
        take_clear(&made);
        job_free(job);
        app_say(app, true, "Out of memory.");
        return;
    }
    start(app, job, "resume");
    made.command = app->take.command;
    made.id = app->take.id;
    made.options = app->take.options;
    made.edited = true;
    made.total = app->take.total;
    app->take = made;
}

static bool copy_source(struct app *app, struct job *job) {
    const struct take_frame *frame = app_frame(app);
    size_t pixels = (size_t)app->take.width * app->take.height;
    job->width = app->take.width;
    job->height = app->take.height;
    job->pixels = malloc(pixels * 3);
    job->mask = app->canvas.mask.count > 0 ? malloc(pixels) : NULL;
    if (job->pixels == NULL || (app->canvas.mask.count > 0 && job->mask == NULL)) {
        return false;
    }
    memcpy(job->pixels, frame->rgb, pixels * 3);
    if (job->mask != NULL) {
        memcpy(job->mask, app->canvas.mask.cells, pixels);
    }
    return true;
}

static void start_edit(struct app *app, float share) {
    struct job *job = drawing_job(app, JOB_EDIT);
    if (job == NULL) {
        return;
    }
    if (!copy_source(app, job)) {
        job_free(job);
        app_say(app, true, "Out of memory.");
        return;
    }
    job->left = app->canvas.extend[SIDE_LEFT];
    job->right = app->canvas.extend[SIDE_RIGHT];
    job->top = app->canvas.extend[SIDE_TOP];
    job->bottom = app->canvas.extend[SIDE_BOTTOM];
    job->vary_share = share;
    job->vary_order = app->panel.vary_doubtful ? UM_VARY_CONFIDENCE : UM_VARY_HALTON;
    free(app->canvas.source);
    size_t bytes = (size_t)job->width * job->height * 3;
    app->canvas.source = malloc(bytes);
    if (app->canvas.source != NULL) {
        memcpy(app->canvas.source, job->pixels, bytes);
    }
    app->canvas.source_width = job->width;
    app->canvas.source_height = job->height;
    bool wider = (job->left | job->right | job->top | job->bottom) != 0;
    start(app, job, share > 0 ? "vary" : wider ? "outpaint" : "edit");
}

void app_edit(struct app *app) {
    const uint32_t *extend = app->canvas.extend;
    bool wider = (extend[0] | extend[1] | extend[2] | extend[3]) != 0;
    if (!app_can_paint(app)) {
        app_say(app, true, "There is no finished picture to edit yet.");
    } else if (app->canvas.mask.count == 0 && !wider) {
        app_say(app, true, "Nothing is masked: paint with the brush first.");
    } else {
        start_edit(app, 0);
    }
}

void app_vary(struct app *app) {
    if (!app_can_paint(app)) {
        app_say(app, true, "There is no finished picture to vary yet.");
        return;
    }
    if (!app->panel.seed_locked) {
        app_roll_seed(app);
    }
    memset(app->canvas.extend, 0, sizeof app->canvas.extend);
    start_edit(app, app->panel.vary_share);
}

void app_go(struct app *app, bool new_seed) {
    const uint32_t *extend = app->canvas.extend;
    bool wider = (extend[0] | extend[1] | extend[2] | extend[3]) != 0;
    if (new_seed) {
        app_roll_seed(app);
    }
    if (app_can_paint(app) && (app->canvas.mask.count > 0 || wider)) {
        app_edit(app);
    } else {
        app_draw(app);
    }
}

void app_go_or_pause(struct app *app) {
    if (app->running != 0) {
        app->paused = !app->paused;
        worker_pause(app->worker, app->paused);
        app->dirty = true;
    } else {
        app_go(app, !app->panel.seed_locked);
    }
}

static char *copy(const char *text) {
    size_t size = text != NULL ? strlen(text) + 1 : 0;
    char *made = size > 0 ? malloc(size) : NULL;
    if (made != NULL) {
        memcpy(made, text, size);
    }
    return made;
}

void app_open(struct app *app, const char *model, const char *device) {
    struct job *job = job_make(JOB_OPEN);
    if (job == NULL) {
        return;
    }
    app_cancel(app);
    job->path = copy(model);
    job->device = device != NULL && device[0] != '\0' ? copy(device) : NULL;
    job->threads = app->threads;
    snprintf(app->busy, sizeof app->busy, "Loading the model");
    worker_post(app->worker, job);
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && SDL_strcasecmp(text + length - wanted, end) == 0;
}

void app_read(struct app *app, const char *name) {
    char *path = path_of_uri(name);
    struct job *job = NULL;
    if (path != NULL && ends_with(path, ".gguf")) {
        app->draw_when_loaded = true;
        app_open(app, path, app->device);
    } else if (path != NULL && (job = job_make(JOB_READ)) != NULL) {
        job->path = path;
        worker_post(app->worker, job);
        return;
    }
    free(path);
}
