/* Sessions and edits on the worker thread. */
#include "viewer/worker_private.h"

#include <stdlib.h>
#include <string.h>

um_session_params work_params(const struct job *job, int32_t *classes) {
    const struct draw_options *options = &job->options;
    for (uint32_t i = 0; i < options->images; i++) {
        classes[i] = options->class_index;
    }
    return (um_session_params){
        .classes = classes,
        .batch = options->images,
        .seed = options->seed,
        .first_image = options->first_image,
        .sampling = options->sampling,
    };
}

static double seconds_since(uint64_t start) {
    return (double)(SDL_GetPerformanceCounter() - start) / (double)SDL_GetPerformanceFrequency();
}

static void end(struct worker *worker, const struct job *job, um_status status) {
    struct message *message = message_make(MSG_ENDED, job->id);
    if (message != NULL) {
        message->status = status;
    }
    if (status != UM_OK && status != UM_CANCELLED) {
        worker_fail(worker, status);
    }
    worker->sentence[0] = '\0';
    worker_send(worker, message);
}

static void copy_view(struct take_frame *frame, const um_session_view *view, size_t tokens) {
    memcpy(frame->tokens, view->tokens, tokens * sizeof *frame->tokens);
    memcpy(frame->guess, view->guess, tokens * sizeof *frame->guess);
    memcpy(frame->confidence, view->confidence, tokens * sizeof *frame->confidence);
    memcpy(frame->fixed_step, view->fixed_step, tokens * sizeof *frame->fixed_step);
    frame->masked = view->masked;
}

/* What a drawing has done so far. */
struct work {
    uint32_t first, done, window; /* rounds before it, and in all */
    double seconds;
};

static um_status send_step(struct worker *worker, const struct job *job, struct take_step *step,
                           const struct work *work) {
    struct message *message = message_make(MSG_STEP, job->id);
    if (message == NULL) {
        take_step_free(step);
        return UM_ERROR_MEMORY;
    }
    message->step = step;
    message->rounds = work->done - work->first;
    message->window = work->window;
    message->seconds = work->seconds;
    worker_send(worker, message);
    return UM_OK;
}

/* ------------------------------------------------------------------ sessions */

static um_status show_session(struct worker *worker, const struct job *job, um_session *session,
                              uint64_t start, struct work *work, float *rgb) {
    const um_model_info *info = um_model_get_info(worker->model);
    const double seconds = seconds_since(start);
    size_t tokens = (size_t)info->grid_width * info->grid_height;
    size_t pixels = (size_t)info->image_width * info->image_height;
    struct take_step *step =
        take_step_make(um_session_step_index(session), job->options.images, tokens, pixels);
    um_status status = step != NULL ? UM_OK : UM_ERROR_MEMORY;
    for (uint32_t i = 0; status == UM_OK && i < job->options.images; i++) {
        um_session_view view;
        status = um_session_get(session, i, &view);
        if (status == UM_OK) {
            copy_view(&step->frames[i], &view, tokens);
            status = um_session_decode(session, i, rgb);
        }
        if (status == UM_OK) {
            take_bytes(step->frames[i].rgb, rgb, pixels * 3);
            status = atomic_load(&worker->cancelled) ? UM_CANCELLED : UM_OK;
        }
    }
    if (status != UM_OK) {
        take_step_free(step);
        return status;
    }
    step->seconds = seconds;
    work->done = step->index;
    work->seconds += seconds_since(start);
    return send_step(worker, job, step, work);
}

static um_status draw(struct worker *worker, const struct job *job, um_session *session,
                      float *rgb) {
    const um_model_info *info = um_model_get_info(worker->model);
    uint32_t stride = take_stride(um_session_step_count(session), job->options.images,
                                  (size_t)info->grid_width * info->grid_height,
                                  (size_t)info->image_width * info->image_height);
    struct work work = {.first = um_session_step_index(session)};
    um_status status = UM_OK;
    while (status == UM_OK && !um_session_done(session)) {
        if (!worker_may_go_on(worker)) {
            return UM_CANCELLED;
        }
        uint64_t start = SDL_GetPerformanceCounter();
        status = um_session_step(session);
        bool shown = um_session_step_index(session) % stride == 0 || um_session_done(session);
        if (status == UM_OK && shown) {
            status = show_session(worker, job, session, start, &work, rgb);
        } else {
            work.seconds += seconds_since(start);
        }
    }
    return status;
}

