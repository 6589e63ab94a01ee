/* The picture of an edit: windows decoded and blended into each other, then into the source. */
#include "edit/edit.h"

#include "base/mem.h"
#include "passes.h"
#include <string.h>

enum { CACHE_LIMIT = 64 << 20 }; // bytes; more than 1000 windows of 64 x 64 pixels

static size_t window_tokens(const um_edit *edit) {
    return (size_t)edit->across.window * edit->down.window;
}

static size_t window_values(const um_edit *edit) {
    return window_tokens(edit) * edit->canvas.patch * edit->canvas.patch * 3;
}

/* ---------------------------------------------------------------- decoded windows */

bool um_edit_open_cache(um_edit *edit) {
    size_t windows = 0, bytes = window_values(edit) * sizeof(float);
    for (size_t i = 0; i < um_edit_lattice(edit); i++)
        windows += edit->decoded[i];
    if (windows * edit->draw.batch > CACHE_LIMIT / bytes)
        return true;
    edit->cache = um_alloc(um_edit_lattice(edit) * edit->draw.batch, sizeof *edit->cache);
    return edit->cache != NULL;
}

void um_edit_close_cache(um_edit *edit) {
    for (size_t i = 0; edit->cache && i < um_edit_lattice(edit) * edit->draw.batch; i++) {
        um_free(edit->cache[i].tokens);
        um_free(edit->cache[i].rgb);
    }
    um_free(edit->cache);
}

/* Keeps a copy; without memory for it the window is simply decoded again next time. */
static void keep(const um_edit *edit, struct um_decoded *kept, const int32_t *tokens,
                 const float *rgb) {
    if (!kept->tokens) {
        kept->tokens = um_alloc(window_tokens(edit), sizeof *tokens);
        kept->rgb = um_alloc(window_values(edit), sizeof *rgb);
    }
    if (!kept->tokens || !kept->rgb) {
        um_free(kept->tokens);
        um_free(kept->rgb);
        *kept = (struct um_decoded){0};
        return;
    }
    memcpy(kept->tokens, tokens, window_tokens(edit) * sizeof *tokens);
    memcpy(kept->rgb, rgb, window_values(edit) * sizeof *rgb);
}

/* The pixels of these tokens in *rgb: those kept, or decoded into `buffer`. */
static um_status decode(const um_edit *edit, struct um_decoded *kept, const int32_t *tokens,
                        float *buffer, const float **rgb) {
    bool same = kept && kept->tokens &&
                memcmp(kept->tokens, tokens, window_tokens(edit) * sizeof *tokens) == 0;
    *rgb = same ? kept->rgb : buffer;
    um_status status = same ? UM_OK : um_model_decode(edit->model, tokens, buffer);
    if (status == UM_OK && !same && kept)
        keep(edit, kept, tokens, buffer);
    return status;
}

/* ---------------------------------------------------------------- the picture */

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
    for (uint32_t i = 0; i < window_tokens(edit); i++)
        buffers->tokens[i] = guess[um_edit_cell(edit, left, top, i)];
    const float *rgb;
    um_status status =
        decode(edit, edit->cache ? &edit->cache[image * um_edit_lattice(edit) + index] : NULL,
               buffers->tokens, buffers->rgb, &rgb);
    if (status == UM_OK)
        add_shares(edit, column, row, rgb, sum);
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
        return um_fail(edit ? &edit->model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_edit_picture: edit and rgb must not be NULL.");
    const struct um_log *log = &edit->model->context->log;
    if (image >= edit->draw.batch)
        return um_fail(log, UM_ERROR_ARGUMENT, "um_edit_picture: image is %u, expected 0 to %u.",
                       (unsigned)image, (unsigned)edit->draw.batch - 1);
    um_status status = um_edit_encode(edit, edit->needed);
    if (status != UM_OK)
        return status;
    size_t pixels = (size_t)edit->canvas.width * edit->canvas.height;
    struct window_buffers buffers = {.tokens =
                                         um_alloc(window_tokens(edit), sizeof *buffers.tokens),
                                     .rgb = um_alloc(window_values(edit), sizeof *buffers.rgb)};
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
