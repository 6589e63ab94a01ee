/* Operands, shapes and costs of ops. */
#include "backend/op_info.h"

#include <stddef.h>
#include <stdio.h>

/* ---- Parts that several rows share. */

static const char *activation_text(enum um_activation activation) {
    static const char *const texts[] = {
        [UM_ACT_NONE] = "",
        [UM_ACT_GELU_TANH] = " gelu",
        [UM_ACT_GELU_ERF] = " gelu",
        [UM_ACT_SILU] = " silu",
    };
    return (size_t)activation < sizeof texts / sizeof texts[0] ? texts[activation] : " act";
}

static double activation_flops(enum um_activation activation) {
    return activation == UM_ACT_NONE ? 0 : activation == UM_ACT_SILU ? 4 : 10;
}

static void row_shape(uint32_t rows, uint32_t dim, char *text, size_t size) {
    snprintf(text, size, "%u x %u", (unsigned)rows, (unsigned)dim);
}

static void image_shape(uint32_t batch, uint32_t height, uint32_t width, uint32_t channels,
                        char *text, size_t size) {
    char images[16] = "";
    if (batch != 1)
        snprintf(images, sizeof images, "%u x ", (unsigned)batch);
    snprintf(text, size, "%s%u x %u x %u", images, (unsigned)height, (unsigned)width,
             (unsigned)channels);
}

/* `inputs` rows of the main input, `outputs` of the result, each of `dim` elements. */
static void row_sizes(size_t inputs, size_t outputs, size_t dim, struct um_op_sizes *sizes) {
    sizes->in[UM_IN_X] = inputs * dim;
    sizes->out = outputs * dim;
}

static void set_weight(struct um_op_sizes *sizes, int at, uint32_t a, uint32_t b) {
    sizes->weights[at][0] = a;
    sizes->weights[at][1] = b;
}

/* Two products over all pairs of tokens, and five operations per score for the softmax. */
static double attention_cost(double batch, double queries, double keys, double heads,
                             double head_dim) {
    return batch * heads * queries * keys * (4.0 * head_dim + 5.0);
}

/* ---- EMBED */

static void embed_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    sizes->in[UM_IN_X] = (size_t)op->p.embed.batch * op->p.embed.stride;
    sizes->out = (size_t)op->p.embed.batch * op->p.embed.length * op->p.embed.dim;
    set_weight(sizes, UM_WEIGHT, 1, op->p.embed.dim);
    set_weight(sizes, UM_BIAS, op->p.embed.length, op->p.embed.dim);
}

static void embed_shape(const struct um_op *op, char *text, size_t size) {
    snprintf(text, size, "%u x %u x %u", (unsigned)op->p.embed.batch, (unsigned)op->p.embed.length,
             (unsigned)op->p.embed.dim);
}

static double embed_reads(const struct um_op *op) {
    return (double)op->p.embed.batch * op->p.embed.length * op->p.embed.dim;
}

static const struct um_op_info info_embed = {
    .name = "embed",
    .inputs = {"ids"},
    .weights = {"table", "?positions"},
    .shape = embed_shape,
    .weight_reads = embed_reads,
};

/* ---- LINEAR */

static void linear_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    const size_t rows = op->p.linear.rows;
    sizes->in[UM_IN_X] = rows * op->p.linear.in;
    sizes->in[UM_IN_RESIDUAL] = sizes->out = rows * op->p.linear.out;
    sizes->in[UM_IN_ROWS] = 1 + rows;
    set_weight(sizes, UM_WEIGHT, op->p.linear.out, op->p.linear.in);
    set_weight(sizes, UM_BIAS, op->p.linear.out, 0);
}

static void linear_shape(const struct um_op *op, char *text, size_t size) {
    snprintf(text, size, "%u x %u -> %u%s", (unsigned)op->p.linear.rows, (unsigned)op->p.linear.in,
             (unsigned)op->p.linear.out, activation_text(op->p.linear.activation));
}