static void send_begun(struct worker *worker, const struct job *job, const struct message *sizes) {
    struct message *message = message_make(MSG_BEGUN, job->id);
    if (message != NULL) {
        *message = *sizes;
        message->kind = MSG_BEGUN;
        message->id = job->id;
    }
    worker_send(worker, message);
}

/* From the step that was kept: exactly as if the drawing had never stopped. */
static void go_on(const struct job *job, um_session_params *params, um_session_view *views) {
    if (job->from == NULL) {
        return;
    }
    for (uint32_t i = 0; i < job->options.images; i++) {
        const struct take_frame *frame = &job->from->frames[i];
        views[i] = (um_session_view){.tokens = frame->tokens,
                                     .guess = frame->guess,
                                     .confidence = frame->confidence,
                                     .fixed_step = frame->fixed_step};
    }
    params->resume = views;
    params->resume_step = job->from->index;
}

void work_draw(struct worker *worker, struct job *job) {
    um_session *session = NULL;
    if (worker->model == NULL) {
        worker_say(worker, MSG_ERROR, "no model is loaded: drop a .gguf file on the window");
        end(worker, job, UM_CANCELLED);
        return;
    }
    const um_model_info *info = um_model_get_info(worker->model);
    int32_t *classes = malloc(job->options.images * sizeof *classes);
    um_session_view *views = calloc(job->options.images, sizeof *views);
    float *rgb = malloc((size_t)info->image_width * info->image_height * 3 * sizeof *rgb);
    um_status status = classes != NULL && views != NULL && rgb != NULL ? UM_OK : UM_ERROR_MEMORY;
    if (status == UM_OK) {
        um_session_params params = work_params(job, classes);
        go_on(job, &params, views);
        status = um_session_begin(&session, worker->model, &params);
    }
    if (status == UM_OK) {
        worker_watch(worker, session, NULL);
        struct message sizes = {.width = info->image_width,
                                .height = info->image_height,
                                .grid_width = info->grid_width,
                                .grid_height = info->grid_height,
                                .total = um_session_step_count(session)};
        send_begun(worker, job, &sizes);
        status = draw(worker, job, session, rgb);
        worker_watch(worker, NULL, NULL);
    }
    um_session_end(&session);
    free(classes);
    free(views);
    free(rgb);
    end(worker, job, status);
}

/* ------------------------------------------------------------------ edits */

static um_status show_edit(struct worker *worker, const struct job *job, um_edit *edit,
                           uint64_t start, struct work *work, float *rgb) {
    const um_edit_info *info = um_edit_get_info(edit);
    const double seconds = seconds_since(start);
    size_t tokens = (size_t)info->grid_width * info->grid_height;
    size_t pixels = (size_t)info->width * info->height;
    struct take_step *step =
        take_step_make(um_edit_step_index(edit), job->options.images, tokens, pixels);
    um_status status = step != NULL ? UM_OK : UM_ERROR_MEMORY;
    for (uint32_t i = 0; status == UM_OK && i < job->options.images; i++) {
        um_edit_view view;
        status = um_edit_get(edit, i, &view);
        if (status == UM_OK) {
            um_session_view same = {.tokens = view.tokens,
                                    .guess = view.guess,
                                    .confidence = view.confidence,
                                    .fixed_step = view.fixed_step,
                                    .masked = view.masked};
            copy_view(&step->frames[i], &same, tokens);
            work->window = view.window;
            status = um_edit_picture(edit, i, rgb);
        }
        if (status == UM_OK) {
            take_bytes(step->frames[i].rgb, rgb, pixels * 3);
            status = atomic_load(&worker->cancelled) ? UM_CANCELLED : UM_OK;
        }
    }
    if (status != UM_OK) {
        take_step_free(step);
        return status;
    }
    step->seconds = seconds;
    work->done = step->index;
    work->seconds += seconds_since(start);
    return send_step(worker, job, step, work);
}

