/* The list of op shapes under test: sizes of one, primes, sizes around the tiles of the backends.
 */
#include "ops/op_case.h"
#include "support/rand.h"

#define NONE UM_NO_REF
#define SOME 0

#define LINEAR(rows_, in_, out_, act_, bias_, dtype_, style_, spare_)                              \
    {                                                                                              \
        .op = {.kind = UM_OP_LINEAR,                                                               \
               .residual = NONE,                                                                   \
               .bias = bias_,                                                                      \
               .p.linear = {rows_, in_, out_, act_}},                                              \
        .dtype = dtype_, .style = style_, .spare_rows = spare_                                     \
    }
#define EMBED(batch_, tokens_, dim_, dtype_)                                                       \
    {                                                                                              \
        .op = {.kind = UM_OP_EMBED, .residual = NONE, .p.embed = {batch_, tokens_, dim_}},         \
        .dtype = dtype_, .spare_rows = 37                                                          \
    }
#define LAYERNORM(rows_, dim_, epsilon_, residual_, style_)                                        \
    {                                                                                              \
        .op = {.kind = UM_OP_LAYERNORM,                                                            \
               .residual = residual_,                                                              \
               .p.layernorm = {rows_, dim_, epsilon_}},                                            \
        .style = style_                                                                            \
    }
#define ATTENTION(batch_, tokens_, heads_, head_dim_, style_)                                      \
    {                                                                                              \
        .op = {.kind = UM_OP_ATTENTION,                                                            \
               .residual = NONE,                                                                   \
               .weight = NONE,                                                                     \
               .bias = NONE,                                                                       \
               .p.attention = {batch_, tokens_, heads_, head_dim_}},                               \
        .style = style_                                                                            \
    }
#define CONV(batch_, height_, width_, in_, out_, kernel_, bias_, residual_, dtype_)                \
    {                                                                                              \
        .op = {.kind = UM_OP_CONV2D,                                                               \
               .bias = bias_,                                                                      \
               .residual = residual_,                                                              \
               .p.conv2d = {batch_, height_, width_, in_, out_, kernel_}},                         \
        .dtype = dtype_                                                                            \
    }
#define GROUPNORM(batch_, height_, width_, channels_, groups_, epsilon_, act_, style_)             \
    {                                                                                              \
        .op = {.kind = UM_OP_GROUPNORM,                                                            \
               .residual = NONE,                                                                   \
               .p.groupnorm = {batch_, height_, width_, channels_, groups_, epsilon_, act_}},      \
        .style = style_                                                                            \
    }
#define RESIZE(kind_, batch_, height_, width_, channels_)                                          \
    {                                                                                              \
        .op = {                                                                                    \
            .kind = kind_,                                                                         \
            .residual = NONE,                                                                      \
            .weight = NONE,                                                                        \
            .bias = NONE,                                                                          \
            .p.resize = {batch_, height_, width_, channels_}                                       \
        }                                                                                          \
    }
#define CODES(kind_, rows_, codes_, dim_, style_)                                                  \
    {                                                                                              \
        .op = {.kind = kind_,                                                                      \
               .residual = NONE,                                                                   \
               .bias = NONE,                                                                       \
               .p.codebook = {rows_, codes_, dim_}},                                               \
        .style = style_                                                                            \
    }

