/* Programs of one op, with poison around everything. */
#include "ops/op_run.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "support/compare.h"

enum { GUARD = 256, POISON = 0x7fc0dead /* a NaN */ };
enum { CANVAS, IN, OUT = IN + UM_OP_INPUTS, VALUES };

struct layout {
    struct um_value values[VALUES];
    size_t bytes;
};

static void place(struct layout *l, int value, size_t elements, enum um_value_role role) {
    l->values[value] =
        (struct um_value){.elements = elements, .role = role, .offset = l->bytes + GUARD};
    l->bytes += GUARD + (elements * 4 + GUARD - 1) / GUARD * GUARD;
}

/* All inputs and the output with guard bands between them, and one value that lies over all of it,
 * to poison and to inspect the arena with. */
static struct layout plan(const struct op_case *c) {
    struct layout l = {.bytes = 0};
    for (int i = 0; i < UM_OP_INPUTS; i++)
        place(&l, IN + i, c->sizes.in[i] ? c->sizes.in[i] : 1, UM_VALUE_INPUT);
    place(&l, OUT, c->sizes.out, UM_VALUE_OUTPUT);
    l.bytes += GUARD;
    l.values[CANVAS] = (struct um_value){.elements = l.bytes / 4, .role = UM_VALUE_INPUT};
    return l;
}

static void run_once(const struct um_backend_fns *backend, void *program, const struct op_case *c,
                     const struct layout *l, uint32_t *canvas, void *out) {
    const size_t words = l->bytes / 4;
    for (size_t i = 0; i < words; i++)
        canvas[i] = POISON;
    for (int i = 0; i < UM_OP_INPUTS; i++)
        if (c->in[i])
            memcpy(canvas + l->values[IN + i].offset / 4, c->in[i], c->sizes.in[i] * 4);
    assert_int_equal(backend->write(program, CANVAS, canvas), UM_OK);
    for (int i = 0; i < UM_OP_INPUTS; i++)
        if (c->in[i])
            assert_int_equal(backend->write(program, IN + i, c->in[i]), UM_OK);
    assert_int_equal(backend->run(program, NULL), UM_OK);
    uint32_t *after = malloc(l->bytes);
    assert_non_null(after);
    assert_int_equal(backend->read(program, CANVAS, after), UM_OK);
    assert_int_equal(backend->read(program, OUT, out), UM_OK);
    const size_t first = l->values[OUT].offset / 4;
    assert_memory_equal(out, after + first, c->sizes.out * 4);
    uint32_t *part = malloc(c->wanted * 4 + 4);
    assert_non_null(part);
    part[c->wanted] = POISON;
    assert_int_equal(backend->read_part(program, OUT, c->wanted, part), UM_OK);
    assert_memory_equal(out, part, c->wanted * 4);
    assert_int_equal(part[c->wanted], POISON);
    free(part);
    for (size_t i = 0; i < words; i++)
        if ((i < first || i >= first + c->sizes.out) && canvas[i] != after[i])
            fail_msg("%s: changed memory %lld elements from its output of %zu", c->name,
                     (long long)i - (long long)first, c->sizes.out);
    free(after);
}

void op_run(const struct um_backend_fns *backend, void *device, const struct op_case *c,
            void *out) {
    const struct layout l = plan(c);
    struct um_op op = c->spec.op;
    for (int i = 0; i < UM_OP_INPUTS; i++)
        op.in[i] = c->in[i] ? IN + i : UM_NO_VALUE;
    op.out = OUT;
    const struct um_program_desc desc = {.ops = &op,
                                         .op_count = 1,
                                         .values = l.values,
                                         .value_count = VALUES,
                                         .arena_bytes = l.bytes};
    void *weights, *program;
    assert_int_equal(backend->weights_create(&weights, device, c->tensors, c->tensor_count), UM_OK);
    assert_int_equal(backend->program_create(&program, weights, &desc), UM_OK);
    uint32_t *canvas = malloc(l.bytes);
    void *again = malloc(c->sizes.out * 4);
    assert_true(canvas && again);
    run_once(backend, program, c, &l, canvas, out);
    run_once(backend, program, c, &l, canvas, again);
    if (memcmp(out, again, c->sizes.out * 4) != 0)
        fail_msg("%s: two runs differ", c->name);
    free(canvas);
    free(again);
    backend->program_destroy(&program);
    backend->weights_destroy(&weights);
    assert_true(!program && !weights);
}

