/* A residual block as decoders have it, then one level up, on random numbers; with maps that are
 * whole and with maps that are never whole. */
#ifndef TESTS_OPS_STRIPS_NET_H
#define TESTS_OPS_STRIPS_NET_H

#include "backend/backend.h"
#include "graph/strips.h"
#include "support/rand.h"

enum { STRIPS_IMAGES = 2, STRIPS_TENSORS = 12 };

struct strips_net {
    struct um_graph graph;
    struct um_tensor tensors[STRIPS_TENSORS];
    void *data[STRIPS_TENSORS]; /* of the tensors, to be freed */
    int32_t count;
    struct test_rand random;
    enum um_dtype dtype; /* of the kernels */
};

/* Append an op on maps of STRIPS_IMAGES images, and its tensors. */
um_value_id strips_norm(struct strips_net *n, um_value_id in, uint32_t h, uint32_t w, uint32_t c);
um_value_id strips_conv(struct strips_net *n, um_value_id in, um_value_id residual, uint32_t h,
                        uint32_t w, uint32_t c);

struct strips_shape {
    const char *name;
    uint32_t height, width, channels; /* of the input; the output is twice as high and wide */
    enum um_dtype dtype;
    bool slow_too; /* for the portable kernels, too */
};

/* Runs it twice, writes the (STRIPS_IMAGES, 2 height, 2 width, channels) of the second run to `out`
 * and returns the bytes of the arena. */
size_t strips_run(const struct strips_shape *s, const struct um_backend_fns *backend, void *device,
                  bool strips, float *out);

#endif
