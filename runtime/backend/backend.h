/* A backend: one const table. All other layers use devices only through these functions.
 *
 * Objects are opaque to the caller. create/open write NULL on failure; destroy/close do nothing for
 * a NULL object and write NULL. A device must outlive its weights, and these their programs. One
 * thread at a time per device. */
#ifndef UM_BACKEND_BACKEND_H
#define UM_BACKEND_BACKEND_H

#include "backend/features.h"
#include "backend/ops.h"
#include "base/log.h"

#include <unmask/measure.h>

struct um_device_options {
    uint32_t index;    /* into this backend's own list() */
    uint32_t threads;  /* CPU threads; 0 = all that the process may use */
    bool second;       /* CPU: other kernels than the best, see um_context_create_second() */
    bool bf16;         /* linear layers compute in bf16; only if has_bf16() */
    uint32_t disabled; /* enum um_feature: fast paths that must not be used */
    bool f16;          /* Vulkan: weights and inputs may be rounded to F16, UM_PRECISION_F16 */
    bool validation;
    bool distrust;     /* Vulkan: the self-test runs, whatever is remembered of it */
    struct um_log log; /* stays valid as long as the device */
};

/* When a network's largest maps are not stored whole. IF_SHORT, because it costs time: only if
 * memory is short. */
enum um_strips { UM_STRIPS_NEVER, UM_STRIPS_IF_SHORT, UM_STRIPS_ALWAYS };

struct um_backend_fns {
    const char *name; /* "cpu", "vulkan" */

    /* Writes up to `capacity` devices, and the total number to *count. No device is not an error.
     */
    um_status (*list)(um_device_info *list, size_t capacity, size_t *count,
                      const struct um_log *log);

    /* Whether devices can compute in bf16; NULL = none can. */
    bool (*has_bf16)(void);

    um_status (*device_open)(void **device, const struct um_device_options *options);
    void (*device_close)(void **device);

    /* Copies (and repacks or converts) tensors to the device; the sources may be freed afterwards.
     */
    um_status (*weights_create)(void **weights, void *device, const struct um_tensor *tensors,
                                uint32_t count);
    void (*weights_destroy)(void **weights);

    /* Prepares a program so that run() only executes: memory, pipelines, recorded commands. `desc`
     * and what it points to are copied. */
    um_status (*program_create)(void **program, void *weights, const struct um_program_desc *desc);
    void (*program_destroy)(void **program);

    /* Copies a whole value (elements * 4 bytes) in or out. Blocks until the copy is done. */
    um_status (*write)(void *program, um_value_id value, const void *data);
    um_status (*read)(void *program, um_value_id value, void *data);

    /* Copies the first `elements` of a value out. */
    um_status (*read_part)(void *program, um_value_id value, size_t elements, void *data);

    /* Executes all ops and waits. *cancel is polled (between ops, or every 100 ms); when it becomes
     * nonzero the result is UM_CANCELLED and the outputs are undefined. `cancel` may be NULL. */
    um_status (*run)(void *program, const volatile int *cancel);

    /* Whether a CONV2D with kernel 3 accepts its input as UM_VALUE_STRIPS, and may overwrite its
     * residual with its result. */
    enum um_strips strips;

    /* After UM_ERROR_DEVICE_LOST: whether work may never finish, so that the device must not be
     * opened again. NULL = never. */
    bool (*hangs)(const void *device);

    bool samples; /* sessions may use UM_OP_SAMPLE: it is faster than reading the logits */

    /* um_context_details() and um_measure_limit(); NULL where there are no devices. */
    void (*details)(void *device, um_device_details *details);
    um_status (*measure)(void *device, um_limit limit, double *work, double *seconds);

    /* um_longest_submission(); NULL = work can be interrupted. */
    double (*longest_submission)(void *device);
};

/* All built-in backends, in no particular order. */
extern const struct um_backend_fns *const um_backends[];
extern const uint32_t um_backend_count;

/* The list of um_devices(), in order of preference, with each device's backend and its index there.
 */
struct um_device_slot {
    const struct um_backend_fns *backend;
    uint32_t index;
    um_device_info info;
};
um_status um_device_slots(struct um_device_slot *slots, size_t capacity, size_t *count,
                          const struct um_log *log);

/* Picks a device by um_context_params.device's rules. On UM_ERROR_NO_DEVICE the log names what was
 * wanted and lists the existing devices. */
um_status um_device_pick(const char *wanted, struct um_device_slot *slot, const struct um_log *log);

#endif
