/* The list of op shapes under test: sizes of one, primes, sizes around the tiles of the backends.
 */
#include "ops/op_case.h"
#include "support/rand.h"

#define NONE UM_NO_REF
#define SOME 0

#define LINEAR(rows_, in_, out_, act_, bias_, dtype_, style_, spare_)                              \
    {                                                                                              \
        .op = {.kind = UM_OP_LINEAR,                                                               \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_WEIGHTS(SOME, bias_),                                                 \
               .p.linear = {rows_, in_, out_, act_}},                                              \
        .dtype = dtype_, .style = style_, .spare_rows = spare_                                     \
    }
#define EMBED(batch_, tokens_, dim_, dtype_)                                                       \
    {                                                                                              \
        .op = {.kind = UM_OP_EMBED,                                                                \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_WEIGHTS(SOME, SOME),                                                  \
               .p.embed = {batch_, tokens_, dim_, tokens_, 0}},                                    \
        .dtype = dtype_, .spare_rows = 37                                                          \
    }
#define LINEAR_ADD(rows_, in_, out_, act_, bias_, dtype_)                                          \
    {                                                                                              \
        .op = {.kind = UM_OP_LINEAR,                                                               \
               .in = UM_INPUTS(SOME, SOME),                                                        \
               .weights = UM_WEIGHTS(SOME, bias_),                                                 \
               .p.linear = {rows_, in_, out_, act_}},                                              \
        .dtype = dtype_                                                                            \
    }
#define LINEAR_PRECISE(rows_, in_, out_, bias_, dtype_)                                            \
    {                                                                                              \
        .op = {.kind = UM_OP_LINEAR,                                                               \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_WEIGHTS(SOME, bias_),                                                 \
               .precise = true,                                                                    \
               .p.linear = {rows_, in_, out_, UM_ACT_NONE}},                                       \
        .dtype = dtype_                                                                            \
    }
#define EMBED_PART(batch_, tokens_, dim_, stride_, bare_, bias_, dtype_)                           \
    {                                                                                              \
        .op = {.kind = UM_OP_EMBED,                                                                \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_WEIGHTS(SOME, bias_),                                                 \
               .p.embed = {batch_, tokens_, dim_, stride_, bare_}},                                \
        .dtype = dtype_, .spare_rows = 11                                                          \
    }
#define LAYERNORM(rows_, dim_, epsilon_, residual_, style_)                                        \
    {                                                                                              \
        .op = {.kind = UM_OP_LAYERNORM,                                                            \
               .in = UM_INPUTS(SOME, residual_),                                                   \
               .weights = UM_WEIGHTS(SOME, SOME),                                                  \
               .p.layernorm = {rows_, dim_, epsilon_}},                                            \
        .style = style_                                                                            \
    }
#define ATTENTION(batch_, tokens_, heads_, head_dim_, style_)                                      \
    {                                                                                              \
        .op = {.kind = UM_OP_ATTENTION,                                                            \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_NO_WEIGHTS,                                                           \
               .p.attention = {batch_, tokens_, heads_, head_dim_}},                               \
        .style = style_                                                                            \
    }
#define CONV(batch_, height_, width_, in_, out_, kernel_, bias_, residual_, dtype_)                \
    {                                                                                              \
        .op = {.kind = UM_OP_CONV2D,                                                               \
               .in = UM_INPUTS(SOME, residual_),                                                   \
               .weights = UM_WEIGHTS(SOME, bias_),                                                 \
               .p.conv2d = {batch_, height_, width_, in_, out_, kernel_}},                         \
        .dtype = dtype_                                                                            \
    }
#define CONV_STRIDE2(batch_, height_, width_, in_, out_, bias_, dtype_)                            \
    {                                                                                              \
        .op = {.kind = UM_OP_CONV2D_STRIDE2,                                                       \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_WEIGHTS(SOME, bias_),                                                 \
               .p.conv2d = {batch_, height_, width_, in_, out_, 3}},                               \
        .dtype = dtype_                                                                            \
    }
