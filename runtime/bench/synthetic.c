/* Writes docs/MODEL_FORMAT.md with random weights. The size is counted in a first pass that writes
 * nothing, so the file is allocated once. */
#include "bench/synthetic.h"

#include "base/half.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "graph/layout.h"
#include "model/config.h"
#include "model/container.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BASE_CHANNELS = 128, HEX = 64 };

static const uint32_t multipliers[] = {1, 1, 2, 2, 4};
enum { LEVELS = sizeof multipliers / sizeof *multipliers };

struct writer {
    unsigned char *bytes; /* NULL: only count */
    size_t size;
    uint64_t keys;
};

static void put(struct writer *w, const void *data, size_t bytes) {
    if (w->bytes)
        memcpy(w->bytes + w->size, data, bytes);
    w->size += bytes;
}

static void put_int(struct writer *w, uint64_t value, int bytes) {
    unsigned char out[8];
    for (int i = 0; i < bytes; i++)
        out[i] = (unsigned char)(value >> (8 * i));
    put(w, out, (size_t)bytes);
}

static void put_text(struct writer *w, const char *text) {
    put_int(w, strlen(text), 8);
    put(w, text, strlen(text));
}

static void pad(struct writer *w) {
    static const unsigned char zeros[UM_DATA_ALIGNMENT];
    put(w, zeros, (UM_DATA_ALIGNMENT - w->size % UM_DATA_ALIGNMENT) % UM_DATA_ALIGNMENT);
}

static void put_key(struct writer *w, const char *key, uint32_t type) {
    put_text(w, key);
    put_int(w, type, 4);
    w->keys++;
}

static void key_u32(struct writer *w, const char *key, uint32_t value) {
    put_key(w, key, UM_GGUF_U32);
    put_int(w, value, 4);
}

static void key_f32(struct writer *w, const char *key, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(w, key, UM_GGUF_F32);
    put_int(w, bits, 4);
}

static void key_text(struct writer *w, const char *key, const char *value) {
    put_key(w, key, UM_GGUF_STRING);
    put_text(w, value);
}

/* ---------------------------------------------------------------- header */

static void fill_config(struct um_config *c, bool large, enum um_dtype dtype) {
    *c = (struct um_config){
        .image_width = large ? 512 : 256,
        .image_height = large ? 512 : 256,
        .grid_width = large ? 32 : 16,
        .grid_height = large ? 32 : 16,
        .codebook_size = 1024,
        .codebook_dim = 256,
        .class_count = 1000,
        .file_dtype = dtype,
        .transformer =
            {.dim = 768, .layers = 24, .heads = 16, .mlp_dim = 3072, .norm_epsilon = 1e-12f},
        .tokenizer = {.levels = LEVELS, .res_blocks = 2, .norm_groups = 32, .norm_epsilon = 1e-6f},
        .sampler = {.steps = large ? 12 : 8, .choice_temperature = 4.5f, .temperature = 1},
    };
    for (uint32_t l = 0; l < LEVELS; l++)
        c->tokenizer.channels[l] = BASE_CHANNELS * multipliers[l];
}

static void put_general(struct writer *w, const struct um_config *c, const char *name) {
    char title[64];
    snprintf(title, sizeof title, "synthetic %s", name);
    key_text(w, "general.architecture", "maskgit");
    key_u32(w, "general.alignment", UM_DATA_ALIGNMENT);
    key_u32(w, "general.file_type", c->file_dtype == UM_F32 ? 0 : c->file_dtype == UM_F16 ? 1 : 7);
    key_text(w, "general.name", title);
    key_text(w, "general.license", "CC0-1.0");
    key_text(w, "general.description", "random weights, for measuring");
    key_u32(w, "maskgit.format_version", 1);
    key_text(w, "maskgit.variant", "original");
    key_u32(w, "maskgit.image_width", c->image_width);
    key_u32(w, "maskgit.image_height", c->image_height);
    key_u32(w, "maskgit.grid_width", c->grid_width);
    key_u32(w, "maskgit.grid_height", c->grid_height);
    key_u32(w, "maskgit.codebook_size", c->codebook_size);
    key_u32(w, "maskgit.codebook_dim", c->codebook_dim);
    key_u32(w, "maskgit.class_count", c->class_count);
    put_key(w, "maskgit.class_names", UM_GGUF_ARRAY);
    put_int(w, UM_GGUF_STRING, 4);
    put_int(w, c->class_count, 8);
    for (uint32_t i = 0; i < c->class_count; i++) {
        snprintf(title, sizeof title, "class %u", (unsigned)i);
        put_text(w, title);
    }
    put_key(w, "maskgit.null_class", UM_GGUF_BOOL);
    put_int(w, c->null_class, 1);
}

