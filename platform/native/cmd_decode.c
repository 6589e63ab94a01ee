/* unmask decode: a token grid becomes a picture. */
#include "args.h"
#include "call_files.h"
#include "common/atomic_file.h"
#include "common/engine.h"
#include "common/report.h"
#include "common/sink.h"
#include "common/tokens.h"

#include <stdlib.h>

static int write_enlarged(const struct args *args, const struct sink *sink, const char *output,
                          const struct picture *picture) {
    struct picture large;
    if (!picture_enlarge(&large, picture, (uint32_t)args_whole(args, OPT_SCALE, 1))) {
        return fail(UM_ERROR_MEMORY, "not enough memory for the picture");
    }
    int code =
        large.width > PNG_SIDE_LIMIT || large.height > PNG_SIDE_LIMIT
            ? fail(EXIT_USAGE, "--scale: the picture would be more than %d pixels wide or high",
                   PNG_SIDE_LIMIT)
            : sink_write(sink, output, &large, NULL, 0);
    picture_free(&large);
    return code;
}

static int decode(const struct args *args, const struct engine *engine, const struct sink *sink,
                  const char *output) {
    const um_model_info *info = engine->info;
    int32_t *tokens = NULL;
    struct picture picture = {0};
    int code = tokens_read(args->operands[0], info, false, &tokens);
    if (code == 0 && !picture_make(&picture, info->image_width, info->image_height)) {
        code = fail(UM_ERROR_MEMORY, "not enough memory for the picture");
    }
    code = code != 0 ? code : fail_status(um_decode(engine->model, tokens, picture.rgb));
    if (code == 0 && !picture_finite(&picture)) {
        code = fail(UM_ERROR_CHECK, "the picture contains values that are not finite numbers");
    }
    code = code != 0 ? code : write_enlarged(args, sink, output, &picture);
    picture_free(&picture);
    free(tokens);
    return code;
}

int cmd_decode(const struct args *args) {
    const char *output = args->text[OPT_OUTPUT] != NULL ? args->text[OPT_OUTPUT] : "out.png";
    const struct sink *sink = sink_for(output, "output");
    struct engine engine = {0};
    if (sink == NULL) {
        return EXIT_USAGE;
    }
    int code = sink->is_file ? probe_file(output) : 0;
    code = code != 0 ? code : engine_open(&engine, args);
    code = code != 0 ? code : call_check_output(args, engine.path, sink->is_file ? output : "-");
    code = code != 0 ? code : decode(args, &engine, sink, output);
    engine_close(&engine);
    return code;
}
