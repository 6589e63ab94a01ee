/* Names, shapes and costs of ops. */
#include "backend/op_info.h"

#include <stdio.h>

static const char *const names[UM_OP_COUNT] = {
    [UM_OP_EMBED] = "embed",
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
    [UM_OP_SAMPLE] = "sample",
    [UM_OP_EMBED_NEXT] = "embed_next",
    [UM_OP_ATTENTION_NEXT] = "attention_next",
};

const char *um_op_name(enum um_op_kind kind) {
    return kind < UM_OP_COUNT && names[kind] ? names[kind] : "other";
}

static const char *activation_text(enum um_activation activation) {
    static const char *const texts[] = {
        [UM_ACT_NONE] = "",
        [UM_ACT_GELU_TANH] = " gelu",
        [UM_ACT_GELU_ERF] = " gelu",
        [UM_ACT_SWISH] = " swish",
    };
    return (size_t)activation < sizeof texts / sizeof texts[0] ? texts[activation] : " act";
}

static void image_shape(char *text, size_t size, uint32_t batch, uint32_t height, uint32_t width,
                        uint32_t channels) {
    char images[16] = "";
    if (batch != 1)
        snprintf(images, sizeof images, "%u x ", (unsigned)batch);
    snprintf(text, size, "%s%u x %u x %u", images, (unsigned)height, (unsigned)width,
             (unsigned)channels);
}

static void conv_shape(const struct um_op *op, char *text, size_t size) {
    char image[40];
    image_shape(image, sizeof image, op->p.conv2d.batch, op->p.conv2d.height, op->p.conv2d.width,
                op->p.conv2d.in);
    snprintf(text, size, "%s -> %u, %ux%u", image, (unsigned)op->p.conv2d.out,
             (unsigned)op->p.conv2d.kernel, (unsigned)op->p.conv2d.kernel);
}

/* The ops on rows of one width. */
static void row_shape(const struct um_op *op, char *text, size_t size) {
    uint32_t rows = 1, dim = 1;
    if (op->kind == UM_OP_RMSNORM)
        rows = op->p.rmsnorm.rows, dim = op->p.rmsnorm.dim;
    else if (op->kind == UM_OP_QK_NORM)
        rows = op->p.qk_norm.rows, dim = op->p.qk_norm.dim;
    else if (op->kind == UM_OP_GATE)
        rows = op->p.gate.rows, dim = op->p.gate.dim;
    else if (op->kind == UM_OP_SWIGLU)
        rows = op->p.swiglu.rows, dim = op->p.swiglu.dim;
    else if (op->kind == UM_OP_SCALE)
        rows = op->p.scale.rows;
    else if (op->kind == UM_OP_PICK)
        rows = op->p.pick.rows, dim = op->p.pick.dim;
    else if (op->kind == UM_OP_SAMPLE)
        rows = op->p.sample.rows, dim = op->p.sample.codes;
    snprintf(text, size, "%u x %u", (unsigned)rows, (unsigned)dim);
}

void um_op_shape(const struct um_op *op, char *text, size_t size) {
    switch (op->kind) {
    case UM_OP_EMBED:
        snprintf(text, size, "%u x %u x %u", (unsigned)op->p.embed.batch,
                 (unsigned)op->p.embed.tokens, (unsigned)op->p.embed.dim);
        break;
    case UM_OP_LINEAR:
        snprintf(text, size, "%u x %u -> %u%s", (unsigned)op->p.linear.rows,
                 (unsigned)op->p.linear.in, (unsigned)op->p.linear.out,
                 activation_text(op->p.linear.activation));
        break;
    case UM_OP_LAYERNORM:
        snprintf(text, size, "%u x %u", (unsigned)op->p.layernorm.rows,
                 (unsigned)op->p.layernorm.dim);
        break;
    case UM_OP_ATTENTION:
        snprintf(text, size, "%u x %u, %u heads of %u", (unsigned)op->p.attention.batch,
                 (unsigned)op->p.attention.tokens, (unsigned)op->p.attention.heads,
                 (unsigned)op->p.attention.head_dim);
        break;
    case UM_OP_CONV2D:
    case UM_OP_CONV2D_HALF:
        conv_shape(op, text, size);
        break;
    case UM_OP_GROUPNORM:
        image_shape(text, size, op->p.groupnorm.batch, op->p.groupnorm.height,
                    op->p.groupnorm.width, op->p.groupnorm.channels);
        break;
    case UM_OP_AVGPOOL:
    case UM_OP_UPSAMPLE:
        image_shape(text, size, op->p.resize.batch, op->p.resize.height, op->p.resize.width,
                    op->p.resize.channels);
        break;
    case UM_OP_NEAREST_CODE:
    case UM_OP_CODEBOOK:
        snprintf(text, size, "%u of %u x %u", (unsigned)op->p.codebook.rows,
                 (unsigned)op->p.codebook.codes, (unsigned)op->p.codebook.dim);
        break;
    case UM_OP_EMBED_NEXT:
        snprintf(text, size, "%u x %u", (unsigned)op->p.embed_next.batch,
                 (unsigned)op->p.embed_next.dim);
        break;
    case UM_OP_ATTENTION_NEXT:
        snprintf(text, size, "%u of %u, %u heads of %u", (unsigned)op->p.attention_next.batch,
                 (unsigned)op->p.attention_next.tokens, (unsigned)op->p.attention_next.heads,
                 (unsigned)op->p.attention_next.head_dim);
        break;
    default:
        row_shape(op, text, size);
    }
}