double op_error(const struct op_case *c, const float *expected, const float *tolerance,
                const void *out) {
    double worst = 0;
    for (size_t i = 0; i < c->wanted; i++) {
        double error;
        if (c->spec.op.kind == UM_OP_SAMPLE) {
            error = memcmp((const char *)out + i * 4, expected + i, 4) == 0 ? 0 : INFINITY;
        } else if (um_op_info(c->spec.op.kind)->ids_out) {
            error = op_case_id_ok(c, i, ((const int32_t *)out)[i]) ? 0 : INFINITY;
        } else {
            const double off = fabs((double)((const float *)out)[i] - (double)expected[i]);
            error = off == 0 ? 0 : off / (double)tolerance[i];
        }
        if (!(error <= worst)) /* also when it is not a number */
            worst = isnan(error) ? INFINITY : error;
    }
    return worst;
}

/* Bounds for the worst case are loose by sqrt(n); the mean must be far better. Float rounding
 * leaves about n u^2 = 1e-11 at n = 3000. Not for OP_FLAT, where cancellation is the point. */
static double check_nmse(const struct op_case *c, const float *expected, const float *out) {
    if (um_op_info(c->spec.op.kind)->ids_out || c->spec.style == OP_FLAT || c->wanted < 16)
        return 0;
    return compare_nmse(out, expected, c->wanted);
}

struct worst {
    double error, nmse;
    unsigned cases;
};

static void check_spec(const struct um_backend_fns *backend, void *device, uint32_t index,
                       const struct op_rules *rules, struct worst *worst) {
    struct op_case c;
    struct op_spec spec = op_spec_at(index);
    op_case_build(&c, &spec, index);
    c.product_slack = rules->product_slack;
    void *out = malloc(c.sizes.out * 4);
    float *expected = malloc(c.sizes.out * 4), *tolerance = malloc(c.sizes.out * 4);
    assert_true(out && expected && tolerance);
    op_run(backend, device, &c, out);
    if ((spec.op.precise ? rules->round_precise : rules->round_q8) &&
        spec.op.kind == UM_OP_LINEAR && spec.dtype == UM_Q8_0)
        op_case_round_input(&c);
    if (rules->round_bf16)
        op_case_round_bf16(&c);
    op_case_expect(&c, expected, tolerance);
    const double error = op_error(&c, expected, tolerance, out);
    const double nmse = check_nmse(&c, expected, out);
    if (error > 1)
        fail_msg("%s: %g times the tolerance", c.name, error);
    if (nmse > (rules->nmse > 0 ? rules->nmse : 1e-10))
        fail_msg("%s: NMSE %g", c.name, nmse);
    worst->error = fmax(worst->error, error);
    worst->nmse = fmax(worst->nmse, nmse);
    worst->cases++;
    free(out);
    free(expected);
    free(tolerance);
    op_case_free(&c);
}

static bool wanted(const struct op_rules *rules, const struct op_spec *spec) {
    return (!rules->kinds || rules->kinds >> spec->op.kind & 1) &&
           (!rules->types || rules->types >> spec->dtype & 1);
}

void op_check(const struct um_backend_fns *backend, void *device, const struct op_rules *rules) {
    struct worst worst[UM_OP_COUNT] = {{0}};
    for (uint32_t i = 0; i < op_spec_count(); i++) {
        const struct op_spec spec = op_spec_at(i);
        if (wanted(rules, &spec))
            check_spec(backend, device, i, rules, &worst[spec.op.kind]);
    }
    for (int kind = 0; kind < UM_OP_COUNT; kind++) {
        if (kind == UM_OP_EMBED_NEXT || kind == UM_OP_ATTENTION_NEXT)
            continue; /* not functions of their inputs: a cache remembers */
        if (rules->kinds && !(rules->kinds >> kind & 1))
            continue;
        assert_true(worst[kind].cases >= 3);
        print_message("op %d: %u cases, largest error %.2g of the tolerance, NMSE %.1g\n", kind,
                      worst[kind].cases, worst[kind].error, worst[kind].nmse);
    }
}

void op_check_all(const struct um_backend_fns *backend, void *device) {
    const bool cpu = strcmp(backend->name, "cpu") == 0;
    op_check(backend, device, &(struct op_rules){.round_q8 = cpu, .round_precise = cpu});
}