static const struct op_spec table[] = {
    LINEAR(1, 1, 1, UM_ACT_NONE, NONE, UM_F32, OP_NORMAL, 0),
    LINEAR(1, 1, 1, UM_ACT_NONE, SOME, UM_F16, OP_NORMAL, 0),
    LINEAR(4001, 1, 1, UM_ACT_GELU_TANH, NONE, UM_F32, OP_WIDE, 0),
    LINEAR(4001, 1, 1, UM_ACT_GELU_ERF, NONE, UM_F32, OP_WIDE, 0),
    LINEAR(4001, 1, 1, UM_ACT_SWISH, NONE, UM_F32, OP_WIDE, 0),
    LINEAR(5, 7, 3, UM_ACT_GELU_TANH, SOME, UM_F16, OP_NORMAL, 0),
    LINEAR(13, 31, 17, UM_ACT_GELU_ERF, SOME, UM_F16, OP_NORMAL, 0),
    LINEAR(12, 32, 32, UM_ACT_SWISH, SOME, UM_Q8_0, OP_NORMAL, 0),
    LINEAR(11, 64, 33, UM_ACT_NONE, SOME, UM_Q8_0, OP_NORMAL, 5),
    LINEAR(25, 96, 48, UM_ACT_GELU_TANH, SOME, UM_Q8_0, OP_NORMAL, 0),
    LINEAR(1, 32, 1, UM_ACT_NONE, NONE, UM_Q8_0, OP_NORMAL, 0),
    LINEAR(37, 1024, 100, UM_ACT_GELU_ERF, NONE, UM_Q8_0, OP_LARGE, 31),
    LINEAR(130, 288, 65, UM_ACT_NONE, SOME, UM_Q8_0, OP_NORMAL, 3),
    LINEAR(97, 127, 63, UM_ACT_NONE, SOME, UM_F16, OP_NORMAL, 2),
    LINEAR(65, 256, 65, UM_ACT_GELU_TANH, SOME, UM_F16, OP_NORMAL, 0),
    LINEAR(257, 85, 255, UM_ACT_NONE, SOME, UM_F32, OP_NORMAL, 0),
    LINEAR(257, 64, 100, UM_ACT_NONE, SOME, UM_F16, OP_NORMAL, 27),
    LINEAR(3, 1023, 129, UM_ACT_NONE, NONE, UM_F32, OP_NORMAL, 0),
    LINEAR(17, 1024, 16, UM_ACT_NONE, SOME, UM_F16, OP_NORMAL, 16),
    EMBED(1, 1, 1, UM_F32),
    EMBED(2, 17, 33, UM_F16),
    EMBED(3, 65, 64, UM_Q8_0),
    LAYERNORM(1, 1, 1e-5f, NONE, OP_NORMAL),
    LAYERNORM(3, 2, 1e-12f, SOME, OP_NORMAL),
    LAYERNORM(7, 15, 1e-12f, NONE, OP_NORMAL),
    LAYERNORM(5, 97, 1e-6f, SOME, OP_FLAT),
    LAYERNORM(257, 256, 1e-12f, SOME, OP_NORMAL),
    LAYERNORM(2, 1025, 1e-12f, NONE, OP_NORMAL),
    ATTENTION(1, 1, 1, 1, OP_NORMAL),
    ATTENTION(2, 17, 2, 16, OP_NORMAL),
    ATTENTION(1, 5, 3, 7, OP_LARGE),
    ATTENTION(1, 33, 2, 85, OP_NORMAL),
    ATTENTION(1, 65, 3, 48, OP_LARGE),
    ATTENTION(2, 257, 2, 64, OP_NORMAL),
    ATTENTION(1, 23, 1, 256, OP_NORMAL),
    CONV(1, 1, 1, 1, 1, 3, NONE, NONE, UM_F32),
    CONV(1, 1, 1, 1, 1, 1, SOME, SOME, UM_F32),
    CONV(2, 5, 7, 3, 5, 3, SOME, NONE, UM_F16),
    CONV(1, 1, 9, 4, 33, 3, NONE, SOME, UM_F32),
    CONV(1, 9, 1, 17, 3, 3, SOME, SOME, UM_F16),
    CONV(1, 8, 8, 32, 64, 3, SOME, SOME, UM_Q8_0),
    CONV(3, 4, 4, 8, 16, 1, SOME, NONE, UM_F16),
    CONV(1, 13, 11, 31, 48, 1, NONE, SOME, UM_F32),
    CONV(1, 16, 16, 64, 32, 3, NONE, SOME, UM_F16),
    CONV(1, 31, 33, 16, 3, 3, SOME, NONE, UM_F16),
    CONV(1, 3, 200, 5, 7, 3, SOME, NONE, UM_F32),
    GROUPNORM(1, 1, 1, 1, 1, 1e-6f, UM_ACT_NONE, OP_NORMAL),
    GROUPNORM(2, 3, 5, 6, 3, 1e-6f, UM_ACT_SWISH, OP_NORMAL),
    GROUPNORM(1, 8, 8, 32, 32, 1e-6f, UM_ACT_SWISH, OP_FLAT),
    GROUPNORM(1, 8, 8, 32, 8, 1e-6f, UM_ACT_NONE, OP_FLAT),
    GROUPNORM(1, 17, 13, 34, 2, 1e-6f, UM_ACT_SWISH, OP_NORMAL),
    GROUPNORM(1, 32, 32, 64, 32, 1e-6f, UM_ACT_SWISH, OP_NORMAL),
    GROUPNORM(1, 64, 64, 16, 1, 1e-5f, UM_ACT_NONE, OP_NORMAL),
    RESIZE(UM_OP_AVGPOOL, 1, 2, 2, 1),
    RESIZE(UM_OP_AVGPOOL, 2, 6, 10, 7),
    RESIZE(UM_OP_AVGPOOL, 1, 16, 8, 33),
    RESIZE(UM_OP_UPSAMPLE, 1, 1, 1, 1),
    RESIZE(UM_OP_UPSAMPLE, 2, 5, 3, 7),
    RESIZE(UM_OP_UPSAMPLE, 1, 16, 16, 32),
    CODES(UM_OP_NEAREST_CODE, 1, 1, 1, OP_NORMAL),
    CODES(UM_OP_NEAREST_CODE, 17, 33, 5, OP_NORMAL),
    CODES(UM_OP_NEAREST_CODE, 65, 100, 8, OP_GRID),
    CODES(UM_OP_NEAREST_CODE, 257, 512, 64, OP_NORMAL),
    CODES(UM_OP_NEAREST_CODE, 31, 129, 3, OP_GRID),
    CODES(UM_OP_CODEBOOK, 1, 1, 1, OP_NORMAL),
    CODES(UM_OP_CODEBOOK, 37, 67, 13, OP_NORMAL),
    CODES(UM_OP_CODEBOOK, 256, 512, 64, OP_NORMAL),
};

