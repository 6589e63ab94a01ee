/* The three networks as op lists: every op's shapes agree with its values and with the tensors that
 * the file format promises, every value is written before it is read, every tensor is used. */
#include "backend/op_info.h"
#include "graph/graph.h"
#include "graph/layout.h"
#include "graph/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct network {
    struct um_config config;
    struct um_tensor_spec specs[UM_MAX_TENSORS];
    uint32_t spec_count;
    bool used[UM_MAX_TENSORS];
    struct um_graph graph;
    um_value_id in, rows, out; /* rows: UM_NO_VALUE unless the network has them */
};

static struct network net; /* too large for the stack */

static void configure(uint32_t levels, uint32_t res_blocks, uint32_t layers) {
    memset(&net, 0, sizeof net);
    struct um_config *c = &net.config;
    c->grid_width = 5;
    c->grid_height = 3;
    c->image_width = c->grid_width << (levels - 1);
    c->image_height = c->grid_height << (levels - 1);
    c->codebook_size = 33;
    c->codebook_dim = 6;
    c->class_count = 4;
    c->null_class = true;
    c->transformer.dim = 24;
    c->transformer.layers = layers;
    c->transformer.heads = 3;
    c->transformer.mlp_dim = 40;
    c->transformer.patch_size = 1;
    c->transformer.norm_epsilon = 1e-12f;
    c->tokenizer.levels = levels;
    c->tokenizer.res_blocks = res_blocks;
    c->tokenizer.norm_groups = 4;
    c->tokenizer.norm_epsilon = 1e-6f;
    for (uint32_t l = 0; l < levels; l++)
        c->tokenizer.channels[l] = 8u << (l / 2);
    assert_true(um_weight_layout(c, net.specs, &net.spec_count));
}

static size_t elements(um_value_id id) {
    assert_in_range(id, 0, net.graph.value_count - 1);
    return net.graph.values[id].elements;
}

static bool is_weight(um_weight_ref ref, const char *name) {
    return ref >= 0 && strcmp(net.specs[ref].name, name) == 0;
}

static bool ends_with(um_weight_ref ref, const char *part, const char *end) {
    const char *name = ref < 0 ? "" : net.specs[ref].name;
    const size_t length = strlen(name), tail = strlen(end);
    return strstr(name, part) && length >= tail && strcmp(name + length - tail, end) == 0;
}

/* The weight must have exactly this shape; 0 rows = at least one. */
static void check_weight(um_weight_ref ref, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    assert_in_range(ref, 0, net.spec_count - 1);
    const struct um_tensor_spec *spec = &net.specs[ref];
    const uint32_t expected[4] = {a, b, c, d};
    for (int i = a ? 0 : 1; i < 4; i++)
        assert_int_equal(spec->dims[i], expected[i]);
    net.used[ref] = true;
}

static void check_vectors(const struct um_op *op, uint32_t length) {
    check_weight(op->weights[UM_WEIGHT], length, 1, 1, 1);
    check_weight(op->weights[UM_BIAS], length, 1, 1, 1);
}

static void check_sizes(const struct um_op *op, size_t in, size_t residual, size_t out) {
    assert_int_equal(elements(op->in[UM_IN_X]), in);
    assert_int_equal(elements(op->out), out);
    if (op->in[UM_IN_RESIDUAL] != UM_NO_VALUE)
        assert_int_equal(elements(op->in[UM_IN_RESIDUAL]), residual);
}

static void check_embed(const struct um_op *op) {
    const uint32_t batch = op->p.embed.batch, tokens = op->p.embed.length, dim = op->p.embed.dim;
    check_sizes(op, (size_t)batch * op->p.embed.stride, 0, (size_t)batch * tokens * dim);
    assert_true(op->p.embed.stride >= tokens && op->p.embed.bare <= tokens);
    if (op->p.embed.bare < tokens)
        check_weight(op->weights[UM_WEIGHT], um_config_rows(&net.config), dim, 1, 1);
    if (op->weights[UM_BIAS] != UM_NO_REF)
        check_weight(op->weights[UM_BIAS], tokens, dim, 1, 1);
}

