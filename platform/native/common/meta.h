/* The settings that made a picture, as they travel in its PNG text: key `unmask` (JSON) to repeat
 * it, key `parameters` for programs that read the widespread "Steps: .., Seed: .." line. */
#ifndef CLI_COMMON_META_H
#define CLI_COMMON_META_H

#include "common/json.h"

#include <unmask/unmask.h>

enum { SCHEDULE_TEXT = 8192, CLASS_LIST_TEXT = 8192, STEP_TABLE_TEXT = 32768 };

struct meta {
    char kind[16];    /* "picture", "reveal" (animation), "step" or "sheet" */
    char command[16]; /* that made it: "generate", or one that needs a source picture, too */
    uint64_t seed;
    uint32_t first_image;          /* image index of the (first) picture */
    char classes[CLASS_LIST_TEXT]; /* indices, separated by commas: one, or several of a sheet */
    char class_name[256];          /* of the first */
    uint32_t count;                /* pictures per class */
    um_sampling sampling;
    uint32_t step;                /* of kind "step": rounds done, else 0 */
    char schedule[SCHEDULE_TEXT]; /* the same as sampling.schedule, as um_schedule_parse() reads it:
                                     shares are here only */
    char step_table[STEP_TABLE_TEXT]; /* as um_step_table_parse() reads it; "" = none */
    uint32_t scale;                   /* enlargement */
    uint32_t width, height;           /* pixels of the file */
    char model[256], model_sha256[65];
    char device[256], backend[16], version[32];
};

/* Appends the JSON object on one line. meta_members() writes only what is in it. */
void meta_json(struct buffer *out, const struct meta *meta);
void meta_members(struct json *json, const struct meta *meta);

/* Appends the `parameters` text. */
void meta_parameters(struct buffer *out, const struct meta *meta);

/* Appends the settings from one id up to, but without, another. */
void meta_settings(struct json *json, const struct meta *meta, um_setting_id from,
                   um_setting_id end);

/* Reads what meta_json() wrote, now or before version 0.2, every field checked for type and length;
 * `path` stands for the file in messages. Exit code: 0, or UM_ERROR_ARGUMENT with one line printed.
 */
int meta_read(struct meta *meta, const char *json, const char *path);

#endif
