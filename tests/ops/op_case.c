/* Builds a case: tensors in their stored types, inputs in the spec's style. */
#include "ops/op_case.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/reference.h"
#include "base/half.h"
#include "sampler/sampler.h"
#include "support/rand.h"

static void *must_alloc(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

/* Random elements of deviation `spread` around `mean`, stored as the tensor's dtype. */
static void random_data(struct um_tensor *t, struct test_rand *r, float mean, float spread) {
    const size_t count = um_tensor_elements(t);
    if (t->dtype == UM_Q8_0) {
        t->bytes = count / 32 * 34;
        unsigned char *bytes = must_alloc(t->bytes, 1);
        for (size_t b = 0; b < count / 32; b++) {
            uint16_t scale = um_float_to_half(spread / 64 * (0.5f + test_rand_unit(r)));
            memcpy(bytes + b * 34, &scale, 2);
            for (size_t i = 0; i < 32; i++)
                bytes[b * 34 + 2 + i] = (unsigned char)test_rand_below(r, 256);
        }
        t->data = bytes;
        return;
    }
    float *values = must_alloc(count, sizeof *values);
    test_rand_fill(r, values, count, mean, spread);
    t->data = values;
    t->bytes = count * sizeof(float);
    if (t->dtype == UM_F32)
        return;
    uint16_t *halves = must_alloc(count, sizeof *halves);
    for (size_t i = 0; i < count; i++)
        halves[i] = um_float_to_half(values[i]);
    free(values);
    t->data = halves;
    t->bytes = count * sizeof *halves;
}

static void add_tensor(struct op_case *c, int at, struct um_tensor t, struct test_rand *r,
                       float mean, float spread) {
    t.name = c->tensor_count ? "bias" : "weight";
    for (uint32_t i = t.n_dims; i < 4; i++)
        t.dims[i] = 1;
    random_data(&t, r, mean, spread);
    float *values = must_alloc(um_tensor_elements(&t), sizeof *values);
    um_tensor_to_float(&t, 0, um_tensor_elements(&t), values);
    c->tensor_data[c->tensor_count] = (void *)(uintptr_t)t.data;
    c->spec.op.weights[at] = (um_weight_ref)c->tensor_count;
    c->tensors[c->tensor_count++] = t;
    c->weights[at] = values;
}

static bool is_norm(enum um_op_kind kind) {
    return kind == UM_OP_LAYERNORM || kind == UM_OP_GROUPNORM || kind == UM_OP_RMSNORM;
}

/* Matrices have the spec's type; vectors and codebooks are F32 in every file. */
static struct um_tensor tensor_of(const struct op_case *c, int at) {
    const bool codes = c->spec.op.kind == UM_OP_NEAREST_CODE || c->spec.op.kind == UM_OP_CODEBOOK;
    struct um_tensor t = {.dtype = UM_F32, .exact = codes};
    while (t.n_dims < 4 && c->sizes.weights[at][t.n_dims]) {
        t.dims[t.n_dims] = c->sizes.weights[at][t.n_dims];
        t.n_dims++;
    }
    if (t.n_dims > 1 && !codes)
        t.dtype = c->spec.dtype;
    if (at == UM_WEIGHT)
        t.dims[0] += c->spec.spare_rows;
    return t;
}

static void add_weights(struct op_case *c, struct test_rand *r) {
    const bool norm = is_norm(c->spec.op.kind);
    if (c->spec.op.weights[UM_WEIGHT] != UM_NO_REF)
        add_tensor(c, UM_WEIGHT, tensor_of(c, UM_WEIGHT), r, norm ? 1.0f : 0.0f,
                   norm ? 0.2f : 1.0f);
    if (c->spec.op.weights[UM_BIAS] != UM_NO_REF)
        add_tensor(c, UM_BIAS, tensor_of(c, UM_BIAS), r, 0, 0.5f);
}

/* What the op's row says, without the operands that are absent. */
static void set_sizes(struct op_case *c) {
    um_op_sizes(&c->spec.op, &c->sizes);
    for (int i = 0; i < UM_OP_INPUTS; i++)
        if (c->spec.op.in[i] == UM_NO_VALUE)
            c->sizes.in[i] = 0;
    c->wanted = c->sizes.out;
}

const int32_t *op_case_rows(const struct op_case *c) {
    struct um_op op = c->spec.op;
    return um_op_rows(&op) ? c->in[UM_IN_ROWS] : NULL;
}

static void fill_input(struct op_case *c, struct test_rand *r) {
    const size_t count = c->sizes.in[UM_IN_X];
    float *values = c->in[UM_IN_X];
    if (strcmp(um_op_info(c->spec.op.kind)->inputs[UM_IN_X], "ids") == 0) {
        int32_t *ids = c->in[UM_IN_X];
        for (size_t i = 0; i < count; i++)
            ids[i] = (int32_t)test_rand_below(r, c->tensors[0].dims[0]);
        ids[0] = (int32_t)c->tensors[0].dims[0] - 1;
        return;
    }
    switch (c->spec.style) {
    case OP_NORMAL:
        test_rand_fill(r, values, count, 0, 1);
        break;
    case OP_LARGE:
        test_rand_fill(r, values, count, 0, 8);
        break;
    case OP_FLAT:
        test_rand_fill(r, values, count, 0.3f, 0.001f);
        break;
    case OP_WIDE:
        for (size_t i = 0; i < count; i++)
            values[i] = -8.0f + 16.0f * (float)i / (float)count;
        break;
    case OP_EXTREME:
        for (size_t i = 0; i < count; i++) {
            const uint32_t odd = test_rand_below(r, 200);
            values[i] = odd == 0 ? -1e36f : odd < 4 ? 1e-42f : -130.0f * test_rand_unit(r);
        }
        break;
    case OP_GRID:
        for (size_t i = 0; i < count; i++)
            values[i] = (float)test_rand_below(r, 3);
        break;
    }
}

/* How many rows of a row-limited op are wanted, and which ones: any number from none to all. */
static void choose_rows(struct op_case *c, struct test_rand *r) {
    struct um_op op = c->spec.op;
    const uint32_t *all = um_op_rows(&op);
    if (!all || op.kind == UM_OP_SAMPLE)
        return;
    const uint32_t from = op.kind != UM_OP_PICK ? 1
                          : op.p.pick.in_rows   ? op.p.pick.in_rows
                                                : 3 * op.p.pick.length;
    int32_t *rows = c->in[UM_IN_ROWS];
    rows[0] = (int32_t)test_rand_below(r, *all + 1);
    for (uint32_t i = 1; i <= *all; i++)
        rows[i] = (int32_t)test_rand_below(r, from);
    c->wanted = c->sizes.out / *all * (size_t)rows[0];
}

/* A random part of each image's positions, and settings for them. */
static void choose_sampling(struct op_case *c, struct test_rand *r) {
    const uint32_t tokens = c->spec.op.p.sample.length, images = c->spec.op.p.sample.images;
    const uint32_t kind = c->spec.sampling;
    struct um_sample_head head = {.seed = {test_rand_below(r, 1000), test_rand_below(r, 3)},
                                  .step = test_rand_below(r, 9),
                                  .temperature = kind & OP_WARM ? 0.3f + 2 * test_rand_unit(r) : 1,
                                  .guided = (kind & OP_GUIDED) != 0,
                                  .guidance = 1 + 3 * test_rand_unit(r),
                                  .noise = kind & OP_NOISY ? 4.5f * test_rand_unit(r) : 0,
                                  .halton = (kind & OP_HALTON) != 0};
    uint32_t *words = c->in[UM_IN_SETTINGS], count = 0;
    int32_t *rows = c->in[UM_IN_ROWS];
    memcpy(words, &head, sizeof head);
    for (uint32_t i = 0; i < images; i++) {
        struct um_sample_image image = {.image = 7 + i, .first = count};
        for (uint32_t t = 1; t < tokens; t++)
            if (test_rand_below(r, 4) != i % 3)
                rows[1 + count++] = (int32_t)(i * tokens + t);
        image.keep_masked = test_rand_below(r, count - image.first + 1);
        image.start =
            um_halton_start((uint64_t)head.seed[1] << 32 | head.seed[0], image.image, tokens - 1);
        memcpy(words + (sizeof head + i * sizeof image) / 4, &image, sizeof image);
    }
    for (uint32_t i = 0; i < count && head.guided; i++)
        rows[1 + count + i] = rows[1 + i] + (int32_t)(images * tokens);
    rows[0] = (int32_t)(head.guided ? 2 * count : count);
    c->wanted = (size_t)count * 3;
    uint32_t *places = words + UM_SAMPLE_SETTINGS(images, 0);
    for (uint32_t t = 0; t + 1 < tokens; t++) { // a shuffle that grows
        const uint32_t at = test_rand_below(r, t + 1);
        places[t] = places[at];
        places[at] = t;
    }
}

/* Codebook rows of small integers, each of which comes twice: every nearest code is tied. */
static void make_ties(struct op_case *c, struct test_rand *r) {
    const uint32_t codes = c->spec.op.p.codebook.codes, dim = c->spec.op.p.codebook.dim;
    float *codebook = c->weights[UM_WEIGHT];
    for (size_t i = 0; i < (size_t)codes * dim; i++)
        codebook[i] = (float)test_rand_below(r, 3);
    for (size_t k = codes / 2; k < codes; k++)
        memcpy(codebook + k * dim, codebook + (k - codes / 2) * dim, dim * sizeof(float));
    memcpy(c->tensor_data[0], codebook, (size_t)codes * dim * sizeof(float));
}

static void set_name(struct op_case *c, uint64_t seed) {
    const struct um_op_info *info = um_op_info(c->spec.op.kind);
    char shape[72], operands[64] = "";
    info->shape(&c->spec.op, shape, sizeof shape);
    for (int i = 1; i < UM_OP_INPUTS; i++)
        if (c->in[i])
            strncat(strncat(operands, " +", sizeof operands - strlen(operands) - 1),
                    info->inputs[i], sizeof operands - strlen(operands) - 1);
    for (int i = 0; i < UM_OP_WEIGHTS; i++)
        if (c->weights[i])
            strncat(strncat(operands, " +", sizeof operands - strlen(operands) - 1),
                    info->weights[i], sizeof operands - strlen(operands) - 1);
    snprintf(c->name, sizeof c->name, "#%llu %s %s%s dtype %d style %d", (unsigned long long)seed,
             info->name, shape, operands, (int)c->spec.dtype, (int)c->spec.style);
}

/* The other operands: rows and settings of SAMPLE by themselves, then plain numbers. */
static void fill_others(struct op_case *c, struct test_rand *r) {
    const struct um_op *op = &c->spec.op;
    choose_rows(c, r);
    if (c->in[UM_IN_RESIDUAL])
        test_rand_fill(r, c->in[UM_IN_RESIDUAL], c->sizes.in[UM_IN_RESIDUAL], 0,
                       c->spec.style == OP_FLAT ? 0.001f : 1.0f);
    if (op->kind == UM_OP_SAMPLE)
        choose_sampling(c, r);
    else if (c->in[UM_IN_MODULATION] && !op_case_rows(c))
        test_rand_fill(r, c->in[UM_IN_MODULATION], c->sizes.in[UM_IN_MODULATION], 0, 1);
}

void op_case_build(struct op_case *c, const struct op_spec *spec, uint64_t seed) {
    struct test_rand r = {.state = seed};
    *c = (struct op_case){.spec = *spec};
    set_sizes(c);
    add_weights(c, &r);
    for (int i = 0; i < UM_OP_INPUTS; i++)
        if (spec->op.in[i] != UM_NO_VALUE)
            c->in[i] = must_alloc(c->sizes.in[i], 4);
    if (c->in[UM_IN_X])
        fill_input(c, &r);
    fill_others(c, &r);
    if (spec->style == OP_WIDE && spec->op.kind == UM_OP_LINEAR) {
        assert(um_tensor_elements(&c->tensors[0]) == 1 && spec->dtype == UM_F32);
        *(float *)c->tensor_data[0] = *c->weights[UM_WEIGHT] = 1;
    }
    if (spec->style == OP_GRID && spec->op.kind == UM_OP_NEAREST_CODE)
        make_ties(c, &r);
    set_name(c, seed);
}

void op_case_round_input(struct op_case *c) {
    const size_t count = c->sizes.in[UM_IN_X];
    float *x = c->in[UM_IN_X], *rounded = must_alloc(count, sizeof *rounded);
    um_reference_round_q8(x, count, rounded);
    if (c->spec.op.precise) { /* what is left is rounded, too */
        for (size_t i = 0; i < count; i++)
            x[i] -= rounded[i];
        um_reference_round_q8(x, count, x);
        for (size_t i = 0; i < count; i++)
            rounded[i] += x[i];
    }
    memcpy(x, rounded, count * sizeof *x);
    free(rounded);
}

static void round_bf16(float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        values[i] = um_bf16_to_float(um_float_to_bf16(values[i]));
}

void op_case_round_bf16(struct op_case *c) {
    const enum um_op_kind kind = c->spec.op.kind;
    const bool linear = kind == UM_OP_LINEAR;
    if (c->spec.dtype == UM_Q8_0 || !(linear || kind == UM_OP_EMBED || kind == UM_OP_PICK))
        return;
    if (c->weights[UM_WEIGHT])
        round_bf16(c->weights[UM_WEIGHT], um_tensor_elements(&c->tensors[0]));
    if (linear)
        round_bf16(c->in[UM_IN_X], c->sizes.in[UM_IN_X]);
    else if (c->weights[UM_BIAS])
        round_bf16(c->weights[UM_BIAS], um_tensor_elements(&c->tensors[1]));
}

void op_case_free(struct op_case *c) {
    for (int i = 0; i < UM_OP_WEIGHTS; i++) {
        free(c->tensor_data[i]);
        free(c->weights[i]);
    }
    for (int i = 0; i < UM_OP_INPUTS; i++)
        free(c->in[i]);
    *c = (struct op_case){0};
}
