/* The files of a drawing. Steps may be a hundred million names, so those that are not there yet are
 * not listed: other outputs are asked whether they bear such a name in the same folder. */
#include "generate/outputs_claims.h"

#include "call_files.h"
#include "common/atomic_file.h"
#include "common/pattern.h"
#include "common/report.h"
#include "generate/outputs_names.h"
#include "system/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(void) {
    return fail(UM_ERROR_MEMORY, "not enough memory for the names of the files");
}

static int claim_pattern(struct claims *claims, const struct outputs *outputs, const char *pattern,
                         enum claim_kind kind, const char *role) {
    const struct settings *settings = outputs->settings;
    for (uint32_t i = 0; pattern != NULL && i < settings->image_count; i++) {
        char *path = pattern_name(pattern, settings_image_index(settings, i));
        if (path == NULL) {
            return no_memory();
        }
        claims_write(claims, kind, path, role);
        free(path);
    }
    return 0;
}

/* Only who names one picture means to replace the one that it starts from. */
static int claim_pictures(struct claims *claims, const struct outputs *outputs) {
    bool meant = outputs->args->given[OPT_OUTPUT] > 0 && !outputs->several;
    bool files = outputs->sink != NULL && outputs->sink->is_file;
    return claim_pattern(claims, outputs, files ? outputs->pattern : NULL,
                         meant ? CLAIM_WRITE_SOURCE : CLAIM_WRITE,
                         outputs->args->given[OPT_OUTPUT] > 0 ? "--output" : "the pictures");
}

/* ---------------------------------------------------------------- steps */

/* Whether `name` is one that a step of this run will have. */
static bool is_step(const struct outputs *outputs, const char *name) {
    const struct settings *settings = outputs->settings;
    unsigned index = settings_image_index(settings, 0), step = 0;
    if (outputs->several ? sscanf(name, "picture_%u_step_%u.png", &index, &step) != 2
                         : sscanf(name, "step_%u.png", &step) != 1) {
        return false;
    }
    uint32_t image = index - settings_image_index(settings, 0);
    if (image >= settings->image_count || step < 1 || step > outputs->frame.steps) {
        return false;
    }
    char *path = outputs_step_path(outputs, image, step);
    bool same = path != NULL && strcmp(system_name_in(path), name) == 0;
    free(path);
    return same;
}

struct old_steps {
    struct claims *claims;
    const struct outputs *outputs;
    const char *folder;
};

static int claim_old_step(void *user, const char *name) {
    struct old_steps *steps = user;
    struct buffer path = {0};
    if (!is_step(steps->outputs, name)) {
        return 0;
    }
    int code = buffer_format(&path, "%s/%s", steps->folder, name) && buffer_append(&path, "", 1)
                   ? probe_replace((const char *)path.bytes)
                   : no_memory();
    if (code == 0) {
        claims_write(steps->claims, CLAIM_WRITE, (const char *)path.bytes, "--save-steps");
    }
    buffer_free(&path);
    return code;
}

/* Steps whose names are in the folder already: links to other files, perhaps. */
static int claim_old_steps(struct claims *claims, const struct outputs *outputs,
                           const char *folder) {
    return system_list(folder, claim_old_step, &(struct old_steps){claims, outputs, folder});
}

static int check_new_steps(const struct claims *claims, const struct outputs *outputs,
                           const char *folder) {
    struct system_status status;
    if (!system_status(folder, &status)) {
        return 0;
    }
    for (size_t i = 0; i < claims->count; i++) {
        const struct claim *claim = &claims->list[i];
        if (claim->name != NULL && claim->device == status.device &&
            claim->number == status.number && is_step(outputs, claim->name)) {
            return fail(EXIT_USAGE, "two outputs would go to %s: %s and --save-steps", claim->path,
                        claim->role);
        }
    }
    return 0;
}

/* ---------------------------------------------------------------- all of them */

static int claim_all(struct claims *claims, const struct outputs *outputs) {
    const char *const *text = outputs->args->text;
    const char *folder = text[OPT_SAVE_STEPS];
    call_inputs(claims, outputs->args, outputs->engine->path);
    int code = claim_pictures(claims, outputs);
    if (text[OPT_SHEET] != NULL) {
        claims_write(claims, CLAIM_WRITE, text[OPT_SHEET], "--sheet");
    }
    code = code != 0
               ? code
               : claim_pattern(claims, outputs, text[OPT_SAVE_ANIM], CLAIM_WRITE, "--save-anim");
    code = code != 0
               ? code
               : claim_pattern(claims, outputs, text[OPT_TOKENS_OUT], CLAIM_WRITE, "--tokens-out");
    if (outputs->listing || outputs->args->given[OPT_JSON] > 0 ||
        (outputs->sink != NULL && !outputs->sink->is_file)) {
        claims_write(claims, CLAIM_WRITE, "-", "stdout");
    }
    if (code != 0 || folder == NULL) {
        return code;
    }
    code = check_new_steps(claims, outputs, folder);
    return code != 0 ? code : claim_old_steps(claims, outputs, folder);
}

int outputs_claim(const struct outputs *outputs) {
    struct claims claims = {0};
    int code = claim_all(&claims, outputs);
    code = code != 0 ? code : claims_check(&claims);
    claims_free(&claims);
    return code;
}