static void check_linear(const struct um_op *op) {
    const size_t rows = op->p.linear.rows, out = op->p.linear.out;
    check_sizes(op, rows * op->p.linear.in, rows * out, rows * out);
    const bool tied = is_weight(op->weights[UM_WEIGHT], "token_embd.weight");
    check_weight(op->weights[UM_WEIGHT], tied ? 0 : op->p.linear.out, op->p.linear.in, 1, 1);
    if (op->weights[UM_BIAS] != UM_NO_REF)
        check_weight(op->weights[UM_BIAS], op->p.linear.out, 1, 1, 1);
}

static void check_modulation(um_value_id id, uint32_t rows, uint32_t dim, uint32_t tokens,
                             uint32_t width, uint32_t column) {
    assert_int_equal(rows % tokens, 0);
    assert_int_equal(elements(id), (size_t)rows / tokens * width);
    assert_true(column % dim == 0 && column + dim <= width);
}

static void check_rmsnorm(const struct um_op *op) {
    const uint32_t rows = op->p.rmsnorm.rows, dim = op->p.rmsnorm.dim;
    const uint32_t tokens = op->p.rmsnorm.length, width = op->p.rmsnorm.width;
    check_sizes(op, (size_t)rows * dim, 0, (size_t)rows * dim);
    if (op->weights[UM_WEIGHT] != UM_NO_REF)
        check_weight(op->weights[UM_WEIGHT], dim, 1, 1, 1);
    if (op->weights[UM_BIAS] != UM_NO_REF)
        check_weight(op->weights[UM_BIAS], dim, 1, 1, 1);
    if (op->in[UM_IN_MODULATION] == UM_NO_VALUE)
        return;
    check_modulation(op->in[UM_IN_MODULATION], rows, dim, tokens, width, op->p.rmsnorm.scale);
    check_modulation(op->in[UM_IN_MODULATION], rows, dim, tokens, width, op->p.rmsnorm.shift);
    assert_int_not_equal(op->p.rmsnorm.scale, op->p.rmsnorm.shift);
}

/* Ops on rows of numbers. */
static void check_row_op(const struct um_op *op) {
    size_t rows, dim;
    switch (op->kind) {
    case UM_OP_LAYERNORM:
        dim = op->p.layernorm.dim;
        rows = op->p.layernorm.rows;
        check_sizes(op, rows * dim, rows * dim, rows * dim);
        check_vectors(op, op->p.layernorm.dim);
        assert_true(op->p.layernorm.epsilon == 1e-12f || op->p.layernorm.epsilon == 1e-5f);
        break;
    case UM_OP_RMSNORM:
        check_rmsnorm(op);
        break;
    case UM_OP_QK_NORM:
        dim = 3 * (size_t)op->p.qk_norm.rows * op->p.qk_norm.dim;
        check_sizes(op, dim, 0, dim);
        break;
    case UM_OP_GATE:
        dim = (size_t)op->p.gate.rows * op->p.gate.dim;
        check_sizes(op, dim, dim, dim);
        check_modulation(op->in[UM_IN_MODULATION], op->p.gate.rows, op->p.gate.dim,
                         op->p.gate.length, op->p.gate.width, op->p.gate.gate);
        break;
    case UM_OP_SWIGLU:
        dim = (size_t)op->p.swiglu.rows * op->p.swiglu.dim;
        check_sizes(op, 2 * dim, 0, dim);
        break;
    case UM_OP_SCALE:
        check_sizes(op, op->p.scale.rows, 0, op->p.scale.rows);
        break;
    default:
        assert_int_equal(op->kind, UM_OP_ATTENTION);
        rows = (size_t)op->p.attention.batch * op->p.attention.length;
        dim = (size_t)op->p.attention.heads * op->p.attention.head_dim;
        check_sizes(op, rows * 3 * dim, 0, rows * dim);
        break;
    }
}

