/* A grid of hand-made logits. */
#include "unit/sampler_grid.h"

#include "sampler/halton.h"
#include "support/rand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

void grid_logits(struct grid *g, uint64_t seed) {
    struct test_rand r = {seed};
    test_rand_fill(&r, g->logits, N * K, 0.0f, 3.0f);
    test_rand_fill(&r, g->logits_null, N * K, 0.0f, 3.0f);
}

void grid_start(struct grid *g, uint64_t seed) {
    memset(g, 0, sizeof *g);
    for (int i = 0; i < N; i++) {
        g->tokens[i] = g->guess[i] = -1;
        g->fixed_step[i] = UM_FIXED_STEP_MASKED;
    }
    assert_true(um_halton_order(GRID_WIDTH, GRID_HEIGHT, g->order));
    grid_logits(g, seed);
}

void grid_give(struct grid *g, uint32_t position, int32_t code) {
    g->tokens[position] = g->guess[position] = code;
    g->confidence[position] = 1.0f;
    g->fixed_step[position] = 0;
}

struct um_sampler_state grid_state(struct grid *g) {
    return (struct um_sampler_state){.positions = N,
                                     .codes = K,
                                     .tokens = g->tokens,
                                     .guess = g->guess,
                                     .confidence = g->confidence,
                                     .fixed_step = g->fixed_step,
                                     .change = g->change,
                                     .asked = g->asked,
                                     .order = g->order,
                                     .scores = g->scores,
                                     .weights = g->weights,
                                     .sorted = g->sorted};
}

bool grid_run(struct grid *g, const struct um_sampler_step *step) {
    struct um_sampler_state state = grid_state(g);
    um_sampler_ask(&state, step);
    return um_sampler_run(&state, step, g->logits, g->logits_null);
}

uint32_t grid_masked(const struct grid *g) {
    uint32_t count = 0;
    for (int i = 0; i < N; i++)
        count += g->tokens[i] < 0;
    return count;
}
