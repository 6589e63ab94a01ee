/* Layers on sequences: values of (batch, tokens, dim). */
#ifndef UM_GRAPH_SEQUENCE_H
#define UM_GRAPH_SEQUENCE_H

#include "graph/net.h"

/* Each call returns its result. */
struct um_sequence {
    struct um_net *net;
    uint32_t tokens; /* N + 1 */
    bool counted;    /* holds the net's wanted rows alone, of at most N per image */
};

/* Where the net wants some rows only, the sequence of these; else `s`. */
struct um_sequence um_sequence_wanted(const struct um_sequence *s);

/* The rows of x, `dim` numbers each, that `to` has more narrowly than `from`; x if it has all. */
um_value_id um_sequence_pick(const struct um_sequence *from, const struct um_sequence *to,
                             um_value_id x, uint32_t dim);

/* The weight's row of each one's position: weight (N + 1, dim). */
um_value_id um_sequence_positions(const struct um_sequence *s, um_value_id ids,
                                  um_weight_ref weight, uint32_t dim);

/* token[id] + position[i]; the first `bare` positions are position[i] alone. */
um_value_id um_sequence_embed(const struct um_sequence *s, um_value_id ids, um_weight_ref token,
                              um_weight_ref position, uint32_t dim, uint32_t bare);

/* act(x W^T + bias + residual), `in` to `out` numbers. */
um_value_id um_sequence_linear(const struct um_sequence *s, um_value_id x, struct um_affine w,
                               uint32_t in, uint32_t out, enum um_activation activation,
                               um_value_id residual);

/* x W^T + bias for the few rows that steer all positions: um_op.fine. */
um_value_id um_sequence_steering(const struct um_sequence *s, um_value_id x, struct um_affine w,
                                 uint32_t in, uint32_t out);

/* LayerNorm(x + residual). */
um_value_id um_sequence_norm(const struct um_sequence *s, um_value_id x, um_value_id residual,
                             struct um_affine w, float epsilon);

/* Attention of qkv (3 x heads x head_dim). */
um_value_id um_sequence_attention(const struct um_sequence *s, um_value_id qkv, uint32_t heads,
                                  uint32_t head_dim);

#endif
