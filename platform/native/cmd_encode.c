/* unmask encode: a picture becomes a token grid. */
#include "args.h"
#include "call_files.h"
#include "common/atomic_file.h"
#include "common/engine.h"
#include "common/report.h"
#include "common/tokens.h"
#include "input/enlarged.h"

#include <stdlib.h>

static int encode(const struct engine *engine, const char *path, const struct picture *picture,
                  const char *output) {
    const um_model_info *info = engine->info;
    if (picture->width != info->image_width || picture->height != info->image_height) {
        return fail(EXIT_USAGE, "%s: the picture is %ux%u pixels, this model needs %ux%u", path,
                    picture->width, picture->height, info->image_width, info->image_height);
    }
    struct buffer text = {0};
    int32_t *tokens = malloc(sizeof *tokens * info->grid_width * info->grid_height);
    int code = tokens != NULL ? fail_status(um_encode(engine->model, picture->rgb, tokens))
                              : fail(UM_ERROR_MEMORY, "not enough memory for the token grid");
    if (code == 0) {
        code = tokens_format(&text, tokens, info->grid_width, info->grid_height)
                   ? write_file(output, text.bytes, text.size)
                   : fail(UM_ERROR_MEMORY, "not enough memory for the token grid");
    }
    buffer_free(&text);
    free(tokens);
    return code;
}

static int read_picture(const char *path, struct picture *picture) {
    struct picture_file file;
    int code = picture_file_read(&file, path, true);
    if (code == 0) {
        picture_file_note(&file, path);
        enlarged_undo_and_note(&file, path);
        code = picture_file_on_white(&file, picture)
                   ? 0
                   : fail(UM_ERROR_MEMORY, "not enough memory for the picture");
    }
    picture_file_free(&file);
    return code;
}

int cmd_encode(const struct args *args) {
    const char *output = args->text[OPT_OUTPUT] != NULL ? args->text[OPT_OUTPUT] : "-";
    struct engine engine = {0};
    struct picture picture = {0};
    int code = probe_file(output);
    code = code != 0 ? code : read_picture(args->operands[0], &picture);
    code = code != 0 ? code : engine_open(&engine, args);
    code = code != 0 ? code : call_check_output(args, engine.path, output);
    if (code == 0) {
        code = encode(&engine, args->operands[0], &picture, output);
    }
    picture_free(&picture);
    engine_close(&engine);
    return code;
}
