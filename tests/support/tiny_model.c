/* Writes docs/MODEL_FORMAT.md byte by byte; only the tensor list comes from the runtime. */
#include "support/tiny_model.h"

#include "base/half.h"
#include "base/sha256.h"
#include "graph/layout.h"
#include "support/rand.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 256 };
enum { GGUF_U32 = 4, GGUF_F32 = 6, GGUF_BOOL = 7, GGUF_STRING = 8, GGUF_ARRAY = 9 };

struct writer {
    uint8_t *bytes;
    size_t size, capacity;
    uint64_t keys;
};

static void *must(void *memory) {
    if (!memory)
        abort();
    return memory;
}

static void put(struct writer *w, const void *data, size_t bytes) {
    if (w->size + bytes > w->capacity) {
        w->capacity = (w->size + bytes) * 2;
        w->bytes = must(realloc(w->bytes, w->capacity));
    }
    if (bytes)
        memcpy(w->bytes + w->size, data, bytes);
    w->size += bytes;
}

static void put_int(struct writer *w, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        put(w, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

static void put_f32(struct writer *w, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_int(w, bits, 4);
}

static void put_text(struct writer *w, const char *text) {
    put_int(w, strlen(text), 8);
    put(w, text, strlen(text));
}

static void put_padding(struct writer *w) {
    while (w->size % ALIGNMENT)
        put_int(w, 0, 1);
}

static void put_key(struct writer *w, const char *key, uint32_t type) {
    put_text(w, key);
    put_int(w, type, 4);
    w->keys++;
}

static void key_u32(struct writer *w, const char *key, uint32_t value) {
    put_key(w, key, GGUF_U32);
    put_int(w, value, 4);
}

static void key_f32(struct writer *w, const char *key, float value) {
    put_key(w, key, GGUF_F32);
    put_f32(w, value);
}

static void key_bool(struct writer *w, const char *key, bool value) {
    put_key(w, key, GGUF_BOOL);
    put_int(w, value, 1);
}

static void key_string(struct writer *w, const char *key, const char *value) {
    put_key(w, key, GGUF_STRING);
    put_text(w, value);
}

static void key_array(struct writer *w, const char *key, uint32_t type, uint64_t count) {
    put_key(w, key, GGUF_ARRAY);
    put_int(w, type, 4);
    put_int(w, count, 8);
}

static uint32_t multiplier(uint32_t level) {
    return 1u << level / 2;
}

static struct tiny_model_options with_defaults(const struct tiny_model_options *options) {
    struct tiny_model_options o = options ? *options : (struct tiny_model_options){0};
    struct {
        uint32_t *field, value;
    } defaults[] = {
        {&o.grid, 4},        {&o.dim, 32},           {&o.layers, 2},       {&o.heads, 2},
        {&o.mlp_dim, 64},    {&o.channels, 8},       {&o.levels, 3},       {&o.res_blocks, 1},
        {&o.norm_groups, 4}, {&o.codebook_size, 32}, {&o.codebook_dim, 8}, {&o.class_count, 5},
    };
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (!*defaults[i].field)
            *defaults[i].field = defaults[i].value;
    if (o.norm_epsilon == 0)
        o.norm_epsilon = 1e-6f;
    if (!o.patch_size)
        o.patch_size = 1;
    if (!o.head_dim)
        o.head_dim = o.dim / o.heads > 1 ? o.dim / o.heads - 1 : 1;
    if (!o.z_channels)
        o.z_channels = 6;
    return o;
}

static struct um_config config_of(const struct tiny_model_options *o) {
    struct um_config c = {0};
    c.grid_width = c.grid_height = o->grid;
    c.image_width = c.image_height = o->grid << (o->levels - 1);
    c.codebook_size = o->codebook_size;
    c.codebook_dim = o->codebook_dim;
    c.class_count = o->class_count;
    c.null_class = !o->no_null_class;
    c.file_dtype = o->file_type == 0 ? UM_F32 : o->file_type == 1 ? UM_F16 : UM_Q8_0;
    c.transformer.kind = o->transformer == TINY_V1       ? UM_TRANSFORMER_V1
                         : o->transformer == TINY_HALTON ? UM_TRANSFORMER_HALTON
                                                         : UM_TRANSFORMER_ORIGINAL;
    c.tokenizer.kind = o->tokenizer == TINY_TAMING ? UM_TOKENIZER_TAMING : UM_TOKENIZER_ORIGINAL;
    c.tokenizer.z_channels = o->z_channels;
    c.tokenizer.unit_codes = o->unit_codes;
    c.transformer.head_dim = o->head_dim;
    c.transformer.patch_size = o->patch_size;
    c.transformer.dim = o->dim;
    c.transformer.layers = o->layers;
    c.transformer.heads = o->heads;
    c.transformer.mlp_dim = o->mlp_dim;
    c.tokenizer.levels = o->levels;
    c.tokenizer.res_blocks = o->res_blocks;
    for (uint32_t l = 0; l < o->levels; l++)
        c.tokenizer.channels[l] = o->channels * multiplier(l);
    for (uint32_t l = 0; l < o->levels && o->decoder_blocks; l++)
        c.tokenizer.decoder_blocks[l] = o->decoder_blocks + (l == 0);
    return c;
}

static void put_classes(struct writer *w, uint32_t count) {
    key_array(w, "maskgit.class_names", GGUF_STRING, count);
    for (uint32_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "class %u", (unsigned)i);
        put_text(w, name);
    }
    key_array(w, "maskgit.class_symbols", GGUF_STRING, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t code = 0x1f600 + i;
        put_int(w, 4, 8);
        put_int(w, 0xf0 | code >> 18, 1);
        for (int shift = 12; shift >= 0; shift -= 6)
            put_int(w, 0x80 | (code >> shift & 63), 1);
    }
}

static void put_general(struct writer *w, const struct tiny_model_options *o) {
    key_string(w, "general.architecture", "maskgit");
    key_u32(w, "general.alignment", ALIGNMENT);
    key_u32(w, "general.file_type", (uint32_t)o->file_type);
    key_string(w, "general.name", "tiny");
    key_string(w, "general.license", "CC0-1.0");
    key_string(w, "general.description", "random weights for tests");
    key_u32(w, "maskgit.format_version", 1);
    static const char *const variants[] = {"original", "v1", "halton"};
    key_string(w, "maskgit.variant", variants[o->transformer]);
}

static void put_networks(struct writer *w, const struct tiny_model_options *o,
                         const struct um_config *c) {
    key_u32(w, "maskgit.image_width", c->image_width);
    key_u32(w, "maskgit.image_height", c->image_height);
    key_u32(w, "maskgit.grid_width", o->grid);
    key_u32(w, "maskgit.grid_height", o->grid);
    key_u32(w, "maskgit.codebook_size", o->codebook_size);
    key_u32(w, "maskgit.codebook_dim", o->codebook_dim);
    key_u32(w, "maskgit.class_count", o->class_count);
    put_classes(w, o->class_count);
    key_bool(w, "maskgit.null_class", !o->no_null_class);
    key_u32(w, "maskgit.transformer.dim", o->dim);
    key_u32(w, "maskgit.transformer.layers", o->layers);
    key_u32(w, "maskgit.transformer.heads", o->heads);
    key_u32(w, "maskgit.transformer.mlp_dim", o->mlp_dim);
    key_f32(w, "maskgit.transformer.norm_epsilon",
            o->transformer == TINY_ORIGINAL ? 1e-12f : 1e-5f);
    if (o->transformer != TINY_HALTON)
        key_string(w, "maskgit.transformer.gelu", o->gelu_erf ? "erf" : "tanh");
    if (o->transformer == TINY_V1)
        key_f32(w, "maskgit.transformer.embd_norm_epsilon", 1e-12f);
    if (o->transformer == TINY_HALTON)
        key_u32(w, "maskgit.transformer.head_dim", o->head_dim);
    if (o->patch_size > 1)
        key_u32(w, "maskgit.transformer.patch_size", o->patch_size);
    if (o->tokenizer == TINY_TAMING) {
        key_string(w, "maskgit.tokenizer.variant", "taming");
        key_u32(w, "maskgit.tokenizer.z_channels", o->z_channels);
        key_bool(w, "maskgit.tokenizer.unit_codes", o->unit_codes);
    }
    key_u32(w, "maskgit.tokenizer.channels", o->channels);
    key_array(w, "maskgit.tokenizer.channel_multipliers", GGUF_U32, o->levels);
    for (uint32_t l = 0; l < o->levels; l++)
        put_int(w, multiplier(l), 4);
    key_u32(w, "maskgit.tokenizer.res_blocks", o->res_blocks);
    if (o->decoder_blocks)
        key_array(w, "maskgit.tokenizer.decoder_blocks", GGUF_U32, o->levels);
    for (uint32_t l = 0; l < o->levels && o->decoder_blocks; l++)
        put_int(w, o->decoder_blocks + (l == 0), 4);
    key_u32(w, "maskgit.tokenizer.norm_groups", o->norm_groups);
    key_f32(w, "maskgit.tokenizer.norm_epsilon", o->norm_epsilon);
}

static void put_sampler(struct writer *w, const struct tiny_model_options *o) {
    key_u32(w, "maskgit.sampler.steps", 8);
    key_string(w, "maskgit.sampler.schedule", "cosine");
    key_f32(w, "maskgit.sampler.choice_temperature", 4.5f);
    key_f32(w, "maskgit.sampler.temperature", 1);
    key_f32(w, "maskgit.sampler.cfg_scale", o->no_null_class ? 0 : 1);
}

static size_t elements_of(const struct um_tensor_spec *spec) {
    return (size_t)spec->dims[0] * spec->dims[1] * spec->dims[2] * spec->dims[3];
}

static size_t bytes_of(const struct um_tensor_spec *spec) {
    size_t elements = elements_of(spec);
    return spec->dtype == UM_F32   ? elements * 4
           : spec->dtype == UM_F16 ? elements * 2
                                   : elements / 32 * 34;
}

static void put_infos(struct writer *w, const struct um_tensor_spec *specs, uint32_t count) {
    uint64_t offset = 0;
    for (uint32_t i = 0; i < count; i++) {
        put_text(w, specs[i].name);
        put_int(w, specs[i].n_dims, 4);
        for (uint32_t d = specs[i].n_dims; d-- > 0;)
            put_int(w, specs[i].dims[d], 8);
        put_int(w, (uint64_t)specs[i].dtype, 4);
        put_int(w, offset, 8);
        offset = (offset + bytes_of(&specs[i]) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}

static void put_q8(struct writer *w, const float *values, size_t count) {
    for (size_t b = 0; b < count; b += 32) {
        float largest = 0;
        for (size_t i = 0; i < 32; i++)
            largest = fmaxf(largest, fabsf(values[b + i]));
        uint16_t scale = um_float_to_half(largest / 127);
        float step = um_half_to_float(scale);
        put_int(w, scale, 2);
        for (size_t i = 0; i < 32; i++) {
            float q = step > 0 ? roundf(values[b + i] / step) : 0;
            put_int(w, (uint64_t)(int64_t)fmaxf(-127, fminf(127, q)), 1);
        }
    }
}

static bool ends_with(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

/* Matrices keep the variance of their input, a little amplified so that layers differ visibly;
 * decoded pictures stay around mid-grey. */
static void fill(struct test_rand *r, const struct um_tensor_spec *spec, bool taming,
                 float *values) {
    size_t count = elements_of(spec);
    size_t fan_in = count / spec->dims[0];
    bool bias = ends_with(spec->name, ".bias");
    if (strcmp(spec->name, "dec.conv_out.bias") == 0)
        test_rand_fill(r, values, count, taming ? 0 : 0.5f, 0.1f);
    else if (strcmp(spec->name, "quant.codebook.weight") == 0)
        test_rand_fill(r, values, count, 0, 1);
    else if (strcmp(spec->name, "dec.conv_out.weight") == 0)
        test_rand_fill(r, values, count, 0, 0.3f / sqrtf((float)fan_in));
    else if (strcmp(spec->name, "head.position_bias") == 0)
        test_rand_fill(r, values, count, 0, 0.5f);
    else if (spec->n_dims == 1)
        test_rand_fill(r, values, count, bias ? 0 : 1, 0.1f);
    else
        test_rand_fill(r, values, count, 0, 1.5f / sqrtf((float)fan_in));
}

static void make_units(float *rows, size_t count, size_t dim) {
    for (size_t r = 0; r < count; r++, rows += dim) {
        double squares = 0;
        for (size_t d = 0; d < dim; d++)
            squares += (double)rows[d] * (double)rows[d];
        for (size_t d = 0; d < dim; d++)
            rows[d] = (float)((double)rows[d] / sqrt(squares));
    }
}

static void put_data(struct writer *w, const struct tiny_model_options *o,
                     const struct um_tensor_spec *specs, uint32_t count) {
    struct test_rand r = {o->seed};
    const bool taming = o->tokenizer == TINY_TAMING;
    for (uint32_t i = 0; i < count; i++) {
        size_t elements = elements_of(&specs[i]);
        float *values = must(malloc(elements * sizeof *values));
        fill(&r, &specs[i], taming, values);
        if (taming && o->unit_codes && strcmp(specs[i].name, "quant.codebook.weight") == 0)
            make_units(values, specs[i].dims[0], specs[i].dims[1]);
        put_padding(w);
        if (specs[i].dtype == UM_Q8_0)
            put_q8(w, values, elements);
        for (size_t k = 0; k < elements && specs[i].dtype == UM_F16; k++)
            put_int(w, um_float_to_half(values[k]), 2);
        for (size_t k = 0; k < elements && specs[i].dtype == UM_F32; k++)
            put_f32(w, values[k]);
        free(values);
    }
}

/* Replaces the zeros at `at` by the digest of bytes [from, to). */
static void put_digest(struct writer *w, size_t at, size_t from, size_t to) {
    struct um_sha256 hash;
    char hex[65];
    um_sha256_init(&hash);
    um_sha256_update(&hash, w->bytes + from, to - from);
    um_sha256_hex(&hash, hex);
    memcpy(w->bytes + at, hex, 64);
}

bool tiny_model_variant(struct tiny_model_options *o, const char *name) {
    static const struct {
        const char *name;
        enum tiny_transformer transformer;
        uint32_t patch_size;
    } variants[] = {{"original", TINY_ORIGINAL, 1},
                    {"v1", TINY_V1, 1},
                    {"halton", TINY_HALTON, 1},
                    {"halton-patched", TINY_HALTON, 2}};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        if (strcmp(name, variants[i].name) != 0)
            continue;
        const enum tiny_transformer transformer = variants[i].transformer;
        o->transformer = transformer;
        o->patch_size = variants[i].patch_size;
        o->tokenizer = transformer == TINY_ORIGINAL ? TINY_TOKENIZER_ORIGINAL : TINY_TAMING;
        o->unit_codes = transformer == TINY_HALTON;
        o->gelu_erf = transformer == TINY_V1;
        return true;
    }
    return false;
}

void *tiny_model_build(const struct tiny_model_options *options, size_t *size) {
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    struct tiny_model_options o = with_defaults(options);
    struct um_config config = config_of(&o);
    struct um_tensor_spec *specs = must(malloc(UM_MAX_TENSORS * sizeof *specs));
    uint32_t count;
    if (!um_weight_layout(&config, specs, &count))
        abort();
    struct writer w = {0};
    put(&w, "GGUF", 4);
    put_int(&w, 3, 4);
    put_int(&w, count, 8);
    put_int(&w, 0, 8); /* the number of keys, known later */
    put_general(&w, &o);
    put_networks(&w, &o, &config);
    put_sampler(&w, &o);
    key_string(&w, "maskgit.sha256.header", zeros);
    size_t header_digest = w.size - 64;
    key_string(&w, "maskgit.sha256.data", zeros);
    size_t data_digest = w.size - 64;
    w.bytes[16] = (uint8_t)w.keys;
    put_infos(&w, specs, count);
    put_padding(&w);
    size_t data = w.size;
    put_data(&w, &o, specs, count);
    put_digest(&w, data_digest, data, w.size);
    put_digest(&w, header_digest, 0, data);
    free(specs);
    *size = w.size;
    return w.bytes;
}