static um_status run_edit(struct worker *worker, const struct job *job, um_edit *edit) {
    const um_edit_info *info = um_edit_get_info(edit);
    struct message sizes = {.width = info->width,
                            .height = info->height,
                            .grid_width = info->grid_width,
                            .grid_height = info->grid_height,
                            .left = info->left,
                            .top = info->top,
                            .windows = info->windows,
                            .total = um_edit_step_count(edit)};
    uint32_t stride =
        take_stride(sizes.total, job->options.images, (size_t)info->grid_width * info->grid_height,
                    (size_t)info->width * info->height);
    float *rgb = malloc((size_t)info->width * info->height * 3 * sizeof *rgb);
    if (rgb == NULL) {
        return UM_ERROR_MEMORY;
    }
    send_begun(worker, job, &sizes);
    struct work work = {0};
    um_status status = UM_OK;
    while (status == UM_OK && !um_edit_done(edit)) {
        if (!worker_may_go_on(worker)) {
            status = UM_CANCELLED;
            break;
        }
        uint64_t start = SDL_GetPerformanceCounter();
        status = um_edit_step(edit);
        bool shown = um_edit_step_index(edit) % stride == 0 || um_edit_done(edit);
        if (status == UM_OK && shown) {
            status = show_edit(worker, job, edit, start, &work, rgb);
        } else {
            work.seconds += seconds_since(start);
        }
    }
    free(rgb);
    return status;
}

void work_edit(struct worker *worker, struct job *job) {
    um_edit *edit = NULL;
    size_t values = (size_t)job->width * job->height * 3;
    int32_t *classes = malloc(job->options.images * sizeof *classes);
    float *rgb = malloc(values * sizeof *rgb);
    um_status status = classes != NULL && rgb != NULL ? UM_OK : UM_ERROR_MEMORY;
    if (status == UM_OK && worker->model == NULL) {
        worker_say(worker, MSG_ERROR, "no model is loaded: drop a .gguf file on the window");
        status = UM_CANCELLED;
    }
    if (status == UM_OK) {
        for (size_t i = 0; i < values; i++) {
            rgb[i] = (float)job->pixels[i] / 255.0F;
        }
        um_edit_params params = {.rgb = rgb,
                                 .width = job->width,
                                 .height = job->height,
                                 .mask = job->mask,
                                 .left = job->left,
                                 .right = job->right,
                                 .top = job->top,
                                 .bottom = job->bottom,
                                 .vary_share = job->vary_share,
                                 .vary_order = job->vary_order,
                                 .draw = work_params(job, classes)};
        status = um_edit_begin(&edit, worker->model, &params);
    }
    free(rgb);
    if (status == UM_OK) {
        worker_watch(worker, NULL, edit);
        status = run_edit(worker, job, edit);
        worker_watch(worker, NULL, NULL);
    }
    um_edit_end(&edit);
    free(classes);
    end(worker, job, status);
}

void work_plan(struct worker *worker, struct job *job) {
    struct message *message = message_make(MSG_PLAN, job->id);
    int32_t *classes = malloc(job->options.images * sizeof *classes);
    if (message != NULL && classes != NULL && worker->model != NULL) {
        um_edit_params params = {.width = job->width,
                                 .height = job->height,
                                 .mask = job->mask,
                                 .left = job->left,
                                 .right = job->right,
                                 .top = job->top,
                                 .bottom = job->bottom,
                                 .draw = work_params(job, classes)};
        /* What is wrong with it is said when it is begun. */
        um_edit_estimate(worker->model, &params, &message->windows, &message->total);
        worker->sentence[0] = '\0';
    }
    free(classes);
    worker_send(worker, message);
}
