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

static float *add_tensor(struct op_case *c, struct um_tensor t, struct test_rand *r, float mean,
                         float spread) {
    t.name = c->tensor_count ? "bias" : "weight";
    for (uint32_t i = t.n_dims; i < 4; i++)
        t.dims[i] = 1;
    random_data(&t, r, mean, spread);
    float *values = must_alloc(um_tensor_elements(&t), sizeof *values);
    um_tensor_to_float(&t, 0, um_tensor_elements(&t), values);
    c->tensor_data[c->tensor_count] = (void *)(uintptr_t)t.data;
    c->tensors[c->tensor_count++] = t;
    return values;
}

/* The weight's shape, or n_dims 0 for ops without one. */
static struct um_tensor weight_shape(const struct op_spec *s) {
    const struct um_op *op = &s->op;
    struct um_tensor t = {.dtype = UM_F32, .n_dims = 1};
    switch (op->kind) {
    case UM_OP_EMBED:
        return (struct um_tensor){
            .dtype = s->dtype, .n_dims = 2, .dims = {1 + s->spare_rows, op->p.embed.dim}};
    case UM_OP_LINEAR:
        return (struct um_tensor){.dtype = s->dtype,
                                  .n_dims = 2,
                                  .dims = {op->p.linear.out + s->spare_rows, op->p.linear.in}};
    case UM_OP_CONV2D:
        return (struct um_tensor){
            .dtype = s->dtype,
            .n_dims = 4,
            .dims = {op->p.conv2d.out, op->p.conv2d.kernel, op->p.conv2d.kernel, op->p.conv2d.in}};
    case UM_OP_CONV2D_HALF:
        return (struct um_tensor){
            .dtype = s->dtype, .n_dims = 4, .dims = {op->p.conv2d.out, 3, 3, op->p.conv2d.in}};
    case UM_OP_NEAREST_CODE:
    case UM_OP_CODEBOOK:
        return (struct um_tensor){.dtype = UM_F32,
                                  .n_dims = 2,
                                  .dims = {op->p.codebook.codes, op->p.codebook.dim},
                                  .exact = true};
    case UM_OP_LAYERNORM:
        t.dims[0] = op->p.layernorm.dim;
        return t;
    case UM_OP_GROUPNORM:
        t.dims[0] = op->p.groupnorm.channels;
        return t;
    case UM_OP_RMSNORM:
        t.dims[0] = op->p.rmsnorm.dim;
        return t;
    case UM_OP_PICK:
        return (struct um_tensor){
            .dtype = s->dtype, .n_dims = 2, .dims = {op->p.pick.tokens, op->p.pick.dim}};
    default:
        t.n_dims = 0;
        return t;
    }
}

static struct um_tensor bias_shape(const struct op_spec *s) {
    const struct um_op *op = &s->op;
    struct um_tensor t = {.dtype = UM_F32, .n_dims = 1};
    if (op->kind == UM_OP_EMBED)
        return (struct um_tensor){
            .dtype = s->dtype, .n_dims = 2, .dims = {op->p.embed.tokens, op->p.embed.dim}};
    if (op->kind == UM_OP_LINEAR)
        t.dims[0] = op->p.linear.out;
    else if (op->kind == UM_OP_CONV2D || op->kind == UM_OP_CONV2D_HALF)
        t.dims[0] = op->p.conv2d.out;
    else
        t.dims[0] = weight_shape(s).dims[0];
    return t;
}

static size_t modulation_size(const struct um_op *op) {
    if (um_op_modulation(op) == UM_NO_VALUE)
        return 0;
    if (op->kind == UM_OP_GATE)
        return (size_t)op->p.gate.rows / op->p.gate.tokens * op->p.gate.width;
    return (size_t)op->p.rmsnorm.rows / op->p.rmsnorm.tokens * op->p.rmsnorm.width;
}