static double linear_flops(const struct um_op *op) {
    return (double)op->p.linear.rows * op->p.linear.out *
           (2.0 * op->p.linear.in + activation_flops(op->p.linear.activation));
}

static double linear_reads(const struct um_op *op) {
    return (double)op->p.linear.in * op->p.linear.out;
}

static const struct um_op_info info_linear = {
    .name = "linear",
    .inputs = {"x", "?residual", "?rows"},
    .weights = {"weight", "?bias"},
    .shape = linear_shape,
    .flops = linear_flops,
    .weight_reads = linear_reads,
};

/* ---- LAYERNORM */

static void layernorm_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    row_sizes(op->p.layernorm.rows, op->p.layernorm.rows, op->p.layernorm.dim, sizes);
    sizes->in[UM_IN_RESIDUAL] = sizes->out;
    sizes->in[UM_IN_ROWS] = 1 + (size_t)op->p.layernorm.rows;
    set_weight(sizes, UM_WEIGHT, op->p.layernorm.dim, 0);
    set_weight(sizes, UM_BIAS, op->p.layernorm.dim, 0);
}

static void layernorm_shape(const struct um_op *op, char *text, size_t size) {
    row_shape(op->p.layernorm.rows, op->p.layernorm.dim, text, size);
}

static double layernorm_flops(const struct um_op *op) {
    return 8.0 * op->p.layernorm.rows * op->p.layernorm.dim;
}

static const struct um_op_info info_layernorm = {
    .name = "layernorm",
    .inputs = {"x", "?residual", "?rows"},
    .weights = {"scale", "shift"},
    .shape = layernorm_shape,
    .flops = layernorm_flops,
};

/* ---- ATTENTION */

static void attention_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    sizes->out = (size_t)op->p.attention.batch * op->p.attention.length * op->p.attention.heads *
                 op->p.attention.head_dim;
    sizes->in[UM_IN_X] = 3 * sizes->out;
}

static void attention_shape(const struct um_op *op, char *text, size_t size) {
    snprintf(text, size, "%u x %u, %u heads of %u", (unsigned)op->p.attention.batch,
             (unsigned)op->p.attention.length, (unsigned)op->p.attention.heads,
             (unsigned)op->p.attention.head_dim);
}

static double attention_flops(const struct um_op *op) {
    return attention_cost(op->p.attention.batch, op->p.attention.length, op->p.attention.length,
                          op->p.attention.heads, op->p.attention.head_dim);
}

static const struct um_op_info info_attention = {
    .name = "attention",
    .inputs = {"qkv"},
    .shape = attention_shape,
    .flops = attention_flops,
};

/* ---- CONV2D, CONV2D_STRIDE2 */

static size_t conv_pixels(const struct um_op *op) {
    return (size_t)op->p.conv2d.batch * op->p.conv2d.height * op->p.conv2d.width;
}

static void set_kernel(const struct um_op *op, struct um_op_sizes *sizes) {
    uint32_t *dims = sizes->weights[UM_WEIGHT];
    dims[0] = op->p.conv2d.out;
    dims[1] = dims[2] = op->p.conv2d.kernel;
    dims[3] = op->p.conv2d.in;
    set_weight(sizes, UM_BIAS, op->p.conv2d.out, 0);
}

static void conv2d_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    sizes->in[UM_IN_X] = conv_pixels(op) * op->p.conv2d.in;
    sizes->in[UM_IN_RESIDUAL] = sizes->out = conv_pixels(op) * op->p.conv2d.out;
    set_kernel(op, sizes);
}

static void conv2d_stride2_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    sizes->in[UM_IN_X] = conv_pixels(op) * op->p.conv2d.in;
    sizes->out = conv_pixels(op) / 4 * op->p.conv2d.out;
    set_kernel(op, sizes);
}

