/* The border of editing: checks what callers give, plans, counts steps. */
#include "edit/edit.h"

#include "base/block.h"
#include "base/mem.h"
#include "bytes.h"
#include "check.h"
#include "sampler/steps.h"
#include "session.h"
#include <math.h>
#include <string.h>

enum { MAX_SIDE = 8192, MAX_CELLS = 1 << 20, MAX_STEPS = UM_EDIT_MASKED_STEP - 1 };

static um_status no_memory(const um_model *model) {
    return um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in an edit.");
}

/* ---------------------------------------------------------------- checks */

um_status um_edit_check_size(const um_edit_params *p, const um_model *model) {
    const struct um_log *log = &model->context->log;
    const um_model_info *info = &model->info;
    uint64_t width = (uint64_t)p->left + p->width + p->right;
    uint64_t height = (uint64_t)p->top + p->height + p->bottom;
    uint32_t patch = info->image_width / info->grid_width;
    const char *canvas =
        p->left || p->right || p->top || p->bottom ? "picture with its new sides" : "picture";
    if (width < info->image_width || height < info->image_height || p->width < patch ||
        p->height < patch)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "The %s is %llu x %llu pixels, expected at least %u x %u, the size that the "
                       "model draws%s.",
                       canvas, (unsigned long long)width, (unsigned long long)height,
                       (unsigned)info->image_width, (unsigned)info->image_height,
                       p->width < patch || p->height < patch ? ", and one token of source" : "");
    if (width > MAX_SIDE || height > MAX_SIDE)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "The %s is %llu x %llu pixels, expected at most %d on each side.", canvas,
                       (unsigned long long)width, (unsigned long long)height, MAX_SIDE);
    if ((width + patch - 1) / patch * ((height + patch - 1) / patch) > MAX_CELLS)
        return um_fail(
            log, UM_ERROR_ARGUMENT,
            "The %s is %llu x %llu pixels, expected at most %d tokens of %u x %u pixels.", canvas,
            (unsigned long long)width, (unsigned long long)height, MAX_CELLS, (unsigned)patch,
            (unsigned)patch);
    return UM_OK;
}

/* What else an edit cannot do, whatever its picture shows. */
static um_status check_wishes(const um_edit_params *p, const struct um_log *log,
                              const char *function) {
    if (!(p->vary_share >= 0.0f && p->vary_share <= 1.0f))
        return um_fail(log, UM_ERROR_ARGUMENT, "%s: vary_share is %g, expected 0 to 1.", function,
                       (double)p->vary_share);
    if (p->vary_share > 0.0f && (p->left || p->right || p->top || p->bottom))
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "%s: vary_share and new sides cannot be used together.", function);
    if ((int)p->vary_order < (int)UM_VARY_CONFIDENCE || p->vary_order > UM_VARY_HALTON)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "%s: vary_order is %d, expected a value of um_vary_order.", function,
                       (int)p->vary_order);
    if (p->draw.initial_tokens)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "%s: draw.initial_tokens must be NULL, the picture gives them.", function);
    if (p->draw.resume)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "%s: draw.resume must be NULL, an edit cannot go on from views.", function);
    return UM_OK;
}

um_status um_edit_check(const um_edit_params *p, const um_model *model, const char *function) {
    const struct um_log *log = &model->context->log;
    um_status status = um_check_reserved(log, function, p->reserved, sizeof p->reserved);
    if (status == UM_OK)
        status = um_edit_check_size(p, model);
    if (status == UM_OK && p->rgb8 && !um_bytes_stride(log, function, p->rgb8_stride, p->width))
        status = UM_ERROR_ARGUMENT;
    return status == UM_OK ? check_wishes(p, log, function) : status;
}

static um_status check(const um_edit_params *p, const um_model *model) {
    const struct um_log *log = &model->context->log;
    if (!p)
        return um_fail(log, UM_ERROR_ARGUMENT, "um_edit_begin: params must not be NULL.");
    if (!p->rgb == !p->rgb8)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "um_edit_begin: exactly one of rgb and rgb8 must not be NULL.");
    const um_status status = um_edit_check(p, model, "um_edit_begin");
    if (status != UM_OK)
        return status;
    for (size_t i = 0; p->rgb && i < (size_t)p->width * p->height * 3; i++) {
        if (!isfinite(p->rgb[i]))
            return um_fail(log, UM_ERROR_ARGUMENT,
                           "um_edit_begin: rgb[%zu] is not a finite number.", i);
    }
    return UM_OK;
}

