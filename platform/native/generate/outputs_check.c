/* Checks before anything is drawn. */
#include "generate/outputs_check.h"

#include "common/atomic_file.h"
#include "common/paths.h"
#include "common/pattern.h"
#include "common/report.h"
#include "common/target.h"
#include "generate/outputs_claims.h"
#include "generate/outputs_names.h"
#include "system/system.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCALE_LIMIT = 64, SHEET_CELL = 192 };

/* By whatever name: /dev/stdout, too. */
static bool is_stdout(const char *path) {
    return path != NULL && (strcmp(path, "hash") == 0 || target_is_stdout(path));
}

int outputs_use_stdout(const struct outputs *outputs) {
    const struct args *args = outputs->args;
    return is_stdout(outputs->pattern) + is_stdout(args->text[OPT_SHEET]) +
           is_stdout(args->text[OPT_SAVE_ANIM]) + is_stdout(args->text[OPT_TOKENS_OUT]) +
           (args->given[OPT_JSON] > 0);
}

/* Tries the first and the last name that a pattern makes, and looks at what is behind the others.
 */
static int probe_pattern(const struct outputs *outputs, const char *pattern) {
    const struct settings *settings = outputs->settings;
    uint32_t last = settings->image_count - 1;
    int code = 0;
    for (uint32_t i = 0; code == 0 && i <= last; i++) {
        char *name = pattern_name(pattern, settings_image_index(settings, i));
        code = name == NULL          ? fail(UM_ERROR_MEMORY, "not enough memory")
               : i == 0 || i == last ? probe_file(name)
                                     : probe_replace(name);
        free(name);
    }
    return code;
}

static int check_pattern(const struct outputs *outputs, const char *pattern, const char *option) {
    int code = pattern_check(pattern, outputs->several, option);
    return code != 0 ? code : probe_pattern(outputs, pattern);
}

static int check_png(const char *path, const char *option) {
    return strcmp(path, "-") == 0 || path_ends(path, ".png")
               ? 0
               : fail(EXIT_USAGE, "--%s: '%s' must end in .png", option, path);
}

static int check_pictures(struct outputs *outputs) {
    if (outputs->pattern == NULL) {
        return 0;
    }
    outputs->sink = sink_for(outputs->pattern, "output");
    if (outputs->sink == NULL) {
        return EXIT_USAGE;
    }
    return outputs->sink->is_file ? check_pattern(outputs, outputs->pattern, "output") : 0;
}

static int check_steps_folder(struct outputs *outputs) {
    const char *folder = outputs->args->text[OPT_SAVE_STEPS];
    if (folder == NULL) {
        return 0;
    }
    outputs->folder_made = system_make_folder(folder);
    if (!outputs->folder_made && errno != EEXIST) {
        return fail(UM_ERROR_IO, "cannot make the folder %s: %s", folder, strerror(errno));
    }
    char *path = outputs_step_path(outputs, 0, 1);
    int code = path != NULL ? probe_file(path) : fail(UM_ERROR_MEMORY, "not enough memory");
    free(path);
    return code;
}

static int check_scales(struct outputs *outputs) {
    const struct settings *settings = outputs->settings;
    const struct frame *frame = &outputs->frame;
    bool from_picture = settings->from_given && !settings->from_sheet;
    uint32_t fitting = SHEET_CELL / frame->width;
    uint32_t source = settings->source_scale > 0 ? settings->source_scale : 1;
    outputs->scale = (uint32_t)args_whole(outputs->args, OPT_SCALE,
                                          from_picture ? settings->meta.scale : source);
    outputs->sheet_scale = (uint32_t)args_whole(outputs->args, OPT_SCALE,
                                                settings->from_sheet ? settings->meta.scale
                                                                     : (fitting > 1 ? fitting : 1));
    uint32_t larger = frame->width > frame->height ? frame->width : frame->height;
    if (outputs->scale < 1 || outputs->scale > SCALE_LIMIT || outputs->sheet_scale < 1 ||
        outputs->sheet_scale > SCALE_LIMIT || larger * outputs->scale > PNG_SIDE_LIMIT) {
        return fail(EXIT_USAGE, "--scale: %u pixels times %u are more than %d", larger,
                    outputs->scale, PNG_SIDE_LIMIT);
    }
    return 0;
}

int outputs_check(struct outputs *outputs) {
    const struct args *args = outputs->args;
    const char *sheet = args->text[OPT_SHEET], *animation = args->text[OPT_SAVE_ANIM];
    const char *tokens = args->text[OPT_TOKENS_OUT];
    if (outputs_use_stdout(outputs) > 1) {
        return fail(EXIT_USAGE, "only one output can go to stdout");
    }
    int code = check_pictures(outputs);
    code = code == 0 ? check_scales(outputs) : code;
    if (code == 0 && sheet != NULL) {
        code = check_png(sheet, "sheet");
        code = code == 0 ? probe_file(sheet) : code;
    }
    if (code == 0 && animation != NULL) {
        code = check_png(animation, "save-anim");
        code = code == 0 ? check_pattern(outputs, animation, "save-anim") : code;
    }
    if (code == 0 && tokens != NULL) {
        code = check_pattern(outputs, tokens, "tokens-out");
    }
    code = code == 0 ? check_steps_folder(outputs) : code;
    return code == 0 ? outputs_claim(outputs) : code;
}
