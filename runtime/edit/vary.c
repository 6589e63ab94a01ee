/* Which tokens of the region are drawn anew: all of them, the least probable, or an even spread.
 *
 * The model was trained to judge masked positions only, so a token's probability is measured with
 * the token masked: an eighth of the window at a time, spread evenly so that its neighbours stay.
 */
#include "edit/edit.h"

#include "base/mem.h"
#include "base/rng.h"
#include "sampler/halton.h"
#include "sampler/math.h"
#include <stdlib.h>

static um_status no_memory(const um_edit *edit) {
    return um_fail(&edit->model->context->log, UM_ERROR_MEMORY, "Memory ran out in an edit.");
}

static bool draws_all(const um_edit *edit) {
    return edit->vary_share == 0.0f || edit->vary_share >= 1.0f;
}

static void mask_cell(um_edit *edit, uint32_t image, size_t cell) {
    size_t at = image * um_edit_cells(edit) + cell;
    edit->tokens[at] = -1;
    edit->confidence[at] = 0.0f;
    edit->fixed_step[at] = UM_EDIT_MASKED_STEP;
    edit->change[at] = UM_CHANGE_MASKED;
}

static size_t region_size(const um_edit *edit) {
    size_t count = 0;
    for (size_t i = 0; i < um_edit_cells(edit); i++)
        count += edit->region[i];
    return count;
}

/* How many cells of the region a variation draws. */
static size_t share_of(const um_edit *edit, size_t region) {
    size_t count = (size_t)((double)edit->vary_share * (double)region + 0.5);
    return count < 1 ? 1 : count;
}

/* ---------------------------------------------------------------- spread evenly */

static um_status mask_spread(um_edit *edit) {
    uint32_t *order = um_alloc(um_edit_cells(edit), sizeof *order);
    if (!order || !um_halton_order(edit->canvas.grid_width, edit->canvas.grid_height, order)) {
        um_free(order);
        return no_memory(edit);
    }
    size_t region = 0;
    for (size_t i = 0; i < um_edit_cells(edit); i++) {
        if (edit->region[order[i]])
            order[region++] = order[i];
    }
    for (uint32_t image = 0; image < edit->draw.batch; image++) {
        float uniform =
            um_rng_uniform(edit->draw.seed, edit->draw.first_image + image, 0, 0, UM_RNG_ORDER);
        size_t start = (size_t)((double)uniform * (double)region);
        for (size_t i = 0; i < share_of(edit, region); i++)
            mask_cell(edit, image, order[(start + i) % region]);
    }
    um_free(order);
    return UM_OK;
}

um_status um_edit_mask(um_edit *edit) {
    if (!draws_all(edit))
        return edit->vary_order == UM_VARY_HALTON ? mask_spread(edit) : UM_OK;
    for (uint32_t image = 0; image < edit->draw.batch; image++) {
        for (size_t cell = 0; cell < um_edit_cells(edit); cell++) {
            if (edit->region[cell])
                mask_cell(edit, image, cell);
        }
    }
    return UM_OK;
}

/* ---------------------------------------------------------------- the least probable */

uint32_t um_edit_measuring_steps(const um_edit *edit) {
    uint32_t count = 0;
    if (draws_all(edit) || edit->vary_order != UM_VARY_CONFIDENCE)
        return 0;
    for (size_t i = 0; i < um_edit_lattice(edit); i++)
        count += edit->judged[i];
    return count * UM_EDIT_SUBSETS;
}

struct candidate {
    float probability;
    uint32_t cell;
};

static int by_probability(const void *left, const void *right) {
    const struct candidate *a = left, *b = right;
    if (a->probability != b->probability)
        return a->probability < b->probability ? -1 : 1;
    return a->cell < b->cell ? -1 : a->cell > b->cell;
}

static um_status mask_least_probable(um_edit *edit) {
    size_t region = region_size(edit);
    struct candidate *list = um_alloc(region, sizeof *list);
    if (!list)
        return no_memory(edit);
    for (uint32_t image = 0; image < edit->draw.batch; image++) {
        const float *measured = edit->measured + image * um_edit_cells(edit);
        size_t count = 0;
        for (size_t cell = 0; cell < um_edit_cells(edit); cell++) {
            if (edit->region[cell])
                list[count++] = (struct candidate){measured[cell], (uint32_t)cell};
        }
        qsort(list, region, sizeof *list, by_probability);
        for (size_t i = 0; i < share_of(edit, region); i++)
            mask_cell(edit, image, list[i].cell);
    }
    um_free(list);
    return UM_OK;
}

