/* The CPU device around its ops: what it lists, its threads, cancelling, and running out of memory
 * or threads at every point where that can happen. Links with -Wl,--wrap for the last two. */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "backend/cpu/cpu.h"
#include "base/host.h"
#include "ops/op_case.h"
#include "support/check.h"

/* ---------------------------------------------------------------- faults on demand */

static int allocations_left = -1, threads_left = -1; /* negative = no limit */
static int live_allocations;

void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);
void __real_free(void *memory);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg);

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    if (allocations_left == 0)
        return NULL;
    if (allocations_left > 0)
        allocations_left--;
    void *memory = __real_aligned_alloc(alignment, size);
    live_allocations += memory != NULL;
    return memory;
}

void __wrap_free(void *memory) {
    live_allocations -= memory != NULL;
    __real_free(memory);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg) {
    if (threads_left == 0)
        return 11; /* EAGAIN */
    if (threads_left > 0)
        threads_left--;
    return __real_pthread_create(thread, attributes, start, arg);
}

/* ---------------------------------------------------------------- a program to run */

enum { IN, OUT };

/* One linear op with everything around it. Stops at the first failure and releases what exists. */
static um_status make_and_run(const struct op_case *c, uint32_t threads, const struct um_log *log,
                              const volatile int *cancel, float *out) {
    const size_t in_bytes = (c->sizes.in[UM_IN_X] * 4 + 255) / 256 * 256;
    const struct um_value values[] = {
        [IN] = {.elements = c->sizes.in[UM_IN_X], .role = UM_VALUE_INPUT},
        [OUT] = {.elements = c->sizes.out, .role = UM_VALUE_OUTPUT, .offset = in_bytes}};
    struct um_op op = c->spec.op;
    op.in[UM_IN_X] = IN;
    op.out = OUT;
    const struct um_program_desc desc = {.ops = &op,
                                         .op_count = 1,
                                         .values = values,
                                         .value_count = 2,
                                         .arena_bytes = in_bytes + c->sizes.out * 4};
    const struct um_device_options options = {.threads = threads, .log = *log};
    void *device = NULL, *weights = NULL, *program = NULL;
    um_status status = um_backend_cpu.device_open(&device, &options);
    if (status == UM_OK)
        status = um_backend_cpu.weights_create(&weights, device, c->tensors, c->tensor_count);
    if (status == UM_OK)
        status = um_backend_cpu.program_create(&program, weights, &desc);
    if (status == UM_OK)
        status = um_backend_cpu.write(program, IN, c->in[UM_IN_X]);
    if (status == UM_OK)
        status = um_backend_cpu.run(program, cancel);
    if (status == UM_OK)
        status = um_backend_cpu.read(program, OUT, out);
    um_backend_cpu.program_destroy(&program);
    um_backend_cpu.weights_destroy(&weights);
    um_backend_cpu.device_close(&device);
    assert_true(!program && !weights && !device);
    return status;
}

static struct op_case linear_case(void) {
    struct op_case c;
    const struct op_spec spec = {.op = {.kind = UM_OP_LINEAR,
                                        .in = UM_INPUTS(0),
                                        .weights = UM_WEIGHTS(0, 0),
                                        .p.linear = {131, 33, 70, UM_ACT_GELU_TANH}},
                                 .dtype = UM_F16};
    op_case_build(&c, &spec, 3);
    return c;
}

/* ---------------------------------------------------------------- tests */

static void one_device_is_listed(void **state) {
    (void)state;
    um_device_info info[2];
    size_t count = 0;
    assert_int_equal(um_backend_cpu.list(NULL, 0, &count, NULL), UM_OK);
    assert_int_equal(count, 1);
    assert_int_equal(um_backend_cpu.list(info, 2, &count, NULL), UM_OK);
    assert_int_equal(count, 1);
    assert_int_equal(info[0].kind, UM_DEVICE_CPU_BACKEND);
    assert_string_equal(info[0].backend, "cpu");
    assert_string_equal(info[0].uuid, "");
    assert_true(strlen(info[0].name) > 0 && info[0].memory_bytes > 1 << 20);
}

static void zero_threads_means_all(void **state) {
    (void)state;
    const struct um_device_options options = {.threads = 0};
    void *device;
    assert_int_equal(um_backend_cpu.device_open(&device, &options), UM_OK);
    assert_int_equal(um_pool_size(((struct um_cpu_device *)device)->pool), um_host_processors());
    um_backend_cpu.device_close(&device);
}

