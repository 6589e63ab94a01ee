/* The CPU backend against every Vulkan device that is visible: logits, tokens, pixels; and each
 * device against itself. Validation layers are on where they are installed;
 * UM_TEST_VALIDATION=1 says that they are, so that without them the test fails.
 *
 * Logits differ by float rounding (other summation orders, the device's exp), so now and then a
 * draw that falls on the border between two codes goes the other way: teacher-forced, with equal
 * inputs, at most in 1 of 100 tokens; free-running such a token changes what follows it, so there 1
 * of 10 is allowed. Exit code 77 = no Vulkan device.
 * Usage: test_agreement [forced|free [tiny]]: only that part, so that the two can run side by side;
 * tiny, or UM_TEST_BUNDLED = 0, leaves out the bundled model, which sanitizers make too slow. */
#include "support/compare.h"
#include "support/rand.h"
#include "support/tiny_model.h"
#include "unmask/unmask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEEDS = 32, SLOW_SEEDS = 8, LOGIT_CASES = 4, DECODED = 4 };

/* Processor time of a forward pass above which a device draws less freely: SwiftShader takes 2.4 s
 * for each with the bundled model, so 32 seeds take 80 s forced, 8 of them 40 s in 2 free steps. */
static const double SLOW_SECONDS = 1.5;

static const double NMSE_LIMIT = 1e-9, PIXEL_LIMIT = 1.0 / 255.0;
static const double FORCED_LIMIT = 0.99, FREE_LIMIT = 0.90;

struct side {
    um_context *context;
    um_model *model;
    unsigned messages; /* errors in the log, validation's among them */
};

struct duel {
    struct side cpu, gpu;
    const um_model_info *info;
    size_t positions, pixels;
    uint32_t steps, images; /* each image is drawn from a seed of its own */
    bool forced, free;      /* the parts to run */
    bool thorough;          /* affordable: more steps, guidance, everything twice */
    unsigned failures;
};

static void on_log(void *user, um_log_level level, const char *text) {
    struct side *side = user;
    if (level == UM_LOG_ERROR) {
        side->messages++;
        fprintf(stderr, "%s\n", text);
    }
}

static void judge(struct duel *duel, bool ok, const char *what, double value, const char *limit) {
    printf("  %-32s %.6g (%s): %s\n", what, value, limit, ok ? "ok" : "FAILED");
    fflush(stdout);
    duel->failures += !ok;
}

/* Stops the program: nothing after a call that failed means anything. */
static void require(um_status status, const char *what) {
    if (status == UM_OK)
        return;
    printf("%s failed: %s\n", what, um_status_text(status));
    exit(1);
}

static void *require_memory(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory)
        abort();
    return memory;
}

/* ---------------------------------------------------------------- checks */

/* Returns the processor time of the last forward pass on the device, seconds. */
static double check_logits(struct duel *duel) {
    size_t count = duel->positions * duel->info->codebook_size;
    float *a = require_memory(count, sizeof *a), *b = require_memory(count, sizeof *b);
    int32_t *tokens = require_memory(duel->positions, sizeof *tokens);
    struct test_rand r = {7};
    double worst = 0.0, seconds = 0.0;
    for (int i = 0; i < LOGIT_CASES; i++) {
        for (size_t p = 0; p < duel->positions; p++)
            tokens[p] = test_rand_below(&r, LOGIT_CASES) < (uint32_t)i
                            ? (int32_t)test_rand_below(&r, duel->info->codebook_size)
                            : -1;
        int32_t class_index = i == 1 && duel->info->has_null_class
                                  ? -1
                                  : (int32_t)test_rand_below(&r, duel->info->class_count);
        require(um_logits(duel->cpu.model, tokens, class_index, a), "um_logits on the CPU");
        clock_t start = clock();
        require(um_logits(duel->gpu.model, tokens, class_index, b), "um_logits");
        seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        double nmse = compare_nmse(b, a, count);
        worst = nmse > worst ? nmse : worst;
    }
    judge(duel, worst <= NMSE_LIMIT, "logits, NMSE", worst, "at most 1e-9");
    free(a);
    free(b);
    free(tokens);
    return seconds;
}