static void conv2d_shape(const struct um_op *op, char *text, size_t size) {
    char image[40];
    image_shape(op->p.conv2d.batch, op->p.conv2d.height, op->p.conv2d.width, op->p.conv2d.in, image,
                sizeof image);
    snprintf(text, size, "%s -> %u, %ux%u", image, (unsigned)op->p.conv2d.out,
             (unsigned)op->p.conv2d.kernel, (unsigned)op->p.conv2d.kernel);
}

static double conv2d_flops(const struct um_op *op) {
    return 2.0 * op->p.conv2d.kernel * op->p.conv2d.kernel * op->p.conv2d.in *
           ((double)conv_pixels(op) * op->p.conv2d.out);
}

static double conv2d_stride2_flops(const struct um_op *op) {
    return conv2d_flops(op) / 4;
}

static const struct um_op_info info_conv2d = {
    .name = "conv2d",
    .inputs = {"x", "?residual"},
    .weights = {"kernel", "?bias"},
    .shape = conv2d_shape,
    .flops = conv2d_flops,
};

static const struct um_op_info info_conv2d_stride2 = {
    .name = "conv2d_stride2",
    .inputs = {"x"},
    .weights = {"kernel", "?bias"},
    .shape = conv2d_shape,
    .flops = conv2d_stride2_flops,
};

/* ---- GROUPNORM */

static size_t groupnorm_elements(const struct um_op *op) {
    return (size_t)op->p.groupnorm.batch * op->p.groupnorm.height * op->p.groupnorm.width *
           op->p.groupnorm.channels;
}

static void groupnorm_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    row_sizes(1, 1, groupnorm_elements(op), sizes);
    set_weight(sizes, UM_WEIGHT, op->p.groupnorm.channels, 0);
    set_weight(sizes, UM_BIAS, op->p.groupnorm.channels, 0);
}

static void groupnorm_shape(const struct um_op *op, char *text, size_t size) {
    image_shape(op->p.groupnorm.batch, op->p.groupnorm.height, op->p.groupnorm.width,
                op->p.groupnorm.channels, text, size);
}

static double groupnorm_flops(const struct um_op *op) {
    return (8.0 + activation_flops(op->p.groupnorm.activation)) * (double)groupnorm_elements(op);
}

static const struct um_op_info info_groupnorm = {
    .name = "groupnorm",
    .inputs = {"x"},
    .weights = {"scale", "shift"},
    .shape = groupnorm_shape,
    .flops = groupnorm_flops,
};

/* ---- AVGPOOL, UPSAMPLE */

static size_t resize_elements(const struct um_op *op) {
    return (size_t)op->p.resize.batch * op->p.resize.height * op->p.resize.width *
           op->p.resize.channels;
}

static void avgpool_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    sizes->in[UM_IN_X] = resize_elements(op);
    sizes->out = resize_elements(op) / 4;
}

static void upsample_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    sizes->in[UM_IN_X] = resize_elements(op);
    sizes->out = resize_elements(op) * 4;
}

static void resize_shape(const struct um_op *op, char *text, size_t size) {
    image_shape(op->p.resize.batch, op->p.resize.height, op->p.resize.width, op->p.resize.channels,
                text, size);
}

static double avgpool_flops(const struct um_op *op) {
    return (double)resize_elements(op);
}

static const struct um_op_info info_avgpool = {
    .name = "avgpool",
    .inputs = {"x"},
    .shape = resize_shape,
    .flops = avgpool_flops,
};

static const struct um_op_info info_upsample = {
    .name = "upsample",
    .inputs = {"x"},
    .shape = resize_shape,
};

/* ---- NEAREST_CODE, CODEBOOK */

static void nearest_code_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    sizes->in[UM_IN_X] = (size_t)op->p.codebook.rows * op->p.codebook.dim;
    sizes->out = op->p.codebook.rows;
    set_weight(sizes, UM_WEIGHT, op->p.codebook.codes, op->p.codebook.dim);
}

static void codebook_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    sizes->in[UM_IN_X] = op->p.codebook.rows;
    sizes->out = (size_t)op->p.codebook.rows * op->p.codebook.dim;
    set_weight(sizes, UM_WEIGHT, op->p.codebook.codes, op->p.codebook.dim);
}

