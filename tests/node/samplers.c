/* Draws with every sampler and setting, natively and in WebAssembly alike, and prints a line each:
 *
 *     SAMPLER/SETTING/LOGITS DIGEST
 *
 * The digest is of all that the session shows after each of its steps. LOGITS are equal on both
 * sides, so that the sampler alone decides whether digests are: "network" is a small model in Q8_0,
 * whose transformer gives the same bits everywhere, "made" are numbers that the test puts in its
 * place, on a grid of 1/8, so that many are equal. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/sha256.h"
#include "model.h"
#include "support/rand.h"
#include "support/tiny_model.h"
#include "unmask/unmask.h"

enum { GRID = 8, POSITIONS = GRID * GRID, CODES = 32, STEPS = 6 };

static const um_step_row rows[STEPS] = {{0.2f, 1.5f, -1, 2, {0}}, {0.9f, -1, 3, -1, {0}},
                                        {-1, 0.7f, 0, 0, {0}},    {0.5f, 0.5f, -1, 1, {0}},
                                        {0.6f, -1, 1, -1, {0}},   {-1, 2, -1, 3, {0}}};
static const float shares[STEPS] = {0.9f, 0.5f, 0.7f, 0.1f, 0.2f, 0};
static int32_t given[POSITIONS];

static const struct {
    const char *name;
    um_session_params params;
} settings[] = {
    {"plain", {.seed = 0}},
    {"linear", {.sampling.schedule = UM_SCHEDULE_LINEAR}},
    {"square", {.sampling.schedule = UM_SCHEDULE_SQUARE}},
    {"cubic", {.sampling.schedule = UM_SCHEDULE_CUBIC}},
    {"pow2.5", {.sampling.schedule = UM_SCHEDULE_POW, .sampling.schedule_power = 2.5f}},
    {"exponential", {.sampling.schedule = UM_SCHEDULE_EXPONENTIAL}},
    {"sqrt", {.sampling.schedule = UM_SCHEDULE_SQRT}},
    {"logarithmic", {.sampling.schedule = UM_SCHEDULE_LOGARITHMIC}},
    {"arccos", {.sampling.schedule = UM_SCHEDULE_ARCCOS}},
    {"shares",
     {.sampling.schedule = UM_SCHEDULE_TABLE,
      .schedule_table = shares,
      .schedule_table_size = STEPS}},
    {"step-table", {.step_table = rows, .step_table_size = STEPS}},
    {"temperature", {.sampling.temperature = 0.6f}},
    {"choice-temperature", {.sampling.choice_temperature = 20.0f}},
    {"no-noise", {.sampling.choice_temperature = -1.0f}},
    {"top-k", {.sampling.top_k = 5}},
    {"top-p", {.sampling.top_p = 0.6f}},
    {"top-k-top-p", {.sampling.top_k = 4, .sampling.top_p = 0.7f, .sampling.temperature = 2.0f}},
    {"no-guidance", {.sampling.cfg_scale = -1.0f}},
    {"cfg-linear", {.sampling.cfg_scale = 2.0f, .sampling.cfg_schedule = UM_CFG_LINEAR}},
    {"cfg-power-cosine",
     {.sampling.cfg_scale = 2.0f,
      .sampling.cfg_schedule = UM_CFG_POWER_COSINE,
      .sampling.cfg_power = 1.5f}},
    {"loop",
     {.sampling.remdm_loop_on = 0.7f,
      .sampling.remdm_loop_off = 0.1f,
      .sampling.remdm_loop_alpha = 0.6f}},
    {"given", {.initial_tokens = given, .start_step = 2}},
};

static struct {
    bool on;
    struct test_rand rand;
} made;
static um_status (*true_read_part)(void *program, um_value_id value, size_t elements, void *data);

/* Sessions read nothing but logits in parts. */
static um_status read_part(void *program, um_value_id value, size_t elements, void *data) {
    um_status status = true_read_part(program, value, elements, data);
    float *logits = data;
    if (!made.on)
        return status;
    test_rand_fill(&made.rand, logits, elements, 0.0f, 3.0f);
    for (size_t i = 0; i < elements; i++)
        logits[i] = floorf(logits[i] * 8.0f) / 8.0f;
    return status;
}

static void check(bool ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "samplers: %s failed\n", what);
        exit(1);
    }
}

static um_model *load(um_context *context) {
    const struct tiny_model_options options = {
        .grid = GRID, .codebook_size = CODES, .file_type = 7 /* Q8_0 */};
    size_t size;
    um_model *model = NULL;
    void *bytes = tiny_model_build(&options, &size);
    check(um_model_load_memory(&model, context, bytes, size, "tiny") == UM_OK, "loading");
    free(bytes);
    return model;
}

/* One picture at a time: groups of several might be cut differently, and their logits made so. */
static void draw(um_model *model, const um_session_params *params, char digest[65]) {
    um_session *session = NULL;
    um_session_view view;
    struct um_sha256 hash;
    um_sha256_init(&hash);
    check(um_session_begin(&session, model, params) == UM_OK, "um_session_begin");
    while (!um_session_done(session)) {
        check(um_session_step(session) == UM_OK, "um_session_step");
        check(um_session_get(session, 0, &view) == UM_OK, "um_session_get");
        um_sha256_update(&hash, view.tokens, POSITIONS * sizeof *view.tokens);
        um_sha256_update(&hash, view.guess, POSITIONS * sizeof *view.guess);
        um_sha256_update(&hash, view.confidence, POSITIONS * sizeof *view.confidence);
        um_sha256_update(&hash, view.fixed_step, POSITIONS * sizeof *view.fixed_step);
        um_sha256_update(&hash, view.change, POSITIONS * sizeof *view.change);
    }
    check(view.masked == 0, "filling the grid");
    um_session_end(&session);
    um_sha256_hex(&hash, digest);
}

static void draw_all(um_model *model, int sampler) {
    const int32_t class_index = 3;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        um_session_params params = settings[i].params;
        params.classes = &class_index;
        params.seed = 5;
        params.first_image = 7;
        params.sampling.steps = STEPS;
        params.sampling.sampler = (um_sampler)sampler;
        params.sampling.remdm_eta = 0.5f;
        params.sampling.recheck_rounds = 3;
        params.sampling.recheck_threshold = 0.5f;
        for (int kind = 0; kind < 2; kind++) {
            char digest[65];
            made.on = kind == 1;
            made.rand.state = 11;
            draw(model, &params, digest);
            printf("%s/%s/%s %s\n", um_sampler_name(params.sampling.sampler), settings[i].name,
                   made.on ? "made" : "network", digest);
        }
    }
}

int main(void) {
    const um_context_params params = {.device = "cpu", .threads = 2};
    um_context *context = NULL;
    check(um_context_create(&context, &params) == UM_OK, "um_context_create");
    um_model *model = load(context);
    struct um_backend_fns backend = *context->backend;
    true_read_part = backend.read_part;
    backend.read_part = read_part;
    context->backend = &backend;
    for (int i = 0; i < POSITIONS; i++)
        given[i] = i % 4 ? -1 : i % CODES;
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++)
        draw_all(model, sampler);
    um_model_unload(&model);
    um_context_destroy(&context);
    return 0;
}
