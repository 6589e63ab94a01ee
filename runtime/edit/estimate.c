/* How much work an edit would be, told before anything of it is done. */
#include "base/mem.h"
#include "edit/edit.h"
#include "sampler/steps.h"
#include "session.h"

/* The windows that would be drawn, as um_edit_begin() plans them, and their steps. */
static um_status count(um_edit *e, const uint8_t *mask, uint32_t *windows, uint32_t *steps) {
    const struct um_log *log = &e->model->context->log;
    uint32_t cells = 0, planned = 0;
    uint64_t all = 0;
    e->region = um_alloc(um_edit_cells(e), 1);
    if (!e->region || !um_canvas_region(&e->canvas, mask, e->region, &cells))
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out in an edit.");
    if (cells == 0)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "The mask is empty: no pixel is marked to be repainted.");
    if (!um_windows_plan(e->region, e->across, e->down, &e->windows, &e->known_before, &planned))
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out in an edit.");
    for (uint32_t i = 0; i < planned; i++)
        all += e->window_steps - um_edit_start_step(e, i);
    *windows = planned;
    *steps = all > UINT32_MAX ? UINT32_MAX : (uint32_t)all;
    return UM_OK;
}

um_status um_edit_estimate(um_model *model, const um_edit_params *params, uint32_t *windows,
                           uint32_t *steps) {
    if (!model || !params || !windows || !steps)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_edit_estimate: model, params, windows and steps must not be NULL.");
    const struct um_log *log = &model->context->log;
    if (params->vary_share != 0.0f)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "um_edit_estimate: vary_share is %g, expected 0: what varies is not known.",
                       (double)params->vary_share);
    um_status status = um_edit_check(params, model, "um_edit_estimate");
    um_session_params draw = params->draw;
    if (status == UM_OK)
        status = um_session_resolve(&draw, model);
    if (status != UM_OK)
        return status;
    um_edit *e = um_alloc(1, sizeof *e);
    if (!e)
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out in an edit.");
    const struct um_steps all = um_steps_make(&draw);
    e->model = model;
    e->draw = params->draw;
    e->draw.sampling.steps = draw.sampling.steps;
    e->window_steps = um_steps_count(&all);
    e->canvas = um_edit_canvas(params, model);
    e->across = (struct um_axis){e->canvas.grid_width, model->info.grid_width};
    e->down = (struct um_axis){e->canvas.grid_height, model->info.grid_height};
    status = count(e, params->mask, windows, steps);
    um_free(e->region);
    um_free(e->windows);
    um_free(e->known_before);
    um_free(e);
    return status;
}
