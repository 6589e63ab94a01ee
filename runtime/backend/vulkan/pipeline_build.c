/* Builds the pipelines that a program needs on several threads: drivers compile for up to seconds
 * each, and the first picture waits for all of them. */
#include "backend/vulkan/pipecache.h"
#include "backend/vulkan/pipeline.h"
#include "backend/vulkan/program.h"
#include "backend/vulkan/util.h"
#include "base/host.h"
#include "base/mem.h"
#include "base/thread.h"

#include <stdatomic.h>
#include <string.h>

enum { MAX_WORKERS = 8 };

struct job {
    enum um_vk_shader shader;
    const struct um_vk_spec *spec;
    VkPipeline pipeline;
    VkResult result;
};

struct work {
    struct um_vk_device *device;
    struct job *jobs;
    uint32_t count;
    atomic_uint next;
};

static void build_jobs(void *arg) {
    struct work *work = arg;
    for (;;) {
        const uint32_t i = atomic_fetch_add(&work->next, 1);
        if (i >= work->count)
            return;
        struct job *job = &work->jobs[i];
        job->result = um_vk_pipeline_create(work->device, job->shader, job->spec, &job->pipeline);
    }
}

/* Validation reports through a log that expects one thread. */
static uint32_t worker_count(const struct work *work) {
    const uint32_t cores = um_host_processors();
    uint32_t count = cores > MAX_WORKERS ? MAX_WORKERS : cores;
    count = count < work->count ? count : work->count;
    return work->device->validation ? 1 : count;
}

/* The calling thread works, too, so nothing is lost where threads cannot be had. */
static void build_all(struct work *work) {
    struct um_thread threads[MAX_WORKERS];
    uint32_t wanted = worker_count(work), started = 0;
    while (started + 1 < wanted && um_thread_start(&threads[started], build_jobs, work))
        started++;
    build_jobs(work);
    for (uint32_t i = 0; i < started; i++)
        um_thread_join(&threads[i]);
}

static bool is_listed(const struct work *work, const struct um_vk_dispatch *d) {
    for (uint32_t i = 0; i < work->count; i++)
        if (work->jobs[i].shader == d->shader &&
            memcmp(work->jobs[i].spec, &d->spec, sizeof d->spec) == 0)
            return true;
    return false;
}

/* Keeps what was built. All of it goes to the device or away, even where some have failed. */
static um_status keep(struct work *work) {
    struct um_vk_device *device = work->device;
    um_status status = UM_OK;
    for (uint32_t i = 0; i < work->count; i++) {
        const struct job *job = &work->jobs[i];
        if (job->result == VK_SUCCESS) {
            um_status kept = um_vk_pipeline_keep(device, job->shader, job->spec, job->pipeline);
            status = status == UM_OK ? kept : status;
        } else if (status == UM_OK) {
            status = um_vk_pipeline_failed(device, job->shader, job->result);
        }
    }
    return status;
}

um_status um_vk_program_pipelines(struct um_vk_program *program) {
    struct work work = {.device = program->device};
    work.jobs = um_alloc(program->dispatch_count, sizeof *work.jobs);
    if (!work.jobs)
        return um_fail(&work.device->log, UM_ERROR_MEMORY, "out of memory building pipelines");
    for (uint32_t i = 0; i < program->dispatch_count; i++) {
        const struct um_vk_dispatch *d = &program->dispatches[i];
        if (!um_vk_pipeline_has(work.device, d->shader, &d->spec) && !is_listed(&work, d))
            work.jobs[work.count++] = (struct job){.shader = d->shader, .spec = &d->spec};
    }
    um_status status = UM_OK;
    if (work.count > 0) {
        um_vk_pipecache_enter(work.device->pipecache);
        build_all(&work);
        um_vk_pipecache_leave(work.device->pipecache);
        status = keep(&work);
    }
    um_free(work.jobs);
    return status;
}