static void set_row_sizes(struct op_case *c) {
    const struct um_op *op = &c->spec.op;
    switch (op->kind) {
    case UM_OP_RMSNORM:
        c->in_count = c->out_count = (size_t)op->p.rmsnorm.rows * op->p.rmsnorm.dim;
        break;
    case UM_OP_QK_NORM:
        c->in_count = c->out_count = (size_t)op->p.qk_norm.rows * 3 * op->p.qk_norm.dim;
        break;
    case UM_OP_GATE:
        c->in_count = c->out_count = (size_t)op->p.gate.rows * op->p.gate.dim;
        break;
    case UM_OP_SWIGLU:
        c->out_count = (size_t)op->p.swiglu.rows * op->p.swiglu.dim;
        c->in_count = 2 * c->out_count;
        break;
    case UM_OP_SCALE:
        c->in_count = c->out_count = op->p.scale.rows;
        break;
    case UM_OP_SAMPLE:
        c->in_count = (size_t)op->p.sample.rows * op->p.sample.codes;
        c->out_count = (size_t)op->p.sample.rows * 3;
        c->residual_count = UM_SAMPLE_SETTINGS(op->p.sample.images, op->p.sample.tokens - 1);
        c->integers_out = true;
        break;
    case UM_OP_PICK:
        c->in_count = (size_t)op->p.pick.in_rows * op->p.pick.dim;
        c->out_count = (size_t)op->p.pick.rows * op->p.pick.dim;
        break;
    default: /* an op that this table does not know */
        abort();
    }
}

static void set_sizes(struct op_case *c) {
    const struct um_op *op = &c->spec.op;
    size_t pixels;
    switch (op->kind) {
    case UM_OP_EMBED:
        c->in_count = (size_t)op->p.embed.batch * op->p.embed.stride;
        c->out_count = (size_t)op->p.embed.batch * op->p.embed.tokens * op->p.embed.dim;
        break;
    case UM_OP_LINEAR:
        c->in_count = (size_t)op->p.linear.rows * op->p.linear.in;
        c->out_count = (size_t)op->p.linear.rows * op->p.linear.out;
        break;
    case UM_OP_LAYERNORM:
        c->in_count = c->out_count = (size_t)op->p.layernorm.rows * op->p.layernorm.dim;
        break;
    case UM_OP_ATTENTION:
        c->out_count = (size_t)op->p.attention.batch * op->p.attention.tokens *
                       op->p.attention.heads * op->p.attention.head_dim;
        c->in_count = 3 * c->out_count;
        break;
    case UM_OP_CONV2D:
        pixels = (size_t)op->p.conv2d.batch * op->p.conv2d.height * op->p.conv2d.width;
        c->in_count = pixels * op->p.conv2d.in;
        c->out_count = pixels * op->p.conv2d.out;
        break;
    case UM_OP_CONV2D_HALF:
        pixels = (size_t)op->p.conv2d.batch * op->p.conv2d.height * op->p.conv2d.width;
        c->in_count = pixels * op->p.conv2d.in;
        c->out_count = pixels / 4 * op->p.conv2d.out;
        break;
    case UM_OP_GROUPNORM:
        c->in_count = c->out_count = (size_t)op->p.groupnorm.batch * op->p.groupnorm.height *
                                     op->p.groupnorm.width * op->p.groupnorm.channels;
        break;
    case UM_OP_AVGPOOL:
    case UM_OP_UPSAMPLE:
        c->in_count = (size_t)op->p.resize.batch * op->p.resize.height * op->p.resize.width *
                      op->p.resize.channels;
        c->out_count = op->kind == UM_OP_AVGPOOL ? c->in_count / 4 : c->in_count * 4;
        break;
    case UM_OP_NEAREST_CODE:
        c->in_count = (size_t)op->p.codebook.rows * op->p.codebook.dim;
        c->out_count = op->p.codebook.rows;
        break;
    case UM_OP_CODEBOOK:
        c->in_count = op->p.codebook.rows;
        c->out_count = (size_t)op->p.codebook.rows * op->p.codebook.dim;
        break;
    default:
        set_row_sizes(c);
        break;
    }
    c->wanted = c->out_count;
    c->modulation_count = modulation_size(op);
    if (op->kind == UM_OP_SAMPLE)
        return;
    c->residual_count = op->residual == UM_NO_VALUE ? 0 : c->out_count;
    c->integers_out = op->kind == UM_OP_NEAREST_CODE;
}

