/* How long submissions are: the arithmetic on devices that exist only here, then a real program
 * under a clock that runs as if the device were 20 times slower than a slow one. Cutting must not
 * change a bit of the result. Linked with -Wl,--wrap=um_clock_seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/vulkan/program.h"
#include "support/rand.h"
#include "vulkan/rig.h"

double __wrap_um_clock_seconds(void);

static double now; /* what the clock of this program shows */

double __wrap_um_clock_seconds(void) {
    return now;
}

/* ---------------------------------------------------------------- arithmetic */

enum { UNITS = 60 };

/* Runs `units` as a program would; every unit takes `truth`. Returns the longest submission. */
static double simulate(struct um_vk_pace *pace, struct um_vk_pace_unit *units, const double *truth,
                       uint32_t *submissions) {
    double longest = 0;
    *submissions = 0;
    for (uint32_t first = 0, count; first < UNITS; first += count) {
        double expected, seconds = 0;
        count = um_vk_pace_take(pace, &units[first], UNITS - first, &expected);
        assert_in_range(count, 1, UNITS - first);
        for (uint32_t i = first; i < first + count; i++)
            seconds += truth[i];
        um_vk_pace_learn(pace, &units[first], count, seconds);
        longest = seconds > longest ? seconds : longest;
        ++*submissions;
    }
    return longest;
}

/* Devices from 0.02 times to 1000 times the guess, ops that differ by a factor of 8 in what an
 * operation costs: no submission is ever longer than 0.4 s, and none than 0.1 s once all units are
 * known. */
static void test_any_device(void **state) {
    (void)state;
    struct test_rand r = {3};
    for (int round = 0; round < 400; round++) {
        struct um_vk_pace pace = um_vk_pace_start(round % 2);
        struct um_vk_pace_unit units[UNITS] = {0};
        double truth[UNITS];
        const double rate = pace.slowest * (round < 4 ? 0.2 : 1 + test_rand_below(&r, 1000));
        for (int i = 0; i < UNITS; i++) {
            units[i].flops = pace.slowest * UM_VK_PACE_FULL * (1 + test_rand_below(&r, 100)) / 100;
            truth[i] = units[i].flops / rate * (1 + test_rand_below(&r, 8));
            if (truth[i] > UM_VK_PACE_LONG) /* such a unit is cut anew */
                truth[i] = UM_VK_PACE_LONG;
        }
        uint32_t submissions;
        assert_true(simulate(&pace, units, truth, &submissions) <= 0.4);
        for (int again = 0; again < 12; again++)
            simulate(&pace, units, truth, &submissions);
        assert_true(simulate(&pace, units, truth, &submissions) <= UM_VK_PACE_LONG);
        double sum = 0;
        for (int i = 0; i < UNITS; i++)
            sum += truth[i];
        /* And not many more of them than needed. */
        assert_true(submissions <= 2 + (uint32_t)(sum / (UM_VK_PACE_FULL / 2)));
    }
}

/* A device that becomes slower is noticed in the same run. */
static void test_slower_at_once(void **state) {
    (void)state;
    struct um_vk_pace pace = um_vk_pace_start(false);
    struct um_vk_pace_unit units[UNITS] = {0};
    double truth[UNITS];
    uint32_t submissions;
    for (int i = 0; i < UNITS; i++) {
        units[i].flops = 1e9;
        truth[i] = 0.001;
    }
    simulate(&pace, units, truth, &submissions);
    simulate(&pace, units, truth, &submissions);
    assert_int_equal(submissions, 2);
    for (int i = 0; i < UNITS; i++)
        truth[i] = 0.006;
    assert_true(simulate(&pace, units, truth, &submissions) <= 0.4);
    assert_true(simulate(&pace, units, truth, &submissions) <= UM_VK_PACE_LONG);
}

