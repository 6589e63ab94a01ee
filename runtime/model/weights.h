/* Which tensors a configuration implies, in file order. */
#ifndef UM_MODEL_WEIGHTS_H
#define UM_MODEL_WEIGHTS_H

#include "model/config.h"

enum { UM_MAX_TENSORS = 1024 };

/* The name, type and shape that the file must state for one tensor. */
struct um_tensor_spec {
    char name[64];
    enum um_dtype dtype;
    uint32_t n_dims, dims[4]; /* outermost first, unused entries 1 */
    bool exact;               /* F32 whatever the file's type, see um_tensor */
};

/* Fills the list of expected tensors, room for UM_MAX_TENSORS of them; *count <= UM_MAX_TENSORS.
 * False if the configuration implies more tensors than that. Pure function of the configuration.
 *
 * The networks themselves know their tensors, and they lie above the model: whoever opens a file
 * brings the function along, which is um_weight_layout() of graph/layout.h. */
typedef bool um_layout_fn(const struct um_config *config, struct um_tensor_spec *specs,
                          uint32_t *count);

#endif
