/* What is right, and by how much float arithmetic may miss it.
 *
 * Every bound is the textbook one: a sum of n products, added in any order with or without FMA, is
 * off by at most (n + 1) u sum |a b|, u = 2^-24 (Higham, Accuracy and Stability, section 3.1);
 * errors of inputs pass through a function times its slope. exp may be as loose as Vulkan allows,
 * 3 + 2 |x| units. */
#include <math.h>
#include <stdlib.h>

#include "backend/cpu/cpu.h"
#include "ops/op_case.h"

static const double u = 0x1p-24;

static float *absolute(const float *values, size_t count) {
    if (!values)
        return NULL;
    float *out = malloc(count * sizeof *out);
    if (!out)
        abort();
    for (size_t i = 0; i < count; i++)
        out[i] = fabsf(values[i]);
    return out;
}

static void reference(const struct op_case *c, const struct um_op *op, float *out) {
    struct um_op wanted = *op;
    uint32_t *rows = um_op_rows(&wanted);
    if (rows)
        *rows = (uint32_t)op_case_rows(c)[0];
    struct um_reference_args args = {.out = out};
    for (int i = 0; i < UM_OP_INPUTS; i++)
        args.in[i] = c->in[i];
    for (int i = 0; i < UM_OP_WEIGHTS; i++)
        args.weights[i] = c->weights[i];
    um_reference[op->kind](&wanted, &args);
}

/* All three activations have slopes of at most 1.13. What they add themselves: x / (1 + e^-v)
 * passes on e's error times at most |x| s (1 - s), s = sigmoid(v); with an error of (3 + 2 |v|) 2u,
 * 4 |v| u more from rounding v, and |v| s (1 - s) <= 0.23, that is less than 4 u |x|; a form with
 * tanh or erf, which are good to a few u, stays below 12 u |x|. Twice that leaves room for the
 * divisions. */
static double activation_tolerance(double x, double error, enum um_activation activation) {
    return activation == UM_ACT_NONE ? error : 1.13 * error + 24 * u * (fabs(x) + error);
}

/* LINEAR and CONV2D: the reference on absolute values gives sum |a b|. */
static void expect_products(const struct op_case *c, float *tolerance) {
    struct um_op op = c->spec.op;
    const enum um_activation activation =
        op.kind == UM_OP_LINEAR ? op.p.linear.activation : UM_ACT_NONE;
    const double terms = op.kind == UM_OP_LINEAR
                             ? op.p.linear.in
                             : (double)op.p.conv2d.kernel * op.p.conv2d.kernel * op.p.conv2d.in;
    if (op.kind == UM_OP_LINEAR)
        op.p.linear.activation = UM_ACT_NONE;
    float *before = malloc(c->sizes.out * sizeof *before);
    if (!before)
        abort();
    reference(c, &op, before);
    struct op_case sizes = *c;
    for (int i = UM_IN_X; i <= UM_IN_RESIDUAL; i++)
        sizes.in[i] = absolute(c->in[i], c->sizes.in[i]);
    for (int i = 0; i < UM_OP_WEIGHTS; i++)
        if (c->weights[i])
            sizes.weights[i] = absolute(c->weights[i], um_tensor_elements(&c->tensors[i]));
    reference(&sizes, &op, tolerance);
    for (size_t i = 0; i < c->wanted; i++)
        tolerance[i] = (float)activation_tolerance(
            (double)before[i], ((terms + 4) * u + c->product_slack) * (double)tolerance[i],
            activation);
    free(before);
    for (int i = UM_IN_X; i <= UM_IN_RESIDUAL; i++)
        free(sizes.in[i]);
    for (int i = 0; i < UM_OP_WEIGHTS; i++)
        free(sizes.weights[i]);
}

/* A normalised group of `count` values x at `stride`: y = (x - m) r w + b.
 *
 * A computed deviation d = x - m is off by `slip`: m by (n + 1) u mean |x|, and x itself by u |x|
 * where a residual was added. That makes the variance off by 2 sigma slip + slip^2 + (n + 4) u var,
 * and r by half of that relative to var + epsilon, plus 4 u for the root and the division. */
struct norm {
    double mean, scale, slip, scale_error; /* scale_error: relative */
};

