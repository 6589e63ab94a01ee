/* The thread that owns the library's objects. The window posts jobs and polls messages; neither
 * call ever waits for the library. */
#ifndef VIEWER_WORKER_H
#define VIEWER_WORKER_H

#include "common/meta.h"
#include "viewer/catalog.h"
#include "viewer/take.h"

enum job_kind {
    JOB_OPEN,    /* device and model; what is open stays open if it fails */
    JOB_DRAW,    /* a session */
    JOB_EDIT,    /* an edit of `pixels` */
    JOB_PLAN,    /* what such an edit would be; needs no pixels */
    JOB_READ,    /* a picture file */
    JOB_SAVE,    /* one PNG, or an animated one */
    JOB_DEVICES, /* list them */
};

struct job {
    enum job_kind kind;
    uint64_t id;         /* comes back in the messages of JOB_DRAW, JOB_EDIT and JOB_SAVE */
    char *path, *device; /* NULL = find the bundled model; automatic device. Owned */
    uint32_t threads;
    struct draw_options options;
    struct take_step *from; /* to go on from, with as many images; NULL = from the start. Owned */
    uint8_t *pixels;        /* (height, width, 3). Owned */
    uint32_t width, height;
    uint8_t *mask; /* (height, width) or NULL. Owned */
    uint32_t left, right, top, bottom;
    float vary_share;
    um_vary_order vary_order;
    bool clipboard;   /* JOB_SAVE: the file goes there, and there is no path */
    uint32_t saved;   /* JOB_SAVE: bits of the pictures that it saves */
    uint8_t **frames; /* JOB_SAVE: pictures of width x height; owned, also each */
    uint32_t frame_count;
    uint16_t frame_ms, last_ms;
    struct meta meta;
    struct job *next;
};

enum message_kind {
    MSG_BUSY,    /* text: what goes on, "" = nothing */
    MSG_DEVICES, /* devices */
    MSG_MODEL,   /* catalog */
    MSG_BEGUN,   /* a drawing: sizes and total */
    MSG_PLAN,    /* windows and total of JOB_PLAN; 0 = it cannot be told */
    MSG_STEP,    /* step; window, rounds and seconds */
    MSG_ENDED,   /* status; text if it failed */
    MSG_PICTURE, /* pixels of a file that was read; settings, if has_settings */
    MSG_NOTE,    /* text */
    MSG_ERROR,   /* text: one sentence */
};

struct message {
    enum message_kind kind;
    uint64_t id;
    um_status status;
    char text[600];
    struct device_list *devices; /* this and the following are owned */
    struct catalog *catalog;
    struct take_step *step;
    uint8_t *pixels;
    uint32_t width, height, grid_width, grid_height, total;
    uint32_t windows, window; /* of an edit: how many, and the one that was drawn in, from 0 */
    uint32_t rounds;          /* done by this drawing, */
    double seconds;           /* and what they took, pictures included, pauses not */
    uint32_t left, top;       /* where the source lies on the canvas of an edit */
    uint32_t scale;   /* MSG_PICTURE: the file was enlarged so many times; its pixels are not */
    char remark[480]; /* MSG_PICTURE: what was done to its pixels, "" = nothing */
    uint32_t saved;   /* MSG_NOTE: bits of the pictures that are in a file now */
    bool has_settings;
    struct meta settings;
    struct message *next;
};

struct worker;

/* `wake` is called on the worker's thread after each message. NULL: no thread or memory. */
struct worker *worker_start(void (*wake)(void));

/* A job with everything zero; NULL: no memory. */
struct job *job_make(enum job_kind kind);
void job_free(struct job *job);

/* Takes ownership. Jobs are done in the order in which they come. */
void worker_post(struct worker *worker, struct job *job);

/* The next message, or NULL. */
struct message *worker_poll(struct worker *worker);
void message_free(struct message *message);

/* Ends the drawing that runs, and those that wait: MSG_ENDED comes of each of them. */
void worker_cancel(struct worker *worker);

/* A paused worker stops between two steps; cancelling still works. */
void worker_pause(struct worker *worker, bool paused);

/* Cancels, waits for the thread and frees everything; writes NULL. */
void worker_stop(struct worker **worker);

#endif