static void test_long_units_are_told(void **state) {
    (void)state;
    struct um_vk_pace pace = um_vk_pace_start(true);
    struct um_vk_pace_unit units[2] = {{.flops = 1e6}, {.flops = 3e6}};
    assert_true(um_vk_pace_learn(&pace, units, 2, 5.0)); /* shaders were compiled */
    assert_true(um_vk_pace_learn(&pace, units, 2, 0.12));
    assert_true(um_vk_pace_learn(&pace, units, 2, 0.16));
    assert_false(um_vk_pace_learn(&pace, units, 2, 0.16));
    assert_true(units[1].seconds > UM_VK_PACE_LONG);
}

/* ---------------------------------------------------------------- a real program */

static struct VolkDeviceTable real;
static struct um_vk_program *program;
static double longest, flops_per_second;
static uint32_t submitted;

static double piece_seconds(const struct um_vk_piece *piece) {
    const struct um_vk_dispatch *d = &program->dispatches[piece->dispatch];
    const double groups = (double)piece->groups[0] * piece->groups[1] * piece->groups[2];
    return d->flops * groups / ((double)d->groups[0] * d->groups[1] * d->groups[2]) /
           flops_per_second;
}

static double command_seconds(VkCommandBuffer commands) {
    double seconds = 0;
    for (uint32_t u = 0; u < program->recorded; u++)
        for (uint32_t i = 0; program->commands[u] == commands && i < program->units[u].length; i++)
            seconds += piece_seconds(&program->pieces[program->units[u].first + i]);
    return seconds;
}

/* Lets the clock run on by what the submission's work takes. */
static VKAPI_ATTR VkResult VKAPI_CALL slow_submit(VkQueue queue, uint32_t count,
                                                  const VkSubmitInfo *infos, VkFence fence) {
    double seconds = 0;
    for (uint32_t c = 0; c < infos[0].commandBufferCount; c++)
        seconds += command_seconds(infos[0].pCommandBuffers[c]);
    now += seconds;
    longest = seconds > longest ? seconds : longest;
    submitted++;
    return real.vkQueueSubmit(queue, count, infos, fence);
}

enum { ROWS = 3000, PAIRS = 4 };

static void run_slowly(struct rig *rig, double rate, float *out) {
    program = rig->program;
    real = rig->device->vk;
    rig->device->vk.vkQueueSubmit = slow_submit;
    flops_per_second = rate;
    for (int run = 0; run < 4; run++) {
        longest = 0;
        submitted = 0;
        assert_int_equal(rig_run(rig, out, NULL), UM_OK);
        assert_true(longest <= 0.4);
        const double told = um_vk_longest_submission(rig->device);
        assert_true(told >= 0.999 * longest && told <= 1.001 * longest);
        assert_true(um_vk_longest_submission(rig->device) == 0);
    }
    print_message("%g GFLOP/s: %u units of %u pieces, %u submissions, longest %.3f s\n",
                  rate * 1e-9, program->unit_count, program->piece_count, submitted, longest);
    assert_true(longest <= UM_VK_PACE_LONG);
    rig->device->vk = real;
}

/* From a fast device to one 20 times slower than the 3 GFLOP/s that llvmpipe does with tiles that
 * are made for GPUs. */
static void test_slow_device(void **state) {
    (void)state;
    static float expected[ROWS * RIG_DIM], out[ROWS * RIG_DIM];
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK);
    assert_int_equal(rig_run(&rig, expected, NULL), UM_OK);
    const double rates[] = {1e12, 1e10, 1e9, 0.15e9};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        rig.device->pace = um_vk_pace_start(true);
        assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK);
        run_slowly(&rig, rates[i], out);
        assert_memory_equal(out, expected, sizeof out);
    }
    rig_close(&rig);
    assert_int_equal(rig.log.count, 0);
}

int main(void) {
    rig_need_device();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_device),
        cmocka_unit_test(test_slower_at_once),
        cmocka_unit_test(test_long_units_are_told),
        cmocka_unit_test(test_slow_device),
    };
    return cmocka_run_group_tests_name("vulkan pace", tests, NULL, NULL);
}