static void put_networks(struct writer *w, const struct um_config *c) {
    key_u32(w, "maskgit.transformer.dim", c->transformer.dim);
    key_u32(w, "maskgit.transformer.layers", c->transformer.layers);
    key_u32(w, "maskgit.transformer.heads", c->transformer.heads);
    key_u32(w, "maskgit.transformer.mlp_dim", c->transformer.mlp_dim);
    key_f32(w, "maskgit.transformer.norm_epsilon", c->transformer.norm_epsilon);
    key_text(w, "maskgit.transformer.gelu", "tanh");
    key_u32(w, "maskgit.tokenizer.channels", BASE_CHANNELS);
    put_key(w, "maskgit.tokenizer.channel_multipliers", UM_GGUF_ARRAY);
    put_int(w, UM_GGUF_U32, 4);
    put_int(w, LEVELS, 8);
    for (uint32_t l = 0; l < LEVELS; l++)
        put_int(w, multipliers[l], 4);
    key_u32(w, "maskgit.tokenizer.res_blocks", c->tokenizer.res_blocks);
    key_u32(w, "maskgit.tokenizer.norm_groups", c->tokenizer.norm_groups);
    key_f32(w, "maskgit.tokenizer.norm_epsilon", c->tokenizer.norm_epsilon);
    key_u32(w, "maskgit.sampler.steps", c->sampler.steps);
    key_text(w, "maskgit.sampler.schedule", "cosine");
    key_f32(w, "maskgit.sampler.choice_temperature", c->sampler.choice_temperature);
    key_f32(w, "maskgit.sampler.temperature", c->sampler.temperature);
    key_f32(w, "maskgit.sampler.cfg_scale", 0);
}

static size_t elements_of(const struct um_tensor_spec *spec) {
    return (size_t)spec->dims[0] * spec->dims[1] * spec->dims[2] * spec->dims[3];
}

static size_t bytes_of(const struct um_tensor_spec *spec) {
    const size_t elements = elements_of(spec);
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
        offset = (offset + bytes_of(&specs[i]) + UM_DATA_ALIGNMENT - 1) / UM_DATA_ALIGNMENT *
                 UM_DATA_ALIGNMENT;
    }
}

/* ---------------------------------------------------------------- weights */

struct spread {
    float middle, width; /* uniform in middle +- width */
};

static bool is_named(const struct um_tensor_spec *spec, const char *end) {
    const size_t a = strlen(spec->name), b = strlen(end);
    return a >= b && strcmp(spec->name + a - b, end) == 0;
}

/* Matrices keep the variance of their input (a uniform spread of w has the variance w^2 / 3),
 * embeddings that of the published training, 0.02; pictures stay around mid-grey. */
static struct spread spread_of(const struct um_tensor_spec *spec) {
    const float fan_in = (float)(elements_of(spec) / spec->dims[0]);
    if (is_named(spec, "dec.conv_out.bias"))
        return (struct spread){0.5f, 0.1f};
    if (is_named(spec, "dec.conv_out.weight"))
        return (struct spread){0, 0.3f * sqrtf(3 / fan_in)};
    if (is_named(spec, "quant.codebook.weight"))
        return (struct spread){0, 1};
    if (is_named(spec, "_embd.weight"))
        return (struct spread){0, 0.02f * sqrtf(3)};
    if (spec->n_dims == 1)
        return (struct spread){is_named(spec, ".bias") ? 0.0f : 1.0f, 0.1f};
    return (struct spread){0, sqrtf(3 / fan_in)};
}