static void fill_input(struct op_case *c, struct test_rand *r) {
    float *values = c->in;
    if (c->spec.op.kind == UM_OP_EMBED || c->spec.op.kind == UM_OP_CODEBOOK) {
        for (size_t i = 0; i < c->in_count; i++)
            ((int32_t *)c->in)[i] = (int32_t)test_rand_below(r, c->tensors[0].dims[0]);
        ((int32_t *)c->in)[0] = (int32_t)c->tensors[0].dims[0] - 1;
        return;
    }
    switch (c->spec.style) {
    case OP_NORMAL:
        test_rand_fill(r, values, c->in_count, 0, 1);
        break;
    case OP_LARGE:
        test_rand_fill(r, values, c->in_count, 0, 8);
        break;
    case OP_FLAT:
        test_rand_fill(r, values, c->in_count, 0.3f, 0.001f);
        break;
    case OP_WIDE:
        for (size_t i = 0; i < c->in_count; i++)
            values[i] = -8.0f + 16.0f * (float)i / (float)c->in_count;
        break;
    case OP_EXTREME:
        for (size_t i = 0; i < c->in_count; i++) {
            const uint32_t odd = test_rand_below(r, 200);
            values[i] = odd == 0 ? -1e36f : odd < 4 ? 1e-42f : -130.0f * test_rand_unit(r);
        }
        break;
    case OP_GRID:
        for (size_t i = 0; i < c->in_count; i++)
            values[i] = (float)test_rand_below(r, 3);
        break;
    }
}

/* How many rows of a counted op are wanted, and which ones: any number from none to all. */
static void choose_rows(struct op_case *c, struct test_rand *r) {
    struct um_op op = c->spec.op;
    const uint32_t *all = um_op_rows(&op);
    if (!all || op.kind == UM_OP_SAMPLE)
        return;
    const uint32_t from = op.kind != UM_OP_PICK ? 1
                          : op.p.pick.in_rows   ? op.p.pick.in_rows
                                                : 3 * op.p.pick.tokens;
    c->rows_count = *all;
    c->rows = must_alloc(1 + c->rows_count, sizeof *c->rows);
    c->rows[0] = (int32_t)test_rand_below(r, *all + 1);
    for (size_t i = 1; i <= c->rows_count; i++)
        c->rows[i] = (int32_t)test_rand_below(r, from);
    c->wanted = c->out_count / *all * (size_t)c->rows[0];
}

