/* Turns each op into dispatches: which shader, which shape, which buffers. */
#include "backend/vulkan/dispatch.h"
#include "backend/vulkan/gemm.h"
#include "backend/vulkan/util.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

/* Scores of attention beyond this are computed in several passes over the same scratch memory. */
static const uint64_t max_score_elements = 8u << 20;

enum {
    SPREAD_GROUP = 64,    /* one invocation per element */
    DIRECT_GROUP = 16,    /* a vector register or two of a software device */
    MAX_GROUPS_X = 32768, /* Vulkan promises 65535 */
    MAX_PAIRS = 32768,    /* (batch, head) pairs in z, likewise */
    MAX_SLICES = 64,
    MIN_SLICE_PIXELS = 16,
};

static uint32_t ceil_div(uint64_t a, uint64_t b) {
    return (uint32_t)((a + b - 1) / b);
}

static uint32_t min_u32(uint32_t a, uint64_t b) {
    return a < b ? a : (uint32_t)b;
}

static bool reserve(struct um_vk_dispatch_list *list) {
    if (list->count < list->capacity)
        return true;
    uint32_t capacity = list->capacity ? list->capacity * 2 : 64;
    struct um_vk_dispatch *items = um_alloc(capacity, sizeof *items);
    if (!items)
        return false;
    if (list->count)
        memcpy(items, list->items, list->count * sizeof *items);
    um_free(list->items);
    list->items = items;
    list->capacity = capacity;
    return true;
}

static struct um_vk_dispatch *append(struct um_vk_dispatch_list *list, enum um_vk_shader shader,
                                     const void *push, size_t push_bytes) {
    list->failed = list->failed || !reserve(list);
    struct um_vk_dispatch *d = list->failed ? &list->spare : &list->items[list->count++];
    *d = (struct um_vk_dispatch){
        .shader = shader, .push_bytes = (uint32_t)push_bytes, .op = list->op};
    d->spec.value[UM_SPEC_GROUP] = SPREAD_GROUP;
    d->spec.value[UM_SPEC_LANES] = 1;
    memcpy(d->push, push, push_bytes);
    return d;
}

static struct um_vk_range arena_range(const struct um_vk_dispatch_list *list, um_value_id id) {
    if (id == UM_NO_VALUE)
        return (struct um_vk_range){0};
    const struct um_value *value = &list->desc->values[id];
    return (struct um_vk_range){UM_VK_ARENA, 0, value->offset, value->elements * 4};
}

static struct um_vk_range weight_range(const struct um_vk_dispatch_list *list, um_weight_ref ref) {
    if (ref == UM_NO_REF)
        return (struct um_vk_range){0};
    const struct um_vk_tensor *t = &list->weights->tensors[ref];
    return (struct um_vk_range){UM_VK_WEIGHTS, t->buffer, t->offset, t->bytes};
}

/* Scratch memory is reused by every op; the barrier between dispatches keeps them apart. */
static struct um_vk_range scratch_range(struct um_vk_dispatch_list *list, VkDeviceSize offset,
                                        VkDeviceSize bytes) {
    if (offset + bytes > list->scratch_bytes)
        list->scratch_bytes = offset + bytes;
    return (struct um_vk_range){UM_VK_SCRATCH, 0, offset, bytes};
}

static uint32_t weight_type(const struct um_vk_dispatch_list *list, um_weight_ref ref) {
    return ref == UM_NO_REF ? UM_WEIGHT_F32 : list->weights->tensors[ref].type;
}

