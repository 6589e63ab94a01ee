/* A graph under construction: ops, appended in execution order, that read and write numbered
 * values. It is freed after a backend has compiled it and does not depend on which backend that is.
 */
#ifndef UM_GRAPH_GRAPH_H
#define UM_GRAPH_GRAPH_H

#include "backend/ops.h"
#include "base/log.h"
#include "model/config.h"
#include "model/weights.h"

struct um_graph {
    struct um_op *ops;
    uint32_t op_count, op_capacity;
    struct um_value *values;
    uint32_t value_count, value_capacity;
    struct um_constant constants[UM_MAX_CONSTANTS];
    uint32_t constant_count;
    bool failed; /* memory ran out; appending does nothing from then on, and um_graph_finish()
                    reports it */
};

/* a * b * c * d, or SIZE_MAX if that overflows; um_graph_finish() then fails. */
size_t um_graph_elements(size_t a, size_t b, size_t c, size_t d);

um_value_id um_graph_value(struct um_graph *graph, size_t elements, enum um_value_role role);
void um_graph_append(struct um_graph *graph, const struct um_op *op);

/* A constant of `count` zeros, to be filled at once; NULL when memory has run out. */
struct um_constant *um_graph_constant(struct um_graph *graph, size_t count);

/* Plans the arena (graph/plan.h) and describes the result; `desc` points into the graph. */
um_status um_graph_finish(struct um_graph *graph, struct um_program_desc *desc);
void um_graph_free(struct um_graph *graph);

/* The three networks. `batch` images at once; inputs and outputs are the values written to the
 * out-parameters.
 *
 * ids (batch, N + 1) I32: rows of token_embd, class first -> logits (batch, N + 1, K); row 0 of
 * each image is the leading position; its logits are meaningless. */
void um_graph_transformer(struct um_graph *graph, const struct um_config *config, uint32_t batch,
                          um_value_id *ids, um_value_id *logits);

/* The same for selected rows only: `rows` (1 + batch * N) I32 holds their number, then for each its
 * index among the batch * (N + 1) rows -> logits (batch * N, K), of which as many leading rows are
 * written, in the order of the list. */
void um_graph_step(struct um_graph *graph, const struct um_config *config, uint32_t batch,
                   um_value_id *ids, um_value_id *rows, um_value_id *logits);

/* Appends the op SAMPLE on at most `rows` rows of `codes` logits. Creates its INPUT `settings` and
 * its result `sampled`. */
struct um_sampled_rows {
    uint32_t rows, codes, images;
    uint32_t leading, positions; /* of an image */
};
void um_graph_sample(struct um_graph *graph, const struct um_sampled_rows *of, um_value_id logits,
                     um_value_id wanted, um_value_id *settings, um_value_id *sampled);

/* ids (1 + batch) I32: a position, then per image the row of token_embd at that position -> logits
 * (batch, K) of the next position. UM_TRANSFORMER_ORIGINAL only; see causal.c. Successive runs must
 * use positions 0, 1, 2, ... */
void um_graph_causal(struct um_graph *graph, const struct um_config *config, uint32_t batch,
                     um_value_id *ids, um_value_id *logits);

/* codes (batch, N) I32 -> rgb (batch, height, width, 3). */
void um_graph_decoder(struct um_graph *graph, const struct um_config *config, uint32_t batch,
                      um_value_id *codes, um_value_id *rgb);

/* rgb (batch, height, width, 3) -> codes (batch, N) I32. */
void um_graph_encoder(struct um_graph *graph, const struct um_config *config, uint32_t batch,
                      um_value_id *rgb, um_value_id *codes);

#endif
