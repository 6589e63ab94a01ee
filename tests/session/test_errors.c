/* The latest error can be asked for without a callback, whoever failed; what is reserved must be
 * zero; every enumeration has a count, and every value below it is known. */
#include "session/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unmask/measure.h>

static um_context *silent_context(void) {
    um_context *context = NULL;
    assert_int_equal(
        um_context_create(&context, &(um_context_params){.device = "cpu", .threads = 1}), UM_OK);
    return context;
}

static void says(const um_context *context, const char *part) {
    const char *text = um_context_error(context);
    assert_non_null(text);
    if (!strstr(text, part))
        fail_msg("\"%s\" lacks \"%s\"", text, part);
}

static void a_context_keeps_its_latest_error(void **state) {
    (void)state;
    um_context *context = silent_context(), *other = silent_context();
    um_model *model = NULL;
    assert_string_equal(um_context_error(context), "");
    assert_int_equal(um_model_load(&model, context, "no-such-file.gguf"), UM_ERROR_MODEL);
    says(context, "no-such-file.gguf");
    assert_int_equal(um_model_load_memory(&model, context, "GGUF", 4, "four bytes"),
                     UM_ERROR_MODEL);
    says(context, "four bytes");
    assert_string_equal(um_context_error(other), "");

    size_t size;
    void *bytes = tiny_model_build(&(struct tiny_model_options){0}, &size);
    assert_int_equal(um_model_load_memory(&model, context, bytes, size, "tiny"), UM_OK);
    free(bytes);
    says(context, "four bytes"); // a success does not clear it
    um_session *session = NULL;
    assert_int_equal(
        um_session_begin(&session, model, &(um_session_params){.sampling.steps = 2000}),
        UM_ERROR_ARGUMENT);
    says(context, "steps is 2000");
    assert_int_equal(um_session_begin(&session, model, NULL), UM_OK);
    assert_int_equal(um_session_get(session, 0, NULL), UM_ERROR_ARGUMENT);
    says(context, "um_session_get");
    um_session_cancel(session);
    assert_int_equal(um_session_step(session), UM_CANCELLED);
    says(context, "um_session_get"); // cancelling is no error
    um_session_end(&session);
    um_model_unload(&model);
    um_context_destroy(&context);
    um_context_destroy(&other);
}

static void calls_without_a_context_are_kept_by_the_thread(void **state) {
    (void)state;
    um_schedule schedule;
    um_sampler sampler;
    um_cfg_schedule guidance;
    float power = 0, table[3];
    size_t size;
    assert_int_equal(um_schedule_parse("cosy", &schedule, &power, table, 3, &size),
                     UM_ERROR_ARGUMENT);
    says(NULL, "\"cosy\" is no schedule, expected cosine");
    assert_int_equal(um_schedule_parse("pow0", &schedule, &power, table, 3, &size),
                     UM_ERROR_ARGUMENT);
    says(NULL, "0.01 to 100");
    assert_int_equal(um_schedule_parse("1,0.5,0.2,0", &schedule, &power, table, 3, &size),
                     UM_ERROR_ARGUMENT);
    says(NULL, "more than 3 shares");
    assert_int_equal(um_sampler_parse("dice", &sampler), UM_ERROR_ARGUMENT);
    says(NULL, "\"dice\" is no sampler, expected confidence, halton");
    assert_int_equal(um_cfg_schedule_parse("power-cosine0", &guidance, &power), UM_ERROR_ARGUMENT);
    says(NULL, "\"power-cosine0\" is no guidance schedule");
    um_step_row row;
    assert_int_equal(um_step_table_parse("colour\n1\n", &row, 1, &size, NULL, NULL),
                     UM_ERROR_ARGUMENT);
    says(NULL, "\"colour\" is no column");
    assert_int_equal(um_verify_file("no-such-file.gguf", NULL, NULL), UM_ERROR_MODEL);
    says(NULL, "no-such-file.gguf");
    um_context *context = NULL;
    assert_int_equal(um_context_create(&context, &(um_context_params){.device = "abacus"}),
                     UM_ERROR_NO_DEVICE);
    says(NULL, "abacus");
    assert_int_equal(um_session_step(NULL), UM_ERROR_ARGUMENT);
    says(NULL, "um_session_step");
    assert_int_equal(um_edit_step(NULL), UM_ERROR_ARGUMENT);
    says(NULL, "um_edit_step");
    assert_int_equal(um_profile_begin(NULL), UM_ERROR_ARGUMENT);
    says(NULL, "um_profile_begin");
}

/* ---------------------------------------------------------------- what is reserved */

