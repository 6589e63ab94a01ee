/* The border for measuring: what the context's device is and can do, and the CPU's second path. */
#include "base/mem.h"
#include "model.h"
#include "model/synthetic.h"
#include <string.h>

#include <unmask/measure.h>

void um_context_details(const um_context *context, um_device_details *details) {
    if (!context || !details)
        return;
    memset(details, 0, sizeof *details);
    if (context->device && context->backend->details)
        context->backend->details(context->device, details);
}

double um_longest_submission(um_context *context) {
    return context && context->device && context->backend->longest_submission
               ? context->backend->longest_submission(context->device)
               : 0;
}

um_status um_measure_limit(um_context *context, um_limit limit, double *work, double *seconds) {
    if (!context || !work || !seconds)
        return um_fail(context ? &context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_measure_limit: context, work and seconds must not be NULL.");
    double w = 0, s = 0;
    if (!context->backend->measure)
        return um_fail(&context->log, UM_ERROR_NO_DEVICE, "This backend measures no limits.");
    if (!context->device)
        return um_fail(&context->log, UM_ERROR_DEVICE_LOST, "The device was lost.");
    um_status status = context->backend->measure(context->device, limit, &w, &s);
    if (status == UM_OK) {
        *work = w;
        *seconds = s;
    }
    return status;
}

um_status um_context_create_second(um_context **context, const um_context_params *params) {
    static const um_context_params defaults = {0};
    if (!params)
        params = &defaults;
    struct um_log log = {.fn = params->log, .user = params->log_user};
    if (!context)
        return um_fail(&log, UM_ERROR_ARGUMENT, "um_context_create_second: context is NULL.");
    *context = NULL;
    struct um_device_slot slot;
    um_status status = um_device_pick("cpu", &slot, &log);
    if (status != UM_OK)
        return status;
    um_context *created = um_alloc(1, sizeof *created);
    if (!created)
        return um_fail(&log, UM_ERROR_MEMORY, "Memory ran out while opening a device.");
    *created = (struct um_context){.log = log, .backend = slot.backend, .info = slot.info};
    created->log.last = created->error;
    struct um_device_options options = {
        .index = slot.index, .threads = params->threads, .second = true, .log = created->log};
    status = slot.backend->device_open(&created->device, &options);
    if (status != UM_OK) {
        um_keep_error(created->error);
        um_free(created);
        return status;
    }
    *context = created;
    return UM_OK;
}

static bool weight_type(const char *text, enum um_dtype *dtype) {
    static const struct {
        const char *text;
        enum um_dtype dtype;
    } types[] = {{"f32", UM_F32}, {"f16", UM_F16}, {"q8_0", UM_Q8_0}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].text, text) == 0) {
            *dtype = types[i].dtype;
            return true;
        }
    }
    return false;
}

um_status um_model_load_synthetic(um_model **model, um_context *context, const char *name,
                                  const char *type) {
    if (model)
        *model = NULL;
    if (!model || !context || !name)
        return um_fail(context ? &context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_model_load_synthetic: model, context and name must not be NULL.");
    enum um_dtype dtype = UM_F16;
    if (type && !weight_type(type, &dtype))
        return um_fail(&context->log, UM_ERROR_ARGUMENT,
                       "Weight types are f32, f16 and q8_0, not '%s'.", type);
    unsigned char *bytes;
    size_t size;
    um_status status = um_synthetic_build(name, dtype, &bytes, &size, &context->log);
    if (status == UM_OK)
        status = um_model_load_memory(model, context, bytes, size, name);
    um_free(bytes);
    return status;
}