/* The bindings as the op names them. */
static void bind_op(struct um_vk_dispatch_list *list, struct um_vk_dispatch *d,
                    const struct um_op *op) {
    d->bind[UM_BIND_IN] = arena_range(list, op->in[0]);
    d->bind[UM_BIND_WEIGHT] = weight_range(list, op->weights[UM_WEIGHT]);
    d->bind[UM_BIND_BIAS] = weight_range(list, op->weights[UM_BIAS]);
    d->bind[UM_BIND_IN_1] = arena_range(list, op->in[1]);
    d->bind[UM_BIND_IN_2] = arena_range(list, op->in[2]);
    d->bind[UM_BIND_OUT] = arena_range(list, op->out);
    d->spec.value[UM_SPEC_WEIGHT] = weight_type(list, op->weights[UM_WEIGHT]);
    d->spec.value[UM_SPEC_BIAS_F16] = weight_type(list, op->weights[UM_BIAS]) == UM_WEIGHT_F16;
}

static void set_groups(struct um_vk_dispatch *d, uint64_t groups) {
    d->groups[0] = min_u32(MAX_GROUPS_X, groups);
    d->groups[1] = ceil_div(groups, d->groups[0]);
    d->groups[2] = 1;
    d->flat = true;
}

/* One invocation per element of the result. */
static void spread(struct um_vk_dispatch *d, uint64_t count, double flops_each) {
    set_groups(d, ceil_div(count, SPREAD_GROUP));
    d->flops = (double)count * flops_each;
}

/* So many invocations per row. */
static void share_rows(struct um_vk_dispatch *d, uint64_t rows, uint32_t lanes, double flops_each) {
    d->spec.value[UM_SPEC_LANES] = lanes;
    set_groups(d, ceil_div(rows * lanes, SPREAD_GROUP));
    d->flops = (double)rows * flops_each;
}

/* Rows that are reduced: a subgroup or several invocations per row, one on software devices. The
 * shader's form for subgroups stands behind it in the list. */
static void reduce_rows(const struct um_vk_dispatch_list *list, struct um_vk_dispatch *d,
                        uint64_t rows, double flops_each) {
    const struct um_vk_device *device = list->weights->device;
    uint32_t lanes = device->direct ? 1 : 32;
    if (um_vk_uses(device, UM_VK_SUBGROUP) && device->features.subgroup_size <= SPREAD_GROUP) {
        d->shader = (enum um_vk_shader)(d->shader + 1);
        lanes = device->features.subgroup_size;
    }
    share_rows(d, rows, lanes, flops_each);
}

static struct um_vk_dispatch *append_gemm(struct um_vk_dispatch_list *list,
                                          const struct um_vk_gemm *gemm, const void *push,
                                          size_t push_bytes, double flops) {
    struct um_vk_dispatch *d = append(list, gemm->shader, push, push_bytes);
    d->spec = gemm->spec;
    d->spec.value[UM_SPEC_LANES] = 1;
    set_groups(d, gemm->groups);
    d->flops = flops;
    return d;
}

/* A product with the op's weight, and its bindings. */
static struct um_vk_dispatch *append_product(struct um_vk_dispatch_list *list,
                                             const struct um_op *op, const struct um_vk_gemm *gemm,
                                             const void *push, size_t push_bytes, double flops) {
    struct um_vk_dispatch *d = append_gemm(list, gemm, push, push_bytes, flops);
    bind_op(list, d, op);
    return d;
}

/* Rounds an op's input to int8, into scratch memory. */
static struct um_vk_range append_quantize(struct um_vk_dispatch_list *list,
                                          const struct um_op *op) {
    struct um_push_quantize push = {(um_u32)(list->desc->values[op->in[UM_IN_X]].elements / 32)};
    struct um_vk_dispatch *d = append(list, UM_VK_QUANTIZE, &push, sizeof push);
    d->bind[UM_BIND_IN] = arena_range(list, op->in[UM_IN_X]);
    d->bind[UM_BIND_OUT] = scratch_range(list, 0, 4ull * UM_Q8_WORDS * push.count);
    spread(d, push.count, 100);
    return d->bind[UM_BIND_OUT];
}

