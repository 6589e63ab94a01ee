/* Shared by the files of the worker thread. */
#ifndef VIEWER_WORKER_PRIVATE_H
#define VIEWER_WORKER_PRIVATE_H

#include "viewer/worker.h"

#include <SDL.h>
#include <stdatomic.h>

struct worker {
    SDL_Thread *thread;
    SDL_mutex *lock;
    SDL_cond *changed;
    void (*wake)(void);
    /* under the lock */
    struct job *first_job, *last_job;
    struct message *first_message, *last_message;
    um_session *session; /* running, for worker_cancel() */
    um_edit *edit;
    bool paused, stopping;
    atomic_bool cancelled; /* cleared when a drawing that was posted later begins */
    /* of the thread alone */
    um_context *context;
    um_model *model;
    char *path;
    char sentence[600]; /* the latest error */
};

/* worker_queue.c */

struct message *message_make(enum message_kind kind, uint64_t id);

/* Takes ownership; a NULL message is ignored. */
void worker_send(struct worker *worker, struct message *message);

/* Sends a message with a text. */
void worker_say(struct worker *worker, enum message_kind kind, const char *text);

/* Sends MSG_ERROR with the sentence of the latest error. */
void worker_fail(struct worker *worker, um_status status);

/* The library's log. */
void worker_log(void *user, um_log_level level, const char *text);

/* Makes the session or edit known to worker_cancel(); NULL when it is about to end. */
void worker_watch(struct worker *worker, um_session *session, um_edit *edit);

/* Waits while paused. False if the drawing was cancelled. */
bool worker_may_go_on(struct worker *worker);

/* worker_draw.c, worker_files.c */

void work_draw(struct worker *worker, struct job *job);
void work_edit(struct worker *worker, struct job *job);
void work_plan(struct worker *worker, struct job *job);
void work_read(struct worker *worker, struct job *job);
void work_save(struct worker *worker, struct job *job);

/* Parameters of a session; `classes` has room for all images. */
um_session_params work_params(const struct job *job, int32_t *classes);

#endif
