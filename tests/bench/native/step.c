/* What a step costs in three forms: all logits read and sampled by the CPU, those of the wanted
 * rows, and the device's own sampler:
 *
 *     step MODEL|imagenet256 DEVICE ROUNDS
 *
 * Medians in milliseconds of a guided step of one image, forward pass and sampler, at three shares
 * of masked tokens. The third form is left out where the device does not sample. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "device_sampler.h"
#include "sampler/halton.h"

#include <unmask/measure.h>

enum form { ALL_LOGITS, WANTED_LOGITS, ON_DEVICE, FORMS };
enum { MAX_ROUNDS = 100 };

static const struct um_network *const networks[FORMS] = {&um_network_transformer, &um_network_step,
                                                         &um_network_sample};

static struct {
    um_model *model;
    uint32_t positions, codes, masked;
    int32_t *ids, *wanted;
    float *logits;
    uint32_t *settings, *order, *row;
    struct um_sampled *drawn;
    struct um_sampler_state state;
} bench;

static void check(bool ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "step: %s failed\n", what);
        exit(1);
    }
}

static void *memory(size_t count, size_t size) {
    void *block = um_alloc(count, size);
    check(block != NULL, "memory");
    return block;
}

static void allocate(void) {
    const size_t n = bench.positions, codes = bench.codes;
    bench.ids = memory(2 * (n + 1), 4);
    bench.wanted = memory(1 + 2 * n, 4);
    bench.logits = memory(2 * (n + 1) * codes, 4);
    bench.settings = memory(UM_SAMPLE_SETTINGS(2, n), 4);
    bench.order = memory(n, 4);
    bench.row = memory(n, 4);
    bench.drawn = memory(2 * n, sizeof *bench.drawn);
    bench.state = (struct um_sampler_state){.positions = bench.positions,
                                            .codes = bench.codes,
                                            .tokens = memory(n, 4),
                                            .guess = memory(n, 4),
                                            .confidence = memory(n, 4),
                                            .fixed_step = memory(n, 2),
                                            .change = memory(n, 1),
                                            .asked = memory(n, 1),
                                            .order = bench.order,
                                            .scores = memory(n, 4),
                                            .weights = memory(codes, 4),
                                            .sorted = memory(codes, 4)};
    const um_model_info *info = um_model_get_info(bench.model);
    check(um_halton_order(info->grid_width, info->grid_height, bench.order), "memory");
}

/* The first `masked` positions of the order are masked. */
static void prepare(void) {
    const struct um_config *config = &bench.model->file.config;
    const uint32_t n = bench.positions;
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        bench.state.tokens[bench.order[i]] = i < bench.masked ? -1 : (int32_t)(i % bench.codes);
    for (uint32_t half = 0; half < 2; half++) {
        int32_t *ids = bench.ids + half * (n + 1);
        ids[0] = (int32_t)um_config_class_row(config, half && config->null_class ? -1 : 1);
        for (uint32_t i = 0; i < n; i++) {
            const bool masked = bench.state.tokens[i] < 0;
            ids[1 + i] = masked ? (int32_t)um_config_mask_row(config) : bench.state.tokens[i];
            bench.row[i] = half ? bench.row[i] : count;
            if (masked)
                bench.wanted[1 + count++] = (int32_t)(half * (n + 1) + 1 + i);
        }
    }
    bench.wanted[0] = (int32_t)count;
}