static void codebook_shape(const struct um_op *op, char *text, size_t size) {
    snprintf(text, size, "%u of %u x %u", (unsigned)op->p.codebook.rows,
             (unsigned)op->p.codebook.codes, (unsigned)op->p.codebook.dim);
}

static double nearest_code_flops(const struct um_op *op) {
    return 3.0 * op->p.codebook.rows * op->p.codebook.codes * op->p.codebook.dim;
}

static double codebook_reads(const struct um_op *op) {
    return (double)op->p.codebook.rows * op->p.codebook.dim;
}

static const struct um_op_info info_nearest_code = {
    .name = "nearest_code",
    .inputs = {"x"},
    .weights = {"codebook"},
    .shape = codebook_shape,
    .flops = nearest_code_flops,
    .ids_out = true,
};

static const struct um_op_info info_codebook = {
    .name = "codebook",
    .inputs = {"ids"},
    .weights = {"codebook"},
    .shape = codebook_shape,
    .weight_reads = codebook_reads,
};

/* ---- RMSNORM */

static void rmsnorm_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    row_sizes(op->p.rmsnorm.rows, op->p.rmsnorm.rows, op->p.rmsnorm.dim, sizes);
    if (op->p.rmsnorm.length)
        sizes->in[UM_IN_MODULATION] =
            (size_t)op->p.rmsnorm.rows / op->p.rmsnorm.length * op->p.rmsnorm.width;
    set_weight(sizes, UM_WEIGHT, op->p.rmsnorm.dim, 0);
    set_weight(sizes, UM_BIAS, op->p.rmsnorm.dim, 0);
}

static void rmsnorm_shape(const struct um_op *op, char *text, size_t size) {
    row_shape(op->p.rmsnorm.rows, op->p.rmsnorm.dim, text, size);
}

static double rmsnorm_flops(const struct um_op *op) {
    return 6.0 * op->p.rmsnorm.rows * op->p.rmsnorm.dim;
}

static const struct um_op_info info_rmsnorm = {
    .name = "rmsnorm",
    .inputs = {"x", NULL, "?modulation"},
    .weights = {"?scale", "?shift"},
    .shape = rmsnorm_shape,
    .flops = rmsnorm_flops,
};

/* ---- QK_NORM */

static void qk_norm_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    row_sizes(op->p.qk_norm.rows, op->p.qk_norm.rows, 3 * (size_t)op->p.qk_norm.dim, sizes);
}

static void qk_norm_shape(const struct um_op *op, char *text, size_t size) {
    row_shape(op->p.qk_norm.rows, op->p.qk_norm.dim, text, size);
}

static double qk_norm_flops(const struct um_op *op) {
    return 6.0 * op->p.qk_norm.rows * op->p.qk_norm.dim;
}

static const struct um_op_info info_qk_norm = {
    .name = "qk_norm",
    .inputs = {"qkv"},
    .shape = qk_norm_shape,
    .flops = qk_norm_flops,
};

/* ---- GATE */

static void gate_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    row_sizes(op->p.gate.rows, op->p.gate.rows, op->p.gate.dim, sizes);
    sizes->in[UM_IN_RESIDUAL] = sizes->out;
    sizes->in[UM_IN_MODULATION] = (size_t)op->p.gate.rows / op->p.gate.length * op->p.gate.width;
}

static void gate_shape(const struct um_op *op, char *text, size_t size) {
    row_shape(op->p.gate.rows, op->p.gate.dim, text, size);
}

static double gate_flops(const struct um_op *op) {
    return 2.0 * op->p.gate.rows * op->p.gate.dim;
}

static const struct um_op_info info_gate = {
    .name = "gate",
    .inputs = {"x", "residual", "modulation"},
    .shape = gate_shape,
    .flops = gate_flops,
};

/* ---- SWIGLU */

static void swiglu_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    row_sizes(2 * (size_t)op->p.swiglu.rows, op->p.swiglu.rows, op->p.swiglu.dim, sizes);
}

