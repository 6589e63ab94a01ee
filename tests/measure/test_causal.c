/* The causal transformer with its cache, on the CPU and on every Vulkan device that is listed,
 * against one written here that keeps nothing: all positions anew for each token, in double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "graph/layout.h"
#include "model/model_file.h"
#include "support/check.h"
#include "support/compare.h"
#include "support/rand.h"
#include "support/tiny_model.h"

#include <unmask/measure.h>

static const struct um_reading reading = {.layout = um_weight_layout};

enum { MAX_DEVICES = 16, BATCH = 2 };

/* Float arithmetic in another order than the reference: the bound of tests/session/test_agreement,
 * where the reason is. */
static const double NMSE_LIMIT = 1e-9;

static float *expand(const struct um_model_file *file, const char *layer, const char *part) {
    char name[64];
    snprintf(name, sizeof name, "%s.%s", layer, part);
    const struct um_tensor *tensor = file->tensors;
    while (tensor < file->tensors + file->tensor_count && strcmp(tensor->name, name) != 0)
        tensor++;
    assert_true(tensor < file->tensors + file->tensor_count);
    float *out = calloc(um_tensor_elements(tensor), sizeof *out);
    assert_non_null(out);
    um_tensor_to_float(tensor, 0, um_tensor_elements(tensor), out);
    return out;
}

/* y = x W^T + b, then gelu if asked; W (out, in), read from the file each time. */
static void linear(const struct um_model_file *file, const char *layer, const double *x, size_t in,
                   size_t out, bool gelu, double *y) {
    float *weight = expand(file, layer, "weight"), *bias = expand(file, layer, "bias");
    for (size_t o = 0; o < out; o++) {
        double sum = (double)bias[o];
        for (size_t i = 0; i < in; i++)
            sum += x[i] * (double)weight[o * in + i];
        const double inner = 0.79788456080286535588 * (sum + 0.044715 * sum * sum * sum);
        y[o] = gelu ? 0.5 * sum * (1 + tanh(inner)) : sum;
    }
    free(weight);
    free(bias);
}

static void layernorm(const struct um_model_file *file, const char *layer, double *x) {
    const size_t dim = file->config.transformer.dim;
    float *weight = expand(file, layer, "weight"), *bias = expand(file, layer, "bias");
    double mean = 0, variance = 0;
    for (size_t i = 0; i < dim; i++)
        mean += x[i] / (double)dim;
    for (size_t i = 0; i < dim; i++)
        variance += (x[i] - mean) * (x[i] - mean) / (double)dim;
    for (size_t i = 0; i < dim; i++)
        x[i] = (x[i] - mean) / sqrt(variance + (double)file->config.transformer.norm_epsilon) *
                   (double)weight[i] +
               (double)bias[i];
    free(weight);
    free(bias);
}

/* Position `last` of one head, qkv (positions, 3 dim). */
static void attend(const double *qkv, size_t dim, size_t head_dim, size_t column, size_t last,
                   double *out) {
    double weights[256], sum = 0;
    const double *q = qkv + last * 3 * dim + column;
    for (size_t t = 0; t <= last; t++) {
        double score = 0;
        for (size_t i = 0; i < head_dim; i++)
            score += q[i] * qkv[t * 3 * dim + dim + column + i];
        sum += weights[t] = exp(score / sqrt((double)head_dim));
    }
    for (size_t i = 0; i < head_dim; i++) {
        out[column + i] = 0;
        for (size_t t = 0; t <= last; t++)
            out[column + i] += weights[t] / sum * qkv[t * 3 * dim + 2 * dim + column + i];
    }
}

static const char *in_block(uint32_t index, const char *part) {
    static char name[64];
    snprintf(name, sizeof name, "blk.%u.%s", (unsigned)index, part);
    return name;
}

static void block(const struct um_model_file *file, uint32_t i, size_t count, double *x) {
    const struct um_config *c = &file->config;
    const size_t dim = c->transformer.dim, mlp = c->transformer.mlp_dim;
    const size_t head_dim = dim / c->transformer.heads;
    double *qkv = calloc(count * 3 * dim, sizeof *qkv), *h = calloc(dim + mlp, sizeof *h);
    assert_true(qkv && h);
    for (size_t p = 0; p < count; p++)
        linear(file, in_block(i, "attn_qkv"), x + p * dim, dim, 3 * dim, false, qkv + p * 3 * dim);
    for (size_t p = 0; p < count; p++) {
        double *row = x + p * dim, *out = h + mlp;
        for (size_t column = 0; column < dim; column += head_dim)
            attend(qkv, dim, head_dim, column, p, h);
        linear(file, in_block(i, "attn_out"), h, dim, dim, false, out);
        for (size_t k = 0; k < dim; k++)
            row[k] += out[k];
        layernorm(file, in_block(i, "attn_norm"), row);
        linear(file, in_block(i, "mlp_up"), row, dim, mlp, true, h);
        linear(file, in_block(i, "mlp_down"), h, mlp, dim, false, out);
        for (size_t k = 0; k < dim; k++)
            row[k] += out[k];
        layernorm(file, in_block(i, "mlp_norm"), row);
    }
    free(qkv);
    free(h);
}

