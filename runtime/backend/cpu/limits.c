/* What the CPU can do at most: all threads copying, all threads multiplying and adding. */
#include "backend/cpu/cpu.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    COPY_BYTES = 96 << 20, /* more than the caches of most machines hold twice */
    PIECES = 64,
    FIRST_ROUNDS = 1 << 12,
    UNITS_PER_THREAD = 4
};

static const double least_seconds = 0.05, factor = -1.0f, offset = 3.5f;

static um_status too_fast(const struct um_log *log) {
    return um_fail(log, UM_ERROR_CHECK, "the clock stood still while a limit was measured");
}

struct copying {
    const unsigned char *from;
    unsigned char *to;
};

static void copy_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct copying *c = arg;
    const size_t piece = COPY_BYTES / PIECES;
    (void)worker;
    memcpy(c->to + begin * piece, c->from + begin * piece, (end - begin) * piece);
}

static void fill(unsigned char *bytes, uint32_t state) {
    for (size_t i = 0; i < COPY_BYTES; i += sizeof state) {
        state = state * 1664525u + 1013904223u;
        memcpy(bytes + i, &state, sizeof state);
    }
}

static um_status measure_copy(struct um_cpu_device *device, double *work, double *seconds) {
    unsigned char *from = um_alloc(COPY_BYTES, 1), *to = um_alloc(COPY_BYTES, 1);
    um_status status = UM_OK;
    if (!from || !to) {
        status = um_fail(&device->log, UM_ERROR_MEMORY, "out of memory measuring the CPU");
        goto done;
    }
    fill(from, 1);
    struct copying c = {from, to};
    um_pool_run(device->pool, PIECES, copy_units, &c); /* touches every page */
    double start = um_clock_seconds();
    *work = *seconds = 0;
    for (int pass = 0; pass < 1000 && *seconds < least_seconds; pass++) {
        um_pool_run(device->pool, PIECES, copy_units, &c);
        *work += 2.0 * COPY_BYTES;
        *seconds = um_clock_seconds() - start;
    }
    if (memcmp(from, to, COPY_BYTES) != 0)
        status = um_fail(&device->log, UM_ERROR_CHECK, "copied memory differs from its source");
    else if (!(*seconds > 0))
        status = too_fast(&device->log);
done:
    um_free(from);
    um_free(to);
    return status;
}

struct adding {
    const struct um_cpu_kernels *kernels;
    uint64_t rounds; /* odd */
    float (*out)[UM_LANES];
    double *flops;
};

static void add_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct adding *a = arg;
    (void)worker;
    for (uint32_t unit = begin; unit < end; unit++)
        a->flops[unit] = a->kernels->peak((float)factor, (float)offset, a->rounds, a->out[unit]);
}

/* The chain from i on went i, 3.5 - i, i, ...: exact, and after an odd number of rounds not where
 * it began. */
static bool right(const struct adding *a, uint32_t unit) {
    const double chains = a->flops[unit] / (2.0 * UM_LANES * (double)a->rounds);
    for (uint32_t i = 0; i < UM_LANES; i++)
        if ((double)a->out[unit][i] != chains * offset + factor * chains * (chains - 1) / 2)
            return false;
    return true;
}

static um_status measure_fma(struct um_cpu_device *device, double *work, double *seconds) {
    const uint32_t units = um_pool_size(device->pool) * UNITS_PER_THREAD;
    struct adding a = {.kernels = device->kernels, .rounds = FIRST_ROUNDS + 1};
    if (!a.kernels->peak)
        return um_fail(&device->log, UM_ERROR_NO_DEVICE, "not measured on this instruction set");
    a.out = um_alloc(units, sizeof *a.out);
    a.flops = um_alloc(units, sizeof *a.flops);
    um_status status = UM_OK;
    if (!a.out || !a.flops)
        status = um_fail(&device->log, UM_ERROR_MEMORY, "out of memory measuring the CPU");
    *seconds = 0;
    while (status == UM_OK && *seconds < least_seconds && a.rounds < UINT64_C(1) << 40) {
        a.rounds = a.rounds * 2 - 1;
        const double start = um_clock_seconds();
        um_pool_run(device->pool, units, add_units, &a);
        *seconds = um_clock_seconds() - start;
    }
    *work = 0;
    for (uint32_t unit = 0; unit < units && status == UM_OK; unit++) {
        *work += a.flops[unit];
        if (!right(&a, unit))
            status = um_fail(&device->log, UM_ERROR_CHECK, "multiply-adds gave a wrong result");
    }
    if (status == UM_OK && !(*seconds > 0))
        status = too_fast(&device->log);
    um_free(a.out);
    um_free(a.flops);
    return status;
}

um_status um_cpu_measure(void *handle, um_limit limit, double *work, double *seconds) {
    struct um_cpu_device *device = handle;
    switch (limit) {
    case UM_LIMIT_COPY:
        return measure_copy(device, work, seconds);
    case UM_LIMIT_FMA:
        return measure_fma(device, work, seconds);
    case UM_LIMIT_MATRIX:
        break;
    }
    return um_fail(&device->log, UM_ERROR_NO_DEVICE, "the CPU backend uses no matrix unit");
}
