/* What a session would take, told before it takes anything. */
#include "model.h"
#include "sampler/steps.h"
#include "session.h"

um_status um_session_estimate(um_model *model, const um_session_params *params, um_memory *memory) {
    if (!model || !memory)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_session_estimate: model and memory must not be NULL.");
    um_session_params p = {0};
    if (params)
        p = *params;
    um_status status = um_session_resolve(&p, model);
    if (status != UM_OK)
        return status;
    const struct um_steps steps = um_steps_make(&p);
    const bool guided = um_steps_guided(&steps);
    uint32_t group = 1;
    size_t step = 0, picture = 0;
    status = um_session_group(model, p.batch, guided, &group);
    const uint32_t rows = guided ? 2 * group : group;
    if (status == UM_OK)
        status = um_program_arena(model, &um_network_step, rows, &step);
    if (status == UM_OK)
        status = um_program_arena(model, &um_network_decoder, 1, &picture);
    if (status == UM_OK)
        *memory = (um_memory){.host_bytes = um_session_bytes(model, &p, group),
                              .device_bytes = step,
                              .picture_bytes = picture,
                              .at_once = group};
    return status;
}