static void lower_embed(struct um_vk_dispatch_list *list, const struct um_op *op) {
    const uint32_t count = op->p.embed.batch * op->p.embed.length * op->p.embed.dim;
    struct um_push_embed push = {
        .count = count,
        .seq_length = op->p.embed.length,
        .dim = op->p.embed.dim,
        .rows = list->weights->tensors[op->weights[UM_WEIGHT]].rows,
        .stride = op->p.embed.stride,
        .bare = op->p.embed.bare,
        .has_position = op->weights[UM_BIAS] != UM_NO_REF,
    };
    struct um_vk_dispatch *d = append(list, UM_VK_EMBED, &push, sizeof push);
    bind_op(list, d, op);
    spread(d, count, 1);
}

static void lower_linear(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_push_linear push = {
        .m = op->p.linear.rows,
        .n = op->p.linear.out,
        .k = op->p.linear.in,
        .has_bias = op->weights[UM_BIAS] != UM_NO_REF,
        .activation = (um_u32)op->p.linear.activation,
        .has_residual = op->in[UM_IN_RESIDUAL] != UM_NO_VALUE,
        .row_limited = op->in[UM_IN_ROWS] != UM_NO_VALUE,
    };
    /* What steers others is not rounded: Q8_0 becomes F32 on the way to a product in F32. */
    const uint32_t weight = op->precise ? UM_WEIGHT_F32 : weight_type(list, op->weights[UM_WEIGHT]);
    const struct um_vk_gemm gemm =
        um_vk_gemm_choose(list->weights->device, UM_VK_PRODUCT_LINEAR, weight, push.m, push.n, 1);
    struct um_vk_range rounded = {0};
    if (gemm.path == UM_VK_PATH_INT8)
        rounded = append_quantize(list, op);
    struct um_vk_dispatch *d =
        append_product(list, op, &gemm, &push, sizeof push, 2.0 * push.m * push.n * (double)push.k);
    d->spec.value[UM_SPEC_VEC4] = push.k % 4 == 0;
    if (gemm.path == UM_VK_PATH_INT8)
        d->bind[UM_BIND_IN] = rounded;
}

/* Whether the value is never whole in memory. */
static bool in_strips(const struct um_vk_dispatch_list *list, um_value_id id) {
    return list->desc->values[id].role == UM_VALUE_STRIPS;
}

/* The op's input is made where it is read, from that of the op before. */
static void bind_source(struct um_vk_dispatch_list *list, struct um_vk_dispatch *d,
                        const struct um_op *op, const struct um_op *source) {
    const bool norm = source->kind == UM_OP_GROUPNORM;
    d->bind[UM_BIND_IN] = arena_range(list, source->in[UM_IN_X]);
    if (norm)
        d->bind[UM_BIND_IN_2] = arena_range(list, op->in[UM_IN_X]);
    d->spec.value[UM_SPEC_SOURCE] = norm ? UM_SOURCE_NORM : UM_SOURCE_UPSAMPLE;
}

static void lower_conv2d(struct um_vk_dispatch_list *list, const struct um_op *op) {
    const struct um_op *source =
        in_strips(list, op->in[UM_IN_X]) ? um_op_source(list->desc->ops, list->op) : NULL;

    struct um_push_conv2d push = {
        .m = op->p.conv2d.batch * op->p.conv2d.height * op->p.conv2d.width,
        .n = op->p.conv2d.out,
        .k = op->p.conv2d.in,
        .height = op->p.conv2d.height,
        .width = op->p.conv2d.width,
        .kernel = op->p.conv2d.kernel,
        .has_bias = op->weights[UM_BIAS] != UM_NO_REF,
        .has_residual = op->in[UM_IN_RESIDUAL] != UM_NO_VALUE,
    };
    if (source && source->kind == UM_OP_GROUPNORM)
        push.activation = (um_u32)source->p.groupnorm.activation;
    const struct um_vk_gemm gemm =
        um_vk_gemm_choose(list->weights->device, UM_VK_PRODUCT_CONV2D,
                          weight_type(list, op->weights[UM_WEIGHT]), push.m, push.n, 1);
    struct um_vk_dispatch *d =
        append_product(list, op, &gemm, &push, sizeof push,
                       2.0 * push.m * push.n * (double)push.k * push.kernel * push.kernel);
    d->spec.value[UM_SPEC_VEC4] = push.k % 4 == 0;
    if (source)
        bind_source(list, d, op, source);
}

