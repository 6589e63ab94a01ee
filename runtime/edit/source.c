/* The source's tokens, encoded only where they are needed. */
#include "edit/edit.h"

#include "base/mem.h"

void um_edit_need(const um_edit *edit, uint32_t left, uint32_t top, uint8_t *lattice) {
    uint32_t columns = um_axis_count(edit->across), last = UINT32_MAX;
    for (uint32_t y = 0; y < edit->down.window; y++) {
        uint32_t row = um_axis_owner(edit->down, top + y);
        if (row == last)
            continue;
        last = row;
        for (uint32_t x = 0; x < edit->across.window; x++)
            lattice[(size_t)row * columns + um_axis_owner(edit->across, left + x)] = 1;
    }
}

void um_edit_show(um_edit *edit, size_t cell) {
    for (uint32_t image = 0; image < edit->draw.batch; image++) {
        size_t at = image * um_edit_cells(edit) + cell;
        if (edit->fixed_step[at] == 0)
            edit->tokens[at] = edit->codes[cell];
        if (edit->guess[at] < 0)
            edit->guess[at] = edit->codes[cell];
    }
}

static um_status encode_one(um_edit *edit, uint32_t column, uint32_t row, float *rgb,
                            int32_t *codes) {
    uint32_t left = um_axis_offset(edit->across, column), top = um_axis_offset(edit->down, row);
    um_canvas_window(&edit->canvas, edit->source, left, top, edit->across.window, edit->down.window,
                     rgb);
    um_status status = um_encode(edit->model, rgb, codes);
    if (status != UM_OK)
        return status;
    for (uint32_t i = 0; i < edit->across.window * edit->down.window; i++) {
        uint32_t x = left + i % edit->across.window, y = top + i / edit->across.window;
        if (um_axis_owner(edit->across, x) != column || um_axis_owner(edit->down, y) != row)
            continue;
        size_t cell = um_edit_cell(edit, left, top, i);
        edit->codes[cell] = codes[i];
        um_edit_show(edit, cell);
    }
    return UM_OK;
}

um_status um_edit_encode(um_edit *edit, const uint8_t *lattice) {
    uint32_t columns = um_axis_count(edit->across);
    size_t tokens = um_config_positions(&edit->model->file.config);
    size_t patch = edit->canvas.patch;
    float *rgb = um_alloc(tokens * patch * patch, 3 * sizeof *rgb);
    int32_t *codes = um_alloc(tokens, sizeof *codes);
    um_status status = UM_OK;
    if (!rgb || !codes)
        status = um_fail(&edit->model->context->log, UM_ERROR_MEMORY, "Memory ran out in an edit.");
    for (size_t i = 0; i < um_edit_lattice(edit) && status == UM_OK; i++) {
        if (!lattice[i] || edit->encoded[i])
            continue;
        status = um_edit_take_cancel(edit) ? UM_CANCELLED
                                           : encode_one(edit, (uint32_t)(i % columns),
                                                        (uint32_t)(i / columns), rgb, codes);
        edit->encoded[i] = status == UM_OK;
    }
    um_free(rgb);
    um_free(codes);
    return status;
}

um_status um_edit_encode_window(um_edit *edit, uint32_t left, uint32_t top) {
    uint8_t *lattice = um_alloc(um_edit_lattice(edit), 1);
    if (!lattice)
        return um_fail(&edit->model->context->log, UM_ERROR_MEMORY, "Memory ran out in an edit.");
    um_edit_need(edit, left, top, lattice);
    um_status status = um_edit_encode(edit, lattice);
    um_free(lattice);
    return status;
}
