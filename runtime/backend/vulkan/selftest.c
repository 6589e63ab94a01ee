/* Known answers: products of small whole numbers, which every path computes exactly, and a few
 * functions that are easily written down. */
#include "backend/vulkan/selftest.h"

#include "backend/vulkan/util.h"
#include "base/half.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

enum {
    ROWS = 37, /* no tile divides these */
    OUT = 67,
    IN = 64, /* two blocks of Q8_0 */
    HEADS = 2,
    SIDE = 6, /* pixels; IN channels become OUT */
    PIXELS = SIDE * SIDE
};

enum {
    X,
    QKV,
    PICTURE,
    PRODUCT_F32,
    PRODUCT_F16,
    PRODUCT_Q8,
    NORM,
    ATTENTION,
    CONV,
    CONV_F16,
    VALUES
};
enum { W_F32, W_F16, W_Q8, W_SCALE, W_SHIFT, W_CONV, W_CONV_F16, WEIGHTS };

struct q8_block {
    uint16_t scale;
    int8_t values[32];
};

struct known {
    float x[ROWS * IN], qkv[ROWS * 3 * IN], picture[PIXELS * IN];
    float f32[OUT * IN], scale[IN], shift[IN], conv[OUT * 9 * IN];
    uint16_t f16[OUT * IN], conv_f16[OUT * 9 * IN];
    struct q8_block q8[OUT * IN / 32];
    float expected[PIXELS * OUT + ROWS * OUT], got[PIXELS * OUT + ROWS * OUT];
    double scores[ROWS];
    um_status failure; /* of the latest try */
};

static const size_t elements[VALUES] = {
    [X] = ROWS * IN,
    [QKV] = ROWS * 3 * IN,
    [PICTURE] = PIXELS * IN,
    [PRODUCT_F32] = ROWS * OUT,
    [PRODUCT_F16] = ROWS * OUT,
    [PRODUCT_Q8] = ROWS * OUT,
    [NORM] = ROWS * IN,
    [ATTENTION] = ROWS * IN,
    [CONV] = PIXELS * OUT,
    [CONV_F16] = PIXELS * OUT,
};

/* -1, 0 or 1. */
static int digit(uint32_t i) {
    return (int)(i * 2654435761u >> 13) % 3 - 1;
}

/* Whole numbers up to 127, which each block of 32 has: rounding to int8 keeps them, and 16 products
 * with -1, 0 or 1 sum up to at most 2032, which half floats hold. */
static void fill(struct known *k) {
    for (uint32_t i = 0; i < ROWS * IN; i++)
        k->x[i] = i % 32 == 0 ? 127 : (float)((int)(i * 2246822519u >> 11) % 128);
    for (uint32_t i = 0; i < ROWS * 3 * IN; i++)
        k->qkv[i] = (float)((int)(i * 3266489917u >> 9) % 200 - 100) * 0.01f;
    for (uint32_t i = 0; i < PIXELS * IN; i++)
        k->picture[i] = (float)digit(i + 5);
    for (uint32_t i = 0; i < OUT * IN; i++) {
        k->f32[i] = (float)digit(i);
        k->f16[i] = um_float_to_half(k->f32[i]);
        k->q8[i / 32].scale = um_float_to_half(1);
        k->q8[i / 32].values[i % 32] = (int8_t)digit(i);
    }
    for (uint32_t i = 0; i < IN; i++) {
        k->scale[i] = 1 + 0.125f * (float)digit(i);
        k->shift[i] = (float)digit(i + 3);
    }
    for (uint32_t i = 0; i < OUT * 9 * IN; i++) {
        k->conv[i] = (float)digit(i + 7);
        k->conv_f16[i] = um_float_to_half(k->conv[i]);
    }
}

/* ---------------------------------------------------------------- what is right */

static void product(struct known *k) {
    for (uint32_t r = 0; r < ROWS; r++)
        for (uint32_t o = 0; o < OUT; o++) {
            float sum = 0;
            for (uint32_t i = 0; i < IN; i++)
                sum += k->x[r * IN + i] * k->f32[o * IN + i];
            k->expected[r * OUT + o] = sum;
        }
}

static void norm(struct known *k) {
    for (uint32_t r = 0; r < ROWS; r++) {
        const float *x = k->x + r * IN;
        double mean = 0, variance = 0;
        for (uint32_t i = 0; i < IN; i++)
            mean += (double)x[i] / IN;
        for (uint32_t i = 0; i < IN; i++)
            variance += ((double)x[i] - mean) * ((double)x[i] - mean) / IN;
        for (uint32_t i = 0; i < IN; i++)
            k->expected[r * IN + i] =
                (float)(((double)x[i] - mean) / sqrt(variance) * (double)k->scale[i] +
                        (double)k->shift[i]);
    }
}

