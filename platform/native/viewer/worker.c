/* The worker thread: what it does, one job after another; opening devices and models. */
#include "viewer/worker_private.h"

#include "common/paths.h"
#include "common/report.h"
#include "common/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Both are opened before the old ones go, so that a wrong file or device loses nothing. */
static void work_open(struct worker *worker, struct job *job) {
    um_context *context = NULL;
    um_model *model = NULL;
    worker_say(worker, MSG_BUSY, "Loading the model");
    char *path = find_model(job->path);
    um_context_params params = {
        .device = job->device, .threads = job->threads, .log = worker_log, .log_user = worker};
    um_status status = path == NULL ? UM_ERROR_MODEL : um_context_create(&context, &params);
    if (status == UM_OK) {
        status = um_model_load(&model, context, path);
    }
    struct message *message = message_make(MSG_MODEL, 0);
    if (status == UM_OK && message != NULL) {
        message->catalog = catalog_make(model, um_context_device(context), path);
        status = message->catalog != NULL ? UM_OK : UM_ERROR_MEMORY;
    }
    if (status == UM_OK && message != NULL) {
        um_model_unload(&worker->model);
        um_context_destroy(&worker->context);
        worker->context = context;
        worker->model = model;
        worker_send(worker, message);
    } else {
        um_model_unload(&model);
        um_context_destroy(&context);
        message_free(message);
        worker_fail(worker, status != UM_OK ? status : UM_ERROR_MEMORY);
    }
    free(path);
    worker_say(worker, MSG_BUSY, "");
}

static void work_devices(struct worker *worker) {
    struct message *message = message_make(MSG_DEVICES, 0);
    if (message != NULL) {
        message->devices = device_list_make();
    }
    worker_send(worker, message);
}

static void work(struct worker *worker, struct job *job) {
    switch (job->kind) {
    case JOB_OPEN:
        work_open(worker, job);
        break;
    case JOB_DRAW:
        work_draw(worker, job);
        break;
    case JOB_EDIT:
        work_edit(worker, job);
        break;
    case JOB_PLAN:
        work_plan(worker, job);
        break;
    case JOB_READ:
        work_read(worker, job);
        break;
    case JOB_SAVE:
        work_save(worker, job);
        break;
    case JOB_DEVICES:
        work_devices(worker);
        break;
    }
}

/* NULL when the program ends. */
static struct job *next_job(struct worker *worker) {
    SDL_LockMutex(worker->lock);
    while (worker->first_job == NULL && !worker->stopping) {
        SDL_CondWait(worker->changed, worker->lock);
    }
    struct job *job = worker->first_job;
    if (job != NULL) {
        worker->first_job = job->next;
        worker->last_job = job->next != NULL ? worker->last_job : NULL;
        /* Drawings that waited when worker_cancel() came are gone from the queue: this one is
         * wanted. */
        atomic_store(&worker->cancelled, worker->stopping);
    }
    SDL_UnlockMutex(worker->lock);
    return job;
}

/* report.c hands over what fail() says; only this thread calls it. */
static struct worker *reporting;

static void keep_sentence(const char *sentence) {
    utf8_copy(reporting->sentence, sizeof reporting->sentence, sentence);
}

/* The window comes first: on Linux a nice value belongs to the thread, and the threads that the
 * library starts from this one inherit it. */
static void be_modest(void) {
    setpriority(PRIO_PROCESS, 0, 4);
}

static int run(void *user) {
    struct worker *worker = user;
    struct job *job;
    be_modest();
    reporting = worker;
    report_redirect(keep_sentence);
    while ((job = next_job(worker)) != NULL) {
        work(worker, job);
        job_free(job);
    }
    um_model_unload(&worker->model);
    um_context_destroy(&worker->context);
    return 0;
}

struct worker *worker_start(void (*wake)(void)) {
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return NULL;
    }
    worker->wake = wake;
    worker->lock = SDL_CreateMutex();
    worker->changed = SDL_CreateCond();
    if (worker->lock != NULL && worker->changed != NULL) {
        worker->thread = SDL_CreateThread(run, "worker", worker);
    }
    if (worker->thread == NULL) {
        worker_stop(&worker);
    }
    return worker;
}

/* A drawing that never began has ended, too. */
static void say_cancelled(struct worker *worker, const struct job *job) {
    struct message *message = message_make(MSG_ENDED, job->id);
    if (message != NULL) {
        message->status = UM_CANCELLED;
    }
    worker_send(worker, message);
}

/* With the lock held, which SDL lets its owner take again. With `all` nobody listens any more. */
static void drop_drawings(struct worker *worker, bool all) {
    struct job **link = &worker->first_job;
    worker->last_job = NULL;
    while (*link != NULL) {
        struct job *job = *link;
        if (all || job->kind == JOB_DRAW || job->kind == JOB_EDIT) {
            *link = job->next;
            if (!all) {
                say_cancelled(worker, job);
            }
            job_free(job);
        } else {
            worker->last_job = job;
            link = &job->next;
        }
    }
}

static void cancel(struct worker *worker, bool stop) {
    SDL_LockMutex(worker->lock);
    drop_drawings(worker, stop);
    worker->stopping = stop;
    atomic_store(&worker->cancelled, true);
    if (worker->session != NULL) {
        um_session_cancel(worker->session);
    }
    if (worker->edit != NULL) {
        um_edit_cancel(worker->edit);
    }
    SDL_CondSignal(worker->changed);
    SDL_UnlockMutex(worker->lock);
}

void worker_cancel(struct worker *worker) {
    cancel(worker, false);
}

void worker_pause(struct worker *worker, bool paused) {
    SDL_LockMutex(worker->lock);
    worker->paused = paused;
    SDL_CondSignal(worker->changed);
    SDL_UnlockMutex(worker->lock);
}

void worker_stop(struct worker **address) {
    struct worker *worker = *address;
    if (worker == NULL) {
        return;
    }
    if (worker->thread != NULL) {
        cancel(worker, true);
        SDL_WaitThread(worker->thread, NULL);
    }
    struct message *message;
    while (worker->lock != NULL && (message = worker_poll(worker)) != NULL) {
        message_free(message);
    }
    SDL_DestroyCond(worker->changed);
    SDL_DestroyMutex(worker->lock);
    free(worker);
    *address = NULL;
}
