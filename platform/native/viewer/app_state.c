/* The state itself: how it begins and ends, and what any part of the viewer may set. */
#include "viewer/app.h"

#include "common/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void app_init(struct app *app) {
    memset(app, 0, sizeof *app);
    app->density = app->user_scale = app->desktop_scale = 1;
    app->dark = true;
    app->ui.input.mouse = (struct point){-1, -1};
    app->dirty = true;
    app->draw_when_loaded = true;
    app->canvas.brush = 8;
    app->canvas.fitted = true;
    app->canvas.veil = true;
    app->panel.options.images = 1;
    app->panel.images = 1;
    app->panel.vary_share = 0.3F;
    snprintf(app->panel.matched, sizeof app->panel.matched, "\1");
    app_set_seed(app, 0);
}

void app_free(struct app *app) {
    worker_stop(&app->worker);
    dialog_end(&app->dialog);
    job_free(app->dialog_job);
    catalog_free(app->catalog);
    device_list_free(app->devices);
    take_clear(&app->take);
    gallery_free(&app->gallery);
    mask_free(&app->canvas.mask);
    history_free(&app->canvas.history);
    free(app->canvas.staging);
    free(app->canvas.source);
}

void app_say(struct app *app, bool bad, const char *sentence) {
    utf8_copy(app->toast.text, sizeof app->toast.text, sentence);
    app->toast.bad = bad;
    app->toast.since = app->now;
    app->dirty = true;
}

void app_set_seed(struct app *app, uint64_t seed) {
    app->panel.options.seed = seed;
    snprintf(app->panel.seed_text, sizeof app->panel.seed_text, "%llu", (unsigned long long)seed);
}

void app_roll_seed(struct app *app) {
    /* Splitmix over the clock: 32 bits are easy to read aloud. */
    uint64_t x = SDL_GetPerformanceCounter() * 0x9e3779b97f4a7c15U + app->last_id;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    app_set_seed(app, (x ^ x >> 31) & 0xffffffffU);
}

void app_set_class(struct app *app, int32_t class_index) {
    app->panel.options.class_index = class_index;
    if (app->catalog != NULL && class_index >= 0 &&
        (uint32_t)class_index < app->catalog->class_count) {
        utf8_copy(app->panel.class_text, sizeof app->panel.class_text,
                  app->catalog->names[class_index]);
    }
}

void app_cancel(struct app *app) {
    if (app->running != 0) {
        app->times.cancel_asked = app->now;
        worker_cancel(app->worker);
        worker_pause(app->worker, false);
        app->paused = false;
    }
}
