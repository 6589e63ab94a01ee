/* Sessions whose device samples: the same tokens, guesses and confidences, bit for bit, as when the
 * CPU samples from that device's logits. Exit code 77 without a Vulkan device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device_sampler.h"
#include "graph/graph.h"
#include "session/rig.h"

enum { BATCH = 5, POSITIONS = 36, STEPS = 4 };

static const struct tiny_model_options options = {.grid = 6, .dim = 64, .heads = 2};
static struct rig rig;

static int open_rig(void **state) {
    (void)state;
    rig_open(&rig, "vulkan", 0, &options);
    assert_int_equal(rig.positions, POSITIONS);
    return 0;
}

static int close_rig(void **state) {
    (void)state;
    rig_close(&rig);
    return 0;
}

/* All that a session shows after each step. */
struct shown {
    int32_t tokens[POSITIONS], guess[POSITIONS];
    float confidence[POSITIONS];
    uint16_t fixed_step[POSITIONS];
    uint8_t change[POSITIONS];
};

static uint32_t record(const um_session_params *params, struct shown *shown, uint32_t most) {
    um_session *session = NULL;
    uint32_t count = 0;
    assert_int_equal(um_session_begin(&session, rig.model, params), UM_OK);
    while (!um_session_done(session)) {
        assert_int_equal(um_session_step(session), UM_OK);
        for (uint32_t image = 0; image < BATCH; image++, count++) {
            um_session_view view;
            assert_true(count < most);
            assert_int_equal(um_session_get(session, image, &view), UM_OK);
            memcpy(shown[count].tokens, view.tokens, sizeof shown->tokens);
            memcpy(shown[count].guess, view.guess, sizeof shown->guess);
            memcpy(shown[count].confidence, view.confidence, sizeof shown->confidence);
            memcpy(shown[count].fixed_step, view.fixed_step, sizeof shown->fixed_step);
            memcpy(shown[count].change, view.change, sizeof shown->change);
        }
    }
    um_session_end(&session);
    return count;
}

static um_status (*true_read_part)(void *program, um_value_id value, size_t elements, void *data);
static size_t elements_read;

static um_status counting_read_part(void *program, um_value_id value, size_t elements, void *data) {
    elements_read += elements;
    return true_read_part(program, value, elements, data);
}

/* By the device, then by the CPU from the same device's logits. Returns whether the device sampled
 * at all: then it gave back fewer words than logits. */
static bool compare(um_session_params params) {
    enum { MOST = BATCH * 2 * (STEPS + 8) };
    static struct shown by_device[MOST], by_cpu[MOST];
    memset(by_device, 0, sizeof by_device);
    memset(by_cpu, 0, sizeof by_cpu);
    params.batch = BATCH;
    params.sampling.steps = STEPS;
    params.seed = 11;
    const struct um_backend_fns *backend = rig.context->backend;
    static struct um_backend_fns counting; // in use after a failed assertion
    counting = *backend;
    if (counting.read_part != counting_read_part)
        true_read_part = counting.read_part;
    counting.read_part = counting_read_part;
    rig.context->backend = &counting;
    rig.context->device_sampler = UM_SAMPLER_UNTRIED;
    elements_read = 0;
    const uint32_t count = record(&params, by_device, MOST);
    assert_int_equal(rig.context->device_sampler, UM_SAMPLER_RIGHT);
    rig.context->device_sampler = UM_SAMPLER_WRONG;
    const size_t by_device_read = elements_read;
    elements_read = 0;
    assert_int_equal(record(&params, by_cpu, MOST), count);
    assert_memory_equal(by_device, by_cpu, sizeof by_device);
    rig.context->device_sampler = UM_SAMPLER_RIGHT;
    rig.context->backend = backend;
    assert_true(by_device_read <= elements_read);
    return by_device_read < elements_read;
}

static void confidence_agrees(void **state) {
    (void)state;
    assert_true(compare((um_session_params){.sampling.sampler = UM_SAMPLER_CONFIDENCE,
                                            .sampling.cfg_scale = -1.0f}));
    assert_true(compare((um_session_params){.sampling.sampler = UM_SAMPLER_CONFIDENCE,
                                            .sampling.cfg_scale = 2.0f}));
    assert_true(compare((um_session_params){.sampling.sampler = UM_SAMPLER_CONFIDENCE,
                                            .sampling.cfg_scale = -1.0f,
                                            .sampling.choice_temperature = -1.0f,
                                            .sampling.temperature = 0.6f}));
}

