/* The API's border: every bad argument is refused with its status and a sentence that names it. */
#include "session/rig.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 16, K = 32, PIXELS = 3 * 16 * 16 }; /* of tiny_model's defaults */

static int open_rig(void **state) {
    static struct rig rig;
    rig_open(&rig, "cpu", 1, NULL);
    assert_int_equal(rig.positions, N);
    assert_int_equal(rig.pixels, PIXELS);
    *state = &rig;
    return 0;
}

static int close_rig(void **state) {
    rig_close(*state);
    return 0;
}

/* The session must be refused, the message must name the field, and the handle must be NULL. */
static void refused(struct rig *rig, const um_session_params *params, const char *field) {
    um_session *session = (um_session *)(void *)rig;
    rig->capture.text[0] = '\0';
    rig->capture.count = 0;
    um_status status = um_session_begin(&session, rig->model, params);
    if (status != UM_ERROR_ARGUMENT || !strstr(rig->capture.text, field))
        fail_msg("%s: status %d, message \"%s\"", field, (int)status, rig->capture.text);
    assert_null(session);
    assert_int_equal(rig->capture.count, 1);
    assert_int_equal(rig->capture.level, UM_LOG_ERROR);
}

static void bad_numbers_are_named(void **state) {
    struct rig *rig = *state;
    refused(rig, &(um_session_params){.batch = 1025}, "batch");
    refused(rig, &(um_session_params){.batch = 2, .first_image = UINT32_MAX - 1}, "first_image");
    refused(rig, &(um_session_params){.sampling.steps = 1025}, "steps");
    refused(rig, &(um_session_params){.sampling.steps = 4, .start_step = 4}, "start_step");
    refused(rig, &(um_session_params){.sampling.schedule = (um_schedule)(UM_SCHEDULE_TABLE + 1)},
            "schedule");
    refused(rig, &(um_session_params){.sampling.schedule = (um_schedule)-1}, "schedule");
    static const float not_a_power[] = {-1.0f, 0.001f, 101.0f, NAN, INFINITY};
    for (int i = 0; i < 5; i++)
        refused(rig,
                &(um_session_params){.sampling.schedule = UM_SCHEDULE_POW,
                                     .sampling.schedule_power = not_a_power[i]},
                "schedule_power");
    static const float not_a_temperature[] = {-1.0f, 9e-5f, 101.0f, NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 6; i++)
        refused(rig, &(um_session_params){.sampling.temperature = not_a_temperature[i]},
                " temperature");
    static const float too_large[] = {1001.0f, NAN, INFINITY};
    for (int i = 0; i < 3; i++) {
        refused(rig, &(um_session_params){.sampling.choice_temperature = too_large[i]},
                "choice_temperature");
        refused(rig, &(um_session_params){.sampling.cfg_scale = too_large[i]}, "cfg_scale");
    }
}

static void bad_tables_are_named(void **state) {
    struct rig *rig = *state;
    float table[] = {0.5f, 0.25f, 0.0f};
    um_session_params params = {.sampling.schedule = UM_SCHEDULE_TABLE};
    refused(rig, &params, "schedule_table");
    params.schedule_table = table;
    refused(rig, &params, "schedule_table_size");
    params.schedule_table_size = 1025;
    refused(rig, &params, "schedule_table_size");
    params.schedule_table_size = 3;
    params.sampling.steps = 2;
    refused(rig, &params, "steps");
    static const float bad[] = {-0.1f, 1.1f, NAN};
    for (int i = 0; i < 3; i++) {
        table[1] = bad[i];
        params.sampling.steps = 3;
        refused(rig, &params, "schedule_table");
    }
}

static void bad_classes_and_tokens_are_named(void **state) {
    struct rig *rig = *state;
    static const int32_t bad_classes[] = {-1, 5, INT32_MIN, INT32_MAX};
    for (int i = 0; i < 4; i++) {
        int32_t classes[2] = {0, bad_classes[i]};
        refused(rig, &(um_session_params){.batch = 2, .classes = classes}, "classes[1]");
    }
    static const int32_t bad_tokens[] = {-2, K, INT32_MIN, INT32_MAX};
    for (int i = 0; i < 4; i++) {
        int32_t tokens[2 * N];
        memset(tokens, 0xff, sizeof tokens);
        tokens[N + 3] = bad_tokens[i];
        refused(rig, &(um_session_params){.batch = 2, .initial_tokens = tokens},
                "initial_tokens[19]");
    }
}

