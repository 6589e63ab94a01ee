/* Layers on sequences: values of (batch, length, dim). */
#ifndef UM_GRAPH_SEQUENCE_H
#define UM_GRAPH_SEQUENCE_H

#include "graph/net.h"

/* Each function below returns the value of its result. */
struct um_sequence {
    struct um_net *net;
    uint32_t length;  /* positions of an image, the leading ones among them */
    bool row_limited; /* holds only the rows in net->rows, at most N per image */
};

/* The sequence of the rows in net->rows if the net is row-limited, otherwise `s`. */
struct um_sequence um_sequence_wanted(const struct um_sequence *s);

/* x, with `dim` values per row, reduced from the rows of `from` to those of `to`; x itself if they
 * have the same rows. */
um_value_id um_sequence_pick(const struct um_sequence *from, const struct um_sequence *to,
                             um_value_id x, uint32_t dim);

/* For each row of the sequence, the row of weight (N + 1, dim) at its position. */
um_value_id um_sequence_positions(const struct um_sequence *s, um_value_id ids,
                                  um_weight_ref weight, uint32_t dim);

/* token[id] + position[i]; the first `bare` positions are position[i] alone. */
um_value_id um_sequence_embed(const struct um_sequence *s, um_value_id ids, um_weight_ref token,
                              um_weight_ref position, uint32_t dim, uint32_t bare);

/* act(x W^T + bias + residual), from `in` to `out` values per row. */
um_value_id um_sequence_linear(const struct um_sequence *s, um_value_id x, struct um_affine w,
                               uint32_t in, uint32_t out, enum um_activation activation,
                               um_value_id residual);

/* x W^T + bias for the few conditioning rows that affect all positions, see um_op.precise. */
um_value_id um_sequence_steering(const struct um_sequence *s, um_value_id x, struct um_affine w,
                                 uint32_t in, uint32_t out);

/* LayerNorm(x + residual). */
um_value_id um_sequence_norm(const struct um_sequence *s, um_value_id x, um_value_id residual,
                             struct um_affine w, float epsilon);

/* Attention of qkv (3 x heads x head_dim). */
um_value_id um_sequence_attention(const struct um_sequence *s, um_value_id qkv, uint32_t heads,
                                  uint32_t head_dim);

#endif