static void lower_conv2d_stride2(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_push_conv2d push = {
        .m = op->p.conv2d.batch * (op->p.conv2d.height / 2) * (op->p.conv2d.width / 2),
        .n = op->p.conv2d.out,
        .k = op->p.conv2d.in,
        .height = op->p.conv2d.height,
        .width = op->p.conv2d.width,
        .has_bias = op->weights[UM_BIAS] != UM_NO_REF,
    };
    const struct um_vk_gemm gemm =
        um_vk_gemm_choose(list->weights->device, UM_VK_PRODUCT_CONV2D_STRIDE2,
                          weight_type(list, op->weights[UM_WEIGHT]), push.m, push.n, 1);
    struct um_vk_dispatch *d = append_product(list, op, &gemm, &push, sizeof push,
                                              18.0 * push.m * push.n * (double)push.k);
    d->spec.value[UM_SPEC_VEC4] = push.k % 4 == 0;
}

static void lower_layernorm(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_push_layernorm push = {
        .rows = op->p.layernorm.rows,
        .dim = op->p.layernorm.dim,
        .has_residual = op->in[UM_IN_RESIDUAL] != UM_NO_VALUE,
        .row_limited = op->in[UM_IN_ROWS] != UM_NO_VALUE,
        .epsilon = op->p.layernorm.epsilon,
    };
    struct um_vk_dispatch *d = append(list, UM_VK_LAYERNORM, &push, sizeof push);
    bind_op(list, d, op);
    reduce_rows(list, d, push.rows, 8.0 * push.dim);
}

/* One pass of attention: the queries and pairs that `push` names. */
static void attention_pass(struct um_vk_dispatch_list *list, const struct um_op *op,
                           const struct um_push_attention *push) {
    const struct um_vk_range scores =
        scratch_range(list, 0, 4ull * push->pairs * push->queries * push->stride);
    const struct um_vk_range in = arena_range(list, op->in[UM_IN_X]);
    const struct um_vk_device *device = list->weights->device;
    const double flops = 2.0 * push->pairs * push->queries * push->seq_length * push->head_dim;
    struct um_vk_gemm gemm = um_vk_gemm_choose(device, UM_VK_PRODUCT_SCORES, UM_WEIGHT_F32,
                                               push->queries, push->seq_length, push->pairs);
    struct um_vk_dispatch *d = append_gemm(list, &gemm, push, sizeof *push, flops);
    d->bind[UM_BIND_IN] = in;
    d->bind[UM_BIND_OUT] = scores;
    d->groups[2] = push->pairs;
    d->spec.value[UM_SPEC_VEC4] = push->head_dim % 4 == 0;

    d = append(list, UM_VK_ATTENTION_SOFTMAX, push, sizeof *push);
    d->bind[UM_BIND_OUT] = scores;
    reduce_rows(list, d, (uint64_t)push->pairs * push->queries, 20.0 * push->seq_length);

    gemm = um_vk_gemm_choose(device, UM_VK_PRODUCT_MIX, UM_WEIGHT_F32, push->queries,
                             push->head_dim, push->pairs);
    d = append_gemm(list, &gemm, push, sizeof *push, flops);
    d->bind[UM_BIND_IN] = in;
    d->bind[UM_BIND_IN_1] = scores;
    d->bind[UM_BIND_OUT] = arena_range(list, op->out);
    d->groups[2] = push->pairs;
}