/* ---------------------------------------------------------------- begin */

struct um_canvas um_edit_canvas(const um_edit_params *p, const um_model *model) {
    struct um_canvas c = {.width = p->left + p->width + p->right,
                          .height = p->top + p->height + p->bottom,
                          .left = p->left,
                          .top = p->top,
                          .source_width = p->width,
                          .source_height = p->height,
                          .patch = model->info.image_width / model->info.grid_width};
    c.grid_width = (c.width + c.patch - 1) / c.patch;
    c.grid_height = (c.height + c.patch - 1) / c.patch;
    return c;
}

/* All arrays whose size is known from the start. */
static void take_arrays(um_edit *e, struct um_block *block, const um_edit_params *p) {
    const size_t cells = um_edit_cells(e), all = cells * e->draw.batch;
    const size_t lattice = um_edit_lattice(e), patch = e->canvas.patch;
    const size_t across = (size_t)um_axis_count(e->across) * e->across.window * patch;
    const size_t down = (size_t)um_axis_count(e->down) * e->down.window * patch;
    const size_t positions = um_config_positions(&e->model->file.config);
    const size_t steps = e->draw.sampling.steps;
    e->classes = um_block_take(block, e->draw.batch, sizeof *e->classes);
    e->table = um_block_take(block, steps, sizeof *e->table);
    e->rows = um_block_take(block, p->draw.step_table ? steps : 0, sizeof *e->rows);
    e->source = um_block_take(block, (size_t)p->width * p->height, 3 * sizeof *e->source);
    e->share_across = um_block_take(block, across, sizeof *e->share_across);
    e->share_down = um_block_take(block, down, sizeof *e->share_down);
    e->region = um_block_take(block, cells, 1);
    e->decoded = um_block_take(block, lattice, 1);
    e->encoded = um_block_take(block, lattice, 1);
    e->needed = um_block_take(block, lattice, 1);
    e->judged = um_block_take(block, lattice, 1);
    e->weight = um_block_take(block, (size_t)e->canvas.width * e->canvas.height, sizeof *e->weight);
    e->codes = um_block_take(block, cells, sizeof *e->codes);
    e->tokens = um_block_take(block, all, sizeof *e->tokens);
    e->guess = um_block_take(block, all, sizeof *e->guess);
    e->confidence = um_block_take(block, all, sizeof *e->confidence);
    e->fixed_step = um_block_take(block, all, sizeof *e->fixed_step);
    e->change = um_block_take(block, all, sizeof *e->change);
    e->window_tokens = um_block_take(block, positions * e->draw.batch, sizeof *e->window_tokens);
}

/* `from` may be NULL. */
static void copy(void *to, const void *from, size_t count, size_t size) {
    if (from)
        memcpy(to, from, count * size);
}

/* What the caller gave, which need not outlive um_edit_begin(). */
static void copy_params(um_edit *e, const um_edit_params *p) {
    const size_t steps = e->draw.sampling.steps;
    const bool table = e->draw.sampling.schedule == UM_SCHEDULE_TABLE;
    copy(e->classes, p->draw.classes, e->draw.batch, sizeof *e->classes);
    copy(e->table, table ? p->draw.schedule_table : NULL, steps, sizeof *e->table);
    copy(e->rows, p->draw.step_table, steps, sizeof *e->rows);
    copy(e->source, p->rgb, (size_t)p->width * p->height, 3 * sizeof *e->source);
    if (p->rgb8)
        um_bytes_to_floats(p->rgb8, p->rgb8_stride ? p->rgb8_stride : (size_t)3 * p->width,
                           p->width, p->height, e->source);
    e->draw.classes = e->classes;
    e->draw.schedule_table = table ? e->table : NULL;
    e->draw.step_table = p->draw.step_table ? e->rows : NULL;
}

static um_status allocate(um_edit *e, const um_edit_params *p) {
    const size_t cells = um_edit_cells(e);
    struct um_block block = {0};
    take_arrays(e, &block, p);
    if (!um_block_allocate(&block))
        return no_memory(e->model);
    e->memory = block.memory;
    take_arrays(e, &block, p);
    copy_params(e, p);
    for (size_t i = 0; i < cells * e->draw.batch; i++) {
        e->tokens[i] = e->guess[i] = e->codes[i % cells] = UM_EDIT_NOT_ENCODED;
        e->confidence[i] = 1.0f;
        e->change[i] = UM_CHANGE_KEPT;
    }
    return UM_OK;
}

