/* Windows, drawn one after the other: each is a session whose known tokens come from the canvas. */
#include "edit/edit.h"

#include "base/rng.h"
#include "session.h"

/* The first window draws what a session with these tokens would; the others have seeds of their
 * own, so that equal positions of two windows never share random numbers. */
static uint64_t window_seed(uint64_t seed, uint32_t window) {
    if (window == 0)
        return seed;
    uint32_t counter[4] = {window, 0, 0, UM_RNG_WINDOW};
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)}, out[4];
    um_philox(counter, key, out);
    return (uint64_t)out[1] << 32 | out[0];
}

uint32_t um_edit_start_step(const um_edit *edit, uint32_t window) {
    if (edit->draw.start_step > 0)
        return edit->draw.start_step;
    bool known = edit->known_before[window] || edit->vary_share > 0.0f;
    return known ? edit->draw.sampling.steps / 6 : 0;
}

static um_status open_window(um_edit *edit) {
    struct um_window w = edit->windows[edit->window];
    um_status status = um_edit_encode_window(edit, w.left, w.top);
    if (status != UM_OK)
        return status;
    uint32_t positions = um_config_positions(&edit->model->file.config);
    for (uint32_t image = 0; image < edit->draw.batch; image++) {
        const int32_t *tokens = edit->tokens + image * um_edit_cells(edit);
        int32_t *initial = edit->window_tokens + (size_t)image * positions;
        for (uint32_t i = 0; i < positions; i++)
            initial[i] = tokens[um_edit_cell(edit, w.left, w.top, i)];
    }
    uint64_t seed = window_seed(edit->draw.seed, edit->window);
    uint32_t start = um_edit_start_step(edit, edit->window);
    if (!edit->session) {
        um_session_params params = edit->draw;
        params.seed = seed;
        params.start_step = start;
        params.initial_tokens = edit->window_tokens;
        status = um_session_begin(&edit->session, edit->model, &params);
        if (status != UM_OK)
            return status;
        um_session_share_cancel(edit->session, &edit->cancel);
    } else {
        um_session_reuse(edit->session, seed, start, edit->window_tokens);
    }
    edit->window_step = edit->step;
    edit->window_open = true;
    return UM_OK;
}

/* Outside the window under way nothing changes. */
static void forget_changes(um_edit *edit, uint32_t image) {
    size_t first = image * um_edit_cells(edit);
    for (size_t i = first; i < first + um_edit_cells(edit); i++)
        edit->change[i] = edit->tokens[i] == -1 ? UM_CHANGE_MASKED : UM_CHANGE_KEPT;
}

/* What the session shows of the tokens that it draws, onto the canvas. */
static um_status show(um_edit *edit, uint32_t image) {
    struct um_window w = edit->windows[edit->window];
    uint32_t positions = um_config_positions(&edit->model->file.config);
    uint32_t start = um_edit_start_step(edit, edit->window);
    um_session_view view;
    um_status status = um_session_get(edit->session, image, &view);
    if (status != UM_OK)
        return status;
    forget_changes(edit, image);
    for (uint32_t i = 0; i < positions; i++) {
        if (view.fixed_step[i] == 0)
            continue;
        size_t at = image * um_edit_cells(edit) + um_edit_cell(edit, w.left, w.top, i);
        edit->tokens[at] = view.tokens[i];
        edit->guess[at] = view.guess[i];
        edit->confidence[at] = view.confidence[i];
        edit->change[at] = view.change[i];
        edit->fixed_step[at] = view.tokens[i] < 0
                                   ? UM_EDIT_MASKED_STEP
                                   : (uint16_t)(edit->window_step + view.fixed_step[i] - start);
    }
    return UM_OK;
}

um_status um_edit_draw(um_edit *edit) {
    um_status status = edit->window_open ? UM_OK : open_window(edit);
    if (status == UM_OK)
        status = um_session_step(edit->session);
    for (uint32_t image = 0; image < edit->draw.batch && status == UM_OK; image++)
        status = show(edit, image);
    if (status == UM_OK && um_session_done(edit->session)) {
        edit->window_open = false;
        edit->window++;
    }
    return status;
}