static bool limited(const struct um_op *op) {
    struct um_op copy = *op;
    return um_op_rows(&copy) != NULL;
}

static void check_pick(const struct um_op *op) {
    const size_t dim = op->p.pick.dim;
    assert_true(limited(op));
    assert_int_equal(elements(op->out), op->p.pick.rows * dim);
    if (op->in[UM_IN_X] != UM_NO_VALUE)
        assert_int_equal(elements(op->in[UM_IN_X]), op->p.pick.in_rows * dim);
    else
        check_weight(op->weights[UM_WEIGHT], op->p.pick.length, op->p.pick.dim, 1, 1);
}

static const struct um_constant *constant(um_value_id id) {
    for (uint32_t i = 0; i < net.graph.constant_count; i++)
        if (net.graph.constants[i].value == id)
            return &net.graph.constants[i];
    return NULL;
}

/* A fixed order of rows: as many as there are, each of them one of the input's. */
static bool reorders(const struct um_op *op) {
    const struct um_constant *rows = limited(op) ? constant(op->in[UM_IN_ROWS]) : NULL;
    if (!rows)
        return false;
    assert_int_equal(op->kind, UM_OP_PICK);
    assert_int_equal(rows->data[0], op->p.pick.rows);
    assert_int_equal(elements(op->in[UM_IN_ROWS]), 1 + op->p.pick.rows);
    for (uint32_t i = 1; i <= op->p.pick.rows; i++)
        assert_in_range(rows->data[i], 0, op->p.pick.in_rows - 1);
    return true;
}

/* Only the rows that are wanted: what reads them is row-limited, too, or ends the program. */
static void check_rows(const struct um_op *op, bool partial[]) {
    if (limited(op) && !reorders(op)) {
        assert_int_equal(op->in[UM_IN_ROWS], net.rows);
        struct um_op all = *op;
        assert_int_equal(*um_op_rows(&all), elements(net.rows) - 1);
        if (op->kind != UM_OP_PICK)
            assert_true(partial[op->in[UM_IN_X]] &&
                        (op->in[UM_IN_RESIDUAL] == UM_NO_VALUE || partial[op->in[UM_IN_RESIDUAL]]));
    } else {
        assert_false(op->in[UM_IN_X] != UM_NO_VALUE && partial[op->in[UM_IN_X]]);
        assert_false(op->in[UM_IN_RESIDUAL] != UM_NO_VALUE && partial[op->in[UM_IN_RESIDUAL]]);
    }
    partial[op->out] = limited(op) && op->in[UM_IN_ROWS] == net.rows;
}

static void check_conv(const struct um_op *op) {
    const uint32_t shrink = op->kind == UM_OP_CONV2D_STRIDE2 ? 4 : 1;
    const uint32_t kernel = op->p.conv2d.kernel, out = op->p.conv2d.out;
    size_t area = (size_t)op->p.conv2d.batch * op->p.conv2d.height * op->p.conv2d.width;
    assert_true(shrink == 1 || (op->p.conv2d.height % 2 == 0 && op->p.conv2d.width % 2 == 0));
    check_sizes(op, area * op->p.conv2d.in, area * out, area / shrink * out);
    check_weight(op->weights[UM_WEIGHT], out, kernel, kernel, op->p.conv2d.in);
    if (op->weights[UM_BIAS] != UM_NO_REF)
        check_weight(op->weights[UM_BIAS], out, 1, 1, 1);
}

static void check_groupnorm(const struct um_op *op) {
    size_t size = (size_t)op->p.groupnorm.batch * op->p.groupnorm.height * op->p.groupnorm.width *
                  op->p.groupnorm.channels;
    check_sizes(op, size, 0, size);
    check_vectors(op, op->p.groupnorm.channels);
    assert_int_equal(op->p.groupnorm.channels % op->p.groupnorm.groups, 0);
    bool before_attention = ends_with(op->weights[UM_WEIGHT], "attn.", ".norm.weight");
    assert_int_equal(op->p.groupnorm.activation, before_attention ? UM_ACT_NONE : UM_ACT_SILU);
    assert_true(op->p.groupnorm.epsilon == 1e-6f);
}