static um_session *begin(struct side *side, const um_session_params *params) {
    um_session *session = NULL;
    require(um_session_begin(&session, side->model, params), "um_session_begin");
    return session;
}

/* Copies one array of all images of the batch. */
static void read_tokens(const struct duel *duel, const um_session *session, bool guess,
                        int32_t *out) {
    for (uint32_t image = 0; image < duel->images; image++) {
        um_session_view view;
        require(um_session_get(session, image, &view), "um_session_get");
        memcpy(out + image * duel->positions, guess ? view.guess : view.tokens,
               duel->positions * sizeof *out);
    }
}

static bool is_forced(const struct duel *duel, uint32_t step) {
    return step == duel->steps / 2 || (duel->thorough && (step == 1 || step + 1 == duel->steps));
}

/* The CPU's state in the middle (and after the first step, and before the last), given to the other
 * device: its guesses in the next step against the CPU's. */
static void check_forced(struct duel *duel, um_session_params params) {
    size_t all = duel->images * duel->positions, equal = 0, masked = 0;
    int32_t *before = require_memory(all, sizeof *before);
    int32_t *a = require_memory(all, sizeof *a), *b = require_memory(all, sizeof *b);
    um_session *session = begin(&duel->cpu, &params);
    for (uint32_t step = 0; step < duel->steps; step++) {
        read_tokens(duel, session, false, before);
        require(um_session_step(session), "um_session_step on the CPU");
        if (!is_forced(duel, step))
            continue;
        read_tokens(duel, session, true, a);
        params.initial_tokens = before;
        params.start_step = step;
        um_session *other = begin(&duel->gpu, &params);
        require(um_session_step(other), "um_session_step");
        read_tokens(duel, other, true, b);
        um_session_end(&other);
        for (size_t i = 0; i < all; i++) {
            masked += before[i] < 0;
            equal += before[i] < 0 && a[i] == b[i];
        }
    }
    um_session_end(&session);
    double share = (double)equal / (double)masked;
    judge(duel, share >= FORCED_LIMIT, "teacher-forced tokens, equal", share, "at least 0.99");
    free(before);
    free(a);
    free(b);
}

static uint32_t decoded(const struct duel *duel) {
    return duel->images < DECODED ? duel->images : DECODED;
}

static void run_free(const struct duel *duel, struct side *side, const um_session_params *params,
                     int32_t *tokens, float *rgb) {
    um_session *session = begin(side, params);
    while (!um_session_done(session))
        require(um_session_step(session), "um_session_step");
    read_tokens(duel, session, false, tokens);
    for (uint32_t image = 0; image < decoded(duel); image++)
        require(um_session_decode(session, image, rgb + image * duel->pixels), "decoding");
    um_session_end(&session);
}

static void check_pixels(struct duel *duel, const int32_t *tokens, const float *rgb) {
    float *other = require_memory(duel->pixels, sizeof *other);
    double worst = 0.0;
    for (uint32_t image = 0; image < DECODED; image++) {
        require(um_decode(duel->gpu.model, tokens + image * duel->positions, other), "um_decode");
        double apart = compare_max_abs(other, rgb + image * duel->pixels, duel->pixels, NULL);
        worst = apart > worst ? apart : worst;
    }
    judge(duel, worst <= PIXEL_LIMIT, "pixels, largest difference", worst, "at most 1/255");
    free(other);
}