#define RMSNORM(rows_, dim_, epsilon_, weight_, bias_, style_)                                     \
    {                                                                                              \
        .op = {.kind = UM_OP_RMSNORM,                                                              \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_WEIGHTS(weight_, bias_),                                              \
               .p.rmsnorm = {.rows = rows_, .dim = dim_, .epsilon = epsilon_}},                    \
        .style = style_                                                                            \
    }
#define MODULATED(batch_, tokens_, dim_, width_, scale_, shift_, bias_, style_)                    \
    {                                                                                              \
        .op = {.kind = UM_OP_RMSNORM,                                                              \
               .in = UM_INPUTS(SOME, NONE, SOME),                                                  \
               .weights = UM_WEIGHTS(SOME, bias_),                                                 \
               .p.rmsnorm = {batch_ * tokens_, dim_, tokens_, width_, scale_, shift_, 1e-5f}},     \
        .style = style_                                                                            \
    }
#define QK_NORM(rows_, dim_, style_)                                                               \
    {                                                                                              \
        .op = {.kind = UM_OP_QK_NORM,                                                              \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_NO_WEIGHTS,                                                           \
               .p.qk_norm = {rows_, dim_, 1e-5f}},                                                 \
        .style = style_                                                                            \
    }
#define GATE(batch_, tokens_, dim_, width_, gate_)                                                 \
    {                                                                                              \
        .op = {                                                                                    \
            .kind = UM_OP_GATE,                                                                    \
            .in = UM_INPUTS(SOME, SOME, SOME),                                                     \
            .weights = UM_NO_WEIGHTS,                                                              \
            .p.gate = {batch_ * tokens_, dim_, tokens_, width_, gate_}                             \
        }                                                                                          \
    }
#define SWIGLU(rows_, dim_, style_)                                                                \
    {                                                                                              \
        .op = {.kind = UM_OP_SWIGLU,                                                               \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_NO_WEIGHTS,                                                           \
               .p.swiglu = {rows_, dim_}},                                                         \
        .style = style_                                                                            \
    }
#define SCALE(rows_, act_, scale_, shift_, style_)                                                 \
    {                                                                                              \
        .op = {.kind = UM_OP_SCALE,                                                                \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_NO_WEIGHTS,                                                           \
               .p.scale = {rows_, act_, scale_, shift_}},                                          \
        .style = style_                                                                            \
    }
#define LINEAR_LIMITED(rows_, in_, out_, act_, residual_, dtype_)                                  \
    {                                                                                              \
        .op = {.kind = UM_OP_LINEAR,                                                               \
               .in = UM_INPUTS(SOME, residual_, SOME),                                             \
               .weights = UM_WEIGHTS(SOME, SOME),                                                  \
               .p.linear = {rows_, in_, out_, act_}},                                              \
        .dtype = dtype_                                                                            \
    }
#define LAYERNORM_LIMITED(rows_, dim_, residual_)                                                  \
    {                                                                                              \
        .op = {                                                                                    \
            .kind = UM_OP_LAYERNORM,                                                               \
            .in = UM_INPUTS(SOME, residual_, SOME),                                                \
            .weights = UM_WEIGHTS(SOME, SOME),                                                     \
            .p.layernorm = {rows_, dim_, 1e-12f}                                                   \
        }                                                                                          \
    }
#define PICK(rows_, dim_, in_rows_, tokens_, weight_, dtype_)                                      \
    {                                                                                              \
        .op = {.kind = UM_OP_PICK,                                                                 \
               .in = UM_INPUTS((in_rows_) ? SOME : NONE, NONE, SOME),                              \
               .weights = UM_WEIGHTS(weight_),                                                     \
               .p.pick = {rows_, dim_, in_rows_, tokens_}},                                        \
        .dtype = dtype_                                                                            \
    }
#define SAMPLE(images_, positions_, codes_, style_, sampling_)                                     \
    {                                                                                              \
        .op = {.kind = UM_OP_SAMPLE,                                                               \
               .in = UM_INPUTS(SOME, SOME, SOME),                                                  \
               .weights = UM_NO_WEIGHTS,                                                           \
               .p.sample = {(images_) * (positions_) * ((sampling_)&OP_GUIDED ? 2 : 1), codes_,    \
                            images_, (positions_) + 1, 1}},                                        \
        .style = style_, .sampling = sampling_                                                     \
    }
