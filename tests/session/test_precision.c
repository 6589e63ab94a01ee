/* bf16 on the CPU backend: the transformer against the same graph computed by the references with
 * operands that are ideally rounded, and the border. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "backend/cpu/cpu.h"
#include "backend/cpu/reference.h"
#include "base/half.h"
#include "graph/graph.h"
#include "graph/layout.h"
#include "model/model_file.h"
#include "support/check.h"
#include "support/compare.h"
#include "support/rand.h"
#include "support/tiny_model.h"
#include "unmask/measure.h"

static const struct um_reading reading = {.layout = um_weight_layout};

static void *must(void *memory) {
    assert_non_null(memory);
    return memory;
}

/* ---------------------------------------------------------------- the graph by references */

struct net {
    struct um_model_file file;
    void *bytes;
    struct um_graph graph;
    struct um_program_desc desc;
    um_value_id ids, logits;
    size_t ids_count, logits_count;
    int32_t *in;
};

static void open_net(struct net *n, enum tiny_transformer transformer) {
    const struct tiny_model_options options = {.grid = 6,
                                               .dim = 96,
                                               .mlp_dim = 250,
                                               .heads = 3,
                                               .layers = 3,
                                               .codebook_size = 70,
                                               .transformer = transformer,
                                               .tokenizer = transformer ? TINY_TAMING
                                                                        : TINY_TOKENIZER_ORIGINAL};
    struct um_log log = {0};
    size_t size;
    memset(n, 0, sizeof *n);
    n->bytes = tiny_model_build(&options, &size);
    assert_int_equal(um_model_file_from_memory(&n->file, n->bytes, size, "tiny", &reading, &log),
                     UM_OK);
    um_graph_transformer(&n->graph, &n->file.config, 1, &n->ids, &n->logits);
    assert_int_equal(um_graph_finish(&n->graph, &n->desc), UM_OK);
    n->ids_count = n->desc.values[n->ids].elements;
    n->logits_count = n->desc.values[n->logits].elements;
    n->in = must(malloc(n->ids_count * sizeof *n->in));
    for (size_t i = 0; i < n->ids_count; i++)
        n->in[i] =
            (int32_t)test_rand_below(&(struct test_rand){i}, um_config_rows(&n->file.config));
}

static void close_net(struct net *n) {
    um_graph_free(&n->graph);
    um_model_file_close(&n->file);
    free(n->bytes);
    free(n->in);
}

static float *expanded(const struct net *n, um_weight_ref ref, bool rounded) {
    if (ref == UM_NO_REF)
        return NULL;
    const struct um_tensor *t = &n->file.tensors[ref];
    const size_t count = um_tensor_elements(t);
    float *values = must(malloc(count * sizeof *values));
    um_tensor_to_float(t, 0, count, values);
    for (size_t i = 0; i < count && rounded && t->n_dims == 2 && !t->exact; i++)
        values[i] = um_bf16_to_float(um_float_to_bf16(values[i]));
    return values;
}