static void check_resize(const struct um_op *op) {
    size_t size = (size_t)op->p.resize.batch * op->p.resize.height * op->p.resize.width *
                  op->p.resize.channels;
    check_sizes(op, size, 0, op->kind == UM_OP_AVGPOOL ? size / 4 : size * 4);
}

static void check_codebook(const struct um_op *op) {
    size_t rows = op->p.codebook.rows, dim = op->p.codebook.dim;
    bool nearest = op->kind == UM_OP_NEAREST_CODE;
    check_sizes(op, nearest ? rows * dim : rows, 0, nearest ? rows : rows * dim);
    check_weight(op->weights[UM_WEIGHT], net.config.codebook_size, net.config.codebook_dim, 1, 1);
}

static void check_op(const struct um_op *op) {
    switch (op->kind) {
    case UM_OP_EMBED:
        check_embed(op);
        break;
    case UM_OP_LINEAR:
        check_linear(op);
        break;
    case UM_OP_PICK:
        check_pick(op);
        break;
    case UM_OP_CONV2D:
    case UM_OP_CONV2D_STRIDE2:
        check_conv(op);
        break;
    case UM_OP_GROUPNORM:
        check_groupnorm(op);
        break;
    case UM_OP_AVGPOOL:
    case UM_OP_UPSAMPLE:
        check_resize(op);
        break;
    case UM_OP_NEAREST_CODE:
    case UM_OP_CODEBOOK:
        check_codebook(op);
        break;
    default:
        check_row_op(op);
        break;
    }
}

/* Walks the program in order: reads only what is written, writes everything once. */
static void check_program(uint32_t batch, size_t in, size_t out) {
    struct um_program_desc desc;
    assert_int_equal(um_graph_finish(&net.graph, &desc), UM_OK);
    assert_int_equal(elements(net.in), in * batch);
    assert_int_equal(elements(net.out), out * batch);
    bool written[2000] = {false}, partial[2000] = {false};
    assert_true(desc.value_count <= 2000);
    written[net.in] = true;
    if (net.rows != UM_NO_VALUE)
        written[net.rows] = true;
    for (uint32_t i = 0; i < net.graph.constant_count; i++)
        written[net.graph.constants[i].value] = true;
    for (uint32_t i = 0; i < desc.op_count; i++) {
        const struct um_op *op = &desc.ops[i];
        assert_true(um_op_complete(op, desc.values));
        for (int k = 0; k < UM_OP_INPUTS; k++)
            assert_true(op->in[k] == UM_NO_VALUE || written[op->in[k]]);
        assert_false(written[op->out]);
        written[op->out] = true;
        check_op(op);
        check_rows(op, partial);
    }
    assert_int_equal(partial[net.out], net.rows != UM_NO_VALUE);
    for (uint32_t v = 0; v < desc.value_count; v++) {
        assert_true(written[v]);
        bool in_role = desc.values[v].role == UM_VALUE_INPUT;
        bool out_role = desc.values[v].role == UM_VALUE_OUTPUT;
        assert_int_equal(in_role, (um_value_id)v == net.in || (um_value_id)v == net.rows ||
                                      constant((um_value_id)v) != NULL);
        assert_int_equal(out_role, (um_value_id)v == net.out);
    }
    um_graph_free(&net.graph);
}

