/* The border for measuring: the device, profiles, models with random weights. */
#include "base/mem.h"
#include "bench/synthetic.h"
#include "model.h"
#include "profile.h"
#include <stdio.h>
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

/* ---------------------------------------------------------------- where the time goes */

/* Programs that exist are timed or not as they were compiled, so they are compiled anew. */
static void forget_programs(um_model *model) {
    for (size_t i = 0; i < sizeof model->own / sizeof model->own[0]; i++)
        um_program_close(&model->own[i]);
}

um_status um_profile_begin(um_model *model) {
    if (!model)
        return um_fail(NULL, UM_ERROR_ARGUMENT, "um_profile_begin: model must not be NULL.");
    if (model->profile)
        return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                       "um_profile_begin: a profile has begun already.");
    model->profile = um_alloc(1, sizeof *model->profile);
    if (!model->profile)
        return um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in a profile.");
    forget_programs(model);
    return UM_OK;
}

void um_profile_end(um_model *model) {
    if (!model || !model->profile)
        return;
    forget_programs(model);
    um_profile_free(model->profile);
    model->profile = NULL;
}

/* The rows that were computed take the place of those that the op has room for. */
static void write_row(const struct um_profile_entry *entry, um_profile_row *row) {
    char range[24];
    *row = entry->row;
    if (!entry->row_limited)
        return;
    if (entry->least == entry->most)
        snprintf(range, sizeof range, "%u", (unsigned)entry->most);
    else
        snprintf(range, sizeof range, "%u-%u", (unsigned)entry->least, (unsigned)entry->most);
    const char *rest = entry->row.shape + strcspn(entry->row.shape, " ");
    snprintf(row->shape, sizeof row->shape, "%s%.*s", range,
             (int)(sizeof row->shape - sizeof range), rest);
}

um_status um_profile_read(um_model *model, um_profile_row *rows, size_t capacity, size_t *count) {
    if (!model || !count || (capacity && !rows))
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_profile_read: model, rows and count must not be NULL.");
    if (!model->profile)
        return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                       "um_profile_read: no profile has begun.");
    struct um_profile *profile = model->profile;
    *count = profile->count;
    for (uint32_t i = 0; i < profile->count; i++) {
        struct um_profile_entry *entry = &profile->entries[i];
        if (i < capacity)
            write_row(entry, &rows[i]);
        entry->row.calls = 0;
        entry->row.seconds = 0;
    }
    return UM_OK;
}

/* ---------------------------------------------------------------- random weights */

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