/* A random part of each image's positions, and settings for them. */
static void choose_sampling(struct op_case *c, struct test_rand *r) {
    const uint32_t tokens = c->spec.op.p.sample.tokens, images = c->spec.op.p.sample.images;
    const uint32_t kind = c->spec.sampling;
    struct um_sample_head head = {.seed = {test_rand_below(r, 1000), test_rand_below(r, 3)},
                                  .step = test_rand_below(r, 9),
                                  .temperature = kind & OP_WARM ? 0.3f + 2 * test_rand_unit(r) : 1,
                                  .guided = (kind & OP_GUIDED) != 0,
                                  .guidance = 1 + 3 * test_rand_unit(r),
                                  .noise = kind & OP_NOISY ? 4.5f * test_rand_unit(r) : 0,
                                  .halton = (kind & OP_HALTON) != 0};
    uint32_t *words = (uint32_t *)(void *)c->residual, count = 0;
    c->rows_count = c->spec.op.p.sample.rows;
    c->rows = must_alloc(1 + c->rows_count, sizeof *c->rows);
    memcpy(words, &head, sizeof head);
    for (uint32_t i = 0; i < images; i++) {
        struct um_sample_image image = {.image = 7 + i, .first = count};
        for (uint32_t t = 1; t < tokens; t++)
            if (test_rand_below(r, 4) != i % 3)
                c->rows[1 + count++] = (int32_t)(i * tokens + t);
        image.keep_masked = test_rand_below(r, count - image.first + 1);
        image.start =
            um_halton_start((uint64_t)head.seed[1] << 32 | head.seed[0], image.image, tokens - 1);
        memcpy(words + (sizeof head + i * sizeof image) / 4, &image, sizeof image);
    }
    for (uint32_t i = 0; i < count && head.guided; i++)
        c->rows[1 + count + i] = c->rows[1 + i] + (int32_t)(images * tokens);
    c->rows[0] = (int32_t)(head.guided ? 2 * count : count);
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
    for (size_t i = 0; i < (size_t)codes * dim; i++)
        c->weight[i] = (float)test_rand_below(r, 3);
    for (size_t k = codes / 2; k < codes; k++)
        memcpy(c->weight + k * dim, c->weight + (k - codes / 2) * dim, dim * sizeof(float));
    memcpy(c->tensor_data[0], c->weight, (size_t)codes * dim * sizeof(float));
}

static void set_name(struct op_case *c, uint64_t seed) {
    static const char *const names[UM_OP_COUNT] = {[UM_OP_EMBED] = "embed",
                                                   [UM_OP_LINEAR] = "linear",
                                                   [UM_OP_LAYERNORM] = "layernorm",
                                                   [UM_OP_ATTENTION] = "attention",
                                                   [UM_OP_CONV2D] = "conv2d",
                                                   [UM_OP_GROUPNORM] = "groupnorm",
                                                   [UM_OP_AVGPOOL] = "avgpool",
                                                   [UM_OP_UPSAMPLE] = "upsample",
                                                   [UM_OP_NEAREST_CODE] = "nearest_code",
                                                   [UM_OP_CODEBOOK] = "codebook",
                                                   [UM_OP_CONV2D_HALF] = "conv2d_half",
                                                   [UM_OP_RMSNORM] = "rmsnorm",
                                                   [UM_OP_QK_NORM] = "qk_norm",
                                                   [UM_OP_GATE] = "gate",
                                                   [UM_OP_SWIGLU] = "swiglu",
                                                   [UM_OP_SCALE] = "scale",
                                                   [UM_OP_PICK] = "pick",
                                                   [UM_OP_SAMPLE] = "sample"};
    static const uint32_t counts[UM_OP_COUNT] = {
        [UM_OP_EMBED] = 5,     [UM_OP_LINEAR] = 4,      [UM_OP_LAYERNORM] = 2,
        [UM_OP_ATTENTION] = 4, [UM_OP_CONV2D] = 6,      [UM_OP_GROUPNORM] = 5,
        [UM_OP_AVGPOOL] = 4,   [UM_OP_UPSAMPLE] = 4,    [UM_OP_NEAREST_CODE] = 3,
        [UM_OP_CODEBOOK] = 3,  [UM_OP_CONV2D_HALF] = 5, [UM_OP_RMSNORM] = 6,
        [UM_OP_QK_NORM] = 2,   [UM_OP_GATE] = 5,        [UM_OP_SWIGLU] = 2,
        [UM_OP_SCALE] = 2,     [UM_OP_PICK] = 4,        [UM_OP_SAMPLE] = 4};
    const struct um_op *op = &c->spec.op;
    uint32_t p[6]; /* every parameter struct starts with its integers */
    memcpy(p, &op->p, sizeof p);
    int at =
        snprintf(c->name, sizeof c->name, "#%llu %s", (unsigned long long)seed, names[op->kind]);
    for (uint32_t i = 0; i < counts[op->kind]; i++)
        at += snprintf(c->name + at, sizeof c->name - (size_t)at, " %u", p[i]);
    if (c->rows)
        at += snprintf(c->name + at, sizeof c->name - (size_t)at, " wanted %d", (int)c->rows[0]);
    snprintf(c->name + at, sizeof c->name - (size_t)at, " dtype %d%s%s%s%s style %d",
             (int)c->spec.dtype, c->weight ? "" : " no weight", c->bias ? " bias" : "",
             c->residual ? " residual" : "", c->modulation ? " modulated" : "", (int)c->spec.style);
}