static void check_networks(uint32_t batch) {
    const struct um_config *c = &net.config;
    size_t tokens = um_config_positions(c), pixels = (size_t)c->image_width * c->image_height;
    um_graph_step(&net.graph, c, batch, &net.in, &net.rows, &net.out);
    assert_int_equal(elements(net.rows), 1 + batch * tokens);
    check_program(batch, tokens + 1, tokens * c->codebook_size);
    memset(net.used, 0, sizeof net.used);
    net.rows = UM_NO_VALUE;
    um_graph_transformer(&net.graph, c, batch, &net.in, &net.out);
    check_program(batch, tokens + 1, (tokens + 1) * c->codebook_size);
    um_graph_encoder(&net.graph, c, batch, &net.in, &net.out);
    check_program(batch, pixels * 3, tokens);
    um_graph_decoder(&net.graph, c, batch, &net.in, &net.out);
    check_program(batch, tokens, pixels * 3);
    for (uint32_t i = 0; i < net.spec_count; i++) {
        if (!net.used[i])
            fail_msg("no op uses %s", net.specs[i].name);
    }
}

static void check_config(uint32_t levels, uint32_t res_blocks, uint32_t layers, uint32_t batch) {
    configure(levels, res_blocks, layers);
    check_networks(batch);
}

/* Another variant of the configuration that is there. */
static void choose(enum um_transformer_kind transformer, enum um_tokenizer_kind tokenizer,
                   bool unit_codes) {
    struct um_config *c = &net.config;
    c->transformer.kind = transformer;
    c->transformer.head_dim = transformer == UM_TRANSFORMER_HALTON ? 7 : 8;
    c->transformer.norm_epsilon = 1e-5f;
    c->transformer.embd_norm_epsilon = 1e-12f;
    c->tokenizer.kind = tokenizer;
    c->tokenizer.z_channels = 10;
    c->tokenizer.unit_codes = unit_codes;
    assert_true(um_weight_layout(c, net.specs, &net.spec_count));
}

/* A grid of 4 x 6 tokens in patches of 2 x 2: what goes into a patch comes out of it again. */
static void patches_agree_with_their_tokens(void **state) {
    (void)state;
    configure(3, 1, 2);
    net.config.grid_width = 4;
    net.config.grid_height = 6;
    net.config.image_width = 16;
    net.config.image_height = 24;
    net.config.transformer.patch_size = 2;
    choose(UM_TRANSFORMER_HALTON, UM_TOKENIZER_TAMING, true);
    check_networks(3);
    um_graph_transformer(&net.graph, &net.config, 2, &net.in, &net.out);
    assert_int_equal(net.graph.constant_count, 2);
    const int32_t *in = net.graph.constants[0].data, *out = net.graph.constants[1].data;
    static const int32_t first_patches[] = {0, 0, 0, 0, 1, 2, 5, 6, 3, 4, 7, 8, 9, 10, 13, 14};
    assert_memory_equal(in + 1, first_patches, sizeof first_patches);
    for (int32_t row = 0; row < 2 * 25; row++) // there and back, the leading position, too
        assert_int_equal(in[1 + out[1 + row]], row);
    um_graph_free(&net.graph);
}

static void shapes_agree_in_every_variant(void **state) {
    (void)state;
    static const enum um_transformer_kind transformers[] = {
        UM_TRANSFORMER_ORIGINAL, UM_TRANSFORMER_V1, UM_TRANSFORMER_HALTON};
    for (int i = 0; i < 3; i++)
        for (int taming = 0; taming < 2; taming++) {
            configure(1, 1, 1);
            choose(transformers[i], taming ? UM_TOKENIZER_TAMING : UM_TOKENIZER_ORIGINAL, true);
            check_networks(1);
            configure(3, 2, 5);
            choose(transformers[i], taming ? UM_TOKENIZER_TAMING : UM_TOKENIZER_ORIGINAL, false);
            check_networks(3);
        }
}

static uint32_t count_ops(enum um_op_kind kind) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < net.graph.op_count; i++)
        count += net.graph.ops[i].kind == kind;
    return count;
}

static void unit_codes_are_looked_up_at_equal_length(void **state) {
    (void)state;
    for (int unit = 0; unit < 2; unit++) {
        configure(2, 1, 1);
        choose(UM_TRANSFORMER_HALTON, UM_TOKENIZER_TAMING, unit);
        um_graph_encoder(&net.graph, &net.config, 1, &net.in, &net.out);
        assert_int_equal(count_ops(UM_OP_RMSNORM), unit);
        um_graph_free(&net.graph);
    }
}

