/* Moves a context and its models to another device. */
#include "recover.h"

#include "graph/layout.h"
#include <string.h>

static um_status open_slot(um_context *context, const struct um_device_slot *slot) {
    context->backend = slot->backend;
    context->info = slot->info;
    context->options.index = slot->index;
    context->options.log = context->log;
    if (context->options.bf16 && !(slot->backend->has_bf16 && slot->backend->has_bf16()))
        return um_fail(&context->log, UM_ERROR_NO_DEVICE, "%s does not compute in bf16.",
                       slot->info.name);
    if (context->options.f16 && slot->info.kind == UM_DEVICE_CPU_BACKEND)
        return um_fail(&context->log, UM_ERROR_NO_DEVICE, "%s does not compute in F16.",
                       slot->info.name);
    return slot->backend->device_open(&context->device, &context->options);
}

static um_status open_cpu(um_context *context) {
    struct um_device_slot slot;
    context->options.f16 = false; /* a GPU's; better in float than not at all */
    um_status status = um_device_pick("cpu", &slot, &context->log);
    return status == UM_OK ? open_slot(context, &slot) : status;
}

um_status um_recover_open(um_context *context, const struct um_device_slot *slot) {
    um_status status = open_slot(context, slot);
    if (status == UM_OK || !context->automatic || slot->info.kind == UM_DEVICE_CPU_BACKEND)
        return status;
    um_log_write(&context->log, UM_LOG_WARN, "%s cannot be opened (%s); the CPU is used instead.",
                 slot->info.name, um_status_text(status));
    return open_cpu(context);
}

void um_recover_add(um_model *model) {
    struct um_model **end = &model->context->models;
    while (*end)
        end = &(*end)->next;
    *end = model;
}

void um_recover_remove(um_model *model) {
    for (struct um_model **m = &model->context->models; *m; m = &(*m)->next)
        if (*m == model) {
            *m = model->next;
            return;
        }
}

static bool can_reload(const um_context *context) {
    for (const um_model *m = context->models; m; m = m->next)
        if (m->weights && !m->path)
            return false;
    return true;
}

/* Programs, weights and device, in this order. */
static void leave_device(um_context *context) {
    for (um_model *m = context->models; m; m = m->next) {
        for (struct um_program *p = m->programs; p; p = p->next)
            context->backend->program_destroy(&p->handle);
        context->backend->weights_destroy(&m->weights);
    }
    context->backend->device_close(&context->device);
}

static um_status reload(um_model *model) {
    um_context *context = model->context;
    const struct um_reading reading = {.layout = um_weight_layout};
    struct um_model_file file = {0};
    um_status status = um_model_file_open(&file, model->path, &reading, &context->log);
    if (status == UM_OK && strcmp(file.sha256_data, model->file.sha256_data) != 0)
        status = um_fail(&context->log, UM_ERROR_MODEL, "%s: is another file by now.", model->path);
    if (status == UM_OK)
        status = context->backend->weights_create(&model->weights, context->device, file.tensors,
                                                  file.tensor_count);
    um_model_file_close(&file);
    return status;
}

static um_status reload_all(um_context *context) {
    um_status status = UM_OK;
    for (um_model *m = context->models; m && status == UM_OK; m = m->next)
        status = reload(m);
    return status;
}

/* Logs and moves. A model that is being loaded has no weights yet and gets them from its caller. */
static bool move_to_cpu(um_context *context, const char *why) {
    um_log_write(&context->log, UM_LOG_WARN, "%s %s; the CPU goes on.", context->info.name, why);
    leave_device(context);
    return open_cpu(context) == UM_OK && reload_all(context) == UM_OK;
}

static bool open_again(um_context *context, const char *why) {
    um_log_write(&context->log, UM_LOG_WARN, "%s %s; it is opened again.", context->info.name, why);
    leave_device(context);
    um_status status = context->backend->device_open(&context->device, &context->options);
    if (status == UM_OK)
        status = reload_all(context);
    if (status == UM_OK)
        return true;
    return context->automatic && move_to_cpu(context, "cannot be opened again");
}

bool um_recover(um_context *context, um_status status) {
    const bool may_move =
        context->automatic && context->info.kind != UM_DEVICE_CPU_BACKEND && can_reload(context);
    if (status == UM_ERROR_MEMORY)
        return may_move && move_to_cpu(context, "has no memory left");
    const bool lies = status == UM_ERROR_CHECK;
    if ((status != UM_ERROR_DEVICE_LOST && !lies) || !context->device)
        return false;
    const bool hangs = context->backend->hangs && context->backend->hangs(context->device);
    context->options.distrust = lies;
    if (context->losses++ == 0 && !hangs && can_reload(context))
        return open_again(context, lies ? "gives wrong data" : "was lost");
    return may_move && move_to_cpu(context, hangs  ? "hangs"
                                            : lies ? "gives wrong data again"
                                                   : "was lost again");
}
