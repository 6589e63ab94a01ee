/* SAMPLE: the sampler itself, on rows of logits. Sessions on a CPU call it without this op; here it
 * is what other backends are held against. */
#include <string.h>

#include "backend/cpu/cpu.h"
#include "base/mem.h"
#include "sampler/sampler.h"

struct sampling {
    const struct um_op *op;
    const float *logits;
    const int32_t *rows;
    int32_t *out;
    struct um_sample_head head;
    const uint32_t *images, *places; /* of the settings */
    uint32_t wanted;                 /* rows with a result */
    struct um_sampler_state state;
    uint32_t *row, *order; /* what the state points to */
};

static size_t scratch_floats(const struct um_op *op) {
    return 9 * ((size_t)op->p.sample.length - op->p.sample.leading) +
           2 * (size_t)op->p.sample.codes;
}

/* Cuts the scratch memory into the arrays of one image. */
static void lay_out(struct sampling *s, float *scratch) {
    const uint32_t positions = s->op->p.sample.length - s->op->p.sample.leading;
    struct um_sampler_state *state = &s->state;
    void *arrays[9];
    for (int i = 0; i < 9; i++)
        arrays[i] = scratch + (size_t)i * positions;
    *state = (struct um_sampler_state){.positions = positions,
                                       .codes = s->op->p.sample.codes,
                                       .tokens = arrays[0],
                                       .guess = arrays[1],
                                       .confidence = arrays[2],
                                       .fixed_step = arrays[3],
                                       .change = arrays[4],
                                       .asked = arrays[5],
                                       .scores = arrays[6],
                                       .row = arrays[7],
                                       .order = arrays[8],
                                       .weights = scratch + (size_t)9 * positions};
    state->sorted = state->weights + state->codes;
    s->row = arrays[7];
    s->order = arrays[8];
    for (uint32_t i = 0; i < positions; i++)
        s->order[s->places[i]] = i;
}

static struct um_sampler_step step_of(const struct sampling *s,
                                      const struct um_sample_image *image) {
    return (struct um_sampler_step){.sampler =
                                        s->head.halton ? UM_SAMPLER_HALTON : UM_SAMPLER_CONFIDENCE,
                                    .seed = (uint64_t)s->head.seed[1] << 32 | s->head.seed[0],
                                    .image = image->image,
                                    .step = s->head.step,
                                    .temperature = s->head.temperature,
                                    .cfg_scale = s->head.guided ? s->head.guidance - 1.0f : 0.0f,
                                    .top_k = s->op->p.sample.codes,
                                    .top_p = 1.0f,
                                    .noise = s->head.noise,
                                    .keep_masked = image->keep_masked};
}

/* The rows first .. end - 1 are those of `image`. */
static void sample_image(struct sampling *s, const struct um_sample_image *image, uint32_t end) {
    const uint32_t length = s->op->p.sample.length, leading = s->op->p.sample.leading;
    struct um_sampler_state *state = &s->state;
    const struct um_sampler_step step = step_of(s, image);
    for (uint32_t i = 0; i < state->positions; i++)
        state->tokens[i] = 0;
    for (uint32_t r = image->first; r < end; r++) {
        const uint32_t position = (uint32_t)s->rows[1 + r] % length - leading;
        state->tokens[position] = -1;
        s->row[position] = r;
    }
    const float *logits_null = s->head.guided ? s->logits + (size_t)s->wanted * state->codes : NULL;
    const bool finite = um_sampler_run(state, &step, s->logits, logits_null);
    for (uint32_t r = image->first; r < end; r++) {
        const uint32_t position = (uint32_t)s->rows[1 + r] % length - leading;
        int32_t *out = s->out + (size_t)r * 3;
        out[0] = finite ? state->guess[position] : -1;
        memcpy(&out[1], &state->confidence[position], sizeof out[1]);
        out[2] = state->tokens[position] >= 0;
    }
}

/* logits (R, K), settings, rows (1 + R) -> out (R, 3) */
static void sample(const struct um_op *op, const void *in, const void *settings,
                   const int32_t *rows, void *out, float *scratch) {
    struct sampling s = {.op = op, .logits = in, .rows = rows, .out = out};
    const uint32_t images = op->p.sample.images;
    memcpy(&s.head, settings, sizeof s.head);
    s.images = (const uint32_t *)settings + sizeof s.head / 4;
    s.places = s.images + images * sizeof(struct um_sample_image) / 4;
    s.wanted = s.head.guided ? op->p.sample.rows / 2 : op->p.sample.rows;
    lay_out(&s, scratch);
    for (uint32_t i = 0; i < images; i++) {
        struct um_sample_image here, next = {.first = s.wanted};
        memcpy(&here, s.images + i * sizeof here / 4, sizeof here);
        if (i + 1 < images)
            memcpy(&next, s.images + (i + 1) * sizeof next / 4, sizeof next);
        sample_image(&s, &here, next.first);
    }
}

void um_reference_sample(const struct um_op *op, const struct um_reference_args *args) {
    float *scratch = um_alloc(scratch_floats(op), sizeof *scratch);
    if (scratch)
        sample(op, args->in[UM_IN_X], args->in[UM_IN_SETTINGS], args->in[UM_IN_ROWS], args->out,
               scratch);
    um_free(scratch);
}

static struct um_cpu_scratch scratch_sample(const struct um_op *op) {
    return (struct um_cpu_scratch){.shared = scratch_floats(op)};
}

static void run_sample(const struct um_cpu_call *call) {
    sample(call->op, call->in[UM_IN_X], call->in[UM_IN_SETTINGS], call->in[UM_IN_ROWS], call->out,
           call->shared);
}

const struct um_cpu_op um_cpu_op_sample = {run_sample, scratch_sample};