void op_case_build(struct op_case *c, const struct op_spec *spec, uint64_t seed) {
    struct test_rand r = {.state = seed};
    *c = (struct op_case){.spec = *spec};
    const bool norm = spec->op.kind == UM_OP_LAYERNORM || spec->op.kind == UM_OP_GROUPNORM ||
                      spec->op.kind == UM_OP_RMSNORM;
    struct um_tensor shape = weight_shape(spec);
    if (spec->op.weight != UM_NO_REF) {
        c->weight = add_tensor(c, shape, &r, norm ? 1.0f : 0.0f, norm ? 0.2f : 1.0f);
        c->spec.op.weight = 0;
    }
    if (spec->op.bias != UM_NO_REF) {
        c->bias = add_tensor(c, bias_shape(spec), &r, 0, 0.5f);
        c->spec.op.bias = 1;
    }
    set_sizes(c);
    c->in = must_alloc(c->in_count, 4);
    fill_input(c, &r);
    choose_rows(c, &r);
    if (c->residual_count) {
        c->residual = must_alloc(c->residual_count, 4);
        test_rand_fill(&r, c->residual, c->residual_count, 0,
                       spec->style == OP_FLAT ? 0.001f : 1.0f);
    }
    if (spec->op.kind == UM_OP_SAMPLE)
        choose_sampling(c, &r);
    if (c->modulation_count) {
        c->modulation = must_alloc(c->modulation_count, 4);
        test_rand_fill(&r, c->modulation, c->modulation_count, 0, 1);
    }
    if (spec->style == OP_WIDE && spec->op.kind == UM_OP_LINEAR) {
        assert(um_tensor_elements(&c->tensors[0]) == 1 && spec->dtype == UM_F32);
        *(float *)c->tensor_data[0] = *c->weight = 1;
    }
    if (spec->style == OP_GRID && spec->op.kind == UM_OP_NEAREST_CODE)
        make_ties(c, &r);
    set_name(c, seed);
}

void op_case_round_input(struct op_case *c) {
    float *x = c->in, *rounded = must_alloc(c->in_count, sizeof *rounded);
    um_reference_round_q8(x, c->in_count, rounded);
    if (c->spec.op.fine) { /* what is left is rounded, too */
        for (size_t i = 0; i < c->in_count; i++)
            x[i] -= rounded[i];
        um_reference_round_q8(x, c->in_count, x);
        for (size_t i = 0; i < c->in_count; i++)
            rounded[i] += x[i];
    }
    memcpy(x, rounded, c->in_count * sizeof *x);
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
    if (c->weight)
        round_bf16(c->weight, um_tensor_elements(&c->tensors[0]));
    if (linear)
        round_bf16(c->in, c->in_count);
    else if (c->bias)
        round_bf16(c->bias, um_tensor_elements(&c->tensors[1]));
}

void op_set_modulation(struct um_op *op, um_value_id value) {
    if (um_op_modulation(op) == UM_NO_VALUE)
        return;
    if (op->kind == UM_OP_RMSNORM)
        op->p.rmsnorm.modulation = value;
    else
        op->p.gate.modulation = value;
}

void op_case_free(struct op_case *c) {
    free(c->tensor_data[0]);
    free(c->tensor_data[1]);
    free(c->weight);
    free(c->bias);
    free(c->in);
    free(c->residual);
    free(c->modulation);
    free(c->rows);
    *c = (struct op_case){0};
}
