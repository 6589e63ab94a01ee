/* What a session would take, told before it takes anything. */
#include "model.h"
#include "sampler/steps.h"
#include "session.h"

/* Bytes per image and token that stay for the whole session: tokens, guess, confidence, the step
 * that fixed it, change, asked. */
enum { TOKEN_BYTES = 4 + 4 + 4 + 2 + 1 + 1 };

static uint64_t host_bytes(const um_session_params *p, const um_model *model, uint64_t rows) {
    const uint64_t positions = um_config_tokens(&model->file.config);
    const uint64_t codes = model->info.codebook_size;
    uint64_t bytes = p->batch * (positions * TOKEN_BYTES + 8);  // and class, unknown
    bytes += positions * 12 + codes * 8;                        // order, scores, row; the sampler's
    bytes += rows * (positions + 1) * 4 + rows * positions * 4; // ids, wanted
    bytes += rows * positions * codes * 4;                      // logits
    bytes += (uint64_t)p->schedule_table_size * 4;
    bytes += (uint64_t)p->step_table_size * sizeof(um_step_row);
    return bytes;
}

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
        status = um_program_arena(model, UM_NET_STEP, rows, &step);
    if (status == UM_OK)
        status = um_program_arena(model, UM_NET_DECODER, 1, &picture);
    if (status == UM_OK)
        *memory = (um_memory){.host_bytes = host_bytes(&p, model, rows),
                              .device_bytes = step,
                              .picture_bytes = picture,
                              .at_once = group};
    return status;
}