static void swiglu_shape(const struct um_op *op, char *text, size_t size) {
    row_shape(op->p.swiglu.rows, op->p.swiglu.dim, text, size);
}

static double swiglu_flops(const struct um_op *op) {
    return 5.0 * op->p.swiglu.rows * op->p.swiglu.dim;
}

static const struct um_op_info info_swiglu = {
    .name = "swiglu",
    .inputs = {"x"},
    .shape = swiglu_shape,
    .flops = swiglu_flops,
};

/* ---- SCALE */

static void scale_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    row_sizes(op->p.scale.rows, op->p.scale.rows, 1, sizes);
}

static void scale_shape(const struct um_op *op, char *text, size_t size) {
    row_shape(op->p.scale.rows, 1, text, size);
}

static double scale_flops(const struct um_op *op) {
    return (2.0 + activation_flops(op->p.scale.activation)) * op->p.scale.rows;
}

static const struct um_op_info info_scale = {
    .name = "scale",
    .inputs = {"x"},
    .shape = scale_shape,
    .flops = scale_flops,
};

/* ---- PICK */

static void pick_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    row_sizes(op->p.pick.in_rows, op->p.pick.rows, op->p.pick.dim, sizes);
    sizes->in[UM_IN_ROWS] = 1 + (size_t)op->p.pick.rows;
    set_weight(sizes, UM_WEIGHT, op->p.pick.length, op->p.pick.dim);
}

static void pick_shape(const struct um_op *op, char *text, size_t size) {
    row_shape(op->p.pick.rows, op->p.pick.dim, text, size);
}

static const struct um_op_info info_pick = {
    .name = "pick",
    .inputs = {"?x", NULL, "rows"},
    .weights = {"?table"},
    .shape = pick_shape,
};

/* ---- SAMPLE */

static void sample_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    const size_t rows = op->p.sample.rows;
    sizes->in[UM_IN_X] = rows * op->p.sample.codes;
    sizes->in[UM_IN_SETTINGS] =
        UM_SAMPLE_SETTINGS((size_t)op->p.sample.images, op->p.sample.length - op->p.sample.leading);
    sizes->in[UM_IN_ROWS] = 1 + rows;
    sizes->out = rows * 3;
}

static void sample_shape(const struct um_op *op, char *text, size_t size) {
    row_shape(op->p.sample.rows, op->p.sample.codes, text, size);
}

static const struct um_op_info info_sample = {
    .name = "sample",
    .inputs = {"logits", "settings", "rows"},
    .shape = sample_shape,
    .ids_out = true,
};

/* ---- EMBED_NEXT, ATTENTION_NEXT */

static void embed_next_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    sizes->in[UM_IN_X] = 1 + (size_t)op->p.embed_next.batch;
    sizes->out = (size_t)op->p.embed_next.batch * op->p.embed_next.dim;
    set_weight(sizes, UM_WEIGHT, 1, op->p.embed_next.dim);
    set_weight(sizes, UM_BIAS, op->p.embed_next.length, op->p.embed_next.dim);
}

static void embed_next_shape(const struct um_op *op, char *text, size_t size) {
    row_shape(op->p.embed_next.batch, op->p.embed_next.dim, text, size);
}

static double embed_next_reads(const struct um_op *op) {
    return (double)op->p.embed_next.batch * op->p.embed_next.dim;
}

static void attention_next_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    const size_t dim = (size_t)op->p.attention_next.heads * op->p.attention_next.head_dim;
    row_sizes(3 * (size_t)op->p.attention_next.batch, op->p.attention_next.batch, dim, sizes);
    sizes->in[UM_IN_IDS] = 1 + (size_t)op->p.attention_next.batch;
    sizes->in[UM_IN_CACHE] = 2 * sizes->out * op->p.attention_next.length;
}