static void guidance_needs_a_null_class(void **state) {
    struct rig rig;
    (void)state;
    rig_open(&rig, "cpu", 1, &(struct tiny_model_options){.no_null_class = true});
    refused(&rig, &(um_session_params){.sampling.cfg_scale = 1.0f}, "cfg_scale");
    int32_t tokens[N];
    rig_generate(&rig, NULL, tokens, NULL);
    memset(tokens, 0, sizeof tokens);
    float logits[N * K];
    assert_int_equal(um_logits(rig.model, tokens, -1, logits), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(rig.capture.text, "class_index"));
    assert_int_equal(um_logits(rig.model, tokens, 0, logits), UM_OK);
    rig_close(&rig);
}

static void null_is_never_followed(void **state) {
    struct rig *rig = *state;
    um_session *session = NULL;
    um_session_view view;
    int32_t tokens[N] = {0}, index;
    float floats[N * K > PIXELS ? N * K : PIXELS];
    assert_int_equal(um_session_begin(NULL, rig->model, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_session_begin(&session, NULL, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_session_step(NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_session_get(NULL, 0, &view), UM_ERROR_ARGUMENT);
    assert_int_equal(um_session_decode(NULL, 0, floats), UM_ERROR_ARGUMENT);
    assert_int_equal(um_encode(NULL, floats, tokens), UM_ERROR_ARGUMENT);
    assert_int_equal(um_encode(rig->model, NULL, tokens), UM_ERROR_ARGUMENT);
    assert_int_equal(um_encode(rig->model, floats, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_decode(NULL, tokens, floats), UM_ERROR_ARGUMENT);
    assert_int_equal(um_decode(rig->model, NULL, floats), UM_ERROR_ARGUMENT);
    assert_int_equal(um_decode(rig->model, tokens, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_logits(NULL, tokens, 0, floats), UM_ERROR_ARGUMENT);
    assert_int_equal(um_logits(rig->model, NULL, 0, floats), UM_ERROR_ARGUMENT);
    assert_int_equal(um_logits(rig->model, tokens, 0, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_model_find_class(NULL, "0", &index), UM_ERROR_ARGUMENT);
    assert_int_equal(um_model_find_class(rig->model, NULL, &index), UM_ERROR_ARGUMENT);
    assert_int_equal(um_model_find_class(rig->model, "0", NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_context_create(NULL, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_verify_file(NULL, NULL, NULL), UM_ERROR_ARGUMENT);
    assert_true(um_session_done(NULL));
    assert_int_equal(um_session_step_index(NULL), 0);
    assert_int_equal(um_session_step_count(NULL), 0);
    assert_null(um_context_device(NULL));
    assert_null(um_model_get_info(NULL));
    assert_null(um_model_class_name(NULL, 0));
    um_session_cancel(NULL);
}

static void destroying_nothing_is_allowed(void **state) {
    (void)state;
    um_context *context = NULL;
    um_model *model = NULL;
    um_session *session = NULL;
    um_session_end(NULL);
    um_session_end(&session);
    um_model_unload(NULL);
    um_model_unload(&model);
    um_context_destroy(NULL);
    um_context_destroy(&context);
}

static void foreign_images_and_tokens_are_refused(void **state) {
    struct rig *rig = *state;
    um_session *session = NULL;
    um_session_view view;
    int32_t tokens[N] = {0};
    float floats[PIXELS] = {0};
    assert_int_equal(um_session_begin(&session, rig->model, NULL), UM_OK);
    assert_int_equal(um_session_get(session, 1, &view), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(rig->capture.text, "image is 1"));
    assert_int_equal(um_session_get(session, 0, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_session_decode(session, 1, floats), UM_ERROR_ARGUMENT);
    assert_int_equal(um_session_decode(session, 0, NULL), UM_ERROR_ARGUMENT);
    um_session_end(&session);
    tokens[5] = -1;
    assert_int_equal(um_decode(rig->model, tokens, floats), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(rig->capture.text, "tokens[5] is -1"));
    tokens[5] = K;
    assert_int_equal(um_logits(rig->model, tokens, 0, floats), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(rig->capture.text, "tokens[5] is 32"));
    tokens[5] = 0;
    assert_int_equal(um_logits(rig->model, tokens, 5, floats), UM_ERROR_ARGUMENT);
    assert_int_equal(um_logits(rig->model, tokens, -2, floats), UM_ERROR_ARGUMENT);
    floats[700] = NAN;
    assert_int_equal(um_encode(rig->model, floats, tokens), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(rig->capture.text, "rgb[700]"));
}

/* Weights with a NaN in them pass the loader's checks; what they make must not pass ours. */
static void results_that_are_not_numbers_are_an_error(void **state) {
    struct rig *rig = *state;
    float floats[PIXELS];
    int32_t tokens[N];
    for (int i = 0; i < PIXELS; i++)
        floats[i] = FLT_MAX; // overflows in the first convolution
    memset(tokens, 0x11, sizeof tokens);
    um_status status = um_encode(rig->model, floats, tokens);
    for (int i = 0; i < N; i++) // whatever the status: a valid code, or the array is untouched
        assert_true(status == UM_OK ? tokens[i] >= 0 && tokens[i] < K : tokens[i] == 0x11111111);
}

static void classes_have_names_and_symbols(void **state) {
    struct rig *rig = *state;
    int32_t index = -1;
    assert_string_equal(um_model_class_name(rig->model, 4), "class 4");
    assert_true(um_model_class_symbol(rig->model, 0)[0] != '\0');
    assert_null(um_model_class_name(rig->model, -1));
    assert_null(um_model_class_name(rig->model, 5));
    assert_null(um_model_class_symbol(rig->model, 5));
    assert_int_equal(um_model_find_class(rig->model, "class 3", &index), UM_OK);
    assert_int_equal(index, 3);
    assert_int_equal(um_model_find_class(rig->model, "nothing like it", &index), UM_ERROR_ARGUMENT);
    assert_int_equal(index, 3);
}

static void models_that_cannot_be_opened_are_refused(void **state) {
    struct rig *rig = *state;
    um_model *model = (um_model *)(void *)rig;
    assert_int_equal(um_model_load(&model, rig->context, "no-such-file.gguf"), UM_ERROR_MODEL);
    assert_null(model);
    assert_non_null(strstr(rig->capture.text, "no-such-file.gguf"));
    assert_int_equal(um_model_load_memory(&model, rig->context, "GGUF", 4, "four bytes"),
                     UM_ERROR_MODEL);
    assert_null(model);
    assert_non_null(strstr(rig->capture.text, "four bytes"));
    assert_int_equal(um_model_load(NULL, rig->context, "x"), UM_ERROR_ARGUMENT);
    assert_int_equal(um_model_load(&model, NULL, "x"), UM_ERROR_ARGUMENT);
    assert_int_equal(um_model_load(&model, rig->context, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_model_load_memory(&model, rig->context, NULL, 0, "x"), UM_ERROR_ARGUMENT);
    assert_int_equal(um_verify_file("no-such-file.gguf", NULL, NULL), UM_ERROR_MODEL);
}

static void verify_tells_damage_from_nonsense(void **state) {
    (void)state;
    const char *path = "verify_test.gguf";
    size_t size;
    unsigned char *bytes = tiny_model_build(&(struct tiny_model_options){0}, &size);
    for (int round = 0; round < 3; round++) {
        if (round == 1)
            bytes[size - 1] ^= 1; // data
        if (round == 2)
            bytes[20] ^= 1; // header
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
        um_status expected = round == 0 ? UM_OK : round == 1 ? UM_ERROR_CHECK : UM_ERROR_MODEL;
        assert_int_equal(um_verify_file(path, NULL, NULL), expected);
    }
    remove(path);
    free(bytes);
}

static void unknown_devices_are_refused(void **state) {
    (void)state;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    um_context *context = (um_context *)(void *)&capture;
    um_context_params params = {.device = "abacus", .log = log.fn, .log_user = log.user};
    assert_int_equal(um_context_create(&context, &params), UM_ERROR_NO_DEVICE);
    assert_null(context);
    assert_non_null(strstr(capture.text, "abacus"));
}

static void every_status_has_a_text(void **state) {
    (void)state;
    for (int i = -1; i <= 10; i++) {
        assert_non_null(um_status_text((um_status)i));
        for (int j = 0; j < i && i <= UM_CANCELLED; j++)
            assert_string_not_equal(um_status_text((um_status)i), um_status_text((um_status)j));
    }
    assert_non_null(strstr(um_build_info(), "cpu"));
}

#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(bad_numbers_are_named),
        RIG_TEST(bad_tables_are_named),
        RIG_TEST(bad_classes_and_tokens_are_named),
        cmocka_unit_test(guidance_needs_a_null_class),
        RIG_TEST(null_is_never_followed),
        cmocka_unit_test(destroying_nothing_is_allowed),
        RIG_TEST(foreign_images_and_tokens_are_refused),
        RIG_TEST(results_that_are_not_numbers_are_an_error),
        RIG_TEST(classes_have_names_and_symbols),
        RIG_TEST(models_that_cannot_be_opened_are_refused),
        cmocka_unit_test(verify_tells_damage_from_nonsense),
        cmocka_unit_test(unknown_devices_are_refused),
        cmocka_unit_test(every_status_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