/* The op's input, or a rounded copy. */
static void *input_of(const struct um_op *op, float *const *values, const struct net *n,
                      bool rounded) {
    float *in = values[op->in[UM_IN_X]];
    if (!rounded || op->kind != UM_OP_LINEAR)
        return in;
    const size_t count = n->desc.values[op->in[UM_IN_X]].elements;
    float *copy = must(malloc(count * sizeof *copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = um_bf16_to_float(um_float_to_bf16(in[i]));
    return copy;
}

/* The logits by the references, every value in memory of its own. */
static float *reference_logits(const struct net *n, bool rounded) {
    float **values = must(calloc(n->desc.value_count, sizeof *values));
    for (uint32_t v = 0; v < n->desc.value_count; v++)
        values[v] = must(calloc(n->desc.values[v].elements, sizeof **values));
    memcpy(values[n->ids], n->in, n->ids_count * sizeof *n->in);
    for (uint32_t i = 0; i < n->desc.op_count; i++) {
        const struct um_op *op = &n->desc.ops[i];
        float *weight = expanded(n, op->weights[UM_WEIGHT], rounded);
        float *bias = expanded(n, op->weights[UM_BIAS], rounded);
        struct um_reference_args args = {.weights = {weight, bias}, .out = values[op->out]};
        for (int k = 0; k < UM_OP_INPUTS; k++)
            args.in[k] = op->in[k] == UM_NO_VALUE ? NULL : values[op->in[k]];
        args.in[UM_IN_X] = input_of(op, values, n, rounded);
        um_reference[op->kind](op, &args);
        if (args.in[UM_IN_X] != values[op->in[UM_IN_X]])
            free(args.in[UM_IN_X]);
        free(weight);
        free(bias);
    }
    float *logits = values[n->logits];
    for (uint32_t v = 0; v < n->desc.value_count; v++)
        if ((um_value_id)v != n->logits)
            free(values[v]);
    free(values);
    return logits;
}

static float *device_logits(const struct net *n) {
    const struct um_device_options options = {.threads = 2, .bf16 = true};
    void *device, *weights, *program;
    float *logits = must(malloc(n->logits_count * sizeof *logits));
    assert_int_equal(um_backend_cpu.device_open(&device, &options), UM_OK);
    assert_int_equal(
        um_backend_cpu.weights_create(&weights, device, n->file.tensors, n->file.tensor_count),
        UM_OK);
    assert_int_equal(um_backend_cpu.program_create(&program, weights, &n->desc), UM_OK);
    assert_int_equal(um_backend_cpu.write(program, n->ids, n->in), UM_OK);
    assert_int_equal(um_backend_cpu.run(program, NULL), UM_OK);
    assert_int_equal(um_backend_cpu.read(program, n->logits, logits), UM_OK);
    um_backend_cpu.program_destroy(&program);
    um_backend_cpu.weights_destroy(&weights);
    um_backend_cpu.device_close(&device);
    return logits;
}

/* Rounding an operand of 8 significant bits changes it by a relative variance of 2^-14 / 24
 * = 2.5e-6, so a layer of two such operands adds 5e-6, of which ten layers' worth and some
 * amplification stay below 1e-3: a wrong network is off by 1.
 *
 * The device makes the same roundings until its sums, which differ by 2^-24, tip one to the other
 * side. What that changes, by 2^-8, tips others in the layers that follow. Roundings that had
 * nothing in common would be apart by twice their variance; half of that is allowed. */
static void check(enum tiny_transformer transformer) {
    struct net n;
    open_net(&n, transformer);
    float *exact = reference_logits(&n, false), *right = reference_logits(&n, true);
    float *mine = device_logits(&n);
    const double rounding = compare_nmse(right, exact, n.logits_count);
    const double own = compare_nmse(mine, right, n.logits_count);
    const double all = compare_nmse(mine, exact, n.logits_count);
    print_message("transformer %d: rounding %.2g, the device %.2g, and %.2g from its ideal\n",
                  (int)transformer, rounding, all, own);
    assert_true(rounding > 1e-6 && rounding < 1e-3);
    assert_true(own < rounding);
    assert_true(all < 1.5 * rounding);
    free(exact);
    free(right);
    free(mine);
    close_net(&n);
}

static void networks_round_ideally(void **state) {
    (void)state;
    if (!um_cpu_bf16_kernels()) {
        print_message("skip: this processor has no bf16 instructions\n");
        skip();
    }
    check(TINY_ORIGINAL);
    check(TINY_V1);
    check(TINY_HALTON);
}

/* ---------------------------------------------------------------- the border */

static void border_checks_the_precision(void **state) {
    (void)state;
    struct check_log capture;
    const struct um_log log = check_log_start(&capture);
    um_context_params params = {
        .device = "cpu", .log = log.fn, .log_user = log.user, .precision = (um_precision)3};
    um_context *context = NULL;
    assert_int_equal(um_context_create(&context, &params), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(capture.text, "precision"));
    assert_null(context);
    params.precision = UM_PRECISION_BF16;
    const um_status status = um_context_create(&context, &params);
    if (!um_cpu_bf16_kernels()) {
        assert_int_equal(status, UM_ERROR_NO_DEVICE);
        assert_null(context);
        return;
    }
    um_device_details details;
    assert_int_equal(status, UM_OK);
    um_context_details(context, &details);
    assert_non_null(strstr(details.paths, "bf16"));
    um_context_destroy(&context);
    params.precision = UM_PRECISION_DEFAULT;
    assert_int_equal(um_context_create(&context, &params), UM_OK);
    um_context_details(context, &details);
    assert_null(strstr(details.paths, "bf16"));
    um_context_destroy(&context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_round_ideally),
        cmocka_unit_test(border_checks_the_precision),
    };
    return cmocka_run_group_tests_name("precision", tests, NULL, NULL);
}
