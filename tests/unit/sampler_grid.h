/* A grid of hand-made logits for sampler tests. */
#ifndef UM_UNIT_SAMPLER_GRID_H
#define UM_UNIT_SAMPLER_GRID_H

#include "sampler/sampler.h"

enum { GRID_WIDTH = 12, GRID_HEIGHT = 8, N = GRID_WIDTH * GRID_HEIGHT, K = 17 };

struct grid {
    int32_t tokens[N], guess[N];
    float confidence[N], scores[N], weights[K], sorted[K];
    uint16_t fixed_step[N];
    uint8_t change[N], asked[N];
    uint32_t order[N];
    float logits[N * K], logits_null[N * K];
};

/* All masked, normal logits of standard deviation 3. */
void grid_start(struct grid *grid, uint64_t seed);

/* New logits, the tokens stay. */
void grid_logits(struct grid *grid, uint64_t seed);

/* Makes a token one that was given at the start. */
void grid_give(struct grid *grid, uint32_t position, int32_t code);

struct um_sampler_state grid_state(struct grid *grid);

/* um_sampler_ask() and um_sampler_run(); the result of the latter. */
bool grid_run(struct grid *grid, const struct um_sampler_step *step);

uint32_t grid_masked(const struct grid *grid);

#endif
