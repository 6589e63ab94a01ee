/* unmask logits: one teacher-forced forward pass. */
#include "args.h"
#include "call_files.h"
#include "common/atomic_file.h"
#include "common/engine.h"
#include "common/npy.h"
#include "common/report.h"
#include "common/tokens.h"
#include "system/system.h"

#include <stdlib.h>
#include <string.h>

static int find_class(const struct engine *engine, const char *text, int32_t *class_index) {
    if (strcmp(text, "-1") != 0) {
        return fail_status(um_model_find_class(engine->model, text, class_index));
    }
    *class_index = -1;
    return engine->info->has_null_class
               ? 0
               : fail(EXIT_USAGE, "--class: this model has no null class (-1)");
}

static int write_logits(const struct engine *engine, const int32_t *tokens, int32_t class_index,
                        const char *output) {
    const um_model_info *info = engine->info;
    const uint32_t shape[] = {info->grid_width * info->grid_height, info->codebook_size};
    struct buffer out = {0};
    float *logits = malloc(sizeof *logits * shape[0] * shape[1]);
    int code = logits != NULL ? fail_status(um_logits(engine->model, tokens, class_index, logits))
                              : fail(UM_ERROR_MEMORY, "not enough memory for the logits");
    if (code == 0) {
        code = npy_encode(&out, logits, shape, 2)
                   ? write_file(output, out.bytes, out.size)
                   : fail(UM_ERROR_MEMORY, "not enough memory for the logits");
    }
    buffer_free(&out);
    free(logits);
    return code;
}

/* The bytes are those of a .npy file, so no other ending may stand on one; - and devices pass. */
static int check_output(const char *output) {
    size_t length = strlen(output);
    struct system_status status;
    bool named = length > 4 && strcmp(output + length - 4, ".npy") == 0;
    bool special = system_status(output, &status) && status.kind != SYSTEM_FILE;
    if (!named && !special && strcmp(output, "-") != 0) {
        return fail(EXIT_USAGE, "--output: '%s' must end in .npy", output);
    }
    return probe_file(output);
}

int cmd_logits(const struct args *args) {
    const char *output = args->text[OPT_OUTPUT] != NULL ? args->text[OPT_OUTPUT] : "logits.npy";
    struct engine engine = {0};
    int32_t *tokens = NULL, class_index = 0;
    if (args->text[OPT_TOKENS] == NULL || args->text[OPT_CLASS] == NULL) {
        return fail(EXIT_USAGE, "logits needs --tokens and --class");
    }
    int code = check_output(output);
    code = code != 0 ? code : engine_open(&engine, args);
    code = code != 0 ? code : call_check_output(args, engine.path, output);
    code = code != 0 ? code : find_class(&engine, args->text[OPT_CLASS], &class_index);
    code = code != 0 ? code : tokens_read(args->text[OPT_TOKENS], engine.info, true, &tokens);
    code = code != 0 ? code : write_logits(&engine, tokens, class_index, output);
    free(tokens);
    engine_close(&engine);
    return code;
}