static struct norm norm_of(const double *x, size_t count, double epsilon) {
    double mean = 0, size = 0, largest = 0, variance = 0;
    for (size_t i = 0; i < count; i++) {
        mean += x[i];
        size += fabs(x[i]);
        largest = fmax(largest, fabs(x[i]));
    }
    mean /= (double)count;
    for (size_t i = 0; i < count; i++)
        variance += (x[i] - mean) * (x[i] - mean);
    variance /= (double)count;
    const double n = (double)count;
    struct norm norm = {.mean = mean, .scale = 1 / sqrt(variance + epsilon)};
    norm.slip = (n + 2) * u * size / n + 2 * u * largest;
    double off = 2 * sqrt(variance) * norm.slip + norm.slip * norm.slip + (n + 4) * u * variance;
    norm.scale_error = 0.5 * off / (variance + epsilon) + 4 * u;
    return norm;
}

static double norm_tolerance(const struct norm *norm, double x, double weight, double bias) {
    const double deviation = fabs(x - norm->mean);
    const double y = deviation * norm->scale * fabs(weight) + fabs(bias);
    return fabs(weight) * norm->scale * (norm->slip + deviation * norm->scale_error) + 6 * u * y;
}

static void expect_layernorm(const struct op_case *c, float *tolerance) {
    const size_t dim = c->spec.op.p.layernorm.dim;
    const float *residual = c->in[UM_IN_RESIDUAL];
    double *x = malloc(dim * sizeof *x);
    if (!x)
        abort();
    for (size_t r = 0; r < c->spec.op.p.layernorm.rows; r++) {
        for (size_t d = 0; d < dim; d++)
            x[d] = (double)((float *)c->in[UM_IN_X])[r * dim + d] +
                   (residual ? (double)residual[r * dim + d] : 0);
        struct norm norm = norm_of(x, dim, (double)c->spec.op.p.layernorm.epsilon);
        for (size_t d = 0; d < dim; d++)
            tolerance[r * dim + d] = (float)norm_tolerance(
                &norm, x[d], (double)c->weights[UM_WEIGHT][d], (double)c->weights[UM_BIAS][d]);
    }
    free(x);
}

static void expect_groupnorm(const struct op_case *c, float *tolerance) {
    const struct um_op *op = &c->spec.op;
    const size_t pixels = (size_t)op->p.groupnorm.height * op->p.groupnorm.width;
    const size_t channels = op->p.groupnorm.channels, size = channels / op->p.groupnorm.groups;
    double *x = malloc(pixels * size * sizeof *x);
    if (!x)
        abort();
    for (size_t group = 0; group < (size_t)op->p.groupnorm.batch * op->p.groupnorm.groups;
         group++) {
        const size_t image = group / op->p.groupnorm.groups;
        const size_t first = group % op->p.groupnorm.groups * size;
        for (size_t i = 0; i < pixels * size; i++)
            x[i] = (double)((float *)c->in[UM_IN_X])[(image * pixels + i / size) * channels +
                                                     first + i % size];
        struct norm norm = norm_of(x, pixels * size, (double)op->p.groupnorm.epsilon);
        for (size_t i = 0; i < pixels * size; i++) {
            const size_t channel = first + i % size;
            const double w = (double)c->weights[UM_WEIGHT][channel],
                         b = (double)c->weights[UM_BIAS][channel];
            const double error = norm_tolerance(&norm, x[i], w, b);
            tolerance[(image * pixels + i / size) * channels + channel] =
                (float)activation_tolerance((x[i] - norm.mean) * norm.scale * w + b, error,
                                            op->p.groupnorm.activation);
        }
    }
    free(x);
}

/* Scores s = q . k / sqrt(n) are off by `slip` = (n + 4) u |q| |k| / sqrt(n) (Cauchy and Schwarz);
 * softmax turns that into a relative 2 slip per weight, exp adds (3 + 2 |s - top|) 2u weighted with
 * e^(s - top), which averages to less than (3 + 2 log T) 2u + 3u, and the weighted mean of v over T
 * tokens adds 2 (T + 4) u max |v|. */