/* All scores of a head stay within one kernel. */
static void attention_fused(struct um_vk_dispatch_list *list, const struct um_op *op,
                            uint32_t queries, uint32_t keys) {
    const uint32_t pairs = op->p.attention.batch * op->p.attention.heads;
    struct um_push_attention push = {
        .seq_length = op->p.attention.length,
        .heads = op->p.attention.heads,
        .head_dim = op->p.attention.head_dim,
        .queries = op->p.attention.length,
        .scale = 1.0f / sqrtf((float)op->p.attention.head_dim),
    };
    for (push.first_pair = 0; push.first_pair < pairs; push.first_pair += MAX_PAIRS) {
        push.pairs = min_u32(MAX_PAIRS, pairs - push.first_pair);
        struct um_vk_dispatch *d = append(list, UM_VK_ATTENTION, &push, sizeof push);
        d->bind[UM_BIND_IN] = arena_range(list, op->in[UM_IN_X]);
        d->bind[UM_BIND_OUT] = arena_range(list, op->out);
        d->spec.value[UM_SPEC_GROUP] = UM_ATTENTION_GROUP;
        d->spec.value[UM_SPEC_VEC4] = push.head_dim % 4 == 0;
        d->spec.value[UM_SPEC_TILE_M] = queries;
        d->spec.value[UM_SPEC_TILE_N] = keys;
        d->spec.value[UM_SPEC_HEAD4] = ceil_div(push.head_dim, 4);
        set_groups(d, ceil_div(push.seq_length, queries));
        d->groups[2] = push.pairs;
        d->flops = 4.0 * push.pairs * push.seq_length * push.seq_length * push.head_dim;
    }
}

static void lower_attention(struct um_vk_dispatch_list *list, const struct um_op *op) {
    uint32_t tile[2];
    if (um_vk_attention_tile(list->weights->device, op->p.attention.head_dim, &tile[0], &tile[1])) {
        attention_fused(list, op, tile[0], tile[1]);
        return;
    }
    const uint32_t length = op->p.attention.length, stride = ceil_div(length, 4) * 4;
    const uint32_t all_pairs = op->p.attention.batch * op->p.attention.heads;
    /* As many whole pairs at once as fit; if not even one does, as many of its rows. */
    const uint64_t rows = max_score_elements / stride;
    const uint32_t queries = min_u32(length, rows ? rows : 1);
    const uint32_t fitting = min_u32(MAX_PAIRS, rows / length), pairs = fitting ? fitting : 1;
    struct um_push_attention push = {
        .seq_length = length,
        .heads = op->p.attention.heads,
        .head_dim = op->p.attention.head_dim,
        .stride = stride,
        .scale = 1.0f / sqrtf((float)op->p.attention.head_dim),
    };
    for (uint32_t p = 0; p < all_pairs; p += pairs)
        for (uint32_t q = 0; q < length; q += queries) {
            push.first_pair = p;
            push.pairs = min_u32(pairs, all_pairs - p);
            push.first_query = q;
            push.queries = min_u32(queries, length - q);
            attention_pass(list, op, &push);
        }
}

static void lower_groupnorm(struct um_vk_dispatch_list *list, const struct um_op *op) {
    const uint32_t pixels = op->p.groupnorm.height * op->p.groupnorm.width;
    const uint32_t slices = min_u32(MAX_SLICES, ceil_div(pixels, MIN_SLICE_PIXELS));
    struct um_push_groupnorm push = {
        .batch = op->p.groupnorm.batch,
        .pixels = pixels,
        .channels = op->p.groupnorm.channels,
        .groups = op->p.groupnorm.groups,
        .slices = slices,
        .activation = (um_u32)op->p.groupnorm.activation,
        .epsilon = op->p.groupnorm.epsilon,
    };
    const uint64_t groups = (uint64_t)push.batch * push.groups;
    const uint64_t elements = (uint64_t)push.batch * pixels * push.channels;
    const VkDeviceSize slice_bytes = (groups * slices * 8 + 255) / 256 * 256;
    const struct um_vk_range slice_stats = scratch_range(list, 0, slice_bytes);
    const struct um_vk_range group_stats = scratch_range(list, slice_bytes, groups * 8);

    struct um_vk_dispatch *d = append(list, UM_VK_GROUPNORM_SLICES, &push, sizeof push);
    d->bind[UM_BIND_IN] = arena_range(list, op->in[UM_IN_X]);
    d->bind[UM_BIND_OUT] = slice_stats;
    spread(d, groups * slices, 4.0 * (double)elements / (double)(groups * slices));

    d = append(list, UM_VK_GROUPNORM_MERGE, &push, sizeof push);
    d->bind[UM_BIND_IN] = slice_stats;
    d->bind[UM_BIND_OUT] = group_stats;
    spread(d, groups, 10.0 * slices);

    const bool strips = in_strips(list, op->out);
    d = append(list, strips ? UM_VK_GROUPNORM_CHANNELS : UM_VK_GROUPNORM, &push, sizeof push);
    bind_op(list, d, op);
    d->bind[UM_BIND_IN_1] = group_stats;
    spread(d, strips ? (uint64_t)push.batch * push.channels : elements, 20);
}

