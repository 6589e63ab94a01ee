/* Opening a context and a model. */
#include "common/engine.h"

#include "common/paths.h"
#include "common/report.h"
#include "system/system.h"

#include <stdlib.h>
#include <string.h>

double now_seconds(void) {
    return system_seconds();
}

const char *engine_device_name(const struct args *args) {
    const char *name = args->text[OPT_DEVICE];
    if (name == NULL) {
        name = system_environment("UNMASK_DEVICE");
    }
    return name != NULL && name[0] != '\0' ? name : NULL;
}

bool engine_precision(const struct args *args, um_precision *precision) {
    static const char *const names[] = {
        [UM_PRECISION_DEFAULT] = "f32", [UM_PRECISION_BF16] = "bf16", [UM_PRECISION_F16] = "f16"};
    const char *text = args->text[OPT_PRECISION];
    *precision = UM_PRECISION_DEFAULT;
    for (size_t i = 0; text != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *precision = (um_precision)i;
            return true;
        }
    }
    if (text == NULL) {
        return true;
    }
    fail(EXIT_USAGE, "--precision: '%s' is none of: f32, bf16, f16", text);
    return false;
}

um_status engine_open_quietly(struct engine *engine, const struct args *args, const char *device) {
    um_context_params params = {
        .device = device,
        .threads = (uint32_t)args_whole(args, OPT_THREADS, 0),
        .log = report_log,
    };
    if (!engine_precision(args, &params.precision)) {
        return UM_ERROR_ARGUMENT;
    }
    um_status status = um_context_create(&engine->context, &params);
    if (status != UM_OK) {
        return status;
    }
    double start = now_seconds();
    status = um_model_load(&engine->model, engine->context, engine->path);
    engine->load_seconds = now_seconds() - start;
    if (status == UM_OK) {
        engine->info = um_model_get_info(engine->model);
        engine->device = um_context_device(engine->context);
    }
    return status;
}

int engine_open(struct engine *engine, const struct args *args) {
    *engine = (struct engine){0};
    um_precision precision;
    if (!engine_precision(args, &precision)) {
        return EXIT_USAGE;
    }
    engine->path = find_model(args->text[OPT_MODEL]);
    if (engine->path == NULL) {
        return UM_ERROR_MODEL;
    }
    um_status status = engine_open_quietly(engine, args, engine_device_name(args));
    if (status != UM_OK) {
        engine_close(engine);
        return fail_status(status);
    }
    return 0;
}

void engine_close(struct engine *engine) {
    um_model_unload(&engine->model);
    um_context_destroy(&engine->context);
    free(engine->path);
    *engine = (struct engine){0};
}
