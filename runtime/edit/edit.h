/* The state of an edit. edit.c implements the public API; source.c encodes, vary.c chooses what to
 * redraw, draw.c runs the windows, picture.c decodes and blends, like.c reuses the results of an
 * earlier edit. */
#ifndef UM_EDIT_EDIT_H
#define UM_EDIT_EDIT_H

#include "edit/blend.h"
#include "edit/canvas.h"
#include "edit/windows.h"
#include "model.h"

enum {
    UM_EDIT_MASKED_STEP = 65535,
    UM_EDIT_NOT_ENCODED = -2, /* a source token that is not needed */
    UM_EDIT_SUBSETS = 8       /* forward passes that measure one window */
};

/* A lattice window of one image as it was last decoded. */
struct um_decoded {
    int32_t *tokens; /* (positions), NULL = not decoded yet */
    float *rgb;      /* (window, 3) pixels */
};

struct um_edit {
    um_model *model;
    void *memory;           /* the arrays, except those that say so */
    um_session_params draw; /* as given, with batch and steps resolved; the arrays are the edit's */
    int32_t *classes;       /* (batch) */
    float *table;           /* schedule table, or NULL */
    um_step_row *rows;      /* the step table, or NULL */
    uint32_t window_steps;  /* steps of a window that starts at step 0, including recheck rounds */
    float vary_share;
    um_vary_order vary_order;

    struct um_canvas canvas;
    float *source;               /* (source_height, source_width, 3) */
    struct um_axis across, down; /* the lattice of windows to encode and decode */
    float *share_across;         /* um_blend_shares */
    float *share_down;
    uint8_t *region;  /* (cells): may be drawn */
    uint8_t *decoded; /* (lattice): windows that the picture needs */
    uint8_t *encoded; /* (lattice): windows that are in `codes` */
    uint8_t *needed;  /* (lattice): windows to encode before anything is shown */
    uint8_t *judged;  /* (lattice): windows to measure */
    float *weight;    /* (height, width) */

    int32_t *codes;          /* (cells): source tokens, or UM_EDIT_NOT_ENCODED */
    int32_t *tokens, *guess; /* (batch, cells), as the arrays below; see um_edit_view */
    float *confidence;
    uint16_t *fixed_step;
    uint8_t *change;
    float *measured; /* (batch, cells): probabilities of the source's tokens, or NULL; own memory */
    bool measured_already; /* taken from an earlier edit */

    struct um_decoded *cache;  /* (batch, lattice); NULL = it would need too much memory */
    um_session *session;       /* of the window being drawn, kept for the next */
    struct um_window *windows; /* (info.windows), own memory, as known_before */
    bool *known_before;
    uint32_t step, step_count, window;
    uint32_t window_step; /* `step` when the window was opened */
    bool window_open;
    int32_t *window_tokens; /* (batch, positions) */
    volatile int cancel;    /* written by any thread */
    um_edit_info info;
};

static inline size_t um_edit_cells(const um_edit *edit) {
    return (size_t)edit->canvas.grid_width * edit->canvas.grid_height;
}

static inline size_t um_edit_lattice(const um_edit *edit) {
    return (size_t)um_axis_count(edit->across) * um_axis_count(edit->down);
}

/* The cell of the canvas at position `i` of the window whose top left cell is (left, top). */
static inline size_t um_edit_cell(const um_edit *edit, uint32_t left, uint32_t top, uint32_t i) {
    uint32_t x = i % edit->across.window, y = i / edit->across.window;
    return (size_t)(top + y) * edit->canvas.grid_width + left + x;
}

/* ---------------------------------------------------------------- edit.c */

/* UM_ERROR_ARGUMENT, with a sentence, unless picture and canvas have sizes that can be edited. */
um_status um_edit_check_size(const um_edit_params *params, const um_model *model);

/* The same for all of the parameters but the pixels and the settings of the drawing, which
 * um_session_resolve() checks. `function` begins the sentence. */
um_status um_edit_check(const um_edit_params *params, const um_model *model, const char *function);

struct um_canvas um_edit_canvas(const um_edit_params *params, const um_model *model);

/* ---------------------------------------------------------------- cancel.c */

/* True, once, after um_edit_cancel(). */
bool um_edit_take_cancel(um_edit *edit);

/* ---------------------------------------------------------------- source.c */

/* Marks the lattice windows that hold the tokens of this window of the grid. */
void um_edit_need(const um_edit *edit, uint32_t left, uint32_t top, uint8_t *lattice);

/* Encodes the marked lattice windows that are not encoded yet. A token is taken from the window in
 * which it is most central. Can return UM_CANCELLED between two windows. */
um_status um_edit_encode(um_edit *edit, const uint8_t *lattice);

/* The same for the lattice windows that a window of the grid needs. */
um_status um_edit_encode_window(um_edit *edit, uint32_t left, uint32_t top);

/* The cell's code is known now: shows it in every image that has nothing better there. */
void um_edit_show(um_edit *edit, size_t cell);

/* ---------------------------------------------------------------- like.c */

/* Copies the codes of an edit of the same source and, if it has all classes of this edit, the
 * measured probabilities, so that neither is computed again. Does nothing for NULL or another
 * source. */
void um_edit_take_over(um_edit *edit, const um_edit *like);

/* ---------------------------------------------------------------- vary.c */

/* Measuring steps of an edit, 0 if it has none. */
uint32_t um_edit_measuring_steps(const um_edit *edit);

/* Measuring step `step`; after the last one the tokens to draw are masked. */
um_status um_edit_measure(um_edit *edit, uint32_t step);

/* Masks the tokens to draw, if that needs no measuring. */
um_status um_edit_mask(um_edit *edit);

/* ---------------------------------------------------------------- draw.c */

/* First schedule step of a window. */
uint32_t um_edit_start_step(const um_edit *edit, uint32_t window);

/* One session step in the current window. */
um_status um_edit_draw(um_edit *edit);

/* ---------------------------------------------------------------- picture.c */

/* From now on keeps decoded windows, if they are few enough, because a step changes only those
 * around its own window. False if memory has run out. */
bool um_edit_open_cache(um_edit *edit);
void um_edit_close_cache(um_edit *edit);

#endif