/* Logits (codes) of the last of `count` positions that hold these rows of token_embd. */
static void reference(const struct um_model_file *file, const int32_t *ids, size_t count,
                      float *logits) {
    const struct um_config *c = &file->config;
    const size_t dim = c->transformer.dim;
    float *token = expand(file, "token_embd", "weight"),
          *place = expand(file, "position_embd", "weight");
    float *bias = expand(file, "head", "bias");
    double *x = calloc(count * dim, sizeof *x), *h = calloc(dim, sizeof *h);
    assert_true(x && h);
    for (size_t p = 0; p < count; p++) {
        for (size_t i = 0; i < dim; i++)
            x[p * dim + i] = (double)token[(size_t)ids[p] * dim + i] + (double)place[p * dim + i];
        layernorm(file, "embd_norm", x + p * dim);
    }
    for (uint32_t layer = 0; layer < c->transformer.layers; layer++)
        block(file, layer, count, x);
    linear(file, "head.dense", x + (count - 1) * dim, dim, dim, true, h);
    layernorm(file, "head.norm", h);
    for (size_t k = 0; k < c->codebook_size; k++) {
        double sum = (double)bias[k];
        for (size_t i = 0; i < dim; i++)
            sum += h[i] * (double)token[k * dim + i];
        logits[k] = (float)sum;
    }
    free(token);
    free(place);
    free(bias);
    free(x);
    free(h);
}

/* All tokens of two images are given; each step's logits, with and without the class. */
static void compare_device(const char *device, const void *bytes, size_t size,
                           const struct um_model_file *file) {
    const struct um_config *c = &file->config;
    const size_t positions = um_config_positions(c), codes = c->codebook_size;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    um_context_params params = {
        .device = device, .threads = 2, .log = log.fn, .log_user = log.user};
    um_context *context;
    um_model *model;
    um_causal *causal;
    assert_int_equal(um_context_create(&context, &params), UM_OK);
    assert_int_equal(um_model_load_memory(&model, context, bytes, size, "tiny"), UM_OK);
    const int32_t classes[BATCH] = {1, 3};
    int32_t *tokens = calloc(BATCH * positions, sizeof *tokens);
    int32_t *ids = calloc(positions + 1, sizeof *ids);
    float *expected = calloc(codes, sizeof *expected);
    assert_true(tokens && ids && expected);
    struct test_rand r = {5};
    for (size_t i = 0; i < BATCH * positions; i++)
        tokens[i] = (int32_t)test_rand_below(&r, c->codebook_size);
    um_session_params draw = {
        .classes = classes, .batch = BATCH, .sampling.cfg_scale = 1, .initial_tokens = tokens};
    assert_int_equal(um_causal_begin(&causal, model, &draw), UM_OK);
    double worst = 0;
    for (size_t p = 0; p < positions; p++) {
        size_t count;
        assert_int_equal(um_causal_step(causal), UM_OK);
        const float *logits = um_causal_logits(causal, &count);
        assert_int_equal(count, 2 * BATCH * codes);
        for (uint32_t row = 0; row < 2 * BATCH; row++) {
            const uint32_t image = row % BATCH;
            ids[0] = (int32_t)um_config_class_row(c, row < BATCH ? classes[image] : -1);
            memcpy(ids + 1, tokens + image * positions, p * sizeof *ids);
            reference(file, ids, p + 1, expected);
            worst = fmax(worst, compare_nmse(logits + row * codes, expected, codes));
        }
    }
    print_message("%s: NMSE %.2g\n", um_context_device(context)->name, worst);
    assert_true(worst <= NMSE_LIMIT);
    assert_true(um_causal_done(causal));
    assert_memory_equal(um_causal_tokens(causal), tokens, BATCH * positions * sizeof *tokens);
    assert_int_equal(um_causal_step(causal), UM_ERROR_ARGUMENT);
    um_causal_end(&causal);
    um_model_unload(&model);
    um_context_destroy(&context);
    free(tokens);
    free(ids);
    free(expected);
}

static void test_every_device(void **state) {
    (void)state;
    um_device_info devices[MAX_DEVICES];
    size_t count = 0, size;
    assert_int_equal(um_devices(devices, MAX_DEVICES, &count, NULL, NULL), UM_OK);
    struct tiny_model_options options = {.seed = 3};
    void *bytes = tiny_model_build(&options, &size);
    struct um_model_file file;
    assert_int_equal(um_model_file_from_memory(&file, bytes, size, "tiny", &reading, NULL), UM_OK);
    for (size_t i = 0; i < count && i < MAX_DEVICES; i++) {
        const char index[2] = {(char)('0' + i), '\0'};
        if (i < 10)
            compare_device(index, bytes, size, &file);
    }
    um_model_file_close(&file);
    free(bytes);
}

/* The same seed draws the same tokens, another one others; every token is a code. */
static void test_drawing(void **state) {
    (void)state;
    size_t size;
    void *bytes = tiny_model_build(NULL, &size);
    um_context *context;
    um_model *model;
    um_context_params params = {.device = "cpu"};
    assert_int_equal(um_context_create(&context, &params), UM_OK);
    assert_int_equal(um_model_load_memory(&model, context, bytes, size, "tiny"), UM_OK);
    int32_t drawn[3][16];
    for (int run = 0; run < 3; run++) {
        um_causal *causal;
        um_session_params draw = {.seed = run == 2 ? 9 : 4};
        assert_int_equal(um_causal_begin(&causal, model, &draw), UM_OK);
        assert_int_equal(um_causal_tokens(causal)[0], -1);
        while (!um_causal_done(causal))
            assert_int_equal(um_causal_step(causal), UM_OK);
        memcpy(drawn[run], um_causal_tokens(causal), sizeof drawn[run]);
        um_causal_end(&causal);
    }
    for (int i = 0; i < 16; i++)
        assert_in_range(drawn[0][i], 0, 31);
    assert_memory_equal(drawn[0], drawn[1], sizeof drawn[0]);
    assert_memory_not_equal(drawn[0], drawn[2], sizeof drawn[0]);
    um_model_unload(&model);
    um_context_destroy(&context);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_device),
        cmocka_unit_test(test_drawing),
    };
    return cmocka_run_group_tests_name("causal", tests, NULL, NULL);
}
