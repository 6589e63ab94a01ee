/* The picture of an edit: windows decoded and blended into each other, then into the source. */
#include "edit/edit.h"

#include "base/mem.h"
#include <string.h>

struct window_buffers {
    int32_t *tokens; // (positions)
    float *rgb;      // (window, 3) pixels
};

/* Adds the window's share to the canvas `sum` (height, width, 3); what sticks out is dropped. */
static void add_shares(const um_edit *edit, uint32_t column, uint32_t row, const float *rgb,
                       float *sum) {
    const struct um_canvas *c = &edit->canvas;
    uint32_t columns = edit->across.window * c->patch, rows = edit->down.window * c->patch;
    uint32_t left = um_axis_offset(edit->across, column) * c->patch;
    uint32_t top = um_axis_offset(edit->down, row) * c->patch;
    const float *across = edit->share_across + (size_t)column * columns;
    const float *down = edit->share_down + (size_t)row * rows;
    for (uint32_t y = 0; y < rows && top + y < c->height; y++) {
        float *out = sum + ((size_t)(top + y) * c->width + left) * 3;
        const float *in = rgb + (size_t)y * columns * 3;
        for (uint32_t x = 0; x < columns && left + x < c->width; x++) {
            float share = across[x] * down[y];
            for (uint32_t k = 0; k < 3; k++)
                out[x * 3 + k] += share * in[x * 3 + k];
        }
    }
}

static um_status decode_window(const um_edit *edit, uint32_t image, size_t index,
                               const struct window_buffers *buffers, float *sum) {
    uint32_t columns = um_axis_count(edit->across);
    uint32_t column = (uint32_t)(index % columns), row = (uint32_t)(index / columns);
    uint32_t left = um_axis_offset(edit->across, column), top = um_axis_offset(edit->down, row);
    const int32_t *guess = edit->guess + image * um_edit_cells(edit);
    for (uint32_t i = 0; i < edit->across.window * edit->down.window; i++)
        buffers->tokens[i] = guess[um_edit_cell(edit, left, top, i)];
    um_status status = um_model_decode(edit->model, buffers->tokens, buffers->rgb);
    if (status == UM_OK)
        add_shares(edit, column, row, buffers->rgb, sum);
    return status;
}

static void blend_source(const um_edit *edit, float *rgb) {
    const struct um_canvas *c = &edit->canvas;
    for (uint32_t y = 0; y < c->source_height; y++) {
        const float *in = edit->source + (size_t)y * c->source_width * 3;
        size_t first = (size_t)(c->top + y) * c->width + c->left;
        for (uint32_t x = 0; x < c->source_width; x++) {
            float weight = edit->weight[first + x], *out = rgb + (first + x) * 3;
            for (uint32_t k = 0; k < 3; k++, in++) {
                if (weight == 0.0f)
                    out[k] = *in; // exactly, whatever was decoded there
                else if (weight < 1.0f)
                    out[k] = *in + weight * (out[k] - *in);
            }
        }
    }
}

um_status um_edit_picture(um_edit *edit, uint32_t image, float *rgb) {
    if (!edit || !rgb)
        return UM_ERROR_ARGUMENT;
    const struct um_log *log = &edit->model->context->log;
    if (image >= edit->draw.batch)
        return um_fail(log, UM_ERROR_ARGUMENT, "um_edit_picture: image is %u, expected 0 to %u.",
                       (unsigned)image, (unsigned)edit->draw.batch - 1);
    um_status status = um_edit_encode(edit, edit->needed);
    if (status != UM_OK)
        return status;
    size_t positions = um_config_tokens(&edit->model->file.config), patch = edit->canvas.patch;
    size_t pixels = (size_t)edit->canvas.width * edit->canvas.height;
    struct window_buffers buffers = {
        .tokens = um_alloc(positions, sizeof *buffers.tokens),
        .rgb = um_alloc(positions * patch * patch, 3 * sizeof *buffers.rgb)};
    float *sum = um_alloc(pixels, 3 * sizeof *sum);
    if (!buffers.tokens || !buffers.rgb || !sum)
        status = um_fail(log, UM_ERROR_MEMORY, "Memory ran out in an edit.");
    for (size_t i = 0; i < um_edit_lattice(edit) && status == UM_OK; i++) {
        if (!edit->decoded[i])
            continue;
        status =
            um_edit_take_cancel(edit) ? UM_CANCELLED : decode_window(edit, image, i, &buffers, sum);
    }
    if (status == UM_OK) {
        blend_source(edit, sum);
        memcpy(rgb, sum, pixels * 3 * sizeof *rgb);
    }
    um_free(buffers.tokens);
    um_free(buffers.rgb);
    um_free(sum);
    return status;
}