/* taming's correct shortcut: it reads what the block reads, and its result is what is added. */
static void a_taming_shortcut_reads_the_input(void **state) {
    (void)state;
    configure(3, 1, 1); // 8, 8, 16 channels: encoder block 2 changes them
    choose(UM_TRANSFORMER_V1, UM_TOKENIZER_TAMING, false);
    um_graph_encoder(&net.graph, &net.config, 1, &net.in, &net.out);
    uint32_t shortcuts = 0;
    um_value_id input = UM_NO_VALUE, cut = UM_NO_VALUE;
    for (uint32_t i = 0; i < net.graph.op_count; i++) {
        const struct um_op *op = &net.graph.ops[i];
        if (is_weight(op->weights[UM_WEIGHT], "enc.res.2.norm0.weight"))
            input = op->in[UM_IN_X];
        if (is_weight(op->weights[UM_WEIGHT], "enc.res.2.shortcut.weight")) {
            assert_int_equal(op->in[UM_IN_X], input);
            cut = op->out;
            shortcuts++;
        }
        if (is_weight(op->weights[UM_WEIGHT], "enc.res.2.conv1.weight"))
            assert_int_equal(op->in[UM_IN_RESIDUAL], cut);
    }
    assert_int_equal(shortcuts, 1);
    um_graph_free(&net.graph);
}

/* The register stands alone: no token of its own, and the class only steers. */
static void the_register_has_no_token(void **state) {
    (void)state;
    configure(1, 1, 1);
    choose(UM_TRANSFORMER_HALTON, UM_TOKENIZER_ORIGINAL, false);
    um_graph_transformer(&net.graph, &net.config, 2, &net.in, &net.out);
    const struct um_op *condition = &net.graph.ops[0], *sequence = NULL;
    for (uint32_t i = 1; i < net.graph.op_count && !sequence; i++)
        if (net.graph.ops[i].kind == UM_OP_EMBED)
            sequence = &net.graph.ops[i];
    assert_non_null(sequence);
    assert_int_equal(condition->kind, UM_OP_EMBED);
    assert_int_equal(condition->p.embed.length, 1);
    assert_int_equal(condition->weights[UM_BIAS], UM_NO_REF);
    assert_int_equal(condition->p.embed.stride, sequence->p.embed.length);
    assert_int_equal(sequence->p.embed.bare, 1);
    um_graph_free(&net.graph);
}

static void shapes_agree_for_every_depth(void **state) {
    (void)state;
    check_config(1, 1, 1, 1);
    check_config(2, 1, 2, 3);
    check_config(3, 2, 6, 1);
    check_config(5, 2, 24, 2);
    check_config(8, 4, 24, 1);
    check_config(1, 1, 64, 1);
}

/* The original's quirk: where the channel count changes, the block's input is dropped. */
static void a_shortcut_reads_the_processed_branch(void **state) {
    (void)state;
    configure(3, 1, 1); // 8, 8, 16 channels: encoder block 2 and decoder block 2 change them
    um_graph_encoder(&net.graph, &net.config, 1, &net.in, &net.out);
    uint32_t shortcuts = 0;
    for (uint32_t i = 0; i < net.graph.op_count; i++) {
        const struct um_op *op = &net.graph.ops[i];
        if (op->kind != UM_OP_CONV2D ||
            !is_weight(op->weights[UM_WEIGHT], "enc.res.2.shortcut.weight"))
            continue;
        shortcuts++;
        assert_int_equal(op->in[UM_IN_X], net.graph.ops[i - 1].out);
        assert_int_equal(op->in[UM_IN_RESIDUAL], op->in[UM_IN_X]);
        assert_true(is_weight(net.graph.ops[i - 1].weights[UM_WEIGHT], "enc.res.2.conv1.weight"));
        assert_int_equal(net.graph.ops[i - 1].in[UM_IN_RESIDUAL], UM_NO_VALUE);
    }
    assert_int_equal(shortcuts, 1);
    um_graph_free(&net.graph);
}