#define GROUPNORM(batch_, height_, width_, channels_, groups_, epsilon_, act_, style_)             \
    {                                                                                              \
        .op = {.kind = UM_OP_GROUPNORM,                                                            \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_WEIGHTS(SOME, SOME),                                                  \
               .p.groupnorm = {batch_, height_, width_, channels_, groups_, epsilon_, act_}},      \
        .style = style_                                                                            \
    }
#define RESIZE(kind_, batch_, height_, width_, channels_)                                          \
    {                                                                                              \
        .op = {                                                                                    \
            .kind = kind_,                                                                         \
            .in = UM_INPUTS(SOME),                                                                 \
            .weights = UM_NO_WEIGHTS,                                                              \
            .p.resize = {batch_, height_, width_, channels_}                                       \
        }                                                                                          \
    }
#define CODES(kind_, rows_, codes_, dim_, style_)                                                  \
    {                                                                                              \
        .op = {.kind = kind_,                                                                      \
               .in = UM_INPUTS(SOME),                                                              \
               .weights = UM_WEIGHTS(SOME),                                                        \
               .p.codebook = {rows_, codes_, dim_}},                                               \
        .style = style_                                                                            \
    }

static const struct op_spec table[] = {
    LINEAR(1, 1, 1, UM_ACT_NONE, NONE, UM_F32, OP_NORMAL, 0),
    LINEAR(1, 1, 1, UM_ACT_NONE, SOME, UM_F16, OP_NORMAL, 0),
    LINEAR(4001, 1, 1, UM_ACT_GELU_TANH, NONE, UM_F32, OP_WIDE, 0),
    LINEAR(4001, 1, 1, UM_ACT_GELU_ERF, NONE, UM_F32, OP_WIDE, 0),
    LINEAR(4001, 1, 1, UM_ACT_SILU, NONE, UM_F32, OP_WIDE, 0),
    LINEAR(5, 7, 3, UM_ACT_GELU_TANH, SOME, UM_F16, OP_NORMAL, 0),
    LINEAR(13, 31, 17, UM_ACT_GELU_ERF, SOME, UM_F16, OP_NORMAL, 0),
    LINEAR(12, 32, 32, UM_ACT_SILU, SOME, UM_Q8_0, OP_NORMAL, 0),
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
    LINEAR_ADD(1, 1, 1, UM_ACT_NONE, NONE, UM_F32),
    LINEAR_ADD(33, 65, 31, UM_ACT_NONE, SOME, UM_F16),
    LINEAR_ADD(70, 96, 130, UM_ACT_GELU_ERF, SOME, UM_F32),
    LINEAR_ADD(17, 64, 48, UM_ACT_NONE, SOME, UM_Q8_0),
    LINEAR_PRECISE(1, 96, 70, SOME, UM_Q8_0),
    LINEAR_PRECISE(13, 1024, 33, SOME, UM_Q8_0),
    LINEAR_PRECISE(3, 64, 40, NONE, UM_F16),
    EMBED(1, 1, 1, UM_F32),
    EMBED(2, 17, 33, UM_F16),
    EMBED(3, 65, 64, UM_Q8_0),
    EMBED_PART(3, 1, 33, 7, 0, NONE, UM_F16),
    EMBED_PART(2, 10, 31, 10, 1, SOME, UM_F32),
    EMBED_PART(2, 10, 33, 10, 1, NONE, UM_F16),
    EMBED_PART(2, 17, 85, 17, 1, SOME, UM_F16),
    EMBED_PART(3, 5, 17, 5, 5, SOME, UM_F32),
    EMBED_PART(1, 6, 64, 9, 3, SOME, UM_Q8_0),
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
    ATTENTION(2, 19, 6, 85, OP_LARGE),
    ATTENTION(1, 50, 3, 32, OP_NORMAL),
    ATTENTION(2, 64, 1, 512, OP_NORMAL),
    ATTENTION(1, 37, 1, 300, OP_LARGE),
    ATTENTION(1, 1025, 1, 48, OP_NORMAL),
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
    CONV(1, 33, 32, 16, 3, 3, SOME, NONE, UM_F32),
    CONV(2, 37, 29, 33, 65, 3, SOME, SOME, UM_F16),
    CONV(1, 64, 16, 48, 32, 3, NONE, SOME, UM_F32),
    CONV(1, 3, 200, 5, 7, 3, SOME, NONE, UM_F32),
    CONV_STRIDE2(1, 2, 2, 1, 1, NONE, UM_F32),
    CONV_STRIDE2(2, 4, 6, 3, 5, SOME, UM_F16),
    CONV_STRIDE2(1, 14, 10, 17, 33, SOME, UM_F32),
    CONV_STRIDE2(1, 2, 300, 5, 7, NONE, UM_F16),
    CONV_STRIDE2(3, 16, 16, 32, 48, SOME, UM_Q8_0),
    CONV_STRIDE2(1, 62, 34, 8, 8, SOME, UM_F32),
    RMSNORM(1, 1, 1e-5f, NONE, NONE, OP_NORMAL),
    RMSNORM(7, 8, 1e-24f, NONE, NONE, OP_NORMAL),
    RMSNORM(5, 97, 1e-6f, SOME, NONE, OP_FLAT),
    RMSNORM(33, 512, 1e-5f, SOME, SOME, OP_LARGE),
    MODULATED(1, 1, 1, 2, 1, 0, NONE, OP_NORMAL),
    MODULATED(2, 5, 31, 6 * 31, 31, 0, NONE, OP_NORMAL),
    MODULATED(3, 17, 64, 2 * 64, 64, 0, SOME, OP_NORMAL),
    MODULATED(2, 9, 768, 6 * 768, 4 * 768, 3 * 768, NONE, OP_FLAT),
    QK_NORM(1, 1, OP_NORMAL),
    QK_NORM(9, 510, OP_NORMAL),
    QK_NORM(33, 97, OP_LARGE),
    GATE(1, 1, 1, 1, 0),
    GATE(2, 7, 33, 6 * 33, 2 * 33),
    GATE(3, 65, 96, 6 * 96, 5 * 96),
    SWIGLU(1, 1, OP_NORMAL),
    SWIGLU(7, 37, OP_NORMAL),
    SWIGLU(33, 1024, OP_LARGE),
    SWIGLU(5, 300, OP_WIDE),
    SCALE(1, UM_ACT_NONE, 2, -1, OP_NORMAL),
    SCALE(4001, UM_ACT_SILU, 1, 0, OP_WIDE),
    SCALE(777, UM_ACT_NONE, 0.5f, 0.5f, OP_NORMAL),
    SCALE(70001, UM_ACT_GELU_ERF, -1.5f, 0.25f, OP_NORMAL),
    LINEAR_LIMITED(1, 3, 5, UM_ACT_NONE, NONE, UM_F32),
    LINEAR_LIMITED(130, 33, 70, UM_ACT_GELU_TANH, NONE, UM_F16),
    LINEAR_LIMITED(200, 64, 65, UM_ACT_NONE, SOME, UM_F32),
    LINEAR_LIMITED(97, 64, 100, UM_ACT_NONE, NONE, UM_Q8_0),
    LINEAR_LIMITED(70, 1024, 40, UM_ACT_NONE, NONE, UM_F32),
    LAYERNORM_LIMITED(1, 5, NONE),
    LAYERNORM_LIMITED(90, 97, SOME),
    LAYERNORM_LIMITED(257, 64, NONE),
    PICK(1, 1, 1, 1, NONE, UM_F32),
    PICK(40, 33, 57, 1, NONE, UM_F32),
    PICK(300, 64, 90, 1, NONE, UM_F32),
    PICK(50, 40, 0, 17, SOME, UM_F32),
    PICK(33, 65, 0, 9, SOME, UM_F16),
    PICK(200, 96, 0, 65, SOME, UM_Q8_0),
    SAMPLE(1, 1, 1, OP_NORMAL, 0),
    SAMPLE(2, 9, 3, OP_GRID, OP_NOISY),
    SAMPLE(3, 25, 63, OP_NORMAL, OP_NOISY),
    SAMPLE(2, 36, 64, OP_LARGE, OP_NOISY),
    SAMPLE(1, 64, 65, OP_WIDE, OP_WARM | OP_NOISY),
    SAMPLE(2, 16, 1024, OP_NORMAL, OP_GUIDED | OP_NOISY),
    SAMPLE(1, 30, 1000, OP_LARGE, OP_GUIDED | OP_WARM | OP_NOISY),
    SAMPLE(2, 64, 129, OP_GRID, 0),
    SAMPLE(2, 64, 129, OP_GRID, OP_GUIDED | OP_HALTON),
    SAMPLE(3, 49, 77, OP_NORMAL, OP_HALTON | OP_WARM),
    SAMPLE(1, 12, 16384, OP_NORMAL, OP_NOISY),
    SAMPLE(2, 40, 300, OP_EXTREME, OP_NOISY),
    SAMPLE(2, 40, 300, OP_EXTREME, OP_GUIDED | OP_WARM | OP_NOISY),
    GROUPNORM(1, 1, 1, 1, 1, 1e-6f, UM_ACT_NONE, OP_NORMAL),
    GROUPNORM(2, 3, 5, 6, 3, 1e-6f, UM_ACT_SILU, OP_NORMAL),
    GROUPNORM(1, 8, 8, 32, 32, 1e-6f, UM_ACT_SILU, OP_FLAT),
    GROUPNORM(1, 8, 8, 32, 8, 1e-6f, UM_ACT_NONE, OP_FLAT),
    GROUPNORM(1, 17, 13, 34, 2, 1e-6f, UM_ACT_SILU, OP_NORMAL),
    GROUPNORM(1, 32, 32, 64, 32, 1e-6f, UM_ACT_SILU, OP_NORMAL),
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

enum { TABLE_SIZE = sizeof table / sizeof table[0], RANDOM_SPECS = 120, RANDOM_ROW_SPECS = 40 };

uint32_t op_spec_count(void) {
    return TABLE_SIZE + RANDOM_SPECS + RANDOM_ROW_SPECS;
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

static struct op_spec random_row_op(struct test_rand *r) {
    const uint32_t batch = size_up_to(r, 3), tokens = size_up_to(r, 20), dim = size_up_to(r, 200);
    switch (test_rand_below(r, 5)) {
    case 0:
        return (struct op_spec)RMSNORM(batch * tokens, dim, 1e-5f, maybe(r), NONE, OP_NORMAL);
    case 1:
        return (struct op_spec)MODULATED(batch, tokens, dim, 3 * dim, dim, 2 * dim, maybe(r),
                                         OP_NORMAL);
    case 2:
        return (struct op_spec)QK_NORM(batch * tokens, dim, OP_NORMAL);
    case 3:
        return (struct op_spec)GATE(batch, tokens, dim, 2 * dim, dim);
    default:
        return (struct op_spec)CONV_STRIDE2(batch, 2 * size_up_to(r, 9), 2 * tokens,
                                            size_up_to(r, 40), size_up_to(r, 70), maybe(r), UM_F16);
    }
}

static struct op_spec random_other_op(struct test_rand *r) {
    const uint32_t groups = size_up_to(r, 9), tokens = size_up_to(r, 40);
    switch (test_rand_below(r, 6)) {
    case 0:
        return (struct op_spec)EMBED(size_up_to(r, 3), tokens, size_up_to(r, 90), UM_F16);
    case 1:
        return (struct op_spec)LAYERNORM(size_up_to(r, 40), 2 + test_rand_below(r, 400), 1e-12f,
                                         maybe(r), OP_NORMAL);
    case 2:
        return (struct op_spec)ATTENTION(size_up_to(r, 2), size_up_to(r, 90), size_up_to(r, 4),
                                         size_up_to(r, 70), OP_NORMAL);
    case 3:
        return (struct op_spec)GROUPNORM(
            size_up_to(r, 3), size_up_to(r, 20), size_up_to(r, 20), groups * size_up_to(r, 9),
            groups, 1e-6f, test_rand_below(r, 2) ? UM_ACT_SILU : UM_ACT_NONE, OP_NORMAL);
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
    if (index >= TABLE_SIZE + RANDOM_SPECS)
        return random_row_op(&r);
    return index % 2 ? random_matrix_op(&r) : random_other_op(&r);
}