static double activation_flops(enum um_activation activation) {
    return activation == UM_ACT_NONE ? 0 : activation == UM_ACT_SWISH ? 4 : 10;
}

static double conv_flops(const struct um_op *op) {
    const double outputs =
        (double)op->p.conv2d.batch * op->p.conv2d.height * op->p.conv2d.width * op->p.conv2d.out;
    const double all = op->kind == UM_OP_CONV2D_HALF ? outputs / 4 : outputs;
    return 2.0 * op->p.conv2d.kernel * op->p.conv2d.kernel * op->p.conv2d.in * all;
}

/* Two products over all pairs of tokens, and five operations per score for the softmax. */
static double attention_flops(double batch, double queries, double keys, double heads,
                              double head_dim) {
    return batch * heads * queries * keys * (4.0 * head_dim + 5.0);
}

double um_op_flops(const struct um_op *op) {
    switch (op->kind) {
    case UM_OP_LINEAR:
        return (double)op->p.linear.rows * op->p.linear.out *
               (2.0 * op->p.linear.in + activation_flops(op->p.linear.activation));
    case UM_OP_LAYERNORM:
        return 8.0 * op->p.layernorm.rows * op->p.layernorm.dim;
    case UM_OP_ATTENTION:
        return attention_flops(op->p.attention.batch, op->p.attention.tokens,
                               op->p.attention.tokens, op->p.attention.heads,
                               op->p.attention.head_dim);
    case UM_OP_ATTENTION_NEXT: /* on average half of the positions are there */
        return attention_flops(op->p.attention_next.batch, 1, 0.5 * op->p.attention_next.tokens,
                               op->p.attention_next.heads, op->p.attention_next.head_dim);
    case UM_OP_CONV2D:
    case UM_OP_CONV2D_HALF:
        return conv_flops(op);
    case UM_OP_GROUPNORM:
        return (8.0 + activation_flops(op->p.groupnorm.activation)) * op->p.groupnorm.batch *
               op->p.groupnorm.height * op->p.groupnorm.width * op->p.groupnorm.channels;
    case UM_OP_AVGPOOL:
        return 1.0 * op->p.resize.batch * op->p.resize.height * op->p.resize.width *
               op->p.resize.channels;
    case UM_OP_RMSNORM:
        return 6.0 * op->p.rmsnorm.rows * op->p.rmsnorm.dim;
    case UM_OP_QK_NORM:
        return 6.0 * op->p.qk_norm.rows * op->p.qk_norm.dim;
    case UM_OP_GATE:
        return 2.0 * op->p.gate.rows * op->p.gate.dim;
    case UM_OP_SWIGLU:
        return 5.0 * op->p.swiglu.rows * op->p.swiglu.dim;
    case UM_OP_SCALE:
        return (2.0 + activation_flops(op->p.scale.activation)) * op->p.scale.rows;
    case UM_OP_NEAREST_CODE:
        return 3.0 * op->p.codebook.rows * op->p.codebook.codes * op->p.codebook.dim;
    default:
        return 0;
    }
}

double um_op_weight_elements(const struct um_op *op, size_t all) {
    double read = (double)all;
    if (op->kind == UM_OP_EMBED)
        read = (double)op->p.embed.batch * op->p.embed.tokens * op->p.embed.dim;
    else if (op->kind == UM_OP_EMBED_NEXT)
        read = (double)op->p.embed_next.batch * op->p.embed_next.dim;
    else if (op->kind == UM_OP_CODEBOOK)
        read = (double)op->p.codebook.rows * op->p.codebook.dim;
    else if (op->kind == UM_OP_LINEAR)
        read = (double)op->p.linear.in * op->p.linear.out;
    return read < (double)all ? read : (double)all;
}