/* The two encoders may disagree where two codebook rows are equally near: at most in 1 of 100. */
static void check_codes(struct duel *duel, const float *rgb) {
    int32_t *a = require_memory(duel->positions, sizeof *a);
    int32_t *b = require_memory(duel->positions, sizeof *b);
    size_t equal = 0;
    for (uint32_t image = 0; image < DECODED; image++) {
        require(um_encode(duel->cpu.model, rgb + image * duel->pixels, a), "um_encode on the CPU");
        require(um_encode(duel->gpu.model, rgb + image * duel->pixels, b), "um_encode");
        for (size_t i = 0; i < duel->positions; i++)
            equal += a[i] == b[i];
    }
    double share = (double)equal / (double)(DECODED * duel->positions);
    judge(duel, share >= FORCED_LIMIT, "encoded tokens, equal", share, "at least 0.99");
    free(a);
    free(b);
}

/* All images where that is affordable, else one. */
static void check_repeat(struct duel *duel, um_session_params params) {
    const uint32_t images = duel->images;
    params.batch = duel->images = duel->thorough ? images : 1;
    size_t all = duel->images * duel->positions, floats = decoded(duel) * duel->pixels;
    int32_t *a = require_memory(all, sizeof *a), *b = require_memory(all, sizeof *b);
    float *rgb_a = require_memory(floats, sizeof *rgb_a);
    float *rgb_b = require_memory(floats, sizeof *rgb_b);
    run_free(duel, &duel->gpu, &params, a, rgb_a);
    run_free(duel, &duel->gpu, &params, b, rgb_b);
    bool same =
        memcmp(a, b, all * sizeof *a) == 0 && memcmp(rgb_a, rgb_b, floats * sizeof *rgb_a) == 0;
    judge(duel, same, "run twice, identical bytes", same, "1");
    duel->images = images;
    free(a);
    free(b);
    free(rgb_a);
    free(rgb_b);
}

static void check_free(struct duel *duel, const um_session_params *params) {
    size_t all = duel->images * duel->positions, equal = 0, floats = DECODED * duel->pixels;
    int32_t *a = require_memory(all, sizeof *a), *b = require_memory(all, sizeof *b);
    float *rgb_a = require_memory(floats, sizeof *rgb_a);
    float *rgb_b = require_memory(floats, sizeof *rgb_b);
    run_free(duel, &duel->cpu, params, a, rgb_a);
    run_free(duel, &duel->gpu, params, b, rgb_b);
    for (size_t i = 0; i < all; i++)
        equal += a[i] == b[i];
    double share = (double)equal / (double)all;
    judge(duel, share >= FREE_LIMIT, "free-running tokens, equal", share, "at least 0.90");
    check_pixels(duel, a, rgb_a);
    check_codes(duel, rgb_a);
    check_repeat(duel, *params);
    free(a);
    free(b);
    free(rgb_a);
    free(rgb_b);
}

/* ---------------------------------------------------------------- devices and models */

static void open_side(struct side *side, const char *device, bool validation) {
    um_context_params params = {
        .device = device, .validation = validation, .log = on_log, .log_user = side};
    um_status status = um_context_create(&side->context, &params);
    if (status == UM_ERROR_NO_DEVICE && validation) {
        const char *installed = getenv("UM_TEST_VALIDATION");
        printf("  without validation: the layer is not installed\n");
        if (installed && *installed == '1')
            require(status, "validation, which UM_TEST_VALIDATION asks for,");
        side->messages = 0;
        params.validation = false;
        status = um_context_create(&side->context, &params);
    }
    require(status, device);
}

static void close_side(struct side *side) {
    um_model_unload(&side->model);
    um_context_destroy(&side->context);
}

static void run_duel(struct duel *duel) {
    static int32_t classes[SEEDS];
    duel->info = um_model_get_info(duel->cpu.model);
    duel->positions = (size_t)duel->info->grid_width * duel->info->grid_height;
    duel->pixels = (size_t)3 * duel->info->image_width * duel->info->image_height;
    double slowest = check_logits(duel);
    duel->images = SEEDS;
    duel->steps = duel->thorough ? 8 : 4;
    for (uint32_t i = 0; i < SEEDS; i++)
        classes[i] = (int32_t)(i * 7 % duel->info->class_count);
    /* The image index is a part of the random key like the seed. */
    um_session_params params = {.classes = classes,
                                .batch = duel->images,
                                .seed = 2022,
                                .sampling.steps = duel->steps,
                                .sampling.cfg_scale = duel->thorough ? 1.5f : -1.0f};
    if (duel->forced)
        check_forced(duel, params);
    if (slowest > SLOW_SECONDS) {
        params.sampling.steps = duel->steps = 2;
        params.batch = duel->images = SLOW_SEEDS;
    }
    printf("  %u seeds, %u free steps\n", (unsigned)duel->images, (unsigned)duel->steps);
    if (duel->free)
        check_free(duel, &params);
    judge(duel, duel->gpu.messages == 0, "errors and validation messages", duel->gpu.messages, "0");
}