/* Where it stays the same, the second convolution adds the block's input to its result. */
static void a_plain_block_adds_its_input(void **state) {
    (void)state;
    configure(2, 1, 1); // 8 channels throughout
    um_graph_decoder(&net.graph, &net.config, 1, &net.in, &net.out);
    uint32_t blocks = 0;
    for (uint32_t i = 3; i < net.graph.op_count; i++) {
        const struct um_op *op = &net.graph.ops[i];
        for (uint32_t k = 0; k < 3; k++) {
            char name[32];
            snprintf(name, sizeof name, "dec.res.%u.conv1.weight", (unsigned)k);
            if (op->kind != UM_OP_CONV2D || !is_weight(op->weights[UM_WEIGHT], name))
                continue;
            blocks++;
            assert_int_equal(op->in[UM_IN_RESIDUAL],
                             net.graph.ops[i - 3].in[UM_IN_X]); // what norm0 reads
        }
    }
    assert_int_equal(blocks, 3);
    um_graph_free(&net.graph);
}

/* The original and v1 compute the last block for the wanted rows alone from its attention on. */
static void the_last_block_serves_the_wanted_rows(void **state) {
    (void)state;
    static const enum um_transformer_kind kinds[] = {UM_TRANSFORMER_ORIGINAL, UM_TRANSFORMER_V1,
                                                     UM_TRANSFORMER_HALTON};
    static const uint32_t linears[] = {5, 5, 1}, picks[] = {2, 3, 1};
    for (int i = 0; i < 3; i++) {
        configure(1, 1, 3);
        choose(kinds[i], UM_TOKENIZER_ORIGINAL, false);
        um_graph_step(&net.graph, &net.config, 2, &net.in, &net.rows, &net.out);
        uint32_t count = 0;
        for (uint32_t k = 0; k < net.graph.op_count; k++)
            count += net.graph.ops[k].kind == UM_OP_LINEAR && limited(&net.graph.ops[k]);
        assert_int_equal(count, linears[i]);
        assert_int_equal(count_ops(UM_OP_PICK), picks[i]);
        um_graph_free(&net.graph);
    }
}

static void the_gelu_form_reaches_the_ops(void **state) {
    (void)state;
    for (int erf_form = 0; erf_form < 2; erf_form++) {
        configure(2, 1, 2);
        net.config.transformer.gelu = erf_form ? UM_GELU_ERF : UM_GELU_TANH;
        um_graph_transformer(&net.graph, &net.config, 1, &net.in, &net.out);
        uint32_t count = 0;
        for (uint32_t i = 0; i < net.graph.op_count; i++) {
            const struct um_op *op = &net.graph.ops[i];
            if (op->kind != UM_OP_LINEAR || op->p.linear.activation == UM_ACT_NONE)
                continue;
            assert_int_equal(op->p.linear.activation,
                             erf_form ? UM_ACT_GELU_ERF : UM_ACT_GELU_TANH);
            count++;
        }
        assert_int_equal(count, 3); // two MLPs and the head
        um_graph_free(&net.graph);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_agree_for_every_depth),
        cmocka_unit_test(shapes_agree_in_every_variant),
        cmocka_unit_test(patches_agree_with_their_tokens),
        cmocka_unit_test(unit_codes_are_looked_up_at_equal_length),
        cmocka_unit_test(a_taming_shortcut_reads_the_input),
        cmocka_unit_test(the_register_has_no_token),
        cmocka_unit_test(a_shortcut_reads_the_processed_branch),
        cmocka_unit_test(a_plain_block_adds_its_input),
        cmocka_unit_test(the_gelu_form_reaches_the_ops),
        cmocka_unit_test(the_last_block_serves_the_wanted_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