static const um_sampler ON_DEVICE[] = {UM_SAMPLER_CONFIDENCE, UM_SAMPLER_HALTON,
                                       UM_SAMPLER_RECHECK};

/* Guidance in some steps only, shares that rise, tokens given from the start, one image complete
 * from the start. */
static void tables_and_given_tokens_agree(void **state) {
    (void)state;
    static int32_t given[BATCH * POSITIONS];
    const um_step_row rows[STEPS] = {
        {-1, -1, -1, 0, {0}}, {-1, 0.5f, 1, 2, {0}}, {0.2f, -1, 0, 0, {0}}, {0.9f, -1, -1, 1, {0}}};
    const float shares[STEPS] = {0.5f, 0.9f, 0.3f, 0};
    for (int i = 0; i < BATCH * POSITIONS; i++)
        given[i] = i / POSITIONS == 2 || i % 5 == 0 ? i % 32 : -1;
    for (int i = 0; i < 3; i++) {
        assert_true(compare((um_session_params){.sampling.sampler = ON_DEVICE[i],
                                                .initial_tokens = given,
                                                .step_table = rows,
                                                .step_table_size = STEPS,
                                                .sampling.cfg_scale = 1.0f}));
        assert_true(compare((um_session_params){.sampling.sampler = ON_DEVICE[i],
                                                .sampling.schedule = UM_SCHEDULE_TABLE,
                                                .schedule_table = shares,
                                                .schedule_table_size = STEPS,
                                                .sampling.cfg_schedule = UM_CFG_LINEAR}));
    }
}

/* Each alone, and what a device may have begun and the CPU goes on with. */
static void every_sampler_agrees(void **state) {
    (void)state;
    for (int i = UM_SAMPLER_CONFIDENCE; i <= UM_SAMPLER_RECHECK; i++) {
        const um_session_params params = {.sampling.sampler = (um_sampler)i,
                                          .sampling.cfg_scale = 1.0f,
                                          .sampling.remdm_eta = 0.5f,
                                          .sampling.recheck_rounds = 3,
                                          .sampling.recheck_threshold = 0.5f};
        bool on_device = false;
        for (int j = 0; j < 3; j++)
            on_device = on_device || params.sampling.sampler == ON_DEVICE[j];
        assert_int_equal(compare(params), on_device);
    }
    for (int i = UM_SAMPLER_REMDM_CAP; i <= UM_SAMPLER_REMDM_CONF; i++)
        assert_false(compare((um_session_params){.sampling.sampler = (um_sampler)i,
                                                 .sampling.remdm_eta = 0.9f,
                                                 .sampling.remdm_loop_on = 0.8f,
                                                 .sampling.remdm_loop_off = 0.1f,
                                                 .sampling.remdm_loop_alpha = 0.5f}));
}

static void filters_agree(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_false(
            compare((um_session_params){.sampling.sampler = ON_DEVICE[i], .sampling.top_k = 5}));
        assert_false(
            compare((um_session_params){.sampling.sampler = ON_DEVICE[i], .sampling.top_p = 0.7f}));
    }
}

static void only_exact_steps_suit(void **state) {
    (void)state;
    const struct um_sampler_step plain = {
        .sampler = UM_SAMPLER_CONFIDENCE, .temperature = 1, .top_k = 32, .top_p = 1, .noise = 1};
    struct um_sampler_step step = plain;
    assert_true(um_device_sampler_suits(&step, 32));
    step.top_k = 31;
    assert_false(um_device_sampler_suits(&step, 32));
    step = plain;
    step.top_p = 0.9f;
    assert_false(um_device_sampler_suits(&step, 32));
    step = plain;
    step.noise = 1e-31f; /* its products may be subnormal */
    assert_false(um_device_sampler_suits(&step, 32));
    step = plain;
    step.cfg_scale = 1e-9f; /* 1 + it is 1 */
    assert_false(um_device_sampler_suits(&step, 32));
    step = plain;
    step.recheck = true;
    assert_false(um_device_sampler_suits(&step, 32));
}