/* Uniform in -1 .. 1: the upper bits of a 64-bit congruential generator (Knuth's constants). */
static float next(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (float)(int32_t)(*state >> 32) * 0x1p-31f;
}

static void put_q8(struct writer *w, const float values[32]) {
    float largest = 0;
    for (size_t i = 0; i < 32; i++)
        largest = fmaxf(largest, fabsf(values[i]));
    const uint16_t scale = um_float_to_half(largest / 127);
    const float step = um_half_to_float(scale);
    signed char q[32];
    for (size_t i = 0; i < 32; i++)
        q[i] = (signed char)(step > 0 ? fmaxf(-127, fminf(127, rintf(values[i] / step))) : 0);
    put_int(w, scale, 2);
    put(w, q, sizeof q);
}

static void put_tensor(struct writer *w, const struct um_tensor_spec *spec, uint64_t *state) {
    enum { CHUNK = 32 };
    const struct spread spread = spread_of(spec);
    const size_t elements = elements_of(spec);
    if (!w->bytes) {
        w->size += bytes_of(spec);
        return;
    }
    for (size_t first = 0; first < elements; first += CHUNK) {
        const size_t count = elements - first < CHUNK ? elements - first : CHUNK;
        float values[CHUNK];
        uint16_t halves[CHUNK];
        for (size_t i = 0; i < count; i++)
            values[i] = spread.middle + spread.width * next(state);
        if (spec->dtype == UM_Q8_0) {
            put_q8(w, values);
        } else if (spec->dtype == UM_F16) {
            for (size_t i = 0; i < count; i++)
                halves[i] = um_float_to_half(values[i]);
            put(w, halves, count * sizeof *halves);
        } else {
            put(w, values, count * sizeof *values);
        }
    }
}

/* ---------------------------------------------------------------- the file */

static void put_digest(struct writer *w, size_t at, size_t from, size_t to) {
    struct um_sha256 hash;
    char hex[HEX + 1];
    if (!w->bytes)
        return;
    um_sha256_init(&hash);
    um_sha256_update(&hash, w->bytes + from, to - from);
    um_sha256_hex(&hash, hex);
    memcpy(w->bytes + at, hex, HEX);
}

static void put_file(struct writer *w, const struct um_config *config, const char *name,
                     const struct um_tensor_spec *specs, uint32_t count, uint64_t keys) {
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    uint64_t state = 1;
    put(w, "GGUF", 4);
    put_int(w, 3, 4);
    put_int(w, count, 8);
    put_int(w, keys, 8);
    put_general(w, config, name);
    put_networks(w, config);
    key_text(w, "maskgit.sha256.header", zeros);
    const size_t header_digest = w->size - HEX;
    key_text(w, "maskgit.sha256.data", zeros);
    const size_t data_digest = w->size - HEX;
    put_infos(w, specs, count);
    pad(w);
    const size_t data = w->size;
    for (uint32_t i = 0; i < count; i++) {
        pad(w);
        put_tensor(w, &specs[i], &state);
    }
    put_digest(w, data_digest, data, w->size);
    put_digest(w, header_digest, 0, data);
}

um_status um_synthetic_build(const char *name, enum um_dtype dtype, unsigned char **bytes,
                             size_t *size, const struct um_log *log) {
    const bool large = strcmp(name, "imagenet512") == 0;
    *bytes = NULL;
    if (!large && strcmp(name, "imagenet256") != 0)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "Synthetic models are imagenet256 and imagenet512, not '%s'.", name);
    struct um_config config;
    fill_config(&config, large, dtype);
    struct um_tensor_spec *specs = um_alloc(UM_MAX_TENSORS, sizeof *specs);
    struct writer counted = {0};
    uint32_t count = 0;
    bool ok = specs && um_weight_layout(&config, specs, &count);
    if (ok)
        put_file(&counted, &config, name, specs, count, 0);
    struct writer w = {.bytes = ok ? um_alloc(counted.size, 1) : NULL};
    if (w.bytes)
        put_file(&w, &config, name, specs, count, counted.keys);
    um_free(specs);
    *bytes = w.bytes;
    *size = w.size;
    return w.bytes ? UM_OK
                   : um_fail(log, UM_ERROR_MEMORY, "Memory ran out making a synthetic model.");
}
