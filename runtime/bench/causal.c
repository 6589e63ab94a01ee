/* The same transformer as an autoregressive model would use it: one position per pass, keys and
 * values kept on the device. */
#include "base/block.h"
#include "base/mem.h"
#include "base/rng.h"
#include "condition.h"
#include "graph/graph.h"
#include "model.h"
#include "session.h"
#include <math.h>
#include <string.h>

#include <unmask/measure.h>

struct um_causal {
    um_model *model;
    um_session_params params; /* with defaults replaced; its pointers are not used */
    uint32_t positions, codes, position;
    uint32_t rows; /* of a pass: batch, or twice that if guided */
    bool guided;
    void *memory;     /* the arrays */
    int32_t *classes; /* (batch) */
    int32_t *given;   /* (batch, positions): -1 = to be drawn */
    int32_t *tokens;  /* (batch, positions) */
    int32_t *ids;     /* (1 + rows): position, then the row of each image */
    float *logits;    /* (rows, codes) */
    float *weights;   /* (codes) */
    struct um_program forward;
};

static void build(struct um_graph *graph, const struct um_config *config,
                  struct um_program *program) {
    um_graph_causal(graph, config, program->batch, &program->in, &program->out);
}

static const struct um_network network = {.build = build, .keeps_state = true};

static void take_arrays(um_causal *c, struct um_block *block) {
    const size_t batch = c->params.batch, all = batch * c->positions;
    c->classes = um_block_take(block, batch, sizeof *c->classes);
    c->given = um_block_take(block, all, sizeof *c->given);
    c->tokens = um_block_take(block, all, sizeof *c->tokens);
    c->ids = um_block_take(block, 1 + (size_t)c->rows, sizeof *c->ids);
    c->logits = um_block_take(block, (size_t)c->rows * c->codes, sizeof *c->logits);
    c->weights = um_block_take(block, c->codes, sizeof *c->weights);
}

static bool allocate(um_causal *c) {
    struct um_block block = {0};
    take_arrays(c, &block);
    if (!um_block_allocate(&block))
        return false;
    c->memory = block.memory;
    take_arrays(c, &block);
    return true;
}

static void fill(um_causal *c, const um_session_params *p) {
    for (uint32_t image = 0; image < p->batch; image++)
        c->classes[image] = p->classes ? p->classes[image] : 0;
    for (size_t i = 0; i < (size_t)p->batch * c->positions; i++) {
        c->given[i] = p->initial_tokens ? p->initial_tokens[i] : -1;
        c->tokens[i] = -1;
    }
    c->params.classes = NULL;
    c->params.initial_tokens = NULL;
    c->params.schedule_table = NULL;
}

um_status um_causal_begin(um_causal **causal, um_model *model, const um_session_params *params) {
    if (causal)
        *causal = NULL;
    if (!causal || !model)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_causal_begin: causal and model must not be NULL.");
    um_session_params p = {0};
    if (params)
        p = *params;
    um_status status = um_session_resolve(&p, model);
    if (status != UM_OK)
        return status;
    if (model->file.config.transformer.kind != UM_TRANSFORMER_ORIGINAL)
        return um_fail(&model->context->log, UM_ERROR_MODEL,
                       "um_causal_begin: only the original transformer can draw token by token.");
    um_causal *c = um_alloc(1, sizeof *c);
    if (!c)
        return um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in um_causal_begin.");
    c->model = model;
    c->params = p;
    c->positions = um_config_positions(&model->file.config);
    c->codes = model->info.codebook_size;
    c->guided = p.sampling.cfg_scale > 0.0f;
    c->rows = c->guided ? p.batch * 2 : p.batch;
    if (!allocate(c))
        status =
            um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in um_causal_begin.");
    if (status == UM_OK)
        status = um_program_open(&c->forward, model, &network, c->rows, true);
    if (status != UM_OK) {
        um_causal_end(&c);
        return status;
    }
    fill(c, &p);
    *causal = c;
    return UM_OK;
}

void um_causal_end(um_causal **causal) {
    if (!causal || !*causal)
        return;
    um_causal *c = *causal;
    um_program_close(&c->forward);
    um_free(c->memory);
    um_free(c);
    *causal = NULL;
}

/* What stands at a position of the sequence: the class, then the tokens. */
static int32_t id_at(const um_causal *c, uint32_t image, bool null_class) {
    const struct um_condition condition = {null_class ? -1 : c->classes[image]};
    int32_t id;
    um_condition_write(&condition, &c->model->file.config, &id);
    if (c->position == 0)
        return id;
    return c->tokens[(size_t)image * c->positions + c->position - 1];
}

/* weights[k] = exp((logit k - the largest) / temperature); returns their sum, NaN if a logit is no
 * number. */
static float weigh(const um_causal *c, uint32_t image) {
    const float *with = c->logits + (size_t)image * c->codes;
    const float *without = c->guided ? with + (size_t)c->params.batch * c->codes : with;
    const float scale = 1.0f + c->params.sampling.cfg_scale;
    float top = -INFINITY, sum = 0.0f;
    for (uint32_t k = 0; k < c->codes; k++) {
        c->weights[k] = c->guided ? without[k] + scale * (with[k] - without[k]) : with[k];
        top = c->weights[k] > top ? c->weights[k] : top;
    }
    for (uint32_t k = 0; k < c->codes; k++)
        sum += c->weights[k] = expf((c->weights[k] - top) / c->params.sampling.temperature);
    return sum;
}

static um_status draw(um_causal *c, uint32_t image) {
    const size_t at = (size_t)image * c->positions + c->position;
    const float sum = weigh(c, image);
    if (!isfinite(sum))
        return um_fail(&c->model->context->log, UM_ERROR_CHECK,
                       "The logits of position %u hold values that are not numbers.",
                       (unsigned)c->position);
    float left = sum * um_rng_uniform(c->params.seed, c->params.first_image + image, 0, c->position,
                                      UM_RNG_TOKEN);
    uint32_t k = 0;
    while (k + 1 < c->codes && left >= c->weights[k])
        left -= c->weights[k++];
    c->tokens[at] = c->given[at] >= 0 ? c->given[at] : (int32_t)k;
    return UM_OK;
}

um_status um_causal_step(um_causal *c) {
    if (!c)
        return um_fail(NULL, UM_ERROR_ARGUMENT, "um_causal_step: causal must not be NULL.");
    if (um_causal_done(c))
        return um_fail(&c->model->context->log, UM_ERROR_ARGUMENT,
                       "um_causal_step: all %u tokens are drawn.", (unsigned)c->positions);
    c->ids[0] = (int32_t)c->position;
    for (uint32_t row = 0; row < c->rows; row++)
        c->ids[1 + row] = id_at(c, row % c->params.batch, row >= c->params.batch);
    um_status status = um_program_run(&c->forward, c->ids, c->logits, NULL);
    for (uint32_t image = 0; image < c->params.batch && status == UM_OK; image++)
        status = draw(c, image);
    if (status == UM_OK)
        c->position++;
    return status;
}

bool um_causal_done(const um_causal *causal) {
    return !causal || causal->position >= causal->positions;
}

const int32_t *um_causal_tokens(const um_causal *causal) {
    return causal ? causal->tokens : NULL;
}

const float *um_causal_logits(const um_causal *causal, size_t *count) {
    if (!causal)
        return NULL;
    if (count)
        *count = (size_t)causal->rows * causal->codes;
    return causal->logits;
}
