/* How much an edit would be, and how long what runs will still take. */
#include "viewer/app.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool could_edit(const struct app *app) {
    const uint32_t *extend = app->canvas.extend;
    bool wider = (extend[0] | extend[1] | extend[2] | extend[3]) != 0;
    return app->catalog != NULL && app_can_paint(app) && (wider || app->canvas.mask.count > 0);
}

/* Changes with everything that the answer depends on. */
static uint64_t digest(const struct app *app) {
    const uint32_t *extend = app->canvas.extend;
    const struct draw_options *options = &app->panel.options;
    const uint64_t parts[] = {app->take.id,
                              app->canvas.mask.version,
                              extend[0],
                              extend[1],
                              extend[2],
                              extend[3],
                              (uint64_t)(app->panel.steps + 0.5F),
                              (uint64_t)options->sampling.sampler,
                              (uint64_t)options->sampling.recheck_rounds};
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        hash = (hash ^ (parts[i] + 1)) * 0x100000001b3U;
        hash ^= hash >> 29;
    }
    return hash | 1;
}

void app_plan(struct app *app) {
    uint64_t wanted = could_edit(app) ? digest(app) : 0;
    if (wanted == 0 || wanted == app->outlook.asked || app->canvas.gesture.kind != GESTURE_NONE ||
        app->worker == NULL) {
        return;
    }
    struct job *job = job_make(JOB_PLAN);
    size_t pixels = (size_t)app->take.width * app->take.height;
    bool masked = job != NULL && app->canvas.mask.count > 0;
    if (masked && (job->mask = malloc(pixels)) == NULL) {
        job_free(job);
        return;
    }
    app->outlook.asked = wanted;
    if (job == NULL) {
        return;
    }
    if (masked) {
        memcpy(job->mask, app->canvas.mask.cells, pixels);
    }
    job->id = wanted;
    job->options = app->panel.options;
    job->options.sampling.steps = (uint32_t)(app->panel.steps + 0.5F);
    job->options.images = 1;
    job->width = app->take.width;
    job->height = app->take.height;
    job->left = app->canvas.extend[SIDE_LEFT];
    job->right = app->canvas.extend[SIDE_RIGHT];
    job->top = app->canvas.extend[SIDE_TOP];
    job->bottom = app->canvas.extend[SIDE_BOTTOM];
    worker_post(app->worker, job);
}

void app_note_pace(struct app *app, const struct message *message) {
    struct outlook *outlook = &app->outlook;
    outlook->window = message->window;
    outlook->rounds = message->rounds;
    if (message->rounds > 0 && message->seconds > 0 && app->take.options.images > 0) {
        outlook->pace = message->seconds / message->rounds / app->take.options.images;
    }
}

/* ", about 20 s" and so on; nothing where it is soon over. */
static void duration(char *text, size_t size, double seconds, const char *end) {
    if (seconds >= 90) {
        snprintf(text, size, ", about %.0f min%s", ceil(seconds / 60), end);
    } else if (seconds >= 2) {
        snprintf(text, size, ", about %.0f s%s", seconds < 20 ? seconds : ceil(seconds / 5) * 5,
                 end);
    } else {
        snprintf(text, size, "%s", "");
    }
}

void app_plan_text(const struct app *app, char *text, size_t size) {
    const struct outlook *outlook = &app->outlook;
    char time[64];
    snprintf(text, size, "%s", "");
    if (!could_edit(app) || outlook->known != digest(app) || outlook->windows == 0) {
        return;
    }
    duration(time, sizeof time,
             outlook->pace * outlook->steps * (double)floorf(app->panel.images + 0.5F), "");
    snprintf(text, size, "%u window%s, %u steps%s", outlook->windows,
             outlook->windows == 1 ? "" : "s", outlook->steps, time);
}

void app_left_text(const struct app *app, char *text, size_t size) {
    const struct outlook *outlook = &app->outlook;
    const struct take *take = &app->take;
    char time[64];
    snprintf(text, size, "%s", "");
    if (app->running == 0 || outlook->rounds == 0 || take->total == 0 || take->count == 0) {
        return;
    }
    uint32_t done = take->steps[take->count - 1]->index;
    duration(time, sizeof time, outlook->pace * (take->total - done) * (double)take->options.images,
             " left");
    if (take->windows > 1) {
        snprintf(text, size, "window %u of %u%s", outlook->window + 1, take->windows, time);
    } else if (time[0] != '\0') {
        snprintf(text, size, "%s", time + 2);
    }
}
