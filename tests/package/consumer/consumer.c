/* What a program that uses the installed library does: draws on the CPU, prints the tokens. */
#include <stdio.h>
#include <unmask/unmask.h>

static um_status draw(um_model *model) {
    um_session *session = NULL;
    um_session_params params = {.seed = 5, .sampling.steps = 3};
    um_session_view view;
    um_status status = um_session_begin(&session, model, &params);
    while (status == UM_OK && !um_session_done(session)) {
        status = um_session_step(session);
    }
    if (status == UM_OK && (status = um_session_get(session, 0, &view)) == UM_OK) {
        const um_model_info *info = um_model_get_info(model);
        for (uint32_t i = 0; i < info->grid_width * info->grid_height; i++) {
            printf("%d ", (int)view.tokens[i]);
        }
        puts("");
    }
    um_session_end(&session);
    return status;
}

int main(int argc, char **argv) {
    um_context *context = NULL;
    um_model *model = NULL;
    um_context_params params = {.device = "cpu", .threads = 1};
    if (argc != 2) {
        return 2;
    }
    puts(um_version());
    um_status status = um_context_create(&context, &params);
    if (status == UM_OK && (status = um_model_load(&model, context, argv[1])) == UM_OK) {
        status = draw(model);
    }
    um_model_unload(&model);
    um_context_destroy(&context);
    return (int)status;
}