/* Where tokens may be drawn, and with it the weights and the windows that show any of it. */
static um_status mark_region(um_edit *e, const um_edit_params *p) {
    uint32_t count = 0;
    bool whole = !p->mask && p->vary_share > 0.0f;
    bool ok = um_canvas_region(&e->canvas, p->mask, e->region, &count);
    if (ok && whole) {
        memset(e->region, 1, um_edit_cells(e));
        count = (uint32_t)um_edit_cells(e);
    }
    if (!ok || (count > 0 && !um_blend_weight(&e->canvas, e->region, e->weight)))
        return no_memory(e->model);
    if (count == 0)
        return um_fail(&e->model->context->log, UM_ERROR_ARGUMENT,
                       "The mask is empty: no pixel is marked to be repainted.");
    return UM_OK;
}

/* True if the weight of any pixel of the lattice window is above 0. */
static bool shows(const um_edit *e, uint32_t column, uint32_t row) {
    const struct um_canvas *c = &e->canvas;
    uint32_t left = um_axis_offset(e->across, column) * c->patch;
    uint32_t top = um_axis_offset(e->down, row) * c->patch;
    uint32_t right = left + e->across.window * c->patch, bottom = top + e->down.window * c->patch;
    for (uint32_t y = top; y < bottom && y < c->height; y++) {
        for (uint32_t x = left; x < right && x < c->width; x++) {
            if (e->weight[(size_t)y * c->width + x] > 0.0f)
                return true;
        }
    }
    return false;
}

static void mark_lattice(um_edit *e) {
    uint32_t columns = um_axis_count(e->across), rows = um_axis_count(e->down);
    for (uint32_t row = 0; row < rows; row++) {
        for (uint32_t column = 0; column < columns; column++) {
            size_t index = (size_t)row * columns + column;
            e->decoded[index] = shows(e, column, row);
            if (e->decoded[index])
                um_edit_need(e, um_axis_offset(e->across, column), um_axis_offset(e->down, row),
                             e->needed);
        }
    }
    for (uint32_t i = 0; i < e->info.windows; i++)
        um_edit_need(e, e->windows[i].left, e->windows[i].top, e->needed);
    for (size_t cell = 0; cell < um_edit_cells(e); cell++) {
        uint32_t x = (uint32_t)(cell % e->canvas.grid_width);
        uint32_t y = (uint32_t)(cell / e->canvas.grid_width);
        if (e->region[cell])
            e->judged[(size_t)um_axis_owner(e->down, y) * columns + um_axis_owner(e->across, x)] =
                1;
    }
}

static um_status count_steps(um_edit *e) {
    uint64_t steps = e->info.measuring_steps;
    for (uint32_t i = 0; i < e->info.windows; i++)
        steps += e->window_steps - um_edit_start_step(e, i);
    if (steps > MAX_STEPS)
        return um_fail(&e->model->context->log, UM_ERROR_ARGUMENT,
                       "The edit takes %llu steps in %u windows, expected at most %d.",
                       (unsigned long long)steps, (unsigned)e->info.windows, MAX_STEPS);
    e->step_count = (uint32_t)steps;
    return UM_OK;
}

static um_status plan(um_edit *e, const um_edit_params *p) {
    const struct um_canvas *c = &e->canvas;
    um_status status = mark_region(e, p);
    if (status != UM_OK)
        return status;
    uint32_t windows;
    if (!um_windows_plan(e->region, e->across, e->down, &e->windows, &e->known_before, &windows))
        return no_memory(e->model);
    um_blend_shares(e->across, c->patch, e->share_across);
    um_blend_shares(e->down, c->patch, e->share_down);
    e->info = (um_edit_info){.width = c->width,
                             .height = c->height,
                             .left = c->left,
                             .top = c->top,
                             .grid_width = c->grid_width,
                             .grid_height = c->grid_height,
                             .windows = windows,
                             .weight = e->weight};
    mark_lattice(e);
    if (!um_edit_open_cache(e))
        return no_memory(e->model);
    e->info.measuring_steps = um_edit_measuring_steps(e);
    size_t measured = e->info.measuring_steps ? um_edit_cells(e) * e->draw.batch : 0;
    e->measured = um_alloc(measured, sizeof *e->measured);
    if (!e->measured)
        return no_memory(e->model);
    status = count_steps(e);
    return status == UM_OK ? um_edit_mask(e) : status;
}