static void attend(struct known *k, uint32_t row, uint32_t head) {
    const uint32_t dim = IN / HEADS;
    const float *q = k->qkv + row * 3 * IN + head * dim;
    double all = 0;
    for (uint32_t t = 0; t < ROWS; t++) {
        const float *key = k->qkv + t * 3 * IN + IN + head * dim;
        double sum = 0;
        for (uint32_t i = 0; i < dim; i++)
            sum += (double)q[i] * (double)key[i];
        k->scores[t] = exp(sum / sqrt(dim));
        all += k->scores[t];
    }
    for (uint32_t i = 0; i < dim; i++) {
        double sum = 0;
        for (uint32_t t = 0; t < ROWS; t++)
            sum += k->scores[t] * (double)k->qkv[t * 3 * IN + 2 * IN + head * dim + i];
        k->expected[row * IN + head * dim + i] = (float)(sum / all);
    }
}

static void attention(struct known *k) {
    for (uint32_t r = 0; r < ROWS; r++)
        for (uint32_t h = 0; h < HEADS; h++)
            attend(k, r, h);
}

static float conv_at(const struct known *k, int y, int x, uint32_t out) {
    float sum = 0;
    for (int dy = 0; dy < 3; dy++)
        for (int dx = 0; dx < 3; dx++) {
            const int py = y + dy - 1, px = x + dx - 1;
            if (py < 0 || px < 0 || py >= SIDE || px >= SIDE)
                continue;
            const float *w = k->conv + ((out * 3 + (uint32_t)dy) * 3 + (uint32_t)dx) * IN;
            for (uint32_t i = 0; i < IN; i++)
                sum += k->picture[(uint32_t)(py * SIDE + px) * IN + i] * w[i];
        }
    return sum;
}

static void conv(struct known *k) {
    for (uint32_t p = 0; p < PIXELS; p++)
        for (uint32_t o = 0; o < OUT; o++)
            k->expected[p * OUT + o] = conv_at(k, (int)p / SIDE, (int)p % SIDE, o);
}

/* ---------------------------------------------------------------- on the device */

static struct um_op linear(um_value_id out, um_weight_ref weight) {
    return (struct um_op){.kind = UM_OP_LINEAR,
                          .in = UM_INPUTS(X),
                          .out = out,
                          .weights = UM_WEIGHTS(weight),
                          .p.linear = {ROWS, IN, OUT, UM_ACT_NONE}};
}

static struct um_op conv2d(um_value_id out, um_weight_ref weight) {
    return (struct um_op){.kind = UM_OP_CONV2D,
                          .in = UM_INPUTS(PICTURE),
                          .out = out,
                          .weights = UM_WEIGHTS(weight),
                          .p.conv2d = {1, SIDE, SIDE, IN, OUT, 3}};
}

static um_status create_program(struct um_vk_weights *weights, void **program) {
    const struct um_op ops[] = {
        linear(PRODUCT_F32, W_F32),
        linear(PRODUCT_F16, W_F16),
        linear(PRODUCT_Q8, W_Q8),
        {.kind = UM_OP_LAYERNORM,
         .in = UM_INPUTS(X),
         .out = NORM,
         .weights = UM_WEIGHTS(W_SCALE, W_SHIFT),
         .p.layernorm = {ROWS, IN, 1e-12f}},
        {.kind = UM_OP_ATTENTION,
         .in = UM_INPUTS(QKV),
         .out = ATTENTION,
         .weights = UM_NO_WEIGHTS,
         .p.attention = {1, ROWS, HEADS, IN / HEADS}},
        conv2d(CONV, W_CONV),
        conv2d(CONV_F16, W_CONV_F16),
    };
    struct um_value values[VALUES];
    size_t offset = 0;
    for (uint32_t v = 0; v < VALUES; v++) {
        values[v] = (struct um_value){.elements = elements[v],
                                      .role = v <= PICTURE ? UM_VALUE_INPUT : UM_VALUE_OUTPUT,
                                      .offset = offset};
        offset += (elements[v] * 4 + 255) / 256 * 256;
    }
    const struct um_program_desc desc = {.ops = ops,
                                         .op_count = sizeof ops / sizeof ops[0],
                                         .values = values,
                                         .value_count = VALUES,
                                         .arena_bytes = offset,
                                         .spill = true};
    return um_vk_program_create(program, weights, &desc);
}

/* Whether all are within `tolerance` of what is expected, times the largest of these. */
static um_status compare(struct known *k, void *program, um_value_id value, float tolerance,
                         bool *right) {
    float largest = 0;
    UM_TRY(um_vk_program_read(program, value, k->got));
    for (size_t i = 0; i < elements[value]; i++)
        largest = fmaxf(largest, fabsf(k->expected[i]));
    for (size_t i = 0; i < elements[value]; i++)
        *right = *right && fabsf(k->got[i] - k->expected[i]) <= tolerance * largest;
    return UM_OK;
}

/* Sums of 64 floats round to 64 units of 2^-24 at most; exp and inverse square roots of drivers are
 * right to a few units: 1e-4 leaves them room, and a wrong lane or tile is off by far more. */
