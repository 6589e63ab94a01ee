/* The object behind um_context: a device that is open, and who uses it. */
#ifndef UM_CONTEXT_H
#define UM_CONTEXT_H

#include "backend/backend.h"

struct um_context {
    struct um_log log;            /* its `last` is the array below */
    char error[UM_MESSAGE_BYTES]; /* um_context_error() */
    const struct um_backend_fns *backend;
    void *device; /* NULL = lost for good, see recover.h */
    um_device_info info;
    struct um_device_options options; /* that it was opened with */
    bool automatic;                   /* the library chose the device, so it may choose another */
    uint32_t losses;                  /* of devices so far */
    um_model *models;                 /* loaded ones, linked by their `next` */
    enum um_sampler_trust {
        UM_SAMPLER_UNTRIED,
        UM_SAMPLER_RIGHT,
        UM_SAMPLER_WRONG
    } device_sampler; /* device_sampler.h */
};

#endif