static void choose_parts(struct duel *duel, const char *part) {
    duel->forced = !part || strcmp(part, "forced") == 0;
    duel->free = !part || strcmp(part, "free") == 0;
}

/* The whole course with a small random model: every step, guidance, everything twice. */
static unsigned run_tiny(const char *device, const char *part, const char *variant) {
    struct duel duel = {.thorough = true};
    struct tiny_model_options options = {.grid = 6, .dim = 64, .heads = 2};
    choose_parts(&duel, part);
    size_t size;
    if (!tiny_model_variant(&options, variant))
        abort();
    void *bytes = tiny_model_build(&options, &size);
    printf("  -- random model, %s, 8 steps, guidance\n", variant);
    open_side(&duel.cpu, "cpu", false);
    open_side(&duel.gpu, device, true);
    require(um_model_load_memory(&duel.cpu.model, duel.cpu.context, bytes, size, "tiny"), "CPU");
    require(um_model_load_memory(&duel.gpu.model, duel.gpu.context, bytes, size, "tiny"), "load");
    free(bytes);
    run_duel(&duel);
    close_side(&duel.cpu);
    close_side(&duel.gpu);
    return duel.failures;
}

/* The model that users run; fewer steps, because software devices need a second for each. */
static unsigned run_bundled(const char *device, const char *part) {
    struct duel duel = {0};
    choose_parts(&duel, part);
    const char *path = UM_ASSETS "/emoji-64.gguf";
    FILE *file = fopen(path, "rb");
    if (!file) {
        printf("  -- no bundled model: FAILED\n");
        return 1;
    }
    fclose(file);
    printf("  -- bundled model\n");
    open_side(&duel.cpu, "cpu", false);
    open_side(&duel.gpu, device, true);
    require(um_model_load(&duel.cpu.model, duel.cpu.context, path), "CPU");
    require(um_model_load(&duel.gpu.model, duel.gpu.context, path), "load");
    run_duel(&duel);
    close_side(&duel.cpu);
    close_side(&duel.gpu);
    return duel.failures;
}

int main(int argc, char **argv) {
    const char *part = argc > 1 ? argv[1] : NULL;
    if (part && strcmp(part, "forced") != 0 && strcmp(part, "free") != 0) {
        printf("usage: test_agreement [forced|free [tiny]]\n");
        return 2;
    }
    um_device_info devices[16];
    size_t count = 0, tested = 0;
    unsigned failures = 0;
    require(um_devices(devices, 16, &count, NULL, NULL), "um_devices");
    for (size_t i = 0; i < count && i < 16; i++) {
        if (strcmp(devices[i].backend, "vulkan") != 0)
            continue;
        char index[8];
        snprintf(index, sizeof index, "%u", (unsigned)i);
        printf("%s, %s\n", devices[i].name, devices[i].driver);
        fflush(stdout);
        static const char *const variants[] = {"original", "v1", "halton", "halton-patched"};
        for (int v = 0; v < 4; v++)
            failures += run_tiny(index, part, variants[v]);
        failures += UM_TEST_BUNDLED && argc < 3 ? run_bundled(index, part) : 0;
        tested++;
    }
    if (!tested) {
        printf("skip: no Vulkan device is visible\n");
        return 77;
    }
    printf("%zu devices, %u failures\n", tested, failures);
    return failures ? 1 : 0;
}