static void resize(struct um_vk_dispatch_list *list, const struct um_op *op,
                   enum um_vk_shader shader, double flops_each) {
    struct um_push_resize push = {
        .count = (um_u32)list->desc->values[op->out].elements,
        .height = op->p.resize.height,
        .width = op->p.resize.width,
        .channels = op->p.resize.channels,
    };
    struct um_vk_dispatch *d = append(list, shader, &push, sizeof push);
    bind_op(list, d, op);
    spread(d, push.count, flops_each);
}

static void lower_avgpool(struct um_vk_dispatch_list *list, const struct um_op *op) {
    resize(list, op, UM_VK_AVGPOOL, 4);
}

static void lower_upsample(struct um_vk_dispatch_list *list, const struct um_op *op) {
    if (!in_strips(list, op->out)) /* else the convolution that reads it does it */
        resize(list, op, UM_VK_UPSAMPLE, 1);
}

static struct um_vk_dispatch *codebook(struct um_vk_dispatch_list *list, const struct um_op *op,
                                       enum um_vk_shader shader) {
    struct um_push_codebook push = {
        .rows = op->p.codebook.rows,
        .codes = op->p.codebook.codes,
        .dim = op->p.codebook.dim,
    };
    struct um_vk_dispatch *d = append(list, shader, &push, sizeof push);
    bind_op(list, d, op);
    return d;
}

static void lower_nearest_code(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_vk_dispatch *d = codebook(list, op, UM_VK_NEAREST_CODE);
    reduce_rows(list, d, op->p.codebook.rows, 3.0 * op->p.codebook.codes * op->p.codebook.dim);
}

static void lower_codebook(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_vk_dispatch *d = codebook(list, op, UM_VK_CODEBOOK);
    spread(d, (uint64_t)op->p.codebook.rows * op->p.codebook.dim, 1);
}

static void lower_rmsnorm(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_push_rmsnorm push = {
        .rows = op->p.rmsnorm.rows,
        .dim = op->p.rmsnorm.dim,
        .has_weight = op->weights[UM_WEIGHT] != UM_NO_REF,
        .has_bias = op->weights[UM_BIAS] != UM_NO_REF,
        .modulated = op->in[UM_IN_MODULATION] != UM_NO_VALUE,
        .seq_length = op->p.rmsnorm.length,
        .width = op->p.rmsnorm.width,
        .scale = op->p.rmsnorm.scale,
        .shift = op->p.rmsnorm.shift,
        .epsilon = op->p.rmsnorm.epsilon,
    };
    if (!push.modulated)
        push.seq_length = push.rows; /* no modulation, no division by zero */
    struct um_vk_dispatch *d = append(list, UM_VK_RMSNORM, &push, sizeof push);
    bind_op(list, d, op);
    reduce_rows(list, d, push.rows, 8.0 * push.dim);
}