enum { MAX_UNITS = 100 };

struct tally {
    atomic_int done[MAX_UNITS];
    uint32_t workers;
};

static void count_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    struct tally *tally = arg;
    if (worker >= tally->workers)
        abort();
    for (uint32_t i = begin; i < end; i++)
        atomic_fetch_add(&tally->done[i], 1);
}

static void pool_does_every_unit_once(void **state) {
    (void)state;
    for (uint32_t threads = 1; threads <= 5; threads++) {
        struct um_pool *pool = um_pool_create(threads);
        assert_non_null(pool);
        assert_int_equal(um_pool_size(pool), threads);
        for (uint32_t units = 0; units <= MAX_UNITS; units++) {
            struct tally tally = {.workers = threads};
            um_pool_run(pool, units, count_units, &tally);
            for (uint32_t i = 0; i < MAX_UNITS; i++)
                assert_int_equal(atomic_load(&tally.done[i]), i < units);
        }
        um_pool_destroy(pool);
    }
}

/* More threads than processors, so that sleeping and waking in every order comes up. */
static void pool_survives_many_short_jobs(void **state) {
    (void)state;
    struct um_pool *pool = um_pool_create(8);
    assert_non_null(pool);
    for (int i = 0; i < 3000; i++) {
        struct tally tally = {.workers = 8};
        um_pool_run(pool, 9, count_units, &tally);
        int sum = 0;
        for (int k = 0; k < 9; k++)
            sum += atomic_load(&tally.done[k]);
        assert_int_equal(sum, 9);
    }
    um_pool_destroy(pool);
}

static void cancel_stops_before_the_next_op(void **state) {
    (void)state;
    struct op_case c = linear_case();
    struct check_log capture;
    const struct um_log log = check_log_start(&capture);
    const volatile int yes = 1, no = 0;
    float *out = malloc(c.sizes.out * 4);
    assert_int_equal(make_and_run(&c, 2, &log, &yes, out), UM_CANCELLED);
    assert_int_equal(make_and_run(&c, 2, &log, &no, out), UM_OK);
    free(out);
    op_case_free(&c);
}

static void fewer_threads_give_the_same(void **state) {
    (void)state;
    struct op_case c = linear_case();
    struct check_log capture;
    const struct um_log log = check_log_start(&capture);
    float *right = malloc(c.sizes.out * 4), *out = malloc(c.sizes.out * 4);
    assert_int_equal(make_and_run(&c, 4, &log, NULL, right), UM_OK);
    for (int allowed = 0; allowed < 3; allowed++) {
        threads_left = allowed;
        const um_status status = make_and_run(&c, 4, &log, NULL, out);
        threads_left = -1;
        assert_int_equal(status, UM_OK);
        char size[32]; /* the device's last message tells how many it got */
        snprintf(size, sizeof size, "%d threads", allowed + 1);
        assert_non_null(strstr(capture.text, size));
        assert_memory_equal(right, out, c.sizes.out * 4);
    }
    free(right);
    free(out);
    op_case_free(&c);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    struct op_case c = linear_case();
    float *out = malloc(c.sizes.out * 4);
    int failures = 0;
    for (um_status status = UM_ERROR_MEMORY; status != UM_OK; failures++) {
        struct check_log capture;
        const struct um_log log = check_log_start(&capture);
        const int before = live_allocations;
        allocations_left = failures;
        status = make_and_run(&c, 3, &log, NULL, out);
        allocations_left = -1;
        assert_int_equal(live_allocations, before);
        if (status == UM_OK)
            break;
        assert_int_equal(status, UM_ERROR_MEMORY);
        assert_int_equal(capture.level, UM_LOG_ERROR);
        assert_non_null(strstr(capture.text, "out of memory"));
    }
    print_message("%d allocations failed one by one\n", failures);
    assert_true(failures >=
                8); /* device, pool, workers, weights, 2 tensors, scratch, program, ... */
    free(out);
    op_case_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_device_is_listed),
        cmocka_unit_test(zero_threads_means_all),
        cmocka_unit_test(pool_does_every_unit_once),
        cmocka_unit_test(pool_survives_many_short_jobs),
        cmocka_unit_test(cancel_stops_before_the_next_op),
        cmocka_unit_test(fewer_threads_give_the_same),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("CPU device", tests, NULL, NULL);
}
