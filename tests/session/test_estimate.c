/* What a session is said to take is what it takes. Linked with -Wl,--wrap=um_alloc and so on. */
#include "session/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void *__real_um_alloc(size_t count, size_t size);
void *__real_um_alloc_unset(size_t count, size_t size);
void *__wrap_um_alloc(size_t count, size_t size);
void *__wrap_um_alloc_unset(size_t count, size_t size);

static uint64_t taken; /* bytes since the last reset, whether freed or not */

void *__wrap_um_alloc(size_t count, size_t size) {
    taken += count * size;
    return __real_um_alloc(count, size);
}

void *__wrap_um_alloc_unset(size_t count, size_t size) {
    taken += count * size;
    return __real_um_alloc_unset(count, size);
}

static void estimates_are_what_is_taken(void **state) {
    (void)state;
    static float shares[20];
    static const struct {
        um_session_params params;
        uint32_t at_once;
    } cases[] = {
        {{.batch = 1}, 1},
        {{.batch = 1, .sampling.cfg_scale = -1}, 1},
        {{.batch = 17, .sampling.cfg_scale = -1}, 9},
        {{.batch = 300, .sampling.cfg_scale = 2}, 16},
        {{.batch = 2,
          .sampling.schedule = UM_SCHEDULE_TABLE,
          .schedule_table = shares,
          .schedule_table_size = 20},
         2},
    };
    struct rig rig;
    const struct tiny_model_options options = {
        .grid = 8, .dim = 64, .mlp_dim = 128, .codebook_size = 256};
    rig_open(&rig, "cpu", 1, &options);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_memory memory;
        taken = 0;
        assert_int_equal(um_session_estimate(rig.model, &cases[i].params, &memory), UM_OK);
        const uint64_t planning = taken; // descriptions of networks, which opening makes, too
        um_session *session = NULL;
        taken = 0;
        assert_int_equal(um_session_begin(&session, rig.model, &cases[i].params), UM_OK);
        const uint64_t said = memory.host_bytes + memory.device_bytes;
        assert_int_equal(memory.at_once, cases[i].at_once);
        assert_true(taken >= said);
        assert_true(taken - said <= said / 4 + planning);
        um_session_end(&session);
    }
    rig_close(&rig);
}

static void estimates_are_refused_as_sessions_are(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, "cpu", 1, NULL);
    um_memory memory;
    assert_int_equal(um_session_estimate(NULL, NULL, &memory), UM_ERROR_ARGUMENT);
    assert_int_equal(um_session_estimate(rig.model, NULL, NULL), UM_ERROR_ARGUMENT);
    const um_session_params wrong = {.batch = 2000};
    assert_int_equal(um_session_estimate(rig.model, &wrong, &memory), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(um_context_error(rig.context), "batch is 2000"));
    assert_int_equal(um_session_estimate(rig.model, NULL, &memory), UM_OK);
    assert_true(memory.picture_bytes > 0);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_are_what_is_taken),
        cmocka_unit_test(estimates_are_refused_as_sessions_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
