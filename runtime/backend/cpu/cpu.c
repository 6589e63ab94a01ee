/* The CPU backend: its table and its one device. */
#include "backend/cpu/cpu.h"

#include <assert.h>
#include <stdio.h>

#include "base/host.h"
#include "base/mem.h"

enum { MAX_THREADS = 1024 };

static um_status list(um_device_info *out, size_t capacity, size_t *count,
                      const struct um_log *log) {
    (void)log;
    *count = 1;
    if (!capacity)
        return UM_OK;
    *out = (um_device_info){.kind = UM_DEVICE_CPU_BACKEND, .memory_bytes = um_host_memory()};
    um_host_cpu_name(out->name, sizeof out->name);
    snprintf(out->backend, sizeof out->backend, "cpu");
    return UM_OK;
}

static const struct um_cpu_kernels *best_kernels(void) {
    enum um_cpu_level level = UM_CPU_LEVELS - 1;
    while (!um_cpu_kernels_at(level))
        level--;
    return um_cpu_kernels_at(level);
}

/* Those of AVX-512 share their source and most instructions with each other, so below them is AVX2.
 */
static const struct um_cpu_kernels *second_kernels(void) {
    enum um_cpu_level level = UM_CPU_PORTABLE;
    if (best_kernels() != um_cpu_kernels_at(UM_CPU_AVX2) && um_cpu_kernels_at(UM_CPU_AVX2))
        level = UM_CPU_AVX2;
    return um_cpu_kernels_at(level);
}

um_status um_cpu_device_open_at(void **out, const struct um_device_options *options,
                                const struct um_cpu_kernels *kernels) {
    *out = NULL;
    uint32_t threads = options->threads ? options->threads : um_host_processors();
    if (threads > MAX_THREADS)
        threads = MAX_THREADS;
    struct um_cpu_device *device = um_alloc(1, sizeof *device);
    if (device)
        device->pool = um_pool_create(threads);
    if (!device || !device->pool) {
        um_free(device);
        return um_fail(&options->log, UM_ERROR_MEMORY, "out of memory opening the CPU device");
    }
    device->log = options->log;
    device->kernels = kernels;
    device->bf16 = options->bf16 ? um_cpu_bf16_kernels() : NULL;
    if (um_pool_size(device->pool) < threads)
        um_log_write(&device->log, UM_LOG_WARN, "only %u of %u CPU threads could be started",
                     um_pool_size(device->pool), threads);
    um_log_write(&device->log, UM_LOG_DEBUG, "CPU device: %s kernels%s, %u threads", kernels->name,
                 device->bf16 ? ", bf16" : "", um_pool_size(device->pool));
    *out = device;
    return UM_OK;
}

static bool has_bf16(void) {
    return um_cpu_bf16_kernels() != NULL;
}

static um_status device_open(void **out, const struct um_device_options *options) {
    assert(options->index == 0);
    return um_cpu_device_open_at(out, options, options->second ? second_kernels() : best_kernels());
}

static void device_close(void **handle) {
    struct um_cpu_device *device = *handle;
    *handle = NULL;
    if (!device)
        return;
    um_pool_destroy(device->pool);
    um_free(device);
}

static void details(void *handle, um_device_details *details) {
    const struct um_cpu_device *device = handle;
    *details = (um_device_details){.threads = um_pool_size(device->pool)};
    snprintf(details->paths, sizeof details->paths, "%s%s", device->kernels->name,
             device->bf16 ? ", bf16" : "");
}

const struct um_backend_fns um_backend_cpu = {
    .name = "cpu",
    .list = list,
    .has_bf16 = has_bf16,
    .device_open = device_open,
    .device_close = device_close,
    .weights_create = um_cpu_weights_create,
    .weights_destroy = um_cpu_weights_destroy,
    .program_create = um_cpu_program_create,
    .program_destroy = um_cpu_program_destroy,
    .write = um_cpu_write,
    .read = um_cpu_read,
    .read_part = um_cpu_read_part,
    .run = um_cpu_run,
    .strips = UM_STRIPS_ALWAYS,
    .details = details,
    .measure = um_cpu_measure,
};
