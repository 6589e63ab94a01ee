/* Layers on feature maps: values of (batch, height, width, channels). */
#ifndef UM_GRAPH_MAP_H
#define UM_GRAPH_MAP_H

#include "graph/net.h"

/* The feature map under construction; each call below replaces it by its result. */
struct um_map {
    struct um_net *net;
    uint32_t height, width, channels;
    um_value_id x;
};

/* Stride 1, zero padding; `residual` is added to the result, or UM_NO_VALUE. */
void um_map_conv(struct um_map *m, struct um_affine w, uint32_t channels, uint32_t kernel,
                 um_value_id residual);

/* Kernel 3, stride 2: CONV2D_STRIDE2. */
void um_map_conv_stride2(struct um_map *m, struct um_affine w, uint32_t channels);

/* GroupNorm by the configuration's groups and epsilon, then the activation. */
void um_map_norm(struct um_map *m, struct um_affine w, enum um_activation activation);

/* AVGPOOL or UPSAMPLE. */
void um_map_resize(struct um_map *m, enum um_op_kind kind);

/* x scale + shift. */
void um_map_scale(struct um_map *m, float scale, float shift);

/* codes (batch, height, width) I32 from the map, or into the map. */
um_value_id um_map_nearest_code(struct um_map *m, um_weight_ref codebook);
void um_map_codebook(struct um_map *m, um_value_id codes, um_weight_ref codebook);

#endif