enum { TABLE_SIZE = sizeof table / sizeof table[0], RANDOM_SPECS = 120 };

uint32_t op_spec_count(void) {
    return TABLE_SIZE + RANDOM_SPECS;
}

static uint32_t size_up_to(struct test_rand *r, uint32_t limit) {
    return 1 + test_rand_below(r, limit);
}

static um_value_id maybe(struct test_rand *r) {
    return test_rand_below(r, 2) ? SOME : NONE;
}

static struct op_spec random_matrix_op(struct test_rand *r) {
    struct op_spec s = {.dtype = test_rand_below(r, 2) ? UM_F16 : UM_F32};
    const um_weight_ref bias = maybe(r);
    if (test_rand_below(r, 2))
        return (struct op_spec)LINEAR(size_up_to(r, 50), size_up_to(r, 150), size_up_to(r, 150),
                                      (enum um_activation)test_rand_below(r, 4), bias, s.dtype,
                                      OP_NORMAL, test_rand_below(r, 20));
    return (struct op_spec)CONV(size_up_to(r, 2), size_up_to(r, 20), size_up_to(r, 20),
                                size_up_to(r, 40), size_up_to(r, 70), test_rand_below(r, 4) ? 3 : 1,
                                bias, maybe(r), s.dtype);
}

static struct op_spec random_other_op(struct test_rand *r) {
    const uint32_t groups = size_up_to(r, 9);
    switch (test_rand_below(r, 6)) {
    case 0:
        return (struct op_spec)EMBED(size_up_to(r, 3), size_up_to(r, 40), size_up_to(r, 90),
                                     UM_F16);
    case 1:
        return (struct op_spec)LAYERNORM(size_up_to(r, 40), 2 + test_rand_below(r, 400), 1e-12f,
                                         maybe(r), OP_NORMAL);
    case 2:
        return (struct op_spec)ATTENTION(size_up_to(r, 2), size_up_to(r, 90), size_up_to(r, 4),
                                         size_up_to(r, 70), OP_NORMAL);
    case 3:
        return (struct op_spec)GROUPNORM(
            size_up_to(r, 3), size_up_to(r, 20), size_up_to(r, 20), groups * size_up_to(r, 9),
            groups, 1e-6f, test_rand_below(r, 2) ? UM_ACT_SWISH : UM_ACT_NONE, OP_NORMAL);
    case 4:
        return (struct op_spec)CODES(UM_OP_NEAREST_CODE, size_up_to(r, 60), size_up_to(r, 200),
                                     size_up_to(r, 40),
                                     test_rand_below(r, 2) ? OP_GRID : OP_NORMAL);
    default:
        return (struct op_spec)RESIZE(test_rand_below(r, 2) ? UM_OP_AVGPOOL : UM_OP_UPSAMPLE,
                                      size_up_to(r, 3), 2 * size_up_to(r, 9), 2 * size_up_to(r, 9),
                                      size_up_to(r, 40));
    }
}

struct op_spec op_spec_at(uint32_t index) {
    if (index < TABLE_SIZE)
        return table[index];
    struct test_rand r = {.state = index};
    return index % 2 ? random_matrix_op(&r) : random_other_op(&r);
}
