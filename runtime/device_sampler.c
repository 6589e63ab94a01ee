/* Settings of the op SAMPLE, and the known answers that a device must give to be trusted with it.
 */
#include "device_sampler.h"

#include "base/mem.h"
#include "base/rng.h"
#include "graph/graph.h"
#include "sampler/halton.h"
#include <string.h>

static const float SMALLEST_NOISE = 1e-30f; /* times Gumbel numbers of 1e-7 and more: normal */

bool um_device_sampler_suits(const struct um_sampler_step *step, uint32_t codes) {
    const bool known = step->sampler == UM_SAMPLER_CONFIDENCE ||
                       step->sampler == UM_SAMPLER_HALTON || step->sampler == UM_SAMPLER_RECHECK;
    return known && !step->recheck && step->top_k >= codes && step->top_p >= 1.0f &&
           (step->noise == 0.0f || step->noise >= SMALLEST_NOISE) &&
           (step->cfg_scale == 0.0f || 1.0f + step->cfg_scale > 1.0f);
}

void um_device_sampler_begin(uint32_t *settings, uint32_t images, const uint32_t *order,
                             uint32_t positions, const struct um_sampler_step *step) {
    const struct um_sample_head head = {
        .seed = {(uint32_t)step->seed, (uint32_t)(step->seed >> 32)},
        .step = step->step,
        .temperature = step->temperature,
        .guided = step->cfg_scale != 0.0f,
        .guidance = 1.0f + step->cfg_scale,
        .noise = step->noise,
        .halton = step->sampler == UM_SAMPLER_HALTON};
    uint32_t *places = settings + UM_SAMPLE_SETTINGS(images, 0);
    memcpy(settings, &head, sizeof head);
    for (uint32_t i = 0; i < positions; i++)
        places[order[i]] = i;
}

void um_device_sampler_image(uint32_t *settings, uint32_t index, uint32_t first, uint32_t positions,
                             const struct um_sampler_step *step) {
    struct um_sample_image image = {.first = first};
    if (step) {
        image.image = step->image;
        image.keep_masked = step->keep_masked;
        image.start = um_halton_start(step->seed, step->image, positions);
    }
    memcpy(settings + (sizeof(struct um_sample_head) + index * sizeof image) / 4, &image,
           sizeof image);
}

/* ---------------------------------------------------------------- known answers */

enum { POSITIONS = 16, CODES = 150, ROWS = 2 * POSITIONS };

struct known {
    float logits[ROWS * CODES]; /* with guidance the second half is the null class */
    int32_t rows[1 + ROWS];
    uint32_t settings[UM_SAMPLE_SETTINGS(1, POSITIONS)];
    uint32_t order[POSITIONS];
    float weights[CODES], sorted[CODES], scores[POSITIONS], confidence[POSITIONS];
    int32_t tokens[POSITIONS], guess[POSITIONS];
    uint16_t fixed_step[POSITIONS];
    uint8_t change[POSITIONS], asked[POSITIONS];
    struct um_sampled drawn[ROWS];
};

/* Sums whose order shows, ties, and weights from 1 down to below the smallest float. */
static void fill_logits(struct known *k) {
    for (uint32_t i = 0; i < ROWS * CODES; i++) {
        const float uniform = um_rng_uniform(2022, 0, 0, i, UM_RNG_TOKEN);
        const uint32_t row = i / CODES % 4;
        k->logits[i] = row == 0   ? 12.0f * uniform
                       : row == 1 ? (float)(int)(5.0f * uniform)
                       : row == 2 ? -130.0f * uniform
                                  : 1.0f + 0.001f * uniform;
    }
}

static struct um_sampler_state state_of(struct known *k) {
    for (uint32_t i = 0; i < POSITIONS; i++)
        k->tokens[i] = -1;
    return (struct um_sampler_state){.positions = POSITIONS,
                                     .codes = CODES,
                                     .tokens = k->tokens,
                                     .guess = k->guess,
                                     .confidence = k->confidence,
                                     .fixed_step = k->fixed_step,
                                     .change = k->change,
                                     .asked = k->asked,
                                     .order = k->order,
                                     .scores = k->scores,
                                     .weights = k->weights,
                                     .sorted = k->sorted};
}

