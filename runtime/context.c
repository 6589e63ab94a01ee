/* Opens and closes devices for their callers. The list of devices is in devices.c. */
#include "context.h"

#include "base/mem.h"
#include "check.h"
#include "recover.h"

#include <stdlib.h>
#include <string.h>

um_status um_context_create(um_context **context, const um_context_params *params) {
    static const um_context_params defaults = {0};
    if (!params)
        params = &defaults;
    struct um_log log = {.fn = params->log, .user = params->log_user};
    if (!context)
        return um_fail(&log, UM_ERROR_ARGUMENT, "um_context_create: context must not be NULL.");
    *context = NULL;
    um_status status =
        um_check_reserved(&log, "um_context_create", params->reserved, sizeof params->reserved);
    if (status != UM_OK)
        return status;
    if (params->precision != UM_PRECISION_DEFAULT && params->precision != UM_PRECISION_BF16 &&
        params->precision != UM_PRECISION_F16)
        return um_fail(&log, UM_ERROR_ARGUMENT, "um_context_create: precision %d is not known.",
                       (int)params->precision);
    uint32_t disabled;
    struct um_device_slot slot;
    status = um_features_parse(getenv("UNMASK_DISABLE"), &disabled, &log);
    if (status == UM_OK)
        status = um_device_pick(params->device, &slot, &log);
    if (status != UM_OK)
        return status;
    um_context *created = um_alloc(1, sizeof *created);
    if (!created)
        return um_fail(&log, UM_ERROR_MEMORY, "Memory ran out while opening a device.");
    created->log = log;
    created->log.last = created->error;
    created->automatic = !params->device || !*params->device || strcmp(params->device, "auto") == 0;
    created->options = (struct um_device_options){.threads = params->threads,
                                                  .bf16 = params->precision == UM_PRECISION_BF16,
                                                  .disabled = disabled,
                                                  .f16 = params->precision == UM_PRECISION_F16,
                                                  .validation = params->validation};
    status = um_recover_open(created, &slot);
    if (status != UM_OK) {
        um_keep_error(created->error);
        um_free(created);
        return status;
    }
    *context = created;
    return UM_OK;
}

void um_context_destroy(um_context **context) {
    if (!context || !*context)
        return;
    (*context)->backend->device_close(&(*context)->device);
    um_free(*context);
    *context = NULL;
}

const char *um_context_error(const um_context *context) {
    return context ? context->error : um_thread_error();
}

const um_device_info *um_context_device(const um_context *context) {
    return context ? &context->info : NULL;
}