static um_status run(struct known *k, void *program, bool *right) {
    const float exact = 0, close = 1e-4f;
    UM_TRY(um_vk_program_write(program, X, k->x));
    UM_TRY(um_vk_program_write(program, QKV, k->qkv));
    UM_TRY(um_vk_program_write(program, PICTURE, k->picture));
    UM_TRY(um_vk_program_run(program, NULL));
    *right = true;
    product(k);
    UM_TRY(compare(k, program, PRODUCT_F32, exact, right));
    UM_TRY(compare(k, program, PRODUCT_F16, exact, right));
    UM_TRY(compare(k, program, PRODUCT_Q8, exact, right));
    norm(k);
    UM_TRY(compare(k, program, NORM, close, right));
    attention(k);
    UM_TRY(compare(k, program, ATTENTION, close, right));
    conv(k);
    UM_TRY(compare(k, program, CONV, exact, right));
    return compare(k, program, CONV_F16, exact, right);
}

static struct um_tensor matrix(const char *name, enum um_dtype dtype, const void *data,
                               size_t bytes) {
    return (struct um_tensor){.name = name,
                              .dtype = dtype,
                              .n_dims = 2,
                              .dims = {OUT, IN, 1, 1},
                              .data = data,
                              .bytes = bytes};
}

static struct um_tensor vector(const char *name, const float *data, size_t bytes) {
    return (struct um_tensor){
        .name = name, .n_dims = 1, .dims = {IN, 1, 1, 1}, .data = data, .bytes = bytes};
}

static struct um_tensor kernel(const char *name, enum um_dtype dtype, const void *data,
                               size_t bytes) {
    struct um_tensor tensor = matrix(name, dtype, data, bytes);
    tensor.n_dims = 4;
    memcpy(tensor.dims, (const uint32_t[]){OUT, 3, 3, IN}, sizeof tensor.dims);
    return tensor;
}

static um_status try_features(struct um_vk_device *device, struct known *k, bool *right) {
    const struct um_tensor tensors[WEIGHTS] = {
        [W_F32] = matrix("f32", UM_F32, k->f32, sizeof k->f32),
        [W_F16] = matrix("f16", UM_F16, k->f16, sizeof k->f16),
        [W_Q8] = matrix("q8", UM_Q8_0, k->q8, sizeof k->q8),
        [W_SCALE] = vector("scale", k->scale, sizeof k->scale),
        [W_SHIFT] = vector("shift", k->shift, sizeof k->shift),
        [W_CONV] = kernel("conv", UM_F32, k->conv, sizeof k->conv),
        [W_CONV_F16] = kernel("conv_f16", UM_F16, k->conv_f16, sizeof k->conv_f16),
    };
    void *weights = NULL, *program = NULL;
    um_status status = um_vk_weights_create(&weights, device, tensors, WEIGHTS);
    if (status == UM_OK)
        status = create_program(weights, &program);
    if (status == UM_OK)
        status = run(k, program, right);
    um_vk_program_destroy(&program);
    um_vk_weights_destroy(&weights);
    return status;
}

/* A path that does not even build, or whose work is dropped, is as wrong as one that computes
 * nonsense. */
static um_status works(struct um_vk_device *device, struct known *k, bool *right) {
    *right = false;
    k->failure = try_features(device, k, right);
    *right = *right && k->failure == UM_OK;
    return k->failure == UM_ERROR || k->failure == UM_ERROR_CHECK ? UM_OK : k->failure;
}

static void tell(struct um_vk_device *device, uint32_t wrong) {
    for (uint32_t i = 0; i < UM_FEATURE_COUNT; i++)
        if (wrong >> i & 1)
            um_log_write(&device->log, UM_LOG_WARN,
                         "Vulkan: this driver computes wrong results with %s; it is not used.",
                         um_feature_name(i));
}

/* Takes out features from the fastest down until the results are right, then puts back those that
 * are innocent. */
static um_status step_down(struct um_vk_device *device, struct known *k) {
    static const uint32_t order[] = {UM_VK_COOPMAT, UM_VK_FP16, UM_VK_INT8, UM_VK_SUBGROUP};
    enum { STEPS = sizeof order / sizeof order[0] };
    const uint32_t before = device->features.used;
    uint32_t steps = 0;
    bool right = false;
    UM_TRY(works(device, k, &right));
    for (; !right && steps < STEPS; steps++)
        if (um_vk_uses(device, order[steps])) {
            device->features.used &= ~order[steps];
            UM_TRY(works(device, k, &right));
        }
    if (!right && k->failure != UM_OK)
        return k->failure;
    if (!right)
        return um_fail(&device->log, UM_ERROR_CHECK,
                       "Vulkan: this driver computes wrong results; the device cannot be used.");
    for (uint32_t i = 0; i + 1 < steps; i++)
        if (before & order[i] & device->features.fast) {
            device->features.used |= order[i];
            UM_TRY(works(device, k, &right));
            if (!right)
                device->features.used &= ~order[i];
        }
    tell(device, before & ~device->features.used);
    return UM_OK;
}

um_status um_vk_selftest(struct um_vk_device *device) {
    struct known *k = um_alloc(1, sizeof *k);
    if (!k)
        return um_fail(&device->log, UM_ERROR_MEMORY, "out of memory opening a Vulkan device");
    fill(k);
    um_status status = step_down(device, k);
    um_free(k);
    return status;
}