static void lower_qk_norm(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_push_rmsnorm push = {
        .rows = 3 * op->p.qk_norm.rows,
        .dim = op->p.qk_norm.dim,
        .qkv = 1,
        .seq_length = 3 * op->p.qk_norm.rows,
        .epsilon = op->p.qk_norm.epsilon,
    };
    struct um_vk_dispatch *d = append(list, UM_VK_RMSNORM, &push, sizeof push);
    bind_op(list, d, op);
    reduce_rows(list, d, push.rows, 4.0 * push.dim);
}

static void lower_gate(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_push_gate push = {
        .count = op->p.gate.rows * op->p.gate.dim,
        .dim = op->p.gate.dim,
        .seq_length = op->p.gate.length,
        .width = op->p.gate.width,
        .gate = op->p.gate.gate,
    };
    struct um_vk_dispatch *d = append(list, UM_VK_GATE, &push, sizeof push);
    bind_op(list, d, op);
    spread(d, push.count, 2);
}

static void lower_swiglu(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_push_swiglu push = {op->p.swiglu.rows * op->p.swiglu.dim, op->p.swiglu.dim};
    struct um_vk_dispatch *d = append(list, UM_VK_SWIGLU, &push, sizeof push);
    bind_op(list, d, op);
    spread(d, push.count, 20);
}

static void lower_scale(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_push_scale push = {
        .count = op->p.scale.rows,
        .activation = (um_u32)op->p.scale.activation,
        .scale = op->p.scale.scale,
        .shift = op->p.scale.shift,
    };
    struct um_vk_dispatch *d = append(list, UM_VK_SCALE, &push, sizeof push);
    bind_op(list, d, op);
    spread(d, push.count, push.activation ? 20 : 2);
}

static void lower_pick(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_push_pick push = {
        .rows = op->p.pick.rows,
        .dim = op->p.pick.dim,
        .in_rows = op->in[UM_IN_X] != UM_NO_VALUE ? op->p.pick.in_rows : 0,
        .seq_length = op->p.pick.length,
    };
    struct um_vk_dispatch *d = append(list, UM_VK_PICK, &push, sizeof push);
    bind_op(list, d, op);
    spread(d, (uint64_t)push.rows * push.dim, 1);
}

/* Costs of the sampler's exact arithmetic: measured in operations of llvmpipe's integer code. */
enum { SAMPLER_CODE_OPS = 80, SAMPLER_ROW_OPS = 20000 };

static void lower_sample(struct um_vk_dispatch_list *list, const struct um_op *op) {
    struct um_push_sample push = {
        .rows = op->p.sample.rows,
        .codes = op->p.sample.codes,
        .seq_length = op->p.sample.length,
        .leading = op->p.sample.leading,
        .images = op->p.sample.images,
        .blocks = ceil_div(op->p.sample.codes, UM_SAMPLER_BLOCK),
    };
    static const enum um_vk_shader parts[] = {UM_VK_SAMPLER_MAX, UM_VK_SAMPLER_SUMS,
                                              UM_VK_SAMPLER_DRAW, UM_VK_SAMPLER_CHOOSE};
    const VkDeviceSize stats = (16ull * push.rows + 255) / 256 * 256;
    for (uint32_t i = 0; i < 4; i++) {
        struct um_vk_dispatch *d = append(list, parts[i], &push, sizeof push);
        bind_op(list, d, op);
        d->bind[UM_BIND_WEIGHT] = scratch_range(list, 0, 16ull * push.rows);
        d->bind[UM_BIND_BIAS] = scratch_range(list, stats, 8ull * push.rows * push.blocks);
        if (parts[i] == UM_VK_SAMPLER_MAX)
            share_rows(d, push.rows, list->weights->device->software ? 1 : 32, 4.0 * push.codes);
        else if (parts[i] == UM_VK_SAMPLER_SUMS)
            spread(d, (uint64_t)push.rows * push.blocks, SAMPLER_CODE_OPS * UM_SAMPLER_BLOCK);
        else
            spread(d, push.rows, SAMPLER_ROW_OPS);
    }
}