static void expect_attention(const struct op_case *c, float *tolerance) {
    const struct um_op *op = &c->spec.op;
    const size_t n = op->p.attention.head_dim, heads = op->p.attention.heads, dim = heads * n;
    const size_t tokens = op->p.attention.length;
    const float *qkv = c->in[UM_IN_X];
    for (size_t image = 0; image < op->p.attention.batch; image++)
        for (size_t h = 0; h < heads; h++) {
            double q_max = 0, k_max = 0, v_max = 0;
            for (size_t t = 0; t < tokens; t++) {
                const float *q = qkv + (image * tokens + t) * 3 * dim + h * n;
                double qq = 0, kk = 0;
                for (size_t i = 0; i < n; i++) {
                    qq += (double)q[i] * (double)q[i];
                    kk += (double)q[dim + i] * (double)q[dim + i];
                    v_max = fmax(v_max, fabs((double)q[2 * dim + i]));
                }
                q_max = fmax(q_max, sqrt(qq));
                k_max = fmax(k_max, sqrt(kk));
            }
            const double slip = ((double)n + 4) * u * q_max * k_max / sqrt((double)n);
            const double count = (double)tokens;
            const double exps = (2 * (3 + 2 * log(count)) + 3) * u;
            const double error = v_max * (4 * slip + 2 * exps + 2 * (count + 4) * u);
            for (size_t t = 0; t < tokens; t++)
                for (size_t i = 0; i < n; i++)
                    tolerance[(image * tokens + t) * dim + h * n + i] = (float)error;
        }
}

/* x / sqrt(mean(x^2) + epsilon): the root of a sum of n squares is off by half of (n + 2) u, root,
 * division and product add 4 u. Weight, bias and modulation round once or twice each. */
static void expect_rmsnorm(const struct op_case *c, float *tolerance) {
    const struct um_op *op = &c->spec.op;
    const bool qk = op->kind == UM_OP_QK_NORM;
    const size_t dim = qk ? op->p.qk_norm.dim : op->p.rmsnorm.dim, rows = c->sizes.out / dim;
    const double epsilon = (double)(qk ? op->p.qk_norm.epsilon : op->p.rmsnorm.epsilon);
    const double slip = (0.5 * ((double)dim + 2) + 4) * u;
    const float *modulation = c->in[UM_IN_MODULATION];
    for (size_t r = 0; r < rows; r++) {
        const float *x = (const float *)c->in[UM_IN_X] + r * dim;
        const float *m =
            modulation ? modulation + r / op->p.rmsnorm.length * op->p.rmsnorm.width : NULL;
        double mean = 0;
        for (size_t d = 0; d < dim; d++)
            mean += (double)x[d] * (double)x[d] / (double)dim;
        for (size_t d = 0; d < dim; d++) {
            double y = fabs((double)x[d]) / sqrt(mean + epsilon), error = y * slip;
            if (c->weights[UM_WEIGHT]) {
                error = fabs((double)c->weights[UM_WEIGHT][d]) * (error + y * u);
                y *= fabs((double)c->weights[UM_WEIGHT][d]);
            }
            y += c->weights[UM_BIAS] ? fabs((double)c->weights[UM_BIAS][d]) : 0;
            error += 2 * u * y;
            if (m) {
                const double scale = 1 + fabs((double)m[op->p.rmsnorm.scale + d]);
                const double shift = fabs((double)m[op->p.rmsnorm.shift + d]);
                error = error * scale + 4 * u * (y * scale + shift);
            }
            tolerance[r * dim + d] = qk && r % 3 == 2 ? 0 : (float)error;
        }
    }
}