static double run(struct um_program *program, enum form form) {
    const struct um_sampler_step step = {.sampler = UM_SAMPLER_CONFIDENCE,
                                         .seed = 1,
                                         .temperature = 1,
                                         .cfg_scale = 1,
                                         .top_k = bench.codes,
                                         .top_p = 1,
                                         .noise = 1,
                                         .keep_masked = bench.masked / 2};
    prepare();
    const double start = um_clock_seconds();
    um_sampler_ask(&bench.state, &step);
    if (form == ON_DEVICE) {
        um_device_sampler_begin(bench.settings, 2, bench.order, bench.positions, &step);
        um_device_sampler_image(bench.settings, 0, 0, bench.positions, &step);
        um_device_sampler_image(bench.settings, 1, bench.masked, bench.positions, NULL);
        check(um_program_run_sample(program, bench.ids, bench.wanted, bench.settings, bench.drawn,
                                    bench.masked, NULL) == UM_OK,
              "the run");
        check(um_sampler_take(&bench.state, &step, bench.drawn), "sampling");
        return um_clock_seconds() - start;
    }
    const bool all = form == ALL_LOGITS;
    um_status status =
        all ? um_program_run(program, bench.ids, bench.logits, NULL)
            : um_program_run_rows(program, bench.ids, bench.wanted, bench.logits, NULL);
    check(status == UM_OK, "the run");
    const size_t first = all ? bench.codes : 0;
    const size_t null_rows = all ? bench.positions + 1 : bench.masked;
    bench.state.row = all ? NULL : bench.row;
    check(um_sampler_run(&bench.state, &step, bench.logits + first,
                         bench.logits + first + null_rows * bench.codes),
          "sampling");
    return um_clock_seconds() - start;
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The forms take turns, so that whatever else the machine does meets all of them. */
static void compare(struct um_program programs[FORMS], uint32_t forms, uint32_t rounds) {
    static double seconds[FORMS][MAX_ROUNDS];
    static int32_t tokens[2][1 << 16];
    for (uint32_t round = 0; round <= rounds; round++) { /* the first one warms up */
        for (uint32_t form = 0; form < forms; form++) {
            const double took = run(&programs[form], (enum form)form);
            seconds[form][round ? round - 1 : 0] = took;
            memcpy(tokens[form > 0], bench.state.tokens, bench.positions * sizeof **tokens);
            if (form > 0)
                check(!memcmp(tokens[0], tokens[1], bench.positions * sizeof **tokens),
                      "equal tokens");
        }
    }
    printf("  %6u", (unsigned)bench.masked);
    for (uint32_t form = 0; form < forms; form++) {
        qsort(seconds[form], rounds, sizeof(double), by_size);
        printf("  %9.2f", 1e3 * seconds[form][rounds / 2]);
    }
    printf("\n");
}

int main(int argc, char **argv) {
    check(argc == 4, "usage: step MODEL|imagenet256 DEVICE ROUNDS, which");
    const um_context_params params = {.device = argv[2]};
    uint32_t rounds = (uint32_t)strtoul(argv[3], NULL, 10);
    rounds = rounds < 1 ? 1 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds;
    um_context *context = NULL;
    struct um_program programs[FORMS] = {{0}};
    check(um_context_create(&context, &params) == UM_OK, "um_context_create");
    const bool synthetic = strncmp(argv[1], "imagenet", 8) == 0;
    check((synthetic ? um_model_load_synthetic(&bench.model, context, argv[1], "f32")
                     : um_model_load(&bench.model, context, argv[1])) == UM_OK,
          "loading");
    bench.positions = um_config_positions(&bench.model->file.config);
    bench.codes = um_model_get_info(bench.model)->codebook_size;
    check(bench.positions <= 1 << 16, "a grid of at most 65536");
    allocate();
    const uint32_t forms = um_device_sampler_usable(bench.model) ? FORMS : ON_DEVICE;
    for (uint32_t form = 0; form < forms; form++)
        check(um_program_open(&programs[form], bench.model, networks[form], 2, true) == UM_OK,
              "um_program_open");
    printf("%s on %s, ms a step\n  masked        all     wanted  on device\n", argv[1],
           context->info.name);
    for (uint32_t part = 1; part <= 16; part *= 4) {
        bench.masked = bench.positions / part;
        compare(programs, forms, rounds);
    }
    for (uint32_t form = 0; form < forms; form++)
        um_program_close(&programs[form]);
    um_model_unload(&bench.model);
    um_context_destroy(&context);
    return 0;
}