static void lower_embed_next(struct um_vk_dispatch_list *list, const struct um_op *op) {
    const uint32_t count = op->p.embed_next.batch * op->p.embed_next.dim;
    struct um_push_embed_next push = {
        .count = count,
        .seq_length = op->p.embed_next.length,
        .dim = op->p.embed_next.dim,
        .rows = list->weights->tensors[op->weights[UM_WEIGHT]].rows,
    };
    struct um_vk_dispatch *d = append(list, UM_VK_EMBED_NEXT, &push, sizeof push);
    bind_op(list, d, op);
    spread(d, count, 1);
}

/* Every invocation of a workgroup works on the one head that the group has. */
static void lower_attention_next(struct um_vk_dispatch_list *list, const struct um_op *op) {
    const uint32_t lanes = list->weights->device->direct ? DIRECT_GROUP : SPREAD_GROUP;
    struct um_push_attention_next push = {
        .seq_length = op->p.attention_next.length,
        .heads = op->p.attention_next.heads,
        .head_dim = op->p.attention_next.head_dim,
        .pairs = op->p.attention_next.batch * op->p.attention_next.heads,
        .scale = 1.0f / sqrtf((float)op->p.attention_next.head_dim),
    };
    struct um_vk_dispatch *d = append(list, UM_VK_ATTENTION_NEXT, &push, sizeof push);
    bind_op(list, d, op);
    d->bind[UM_BIND_WEIGHT] = scratch_range(list, 0, 4ull * push.pairs * push.seq_length);
    d->spec.value[UM_SPEC_GROUP] = lanes;
    d->spec.value[UM_SPEC_LANES] = lanes;
    set_groups(d, push.pairs);
    d->flops = 4.0 * push.pairs * push.seq_length * push.head_dim;
}

typedef void (*lower_fn)(struct um_vk_dispatch_list *list, const struct um_op *op);

static const lower_fn lower_table[UM_OP_COUNT] = {
#define ROW(ID, stem) [UM_OP_##ID] = lower_##stem,
    UM_OPS(ROW)
#undef ROW
};

/* Fills bindings that the op leaves empty with one that is there, because a shader that mentions a
 * binding needs it to be valid even where it never reads it. */
static void complete(struct um_vk_dispatch *d) {
    const struct um_vk_range some =
        d->bind[UM_BIND_IN].space ? d->bind[UM_BIND_IN] : d->bind[UM_BIND_OUT];
    for (uint32_t b = 0; b < UM_BIND_COUNT; b++)
        if (d->bind[b].space == UM_VK_UNBOUND)
            d->bind[b] = some;
}

/* An op is called after the kernel that has most to do for it. */
static void name_kernels(const struct um_vk_dispatch_list *list) {
    double most = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct um_vk_dispatch *d = &list->items[i];
        if (i > 0 && d->op == d[-1].op && d->flops <= most)
            continue;
        most = d->flops;
        list->desc->op_kernels[d->op] = um_vk_module(d->shader)->name;
    }
}

um_status um_vk_lower(struct um_vk_dispatch_list *list) {
    const struct um_vk_device *device = list->weights->device;
    for (list->op = 0; list->op < list->desc->op_count; list->op++)
        lower_table[list->desc->ops[list->op].kind](list, &list->desc->ops[list->op]);
    if (list->failed)
        return um_fail(&device->log, UM_ERROR_MEMORY, "out of memory preparing a Vulkan program");
    if (list->desc->op_kernels)
        name_kernels(list);
    for (uint32_t i = 0; i < list->count; i++) {
        complete(&list->items[i]);
        for (uint32_t b = 0; b < UM_BIND_COUNT; b++)
            if (list->items[i].bind[b].bytes > device->limits.maxStorageBufferRange)
                return um_fail(&device->log, UM_ERROR_MEMORY,
                               "Vulkan: a buffer of %llu bytes is needed, the device can bind %u",
                               (unsigned long long)list->items[i].bind[b].bytes,
                               device->limits.maxStorageBufferRange);
    }
    return UM_OK;
}
