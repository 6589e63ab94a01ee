/* Windows on a larger grid. The plan is greedy: at each turn the window that draws most without
 * cutting off what is known around it. */
#include "edit/windows.h"

#include "base/mem.h"

static uint32_t at_least_one(uint32_t n) {
    return n ? n : 1;
}

static uint32_t stepped_count(struct um_axis axis, uint32_t stride) {
    return (axis.cells - axis.window + stride - 1) / stride + 1;
}

static uint32_t stepped_offset(struct um_axis axis, uint32_t stride, uint32_t index) {
    uint32_t last = axis.cells - axis.window;
    return index * stride < last ? index * stride : last;
}

uint32_t um_axis_count(struct um_axis axis) {
    return stepped_count(axis, at_least_one(axis.window / 2));
}

uint32_t um_axis_offset(struct um_axis axis, uint32_t index) {
    return stepped_offset(axis, at_least_one(axis.window / 2), index);
}

uint32_t um_axis_owner(struct um_axis axis, uint32_t cell) {
    uint32_t best = 0, best_distance = UINT32_MAX, near = cell / at_least_one(axis.window / 2);
    // at most three strides fit in a window, and only the last window is not at its own multiple
    for (uint32_t i = near > 4 ? near - 4 : 0; i <= near + 1 && i < um_axis_count(axis); i++) {
        uint32_t offset = um_axis_offset(axis, i);
        if (offset > cell || cell - offset >= axis.window)
            continue;
        uint32_t twice = 2 * (cell - offset), middle = axis.window - 1;
        uint32_t distance = twice > middle ? twice - middle : middle - twice;
        if (distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}

/* ---------------------------------------------------------------- the plan */

/* What a window would draw now. Larger is better for `known` and `gain`, smaller for `spread`. */
struct score {
    uint32_t unknown; // cells it draws; 0 = no candidate
    uint32_t known;   // cells it knows, up to the wanted number
    int64_t gain;     // cells it draws, less the known ones near them that it does not see
    uint64_t spread;  // squared distances of what it draws from its centre
};

struct plan {
    struct um_axis across, down;
    uint32_t stride_x, stride_y, columns, rows; // of the candidates
    uint32_t reach;                             // how far a cell looks for known ones
    uint32_t wanted;                            // known cells a window should have
    uint8_t *unknown;                           // (down.cells, across.cells)
    struct score *scores;                       // (rows, columns)
    uint32_t *sums; // (down.window + 1, across.window + 1): unknown cells above and left
    struct um_window *windows;
    bool *known_before;
    uint32_t count, capacity;
};

static void sum_window(struct plan *p, uint32_t left, uint32_t top) {
    uint32_t pitch = p->across.window + 1;
    for (uint32_t y = 0; y < p->down.window; y++) {
        const uint8_t *row = p->unknown + (size_t)(top + y) * p->across.cells + left;
        uint32_t *above = p->sums + (size_t)y * pitch, *here = above + pitch, run = 0;
        for (uint32_t x = 0; x < p->across.window; x++) {
            run += row[x];
            here[x + 1] = above[x + 1] + run;
        }
    }
}

/* Unknown cells of the window in rows y0 .. y1 - 1 and columns x0 .. x1 - 1 of the grid. */
static uint32_t unknown_within(const struct plan *p, uint32_t left, uint32_t top, uint32_t x0,
                               uint32_t y0, uint32_t x1, uint32_t y1) {
    uint32_t right = left + p->across.window, bottom = top + p->down.window;
    x0 = x0 > left ? x0 : left;
    y0 = y0 > top ? y0 : top;
    x1 = x1 < right ? x1 : right;
    y1 = y1 < bottom ? y1 : bottom;
    if (x0 >= x1 || y0 >= y1)
        return 0;
    size_t pitch = p->across.window + 1;
    const uint32_t *high = p->sums + (y0 - top) * pitch, *low = p->sums + (y1 - top) * pitch;
    return low[x1 - left] - low[x0 - left] - high[x1 - left] + high[x0 - left];
}

/* Known cells outside the window that lie within reach of an unknown cell inside it. */
static uint32_t unseen(const struct plan *p, uint32_t left, uint32_t top) {
    uint32_t r = p->reach, right = left + p->across.window, bottom = top + p->down.window;
    uint32_t x0 = left > r ? left - r : 0, y0 = top > r ? top - r : 0, count = 0;
    uint32_t x1 = right + r < p->across.cells ? right + r : p->across.cells;
    uint32_t y1 = bottom + r < p->down.cells ? bottom + r : p->down.cells;
    for (uint32_t y = y0; y < y1; y++) {
        bool beside = y >= top && y < bottom;
        for (uint32_t x = x0; x < x1; x++) {
            if (beside && x == left)
                x = right; // jump over the window
            if (x >= x1)
                break;
            if (p->unknown[(size_t)y * p->across.cells + x])
                continue;
            count += unknown_within(p, left, top, x > r ? x - r : 0, y > r ? y - r : 0, x + r + 1,
                                    y + r + 1) > 0;
        }
    }
    return count;
}

static uint64_t spread(const struct plan *p, uint32_t left, uint32_t top) {
    uint64_t sum = 0;
    for (uint32_t y = 0; y < p->down.window; y++) {
        const uint8_t *row = p->unknown + (size_t)(top + y) * p->across.cells + left;
        for (uint32_t x = 0; x < p->across.window; x++) {
            int64_t dx = 2 * (int64_t)x - (p->across.window - 1);
            int64_t dy = 2 * (int64_t)y - (p->down.window - 1);
            sum += row[x] ? (uint64_t)(dx * dx + dy * dy) : 0;
        }
    }
    return sum;
}

static void rate(struct plan *p, uint32_t column, uint32_t row) {
    uint32_t left = stepped_offset(p->across, p->stride_x, column);
    uint32_t top = stepped_offset(p->down, p->stride_y, row);
    struct score *score = &p->scores[(size_t)row * p->columns + column];
    uint32_t cells = p->across.window * p->down.window;
    sum_window(p, left, top);
    *score =
        (struct score){.unknown = unknown_within(p, left, top, left, top, left + p->across.window,
                                                 top + p->down.window)};
    if (score->unknown == 0)
        return;
    uint32_t known = cells - score->unknown;
    score->known = known < p->wanted ? known : p->wanted;
    score->gain = (int64_t)score->unknown - unseen(p, left, top);
    score->spread = spread(p, left, top);
}

static bool better(const struct score *a, const struct score *b) {
    if (a->unknown == 0 || b->unknown == 0)
        return a->unknown > b->unknown;
    if (a->known != b->known)
        return a->known > b->known;
    if (a->gain != b->gain)
        return a->gain > b->gain;
    return a->spread < b->spread;
}

static bool append(struct plan *p, struct um_window window, bool known_before) {
    if (p->count == p->capacity) {
        uint32_t capacity = p->capacity ? p->capacity * 2 : 16;
        struct um_window *windows = um_alloc(capacity, sizeof *windows);
        bool *flags = um_alloc(capacity, sizeof *flags);
        if (!windows || !flags) {
            um_free(windows);
            um_free(flags);
            return false;
        }
        for (uint32_t i = 0; i < p->count; i++) {
            windows[i] = p->windows[i];
            flags[i] = p->known_before[i];
        }
        um_free(p->windows);
        um_free(p->known_before);
        p->windows = windows;
        p->known_before = flags;
        p->capacity = capacity;
    }
    p->windows[p->count] = window;
    p->known_before[p->count++] = known_before;
    return true;
}

/* First and last candidate whose score looks at a cell of first .. last. */
static void affected(struct um_axis axis, uint32_t stride, uint32_t reach, uint32_t first,
                     uint32_t *from, uint32_t *to) {
    uint32_t before = axis.window + reach, candidates = stepped_count(axis, stride);
    *from = first > before ? (first - before) / stride : 0;
    *to = (first + before) / stride + 1;
    *to = *to < candidates - 1 ? *to : candidates - 1;
}

/* Takes the candidate into the plan; what it draws is known from then on. */
static bool take(struct plan *p, size_t index) {
    struct um_window w = {stepped_offset(p->across, p->stride_x, (uint32_t)(index % p->columns)),
                          stepped_offset(p->down, p->stride_y, (uint32_t)(index / p->columns))};
    if (!append(p, w, p->scores[index].unknown < p->across.window * p->down.window))
        return false;
    for (uint32_t y = 0; y < p->down.window; y++) {
        for (uint32_t x = 0; x < p->across.window; x++)
            p->unknown[(size_t)(w.top + y) * p->across.cells + w.left + x] = 0;
    }
    uint32_t x0, x1, y0, y1;
    affected(p->across, p->stride_x, p->reach, w.left, &x0, &x1);
    affected(p->down, p->stride_y, p->reach, w.top, &y0, &y1);
    for (uint32_t row = y0; row <= y1; row++) {
        for (uint32_t column = x0; column <= x1; column++)
            rate(p, column, row);
    }
    // the last candidate is clamped to the edge, so it may lie closer than its number says
    for (uint32_t row = y0; row <= y1; row++)
        rate(p, p->columns - 1, row);
    for (uint32_t column = x0; column <= x1; column++)
        rate(p, column, p->rows - 1);
    rate(p, p->columns - 1, p->rows - 1);
    return true;
}

static bool run(struct plan *p) {
    size_t candidates = (size_t)p->rows * p->columns;
    for (uint32_t row = 0; row < p->rows; row++) {
        for (uint32_t column = 0; column < p->columns; column++)
            rate(p, column, row);
    }
    for (;;) {
        size_t best = 0;
        for (size_t i = 1; i < candidates; i++) {
            if (better(&p->scores[i], &p->scores[best]))
                best = i;
        }
        if (p->scores[best].unknown == 0)
            return true;
        if (!take(p, best))
            return false;
    }
}

bool um_windows_plan(const uint8_t *unknown, struct um_axis across, struct um_axis down,
                     struct um_window **windows, bool **known_before, uint32_t *count) {
    uint32_t smaller = across.window < down.window ? across.window : down.window;
    uint32_t larger = across.window < down.window ? down.window : across.window;
    uint32_t half = across.window * down.window / 2;
    struct plan p = {.across = across,
                     .down = down,
                     .stride_x = at_least_one(across.window / 4),
                     .stride_y = at_least_one(down.window / 4),
                     .reach = at_least_one(smaller / 4),
                     // less one row: a mask has been grown by one cell into what was known
                     .wanted = half > larger ? half - larger : half};
    p.columns = stepped_count(across, p.stride_x);
    p.rows = stepped_count(down, p.stride_y);
    size_t cells = (size_t)across.cells * down.cells;
    p.unknown = um_alloc(cells, 1);
    p.scores = um_alloc((size_t)p.rows * p.columns, sizeof *p.scores);
    p.sums = um_alloc((size_t)(down.window + 1) * (across.window + 1), sizeof *p.sums);
    bool ok = p.unknown && p.scores && p.sums;
    for (size_t i = 0; ok && i < cells; i++)
        p.unknown[i] = unknown[i] != 0;
    ok = ok && run(&p);
    um_free(p.unknown);
    um_free(p.scores);
    um_free(p.sums);
    if (!ok) {
        um_free(p.windows);
        um_free(p.known_before);
        p.windows = NULL;
        p.known_before = NULL;
        p.count = 0;
    }
    *windows = p.windows;
    *known_before = p.known_before;
    *count = p.count;
    return ok;
}
