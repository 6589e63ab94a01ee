/* The tensors of a model's networks. */
#ifndef UM_GRAPH_LAYOUT_H
#define UM_GRAPH_LAYOUT_H

#include "model/weights.h"

/* The um_layout_fn of the networks in this folder. */
bool um_weight_layout(const struct um_config *config, struct um_tensor_spec *specs,
                      uint32_t *count);

#endif