static void attention_next_shape(const struct um_op *op, char *text, size_t size) {
    snprintf(text, size, "%u of %u, %u heads of %u", (unsigned)op->p.attention_next.batch,
             (unsigned)op->p.attention_next.length, (unsigned)op->p.attention_next.heads,
             (unsigned)op->p.attention_next.head_dim);
}

/* On average half of the positions are there. */
static double attention_next_flops(const struct um_op *op) {
    return attention_cost(op->p.attention_next.batch, 1, 0.5 * op->p.attention_next.length,
                          op->p.attention_next.heads, op->p.attention_next.head_dim);
}

static const struct um_op_info info_embed_next = {
    .name = "embed_next",
    .inputs = {"ids"},
    .weights = {"table", "positions"},
    .shape = embed_next_shape,
    .weight_reads = embed_next_reads,
};

static const struct um_op_info info_attention_next = {
    .name = "attention_next",
    .inputs = {"qkv", "ids", "cache"},
    .shape = attention_next_shape,
    .flops = attention_next_flops,
    .half_read = UM_IN_CACHE,
};

/* ---- The table. */

const struct um_op_info *um_op_info(enum um_op_kind kind) {
    static const struct um_op_info *const infos[UM_OP_COUNT] = {
#define ROW(ID, stem) [UM_OP_##ID] = &info_##stem,
        UM_OPS(ROW)
#undef ROW
    };
    return infos[kind];
}

/* The ops that can be row-limited: a table of its own, because programs need it, and nothing else
 * of the above. */
static const size_t rows_at[UM_OP_COUNT] = {
    [UM_OP_LINEAR] = offsetof(struct um_op, p.linear.rows),
    [UM_OP_LAYERNORM] = offsetof(struct um_op, p.layernorm.rows),
    [UM_OP_PICK] = offsetof(struct um_op, p.pick.rows),
    [UM_OP_SAMPLE] = offsetof(struct um_op, p.sample.rows),
};

uint32_t *um_op_rows(struct um_op *op) {
    const size_t at = rows_at[op->kind];
    return at && op->in[UM_IN_ROWS] != UM_NO_VALUE ? (uint32_t *)(void *)((char *)op + at) : NULL;
}

double um_op_input_elements(const struct um_op *op, int input, size_t all) {
    return um_op_info(op->kind)->half_read == input && input ? 0.5 * (double)all : (double)all;
}

double um_op_weight_elements(const struct um_op *op, size_t all) {
    const struct um_op_info *info = um_op_info(op->kind);
    const double read = info->weight_reads ? info->weight_reads(op) : (double)all;
    return read < (double)all ? read : (double)all;
}

/* Whether an operand that has this name in the table may be given, or be absent. */
static bool allowed(const char *name, bool given) {
    return given ? name != NULL : !name || name[0] == '?';
}

void um_op_sizes(const struct um_op *op, struct um_op_sizes *sizes) {
    static void (*const all[UM_OP_COUNT])(const struct um_op *, struct um_op_sizes *) = {
#define ROW(ID, stem) [UM_OP_##ID] = stem##_sizes,
        UM_OPS(ROW)
#undef ROW
    };
    *sizes = (struct um_op_sizes){0};
    all[op->kind](op, sizes);
}

bool um_op_complete(const struct um_op *op, const struct um_value *values) {
    const struct um_op_info *info = um_op_info(op->kind);
    struct um_op_sizes sizes;
    um_op_sizes(op, &sizes);
    for (int i = 0; i < UM_OP_INPUTS; i++) {
        const um_value_id in = op->in[i];
        if (!allowed(info->inputs[i], in != UM_NO_VALUE) ||
            (in != UM_NO_VALUE && values[in].role != UM_VALUE_STRIPS &&
             values[in].elements < sizes.in[i]))
            return false;
    }
    for (int i = 0; i < UM_OP_WEIGHTS; i++)
        if (!allowed(info->weights[i], op->weights[i] != UM_NO_REF))
            return false;
    return values[op->out].role == UM_VALUE_STRIPS || values[op->out].elements >= sizes.out;
}
