/* Everything that drawing writes: pictures, steps, animations, token grids, the sheet, JSON. */
#ifndef CLI_GENERATE_OUTPUTS_H
#define CLI_GENERATE_OUTPUTS_H

#include "common/apng.h"
#include "common/sink.h"
#include "generate/reveal.h"
#include "generate/settings.h"

/* What became of one picture, for --json. */
struct picture_record {
    char *file; /* NULL = none */
    uint64_t hash;
};

enum { CHANGE_COUNT = 5 }; /* values of um_change */

/* How many tokens of all pictures a step changed in each way. */
struct step_changes {
    uint64_t count[CHANGE_COUNT];
};

struct outputs {
    const struct args *args;
    const struct settings *settings;
    const struct engine *engine;
    struct frame frame;
    const char *pattern; /* of the pictures, NULL = none are written */
    const struct sink *sink;
    uint32_t scale, sheet_scale;
    bool several, metadata, wants_steps, listing; /* listing: names of files go to stdout */
    struct picture sheet;
    uint32_t sheet_columns, sheet_gap;
    struct apng *animations; /* one per picture of the session that runs, NULL = none */
    uint32_t animation_count;
    struct picture_record *records; /* one per picture */
    struct step_changes *changes;   /* one per step */
    bool folder_made;               /* --save-steps named a folder that was not there */
};

/* Checks every option that names an output, and that files can be created where they point to.
 * Exit code; a line is printed unless it is 0. Call outputs_close() in any case. */
int outputs_open(struct outputs *outputs, const struct args *args, const struct settings *settings,
                 const struct engine *engine, const struct frame *frame);

/* Before a session's first step: a session of `batch` pictures. */
int outputs_begin_batch(struct outputs *outputs, uint32_t batch);

/* Counts what a step (from 1) did to the tokens of one picture. */
void outputs_count(struct outputs *outputs, uint32_t step, const uint8_t *change);

/* One picture after a step (only if wants_steps): takes `picture`, covers masked tokens and marks
 * revised ones. */
int outputs_step(struct outputs *outputs, uint32_t start, uint32_t image, uint32_t step,
                 const struct shown *shown, struct picture *picture);

/* A finished picture and its tokens. */
int outputs_picture(struct outputs *outputs, uint32_t start, uint32_t image, const int32_t *tokens,
                    const struct picture *picture);

/* After the last picture: the sheet. */
int outputs_finish(struct outputs *outputs);

void outputs_close(struct outputs *outputs);

#endif