/* ---------------------------------------------------------------- a device that is wrong */

static um_status (*true_read)(void *program, um_value_id value, void *data);

static um_status wrong_read(void *program, um_value_id value, void *data) {
    um_status status = true_read(program, value, data);
    ((uint32_t *)data)[1] ^= 1; /* the last bit of a confidence */
    return status;
}

static void a_wrong_device_is_not_trusted(void **state) {
    (void)state;
    const struct um_backend_fns *backend = rig.context->backend;
    struct um_backend_fns wrong = *backend;
    true_read = wrong.read;
    wrong.read = wrong_read;
    rig.context->backend = &wrong;
    rig.context->device_sampler = UM_SAMPLER_UNTRIED;
    static struct shown shown[BATCH * STEPS];
    const um_session_params params = {.batch = BATCH, .sampling.steps = STEPS};
    record(&params, shown, BATCH * STEPS);
    assert_int_equal(rig.context->device_sampler, UM_SAMPLER_WRONG);
    assert_non_null(strstr(rig.capture.text, "the CPU samples instead"));
    rig.context->backend = backend;
}

static void logits_that_are_no_numbers_are_told(void **state) {
    (void)state;
    enum { CODES = 70, ROWS = 4 };
    const struct um_backend_fns *backend = rig.context->backend;
    float logits[ROWS * CODES] = {0};
    const int32_t rows[1 + ROWS] = {ROWS, 1, 2, 3, 4};
    const uint32_t order[ROWS] = {0, 1, 2, 3};
    uint32_t settings[UM_SAMPLE_SETTINGS(1, ROWS)];
    const struct um_sampler_step step = {.temperature = 1};
    struct um_sampled drawn[ROWS];
    struct um_graph graph = {0};
    struct um_program_desc desc;
    void *program = NULL;
    um_value_id in = um_graph_value(&graph, ROWS * CODES, UM_VALUE_INPUT), set, out;
    um_value_id wanted = um_graph_value(&graph, 1 + ROWS, UM_VALUE_INPUT);
    const struct um_sampled_rows of = {ROWS, CODES, 1, 1, ROWS};
    um_graph_sample(&graph, &of, in, wanted, &set, &out);
    assert_int_equal(um_graph_finish(&graph, &desc), UM_OK);
    assert_int_equal(backend->program_create(&program, rig.model->weights, &desc), UM_OK);
    const uint32_t strange[] = {0x7fc00000u, 0x7f800000u, 0xff800000u, 0x7f800001u};
    for (int r = 0; r < ROWS; r++)
        memcpy(&logits[r * CODES + 17 * r], &strange[r], 4);
    um_device_sampler_begin(settings, 1, order, ROWS, &step);
    um_device_sampler_image(settings, 0, 0, ROWS, &step);
    assert_int_equal(backend->write(program, in, logits), UM_OK);
    assert_int_equal(backend->write(program, wanted, rows), UM_OK);
    assert_int_equal(backend->write(program, set, settings), UM_OK);
    assert_int_equal(backend->run(program, NULL), UM_OK);
    assert_int_equal(backend->read(program, out, drawn), UM_OK);
    for (int r = 0; r < ROWS; r++)
        assert_int_equal(drawn[r].code, -1);
    backend->program_destroy(&program);
    um_graph_free(&graph);
}

int main(void) {
    um_device_info devices[8];
    size_t count = 0, found = 0;
    um_devices(devices, 8, &count, NULL, NULL);
    for (size_t i = 0; i < count && i < 8; i++)
        found += strcmp(devices[i].backend, "vulkan") == 0;
    if (!found) {
        printf("skip: no Vulkan device\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confidence_agrees),
        cmocka_unit_test(tables_and_given_tokens_agree),
        cmocka_unit_test(every_sampler_agrees),
        cmocka_unit_test(filters_agree),
        cmocka_unit_test(only_exact_steps_suit),
        cmocka_unit_test(a_wrong_device_is_not_trusted),
        cmocka_unit_test(logits_that_are_no_numbers_are_told),
    };
    return cmocka_run_group_tests_name("sampler on a device", tests, open_rig, close_rig);
}