/* GATE, SWIGLU, SCALE: a product, a sum and the reference itself round; so does an activation. */
static void expect_elementwise(const struct op_case *c, float *tolerance) {
    const struct um_op *op = &c->spec.op;
    const float *in = c->in[UM_IN_X], *residual = c->in[UM_IN_RESIDUAL];
    const float *modulation = c->in[UM_IN_MODULATION];
    for (size_t i = 0; i < c->sizes.out; i++) {
        double x = (double)in[i], error;
        if (op->kind == UM_OP_GATE) {
            const size_t row = i / op->p.gate.dim;
            const float *m = modulation + row / op->p.gate.length * op->p.gate.width;
            const double gate = (double)m[op->p.gate.gate + i % op->p.gate.dim];
            error = 3 * u * (fabs((double)residual[i]) + fabs(gate * x));
        } else if (op->kind == UM_OP_SWIGLU) {
            const size_t dim = op->p.swiglu.dim, at = i / dim * 2 * dim + i % dim;
            x = (double)in[at];
            error = activation_tolerance(x, 0, UM_ACT_SILU) + 2 * u * fabs(x);
            error *= fabs((double)in[at + dim]);
        } else {
            const double scaled = x * (double)op->p.scale.scale, shift = (double)op->p.scale.shift;
            error = activation_tolerance(scaled + shift, 2 * u * (fabs(scaled) + fabs(shift)),
                                         op->p.scale.activation);
        }
        tolerance[i] = (float)error;
    }
}

void op_case_expect(const struct op_case *c, float *expected, float *tolerance) {
    reference(c, &c->spec.op, expected);
    for (size_t i = 0; i < c->sizes.out; i++)
        tolerance[i] = 0; /* EMBED, UPSAMPLE, CODEBOOK, PICK: copies and one exactly rounded sum */
    switch (c->spec.op.kind) {
    case UM_OP_LINEAR:
    case UM_OP_CONV2D:
    case UM_OP_CONV2D_STRIDE2:
        expect_products(c, tolerance);
        break;
    case UM_OP_LAYERNORM:
        expect_layernorm(c, tolerance);
        break;
    case UM_OP_GROUPNORM:
        expect_groupnorm(c, tolerance);
        break;
    case UM_OP_ATTENTION:
        expect_attention(c, tolerance);
        break;
    case UM_OP_AVGPOOL: /* three sums of four numbers below 6 by construction, quartered */
        for (size_t i = 0; i < c->sizes.out; i++)
            tolerance[i] = (float)(3 * u * 6);
        break;
    case UM_OP_RMSNORM:
    case UM_OP_QK_NORM:
        expect_rmsnorm(c, tolerance);
        break;
    case UM_OP_GATE:
    case UM_OP_SWIGLU:
    case UM_OP_SCALE:
        expect_elementwise(c, tolerance);
        break;
    default:
        break;
    }
}

static double distance(const struct op_case *c, size_t row, size_t code) {
    const size_t dim = c->spec.op.p.codebook.dim;
    double sum = 0;
    for (size_t e = 0; e < dim; e++) {
        double off = (double)((float *)c->in[UM_IN_X])[row * dim + e] -
                     (double)c->weights[UM_WEIGHT][code * dim + e];
        sum += off * off;
    }
    return sum;
}

/* Integers make every form of the distance exact, so OP_GRID allows nothing but the lowest of the
 * nearest. Otherwise |x|^2 - 2 x c + |c|^2 may be used, whose terms are larger than the result:
 * each distance is off by at most (n + 3) u (|x| + |c|)^2. */
bool op_case_id_ok(const struct op_case *c, size_t row, int32_t id) {
    const size_t codes = c->spec.op.p.codebook.codes, dim = c->spec.op.p.codebook.dim;
    if (id < 0 || (size_t)id >= codes)
        return false;
    double x = 0, longest = 0;
    for (size_t e = 0; e < dim; e++)
        x += (double)((float *)c->in[UM_IN_X])[row * dim + e] *
             (double)((float *)c->in[UM_IN_X])[row * dim + e];
    for (size_t k = 0; k < codes; k++) {
        double length = 0;
        for (size_t e = 0; e < dim; e++)
            length += (double)c->weights[UM_WEIGHT][k * dim + e] *
                      (double)c->weights[UM_WEIGHT][k * dim + e];
        longest = fmax(longest, length);
    }
    const double reach = sqrt(x) + sqrt(longest);
    const double slack = c->spec.style == OP_GRID ? 0 : 2 * ((double)dim + 3) * u * reach * reach;
    const double mine = distance(c, row, (size_t)id);
    for (size_t k = 0; k < codes; k++) {
        const double other = distance(c, row, k);
        if (other + slack < mine || (other == mine && slack == 0 && k < (size_t)id))
            return false;
    }
    return true;
}
