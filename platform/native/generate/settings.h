/* What is to be drawn: options over --from over the model's defaults. */
#ifndef CLI_GENERATE_SETTINGS_H
#define CLI_GENERATE_SETTINGS_H

#include "common/engine.h"
#include "common/meta.h"

enum { STEP_LIMIT = 1024, IMAGE_LIMIT = 100000, FIRST_IMAGE_LIMIT = 1000000000 };

struct settings {
    struct meta meta; /* everything resolved; what the pictures will carry */
    bool from_sheet;  /* --from named a sheet: its scale is the sheet's */
    bool from_given;
    uint32_t source_scale; /* enlargement of the picture to start from, 0 = there is none */
    int32_t *classes;      /* one per picture, class by class; owned */
    uint32_t image_count;
    float table[STEP_LIMIT]; /* shares of UM_SCHEDULE_TABLE */
    size_t table_size;
    um_step_row rows[STEP_LIMIT]; /* meta.step_table, parsed */
    size_t row_count;
    bool several; /* the whole run, of which this may be a shard, draws more than one picture */
};

/* Reads --from and the options that need no model. Exit code; a line is printed unless it is 0. */
int settings_read(struct settings *settings, const struct args *args);

/* Fills in the model's defaults and finds the classes. Exit code as above. */
int settings_resolve(struct settings *settings, const struct args *args,
                     const struct engine *engine);

/* Steps of a picture that is drawn from nothing, recheck rounds included. */
uint32_t settings_steps(const struct settings *settings);

/* Parameters for `batch` pictures beginning with the one at `start`; they point into settings. */
um_session_params settings_session(const struct settings *settings, uint32_t start, uint32_t batch);

/* The image index of the picture at `image`: what the random numbers and file names use. */
uint32_t settings_image_index(const struct settings *settings, uint32_t image);

/* settings->meta for the picture at `image`. */
void settings_picture_meta(const struct settings *settings, const struct engine *engine,
                           uint32_t image, struct meta *meta);

void settings_free(struct settings *settings);

#endif