/* One image of a program that is nothing but the op. */
static um_status open_program(const um_model *model, void **program, um_value_id values[4]) {
    struct um_graph graph = {0};
    struct um_program_desc desc;
    values[0] = um_graph_value(&graph, ROWS * CODES, UM_VALUE_INPUT);
    values[1] = um_graph_value(&graph, 1 + ROWS, UM_VALUE_INPUT);
    const struct um_sampled_rows rows = {ROWS, CODES, 1, 1, POSITIONS};
    um_graph_sample(&graph, &rows, values[0], values[1], &values[2], &values[3]);
    um_status status = um_graph_finish(&graph, &desc);
    if (status == UM_OK)
        status = model->context->backend->program_create(program, model->weights, &desc);
    um_graph_free(&graph);
    return status;
}

static um_status draw(const struct um_backend_fns *backend, void *program,
                      const um_value_id values[4], struct known *k) {
    um_status status = backend->write(program, values[0], k->logits);
    if (status == UM_OK)
        status = backend->write(program, values[1], k->rows);
    if (status == UM_OK)
        status = backend->write(program, values[2], k->settings);
    if (status == UM_OK)
        status = backend->run(program, NULL);
    return status == UM_OK ? backend->read(program, values[3], k->drawn) : status;
}

/* The same step by device and by CPU. */
static um_status compare(const struct um_backend_fns *backend, void *program,
                         const um_value_id values[4], struct known *k, struct um_sampler_step step,
                         bool *right) {
    struct um_sampler_state state = state_of(k);
    step.top_k = CODES;
    step.top_p = 1.0f;
    um_sampler_ask(&state, &step);
    um_device_sampler_begin(k->settings, 1, k->order, POSITIONS, &step);
    um_device_sampler_image(k->settings, 0, 0, POSITIONS, &step);
    k->rows[0] = step.cfg_scale != 0.0f ? ROWS : POSITIONS;
    for (uint32_t r = 0; r < ROWS; r++)
        k->rows[1 + r] = (int32_t)(r % POSITIONS + 1 + r / POSITIONS * (POSITIONS + 1));
    um_status status = draw(backend, program, values, k);
    if (status != UM_OK)
        return status;
    *right = *right && um_sampler_run(&state, &step, k->logits, k->logits + POSITIONS * CODES);
    for (uint32_t i = 0; i < POSITIONS && *right; i++) {
        const bool fixed = k->tokens[i] >= 0;
        *right = k->drawn[i].code == k->guess[i] && (k->drawn[i].fixed != 0) == fixed &&
                 memcmp(&k->drawn[i].confidence, &k->confidence[i], sizeof(float)) == 0;
    }
    return UM_OK;
}

static um_status check(const um_model *model, struct known *k, bool *right) {
    const struct um_sampler_step confidence = {.sampler = UM_SAMPLER_CONFIDENCE,
                                               .seed = 0x123456789abcdef0u,
                                               .image = 3,
                                               .step = 5,
                                               .temperature = 0.7f,
                                               .cfg_scale = 1.5f,
                                               .noise = 2.5f,
                                               .keep_masked = 9};
    const struct um_sampler_step halton = {
        .sampler = UM_SAMPLER_HALTON, .seed = 7, .temperature = 1.0f, .keep_masked = 5};
    const struct um_backend_fns *backend = model->context->backend;
    void *program = NULL;
    um_value_id values[4];
    *right = true;
    fill_logits(k);
    if (!um_halton_order(4, POSITIONS / 4, k->order))
        return UM_ERROR_MEMORY;
    um_status status = open_program(model, &program, values);
    if (status == UM_OK)
        status = compare(backend, program, values, k, confidence, right);
    if (status == UM_OK)
        status = compare(backend, program, values, k, halton, right);
    if (program)
        backend->program_destroy(&program);
    return status;
}

bool um_device_sampler_usable(const um_model *model) {
    um_context *context = model->context;
    if (!context->backend->samples || !model->weights)
        return false;
    if (context->device_sampler == UM_SAMPLER_UNTRIED) {
        struct known *known = um_alloc(1, sizeof *known);
        bool right = false;
        um_status status = known ? check(model, known, &right) : UM_ERROR_MEMORY;
        um_free(known);
        if (status != UM_OK)
            return false;
        context->device_sampler = right ? UM_SAMPLER_RIGHT : UM_SAMPLER_WRONG;
        if (!right)
            um_log_write(&context->log, UM_LOG_WARN,
                         "The sampler gives wrong results on %s: the CPU samples instead.",
                         context->info.name);
    }
    return context->device_sampler == UM_SAMPLER_RIGHT;
}
