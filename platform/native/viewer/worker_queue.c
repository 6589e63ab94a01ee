/* What goes to the worker thread and comes from it: jobs, messages, and whether to go on. */
#include "viewer/worker_private.h"

#include "common/utf8.h"

#include <stdlib.h>

struct job *job_make(enum job_kind kind) {
    struct job *job = calloc(1, sizeof *job);
    if (job != NULL) {
        job->kind = kind;
    }
    return job;
}

void job_free(struct job *job) {
    if (job == NULL) {
        return;
    }
    for (uint32_t i = 0; job->frames != NULL && i < job->frame_count; i++) {
        free(job->frames[i]);
    }
    free(job->frames);
    free(job->path);
    free(job->device);
    take_step_free(job->from);
    free(job->pixels);
    free(job->mask);
    free(job);
}

struct message *message_make(enum message_kind kind, uint64_t id) {
    struct message *message = calloc(1, sizeof *message);
    if (message != NULL) {
        message->kind = kind;
        message->id = id;
    }
    return message;
}

void message_free(struct message *message) {
    if (message != NULL) {
        device_list_free(message->devices);
        catalog_free(message->catalog);
        take_step_free(message->step);
        free(message->pixels);
        free(message);
    }
}

void worker_post(struct worker *worker, struct job *job) {
    SDL_LockMutex(worker->lock);
    if (worker->last_job != NULL) {
        worker->last_job->next = job;
    } else {
        worker->first_job = job;
    }
    worker->last_job = job;
    SDL_CondSignal(worker->changed);
    SDL_UnlockMutex(worker->lock);
}

struct message *worker_poll(struct worker *worker) {
    SDL_LockMutex(worker->lock);
    struct message *message = worker->first_message;
    if (message != NULL) {
        worker->first_message = message->next;
        worker->last_message = message->next != NULL ? worker->last_message : NULL;
    }
    SDL_UnlockMutex(worker->lock);
    return message;
}

void worker_send(struct worker *worker, struct message *message) {
    if (message == NULL) {
        return;
    }
    SDL_LockMutex(worker->lock);
    if (worker->last_message != NULL) {
        worker->last_message->next = message;
    } else {
        worker->first_message = message;
    }
    worker->last_message = message;
    SDL_UnlockMutex(worker->lock);
    worker->wake();
}

void worker_say(struct worker *worker, enum message_kind kind, const char *text) {
    struct message *message = message_make(kind, 0);
    if (message != NULL) {
        utf8_copy(message->text, sizeof message->text, text);
    }
    worker_send(worker, message);
}

void worker_fail(struct worker *worker, um_status status) {
    bool known = worker->sentence[0] != '\0';
    worker_say(worker, MSG_ERROR, known ? worker->sentence : um_status_text(status));
    worker->sentence[0] = '\0';
}

void worker_log(void *user, um_log_level level, const char *text) {
    struct worker *worker = user;
    if (level == UM_LOG_ERROR) {
        utf8_copy(worker->sentence, sizeof worker->sentence, text);
    }
}

void worker_watch(struct worker *worker, um_session *session, um_edit *edit) {
    SDL_LockMutex(worker->lock);
    worker->session = session;
    worker->edit = edit;
    SDL_UnlockMutex(worker->lock);
}

bool worker_may_go_on(struct worker *worker) {
    SDL_LockMutex(worker->lock);
    while (worker->paused && !worker->stopping && !atomic_load(&worker->cancelled)) {
        SDL_CondWait(worker->changed, worker->lock);
    }
    SDL_UnlockMutex(worker->lock);
    return !atomic_load(&worker->cancelled);
}
