/* Weights that keep the type of the file: as small as there, and widened to the very numbers that
 * they stand for, by every level's kernels. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "backend/cpu/cpu.h"
#include "backend/cpu/small_weights.h"
#include "base/half.h"
#include "base/mem.h"
#include "support/rand.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
enum { SANITIZED = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) };
#else
enum { SANITIZED = 0 };
#endif

static void every_half_is_widened_exactly(void **state) {
    (void)state;
    enum { HALVES = 1 << 16 };
    static uint16_t halves[HALVES];
    static float made[HALVES];
    for (uint32_t i = 0; i < HALVES; i++)
        halves[i] = (uint16_t)i;
    for (int level = 0; level < UM_CPU_LEVELS; level++) {
        const struct um_cpu_kernels *kernels = um_cpu_kernels_at((enum um_cpu_level)level);
        if (!kernels)
            continue;
        kernels->half_to_float(halves, HALVES, made);
        for (uint32_t i = 0; i < HALVES; i++) {
            const float right = um_half_to_float((uint16_t)i);
            if (right != right) /* instructions may make NaN quiet */
                assert_true(made[i] != made[i]);
            else
                assert_memory_equal(&made[i], &right, sizeof right);
        }
    }
}

struct shape {
    uint32_t rows, kernel, depth;
    enum um_dtype dtype;
};

/* Random bytes are weights, with halves that are finite. */
static struct um_tensor make(const struct shape *s, struct test_rand *random) {
    struct um_tensor t = {.dtype = s->dtype,
                          .n_dims = s->kernel ? 4 : 2,
                          .dims = {s->rows, s->kernel ? s->kernel : s->depth,
                                   s->kernel ? s->kernel : 1, s->kernel ? s->depth : 1}};
    const size_t elements = um_tensor_elements(&t);
    t.bytes = s->dtype == UM_F16 ? elements * 2 : elements / 32 * 34;
    uint16_t *data = malloc(t.bytes);
    assert_non_null(data);
    for (size_t i = 0; i < t.bytes / 2; i++) {
        data[i] = (uint16_t)test_rand_u64(random);
        if (s->dtype == UM_F16 || i % 17 == 0)
            data[i] &= 0xbfffu;
    }
    t.data = data;
    return t;
}

static void check_panels(const struct um_cpu_tensor *small, const struct um_tensor *from,
                         const struct um_cpu_kernels *kernels) {
    const size_t depth = small->depth;
    float *panel = malloc(UM_PANEL * depth * sizeof *panel), *row = malloc(depth * sizeof *row);
    float *right = malloc(depth * sizeof *right);
    assert_true(panel && row && right);
    const struct um_cpu_call call = {
        .weights = {small}, .kernels = kernels, .panels = panel, .panel_stride = UM_PANEL * depth};
    for (uint32_t r = 0; r < small->rows; r++) {
        size_t stride;
        um_tensor_to_float(from, r * depth, depth, right);
        um_cpu_row(small, r, row);
        assert_memory_equal(row, right, depth * sizeof *row);
        const float *at = um_cpu_panel(&call, r / UM_PANEL, 0, &stride);
        for (size_t k = 0; k < depth; k++)
            assert_memory_equal(&at[k * stride + r % UM_PANEL], &right[k], sizeof *right);
        for (size_t c = r % UM_PANEL + 1; r + 1 == small->rows && c < stride; c++)
            assert_true(at[c] == 0 && at[(depth - 1) * stride + c] == 0); /* beyond the matrix */
    }
    free(panel);
    free(row);
    free(right);
}

static void packed_weights_are_small_and_right(void **state) {
    (void)state;
    static const struct shape shapes[] = {
        {48, 0, 40, UM_F16},  {33, 0, 7, UM_F16},   {5, 3, 3, UM_F16},
        {70, 3, 32, UM_Q8_0}, {16, 1, 64, UM_Q8_0}, {97, 3, 64, UM_F16},
    };
    struct test_rand random = {5};
    for (int level = 0; level < UM_CPU_LEVELS; level++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            const struct um_cpu_kernels *kernels = um_cpu_kernels_at((enum um_cpu_level)level);
            const struct um_device_options options = {.threads = 2};
            void *device, *handle;
            if (!kernels)
                continue;
            const struct um_tensor from = make(&shapes[i], &random);
            assert_int_equal(um_cpu_device_open_at(&device, &options, kernels), UM_OK);
            assert_int_equal(um_cpu_weights_create(&handle, device, &from, 1), UM_OK);
            const struct um_cpu_tensor *small = ((struct um_cpu_weights *)handle)->tensors;
            assert_true(small->small && !small->data && !small->q8);
            const size_t rows = (small->rows + UM_LANES - 1) / UM_LANES * UM_LANES;
            assert_int_equal(um_cpu_small_bytes(small), from.bytes / small->rows * rows);
            check_panels(small, &from, kernels);
            um_cpu_weights_destroy(&handle);
            um_backend_cpu.device_close(&device);
            free((void *)(uintptr_t)from.data);
        }
}

/* Kilobytes; 0 = not told. */
static size_t peak_memory(void) {
    char line[128];
    size_t peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            peak = strtoul(line + 6, NULL, 10);
    if (status)
        fclose(status);
    return peak;
}

/* What is packed is given back, tensor by tensor: never are there all weights twice. */
static void packing_needs_no_second_copy(void **state) {
    (void)state;
    enum { COUNT = 32, ROWS = 1024, BYTES = ROWS * ROWS * 2 };
    const struct um_device_options options = {.threads = 2};
    struct um_tensor tensors[COUNT];
    unsigned char *file = um_alloc_unset(COUNT, BYTES);
    void *device, *weights;
    assert_non_null(file);
    memset(file, 1, (size_t)COUNT * BYTES);
    for (size_t i = 0; i < COUNT; i++)
        tensors[i] = (struct um_tensor){.dtype = UM_F16,
                                        .n_dims = 2,
                                        .dims = {ROWS, ROWS, 1, 1},
                                        .data = file + i * BYTES,
                                        .bytes = BYTES,
                                        .disposable = true};
    assert_int_equal(um_backend_cpu.device_open(&device, &options), UM_OK);
    const size_t before = peak_memory();
    assert_int_equal(um_cpu_weights_create(&weights, device, tensors, COUNT), UM_OK);
    const size_t grown = peak_memory() - before;
    um_cpu_weights_destroy(&weights);
    um_backend_cpu.device_close(&device);
    um_free(file);
    if (!before || SANITIZED) {
        print_message("skip: the system does not tell, or sanitizers count as memory\n");
        skip();
    }
    print_message("the peak grew by %zu KB, the weights are %d\n", grown, COUNT * BYTES / 1024);
    /* Two tensors are under way; half of all leaves room for whatever else runs. */
    assert_true(grown < (size_t)COUNT * BYTES / 1024 / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_is_widened_exactly),
        cmocka_unit_test(packed_weights_are_small_and_right),
        cmocka_unit_test(packing_needs_no_second_copy),
    };
    return cmocka_run_group_tests_name("weights on the CPU", tests, NULL, NULL);
}