static void what_is_reserved_must_be_zero(void **state) {
    (void)state;
    um_context *context = NULL;
    um_context_params opening = {.device = "cpu", .threads = 1, .reserved = {0, 1}};
    assert_int_equal(um_context_create(&context, &opening), UM_ERROR_ARGUMENT);
    says(NULL, "um_context_create: reserved");
    struct rig rig;
    rig_open(&rig, "cpu", 1, NULL);
    um_session *session = NULL;
    um_session_params params = {.reserved = {[15] = 1}};
    assert_int_equal(um_session_begin(&session, rig.model, &params), UM_ERROR_ARGUMENT);
    says(rig.context, "um_session_begin: reserved");
    um_step_row rows[2] = {{-1, -1, -1, -1, {0}}, {-1, -1, -1, -1, {0, 0, 0, 2}}};
    params = (um_session_params){.step_table = rows, .step_table_size = 2};
    assert_int_equal(um_session_begin(&session, rig.model, &params), UM_ERROR_ARGUMENT);
    says(rig.context, "reserved");
    um_memory memory;
    assert_int_equal(um_session_estimate(rig.model, &params, &memory), UM_ERROR_ARGUMENT);
    float *rgb = calloc(rig.pixels, sizeof *rgb);
    um_edit *edit = NULL;
    um_edit_params editing = {.rgb = rgb,
                              .width = rig.info->image_width,
                              .height = rig.info->image_height,
                              .vary_share = 0.5f,
                              .reserved = {7}};
    assert_int_equal(um_edit_begin(&edit, rig.model, &editing), UM_ERROR_ARGUMENT);
    says(rig.context, "um_edit_begin: reserved");
    um_model *model = NULL;
    um_load_params loading = {.path = "no-such-file.gguf", .reserved = {7}};
    assert_int_equal(um_model_load_with(&model, rig.context, &loading), UM_ERROR_ARGUMENT);
    says(rig.context, "um_model_load_with: reserved");
    free(rgb);
    rig_close(&rig);
}

/* What the library fills in has zeros there, whatever the caller's memory held. */
static void what_comes_out_is_zero(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, "cpu", 1, NULL);
    static const uint64_t zeros[8];
    um_device_info device;
    um_memory memory;
    um_session_view view;
    memset(&device, 0xa5, sizeof device);
    memset(&memory, 0xa5, sizeof memory);
    memset(&view, 0xa5, sizeof view);
    size_t count;
    assert_int_equal(um_devices(&device, 1, &count, NULL, NULL), UM_OK);
    assert_memory_equal(device.reserved, zeros, sizeof device.reserved);
    assert_int_equal(um_session_estimate(rig.model, NULL, &memory), UM_OK);
    assert_memory_equal(memory.reserved, zeros, sizeof memory.reserved);
    um_session *session = NULL;
    assert_int_equal(um_session_begin(&session, rig.model, NULL), UM_OK);
    assert_int_equal(um_session_get(session, 0, &view), UM_OK);
    assert_memory_equal(view.reserved, zeros, sizeof view.reserved);
    um_session_end(&session);
    um_device_details details;
    memset(&details, 0xa5, sizeof details);
    um_context_details(rig.context, &details);
    assert_memory_equal(details.reserved, zeros, sizeof details.reserved);
    rig_close(&rig);
}

/* ---------------------------------------------------------------- counts */

static void every_enumeration_has_a_count(void **state) {
    (void)state;
    assert_int_equal(UM_STATUS_COUNT, UM_CANCELLED + 1);
    assert_int_equal(UM_LOG_LEVEL_COUNT, UM_LOG_DEBUG + 1);
    assert_int_equal(UM_DEVICE_KIND_COUNT, UM_DEVICE_SOFTWARE + 1);
    assert_int_equal(UM_PRECISION_COUNT, UM_PRECISION_F16 + 1);
    assert_int_equal(UM_MATCH_COUNT, UM_MATCH_EXACT + 1);
    assert_int_equal(UM_CHANGE_COUNT, UM_CHANGE_REMASKED + 1);
    assert_int_equal(UM_VARY_ORDER_COUNT, UM_VARY_HALTON + 1);
    assert_int_equal(UM_LIMIT_COUNT, UM_LIMIT_MATRIX + 1);
    for (int i = 0; i < UM_STATUS_COUNT; i++)
        assert_string_not_equal(um_status_text((um_status)i), "unknown status");
    assert_string_equal(um_status_text((um_status)UM_STATUS_COUNT), "unknown status");
}

/* The first value is the default and cannot be read; the one past the last has its name. */
static void counts_agree_with_the_parsers(void **state) {
    (void)state;
    for (int i = 1; i < UM_SAMPLER_COUNT; i++) {
        um_sampler found;
        assert_int_equal(um_sampler_parse(um_sampler_name((um_sampler)i), &found), UM_OK);
        assert_int_equal(found, i);
    }
    assert_string_equal(um_sampler_name((um_sampler)UM_SAMPLER_COUNT), "default");
    for (int i = 1; i < UM_CFG_SCHEDULE_COUNT; i++) {
        um_cfg_schedule found;
        float power;
        assert_int_equal(
            um_cfg_schedule_parse(um_cfg_schedule_name((um_cfg_schedule)i), &found, &power), UM_OK);
        assert_int_equal(found, i);
    }
    assert_string_equal(um_cfg_schedule_name((um_cfg_schedule)UM_CFG_SCHEDULE_COUNT), "default");
    for (int i = 1; i < UM_SCHEDULE_COUNT; i++)
        assert_string_not_equal(um_schedule_name((um_schedule)i), "default");
    assert_string_equal(um_schedule_name((um_schedule)UM_SCHEDULE_COUNT), "default");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_context_keeps_its_latest_error),
        cmocka_unit_test(calls_without_a_context_are_kept_by_the_thread),
        cmocka_unit_test(what_is_reserved_must_be_zero),
        cmocka_unit_test(what_comes_out_is_zero),
        cmocka_unit_test(every_enumeration_has_a_count),
        cmocka_unit_test(counts_agree_with_the_parsers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