um_status um_edit_begin(um_edit **edit, um_model *model, const um_edit_params *params) {
    if (edit)
        *edit = NULL;
    if (!edit || !model)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_edit_begin: edit and model must not be NULL.");
    um_status status = check(params, model);
    if (status != UM_OK)
        return status;
    um_session_params resolved = params->draw;
    status = um_session_resolve(&resolved, model);
    if (status != UM_OK)
        return status;
    um_edit *e = um_alloc(1, sizeof *e);
    if (!e)
        return no_memory(model);
    e->model = model;
    e->draw = params->draw;
    e->draw.batch = resolved.batch;
    e->draw.sampling.steps = resolved.sampling.steps;
    struct um_steps steps = um_steps_make(&resolved);
    e->window_steps = um_steps_count(&steps);
    e->vary_share = params->vary_share;
    e->vary_order = params->vary_order;
    e->canvas = um_edit_canvas(params, model);
    e->across = (struct um_axis){e->canvas.grid_width, model->info.grid_width};
    e->down = (struct um_axis){e->canvas.grid_height, model->info.grid_height};
    status = allocate(e, params);
    if (status == UM_OK)
        status = plan(e, params);
    if (status == UM_OK)
        um_edit_take_over(e, params->like);
    if (status != UM_OK) {
        um_edit_end(&e);
        return status;
    }
    *edit = e;
    return UM_OK;
}

void um_edit_end(um_edit **edit) {
    if (!edit || !*edit)
        return;
    um_edit *e = *edit;
    um_session_end(&e->session);
    um_edit_close_cache(e);
    um_free(e->memory);
    um_free(e->windows);
    um_free(e->known_before);
    um_free(e->measured);
    um_free(e);
    *edit = NULL;
}

/* ---------------------------------------------------------------- steps and what they show */

um_status um_edit_step(um_edit *edit) {
    if (!edit)
        return um_fail(NULL, UM_ERROR_ARGUMENT, "um_edit_step: edit must not be NULL.");
    if (um_edit_done(edit))
        return um_fail(&edit->model->context->log, UM_ERROR_ARGUMENT,
                       "um_edit_step: all %u steps are done.", (unsigned)edit->step_count);
    if (um_edit_take_cancel(edit))
        return UM_CANCELLED;
    um_status status = edit->step < edit->info.measuring_steps ? um_edit_measure(edit, edit->step)
                                                               : um_edit_draw(edit);
    edit->step += status == UM_OK;
    return status;
}

bool um_edit_done(const um_edit *edit) {
    return !edit || edit->step >= edit->step_count;
}

uint32_t um_edit_step_index(const um_edit *edit) {
    return edit ? edit->step : 0;
}

uint32_t um_edit_step_count(const um_edit *edit) {
    return edit ? edit->step_count : 0;
}

const um_edit_info *um_edit_get_info(const um_edit *edit) {
    return edit ? &edit->info : NULL;
}

um_status um_edit_get(um_edit *edit, uint32_t image, um_edit_view *view) {
    if (!edit || !view)
        return um_fail(edit ? &edit->model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_edit_get: edit and view must not be NULL.");
    if (image >= edit->draw.batch)
        return um_fail(&edit->model->context->log, UM_ERROR_ARGUMENT,
                       "um_edit_get: image is %u, expected 0 to %u.", (unsigned)image,
                       (unsigned)edit->draw.batch - 1);
    um_status status = um_edit_encode(edit, edit->needed);
    if (status != UM_OK)
        return status;
    size_t first = image * um_edit_cells(edit);
    // after a window's last step edit->window is already the next one
    uint32_t window = edit->window - (edit->window > 0 && !edit->window_open);
    *view = (um_edit_view){.tokens = edit->tokens + first,
                           .guess = edit->guess + first,
                           .confidence = edit->confidence + first,
                           .fixed_step = edit->fixed_step + first,
                           .change = edit->change + first,
                           .window = window,
                           .window_left = edit->windows[window].left,
                           .window_top = edit->windows[window].top};
    for (size_t i = 0; i < um_edit_cells(edit); i++)
        view->masked += view->fixed_step[i] == UM_EDIT_MASKED_STEP;
    return UM_OK;
}
