/* Shows how the tokens are unmasked, until Ctrl-C: watch MODEL.gguf CLASS STEPS
 * Build: cc watch.c $(pkg-config --cflags --libs unmask) -o watch */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unmask/unmask.h>

static um_session *session; /* for the signal handler */

static void cancel(int number) {
    (void)number;
    um_session_cancel(session); /* the one call that a handler or another thread may make */
}

static um_status show(const um_model_info *info) {
    um_session_view view;
    const um_status status = um_session_get(session, 0, &view);
    if (status != UM_OK) {
        return status;
    }
    printf("step %u of %u: %u masked\n", (unsigned)um_session_step_index(session),
           (unsigned)um_session_step_count(session), (unsigned)view.masked);
    for (uint32_t i = 0; i < info->grid_width * info->grid_height; i++) {
        putchar(view.change[i] == UM_CHANGE_FIXED ? '*' : view.tokens[i] < 0 ? '.' : '#');
        if ((i + 1) % info->grid_width == 0) {
            putchar('\n');
        }
    }
    fflush(stdout);
    return UM_OK;
}

static um_status watch(um_model *model, const char *class_name, const char *steps) {
    int32_t class_index = 0;
    um_status status = um_model_find_class(model, class_name, &class_index);
    const um_session_params params = {.classes = &class_index,
                                      .sampling.steps = (uint32_t)atoi(steps)};
    status = status == UM_OK ? um_session_begin(&session, model, &params) : status;
    signal(SIGINT, status == UM_OK ? cancel : SIG_DFL);
    while (status == UM_OK && !um_session_done(session)) {
        status = um_session_step(session); /* UM_CANCELLED soon after cancel() */
        status = status == UM_OK ? show(um_model_get_info(model)) : status;
    }
    signal(SIGINT, SIG_DFL);
    um_session_end(&session);
    return status;
}

int main(int argc, char **argv) {
    um_context *context = NULL;
    um_model *model = NULL;
    um_status status = argc == 4 ? um_context_create(&context, NULL) : UM_ERROR_ARGUMENT;
    status = status == UM_OK ? um_model_load(&model, context, argv[1]) : status;
    status = status == UM_OK ? watch(model, argv[2], argv[3]) : status;
    um_model_unload(&model);
    um_context_destroy(&context);
    fprintf(stderr, "watch: %s\n", um_status_text(status));
    return (int)status;
}