static float probability(const float *logits, uint32_t codes, int32_t code) {
    float max = logits[0];
    double sum = 0.0;
    for (uint32_t k = 1; k < codes; k++)
        max = logits[k] > max ? logits[k] : max;
    for (uint32_t k = 0; k < codes; k++)
        sum += (double)um_expf(logits[k] - max);
    return (float)((double)um_expf(logits[code] - max) / sum);
}

/* One forward pass of a window with one subset of its tokens masked. */
struct measurement {
    uint32_t column, row; // of the lattice
    const uint32_t *subset;
    uint32_t subset_size;
    int32_t *tokens; // (positions)
    float *logits;   // (positions, codes)
};

static um_status measure_image(um_edit *edit, const struct measurement *m, uint32_t image) {
    uint32_t left = um_axis_offset(edit->across, m->column);
    uint32_t top = um_axis_offset(edit->down, m->row);
    uint32_t codes = edit->model->info.codebook_size;
    for (uint32_t i = 0; i < edit->across.window * edit->down.window; i++)
        m->tokens[i] = edit->codes[um_edit_cell(edit, left, top, i)];
    for (uint32_t i = 0; i < m->subset_size; i++)
        m->tokens[m->subset[i]] = -1;
    um_status status = um_logits(edit->model, m->tokens, edit->classes[image], m->logits);
    for (uint32_t i = 0; i < m->subset_size && status == UM_OK; i++) {
        uint32_t position = m->subset[i];
        size_t cell = um_edit_cell(edit, left, top, position);
        if (um_axis_owner(edit->across, left + position % edit->across.window) != m->column ||
            um_axis_owner(edit->down, top + position / edit->across.window) != m->row)
            continue;
        edit->measured[image * um_edit_cells(edit) + cell] =
            probability(m->logits + (size_t)position * codes, codes, edit->codes[cell]);
    }
    return status;
}

/* The first image of the same class: it has the same probabilities. */
static uint32_t same_class(const um_edit *edit, uint32_t image) {
    uint32_t first = 0;
    while (edit->classes[first] != edit->classes[image])
        first++;
    return first;
}

static um_status measure_images(um_edit *edit, const struct measurement *m) {
    um_status status = UM_OK;
    for (uint32_t image = 0; image < edit->draw.batch && status == UM_OK; image++) {
        if (same_class(edit, image) == image)
            status = um_edit_take_cancel(edit) ? UM_CANCELLED : measure_image(edit, m, image);
    }
    return status;
}

static void copy_measured(um_edit *edit) {
    size_t cells = um_edit_cells(edit);
    for (uint32_t image = 0; image < edit->draw.batch; image++) {
        const float *from = edit->measured + same_class(edit, image) * cells;
        for (size_t cell = 0; cell < cells; cell++)
            edit->measured[image * cells + cell] = from[cell];
    }
}

static um_status measure_window(um_edit *edit, uint32_t step) {
    uint32_t positions = um_config_positions(&edit->model->file.config);
    uint32_t subset = step % UM_EDIT_SUBSETS, skip = step / UM_EDIT_SUBSETS;
    size_t index = 0;
    while (!edit->judged[index] || skip-- > 0)
        index++;
    struct measurement m = {.column = (uint32_t)(index % um_axis_count(edit->across)),
                            .row = (uint32_t)(index / um_axis_count(edit->across))};
    uint32_t first = (uint32_t)((uint64_t)positions * subset / UM_EDIT_SUBSETS);
    m.subset_size = (uint32_t)((uint64_t)positions * (subset + 1) / UM_EDIT_SUBSETS) - first;
    uint32_t *order = um_alloc(positions, sizeof *order);
    m.tokens = um_alloc(positions, sizeof *m.tokens);
    m.logits = um_alloc((size_t)positions * edit->model->info.codebook_size, sizeof *m.logits);
    um_status status = UM_OK;
    if (!order || !m.tokens || !m.logits ||
        !um_halton_order(edit->across.window, edit->down.window, order))
        status = no_memory(edit);
    m.subset = order ? order + first : NULL;
    if (status == UM_OK)
        status = um_edit_encode_window(edit, um_axis_offset(edit->across, m.column),
                                       um_axis_offset(edit->down, m.row));
    if (status == UM_OK && m.subset_size > 0)
        status = measure_images(edit, &m);
    um_free(order);
    um_free(m.tokens);
    um_free(m.logits);
    return status;
}

um_status um_edit_measure(um_edit *edit, uint32_t step) {
    um_status status = edit->measured_already ? UM_OK : measure_window(edit, step);
    if (status != UM_OK || step + 1 < edit->info.measuring_steps)
        return status;
    if (!edit->measured_already)
        copy_measured(edit);
    return mask_least_probable(edit);
}
