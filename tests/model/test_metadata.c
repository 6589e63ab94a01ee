/* The metadata's rules, one broken at a time: missing, mistyped, out of range, inconsistent. */
#include "model/image.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const required[] = {
    "general.architecture",
    "general.alignment",
    "general.file_type",
    "general.name",
    "general.license",
    "maskgit.format_version",
    "maskgit.variant",
    "maskgit.image_width",
    "maskgit.image_height",
    "maskgit.grid_width",
    "maskgit.grid_height",
    "maskgit.codebook_size",
    "maskgit.codebook_dim",
    "maskgit.class_count",
    "maskgit.class_names",
    "maskgit.null_class",
    "maskgit.transformer.dim",
    "maskgit.transformer.layers",
    "maskgit.transformer.heads",
    "maskgit.transformer.mlp_dim",
    "maskgit.transformer.norm_epsilon",
    "maskgit.transformer.gelu",
    "maskgit.tokenizer.channels",
    "maskgit.tokenizer.channel_multipliers",
    "maskgit.tokenizer.res_blocks",
    "maskgit.tokenizer.norm_groups",
    "maskgit.tokenizer.norm_epsilon",
    "maskgit.sampler.steps",
    "maskgit.sampler.schedule",
    "maskgit.sampler.choice_temperature",
    "maskgit.sampler.temperature",
    "maskgit.sampler.cfg_scale",
    "maskgit.sha256.header",
    "maskgit.sha256.data",
};
enum { REQUIRED = sizeof required / sizeof *required };

static void test_missing(void **state) {
    (void)state;
    for (size_t i = 0; i < REQUIRED; i++) {
        struct image image = image_start(NULL);
        image_remove_key(&image, required[i]);
        image_refused(&image, "missing key", UM_ERROR_MODEL, required[i], "found no such key");
    }
}

/* i32 has the size of u32 and f32, so that only the type tells them apart. */
static void test_wrong_types(void **state) {
    (void)state;
    for (size_t i = 0; i < REQUIRED; i++) {
        struct image image = image_start(NULL);
        image_set_u32(&image, required[i], 1);
        image_set(&image, image_type_at(&image, required[i]), 5, 4);
        image_refused(&image, "key of type i32", UM_ERROR_MODEL, required[i], "");
    }
    struct image image = image_start(NULL);
    image_set(&image, image_value_at(&image, "maskgit.tokenizer.channel_multipliers"), 6, 4);
    image_refused(&image, "array of f32", UM_ERROR_MODEL, "maskgit.tokenizer.channel_multipliers",
                  "expected array of u32, found array of f32");
}

static void test_optional(void **state) {
    (void)state;
    static const char *const keys[] = {"general.description", "maskgit.class_symbols"};
    for (size_t i = 0; i < 2; i++) {
        struct image image = image_start(NULL);
        image_remove_key(&image, keys[i]);
        image_accepted(&image, keys[i]);
    }
}

static void test_u32_ranges(void **state) {
    (void)state;
    static const struct {
        const char *key;
        uint32_t value;
    } cases[] = {
        {"general.file_type", 2},
        {"general.file_type", 8},
        {"maskgit.format_version", 0},
        {"maskgit.format_version", 2},
        {"maskgit.image_width", 0},
        {"maskgit.image_width", 4097},
        {"maskgit.image_height", 0},
        {"maskgit.image_height", 4097},
        {"maskgit.grid_width", 0},
        {"maskgit.grid_width", 129},
        {"maskgit.grid_height", 0},
        {"maskgit.grid_height", UINT32_MAX},
        {"maskgit.codebook_size", 1},
        {"maskgit.codebook_size", 65537},
        {"maskgit.codebook_dim", 0},
        {"maskgit.codebook_dim", 4097},
        {"maskgit.class_count", 0},
        {"maskgit.class_count", 65537},
        {"maskgit.transformer.dim", 0},
        {"maskgit.transformer.dim", 8193},
        {"maskgit.transformer.layers", 0},
        {"maskgit.transformer.layers", 65},
        {"maskgit.transformer.heads", 0},
        {"maskgit.transformer.heads", 65},
        {"maskgit.transformer.mlp_dim", 0},
        {"maskgit.transformer.mlp_dim", 32769},
        {"maskgit.tokenizer.channels", 0},
        {"maskgit.tokenizer.channels", 1025},
        {"maskgit.tokenizer.res_blocks", 0},
        {"maskgit.tokenizer.res_blocks", 9},
        {"maskgit.tokenizer.norm_groups", 0},
        {"maskgit.tokenizer.norm_groups", UINT32_MAX},
        {"maskgit.sampler.steps", 0},
        {"maskgit.sampler.steps", 1025},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct image image = image_start(NULL);
        image_set_u32(&image, cases[i].key, cases[i].value);
        image_refused(&image, "u32 out of range", UM_ERROR_MODEL, cases[i].key, "");
    }
}

static void test_f32_ranges(void **state) {
    (void)state;
    static const struct {
        const char *key;
        float value;
    } cases[] = {
        {"maskgit.transformer.norm_epsilon", 0},      {"maskgit.transformer.norm_epsilon", -1e-6f},
        {"maskgit.transformer.norm_epsilon", 0.2f},   {"maskgit.transformer.norm_epsilon", NAN},
        {"maskgit.tokenizer.norm_epsilon", -0.0f},    {"maskgit.tokenizer.norm_epsilon", INFINITY},
        {"maskgit.tokenizer.norm_epsilon", -NAN},     {"maskgit.sampler.choice_temperature", -1},
        {"maskgit.sampler.choice_temperature", 1001}, {"maskgit.sampler.choice_temperature", NAN},
        {"maskgit.sampler.temperature", 0},           {"maskgit.sampler.temperature", 101},
        {"maskgit.sampler.temperature", -INFINITY},   {"maskgit.sampler.cfg_scale", -0.5f},
        {"maskgit.sampler.cfg_scale", 100.5f},        {"maskgit.sampler.cfg_scale", NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct image image = image_start(NULL);
        image_set_f32(&image, cases[i].key, cases[i].value);
        const bool setting = strncmp(cases[i].key, "maskgit.sampler.", 16) == 0;
        image_refused(&image, "f32 out of range", UM_ERROR_MODEL, cases[i].key,
                      setting ? " to 100" : "0 and at most");
    }
}

static void test_bounds_accepted(void **state) {
    (void)state;
    static const struct {
        const char *key;
        float value;
    } cases[] = {
        {"maskgit.transformer.norm_epsilon", 0.1f}, {"maskgit.transformer.norm_epsilon", 0x1p-149f},
        {"maskgit.sampler.choice_temperature", 0},  {"maskgit.sampler.choice_temperature", 1000},
        {"maskgit.sampler.temperature", 100},       {"maskgit.sampler.cfg_scale", 0},
        {"maskgit.sampler.cfg_scale", 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct image image = image_start(NULL);
        image_set_f32(&image, cases[i].key, cases[i].value);
        image_accepted(&image, cases[i].key);
    }
    struct image image = image_start(NULL);
    image_set_u32(&image, "maskgit.sampler.steps", 256);
    image_accepted(&image, "256 steps");
}

static void test_words(void **state) {
    (void)state;
    static const struct {
        const char *key, *value;
    } cases[] = {
        {"maskgit.variant", "muse"},
        {"maskgit.variant", ""},
        {"maskgit.transformer.gelu", "relu"},
        {"maskgit.transformer.gelu", "tanh "},
        {"maskgit.sampler.schedule", "sawtooth"},
        {"maskgit.sampler.schedule", ""},
        {"maskgit.sampler.schedule", "default"},
        {"maskgit.sampler.schedule", "pownan"},
        {"maskgit.sampler.schedule", "pow-1"},
        {"maskgit.sampler.schedule", "0.5,0"},
        {"maskgit.sampler.schedule", "pow2.000000000000000000000000000000000000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct image image = image_start(NULL);
        image_set_string(&image, cases[i].key, cases[i].value);
        image_refused(&image, cases[i].value, UM_ERROR_MODEL, cases[i].key, "");
    }
    static const char *const schedules[] = {"cosine",      "linear", "square",
                                            "cubic",       "pow2.5", "sqrt",
                                            "exponential", "arccos", "logarithmic"};
    for (size_t i = 0; i < sizeof schedules / sizeof *schedules; i++) {
        struct image image = image_start(NULL);
        image_set_string(&image, "maskgit.sampler.schedule", schedules[i]);
        image_accepted(&image, schedules[i]);
    }
}

static void add_string(struct image *image, const char *key) {
    const uint8_t value[] = {1, 0, 0, 0, 0, 0, 0, 0, 'x'};
    image_add_key(image, key, 8, value, sizeof value);
}

static void test_unknown_keys(void **state) {
    (void)state;
    static const char *const refused[] = {"maskgit.sampler.steps2", "maskgit", "tokenizer.x",
                                          "general", "generalx.name"};
    static const char *const accepted[] = {"general.author", "general.url", "general.source.url",
                                           "general.license.link", "general.anything"};
    for (size_t i = 0; i < 5; i++) {
        struct image image = image_start(NULL);
        add_string(&image, refused[i]);
        image_refused(&image, "unknown key", UM_ERROR_MODEL, refused[i], "found an unknown one");
        image = image_start(NULL);
        add_string(&image, accepted[i]);
        image_accepted(&image, accepted[i]);
    }
}

static void test_general_types(void **state) {
    (void)state;
    const uint8_t number[4] = {1, 0, 0, 0};
    const uint8_t strings[] = {8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'x'};
    const uint8_t numbers[] = {4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0};
    struct image image = image_start(NULL);
    image_add_key(&image, "general.version", 4, number, sizeof number);
    image_refused(&image, "number", UM_ERROR_MODEL, "general.version", "found u32");
    image = image_start(NULL);
    image_add_key(&image, "general.tags", 9, numbers, sizeof numbers);
    image_refused(&image, "numbers", UM_ERROR_MODEL, "general.tags", "found array of u32");
    image = image_start(NULL);
    image_add_key(&image, "general.source.url", 9, strings, sizeof strings);
    image_refused(&image, "strings", UM_ERROR_MODEL, "general.source.url", "found array of string");
    image = image_start(NULL);
    image_add_key(&image, "general.tags", 9, strings, sizeof strings);
    image_accepted(&image, "general.tags");
}

static void test_transformer_shape(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    image_set_u32(&image, "maskgit.transformer.heads", 3);
    image_refused(&image, "32 over 3 heads", UM_ERROR_MODEL, "maskgit.transformer.heads",
                  "expected a divisor of dim 32, found 3");
    image = image_start(NULL);
    image_set_u32(&image, "maskgit.transformer.heads", 1);
    image_set_u32(&image, "maskgit.transformer.dim", 257);
    image_refused(&image, "head of 257", UM_ERROR_MODEL, "maskgit.transformer.heads",
                  "at most 256");
}

static void test_tokenizer_shape(void **state) {
    (void)state;
    static const char multipliers[] = "maskgit.tokenizer.channel_multipliers";
    struct image image = image_start(NULL);
    size_t at = image_value_at(&image, multipliers);
    image_set(&image, at + 12, 17, 4);
    image_refused(&image, "multiplier 17", UM_ERROR_MODEL, multipliers, "found 17");
    image = image_start(NULL);
    image_set(&image, at + 16, 0, 4);
    image_refused(&image, "multiplier 0", UM_ERROR_MODEL, multipliers, "found 0");
    image = image_start(NULL);
    image_set(&image, at + 4, 0, 8);
    image_splice(&image, at + 12, 12, NULL, 0);
    image_refused(&image, "no levels", UM_ERROR_MODEL, multipliers, "1 to 8 levels, found 0");
    image = image_start(NULL);
    image_set(&image, at + 4, 9, 8);
    image_splice(&image, at + 12, 0, "\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0", 24);
    image_refused(&image, "nine levels", UM_ERROR_MODEL, multipliers, "found 9");
    image = image_start(NULL);
    image_set_u32(&image, "maskgit.tokenizer.norm_groups", 3);
    image_refused(&image, "8 channels in 3 groups", UM_ERROR_MODEL, "maskgit.tokenizer.norm_groups",
                  "expected a divisor of 8");
    image = image_start(NULL);
    image_set_u32(&image, "maskgit.image_width", 32);
    image_refused(&image, "width of other levels", UM_ERROR_MODEL, "maskgit.image_width",
                  "expected 16 for 4 tokens and 3 levels, found 32");
    image = image_start(NULL);
    image_set_u32(&image, "maskgit.grid_height", 5);
    image_refused(&image, "grid of another height", UM_ERROR_MODEL, "maskgit.image_height",
                  "expected 20");
}

static void test_classes(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    image_set_u32(&image, "maskgit.class_count", 6);
    image_refused(&image, "fewer names than classes", UM_ERROR_MODEL, "maskgit.class_names",
                  "expected 6 strings as maskgit.class_count says, found 5");
    image = image_start(NULL);
    image_set(&image, image_value_at(&image, "maskgit.class_symbols") + 4, 4, 8);
    image_splice(&image, image_value_at(&image, "maskgit.class_symbols") + 12, 12, NULL, 0);
    image_refused(&image, "fewer symbols than classes", UM_ERROR_MODEL, "maskgit.class_symbols",
                  "found 4");
}

static void test_guidance_without_null_class(void **state) {
    (void)state;
    struct tiny_model_options options = {.no_null_class = true};
    struct image image = image_start(&options);
    image_set_f32(&image, "maskgit.sampler.cfg_scale", 2);
    image_refused(&image, "guidance without null class", UM_ERROR_MODEL,
                  "maskgit.sampler.cfg_scale", "expected 0 without a null class, found 2");
}

static const struct tiny_model_options v1 = {.transformer = TINY_V1, .tokenizer = TINY_TAMING};
static const struct tiny_model_options halton = {
    .transformer = TINY_HALTON, .tokenizer = TINY_TAMING, .unit_codes = true};
static const struct tiny_model_options patched = {
    .transformer = TINY_HALTON, .tokenizer = TINY_TAMING, .unit_codes = true, .patch_size = 2};

static const struct tiny_model_options deep = {.decoder_blocks = 2};

static void test_variants_accepted(void **state) {
    (void)state;
    static const enum tiny_transformer transformers[] = {TINY_ORIGINAL, TINY_V1, TINY_HALTON};
    for (int i = 0; i < 6; i++) {
        struct tiny_model_options options = {.transformer = transformers[i / 2],
                                             .tokenizer =
                                                 i % 2 ? TINY_TAMING : TINY_TOKENIZER_ORIGINAL,
                                             .unit_codes = i == 5};
        struct image image = image_start(&options);
        image_accepted(&image, "a variant");
    }
    struct image image = image_start(NULL);
    image_add_key(&image, "maskgit.tokenizer.variant", 8,
                  (const uint8_t *)"\10\0\0\0\0\0\0\0original", 16);
    image_accepted(&image, "the original tokenizer by name");
    image = image_start(&patched);
    image_accepted(&image, "patches");
}

/* A key of one variant is required there and refused in every other. */
static void test_keys_of_a_variant(void **state) {
    (void)state;
    static const struct {
        const char *key;
        const struct tiny_model_options *in, *not_in;
        uint32_t type;
    } cases[] = {
        {"maskgit.transformer.gelu", &v1, &halton, 8},
        {"maskgit.transformer.gelu", NULL, NULL, 8},
        {"maskgit.transformer.embd_norm_epsilon", &v1, &halton, 6},
        {"maskgit.transformer.head_dim", &halton, &v1, 4},
        {"maskgit.tokenizer.z_channels", &v1, NULL, 4},
        {"maskgit.tokenizer.unit_codes", &halton, NULL, 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint8_t number[4] = {1};
        struct image image = image_start(cases[i].in);
        image_remove_key(&image, cases[i].key);
        image_refused(&image, "missing", UM_ERROR_MODEL, cases[i].key, "found no such key");
        if (cases[i].type == 8)
            continue;
        image = image_start(cases[i].in);
        image_set(&image, image_type_at(&image, cases[i].key), cases[i].type == 7 ? 1 : 5, 4);
        image_refused(&image, "mistyped", UM_ERROR_MODEL, cases[i].key, "");
        image = image_start(cases[i].not_in);
        image_add_key(&image, cases[i].key, cases[i].type, number, cases[i].type == 7 ? 1 : 4);
        image_refused(&image, "foreign", UM_ERROR_MODEL, cases[i].key, "expected no such key");
    }
    struct image image = image_start(&halton);
    image_add_key(&image, "maskgit.transformer.gelu", 8, (const uint8_t *)"\3\0\0\0\0\0\0\0erf",
                  11);
    image_refused(&image, "a GELU in halton", UM_ERROR_MODEL, "maskgit.transformer.gelu",
                  "expected no such key in variant halton with tokenizer taming, found one");
}

static void test_variant_values(void **state) {
    (void)state;
    static const struct {
        const struct tiny_model_options *options;
        const char *key;
        uint32_t value;
    } cases[] = {
        {&halton, "maskgit.transformer.head_dim", 0},
        {&halton, "maskgit.transformer.head_dim", 257},
        {&patched, "maskgit.transformer.patch_size", 0},
        {&patched, "maskgit.transformer.patch_size", 9},
        {&v1, "maskgit.tokenizer.z_channels", 0},
        {&v1, "maskgit.tokenizer.z_channels", 4097},
        {&halton, "maskgit.transformer.norm_epsilon", 0},
        {&v1, "maskgit.transformer.embd_norm_epsilon", 0x7fc00000},
        {&v1, "maskgit.transformer.embd_norm_epsilon", 0x3f800000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct image image = image_start(cases[i].options);
        image_set_u32(&image, cases[i].key, cases[i].value);
        image_refused(&image, "out of range", UM_ERROR_MODEL, cases[i].key, "");
    }
    struct image image = image_start(&v1);
    image_set_string(&image, "maskgit.tokenizer.variant", "vqgan");
    image_refused(&image, "a tokenizer that is none", UM_ERROR_MODEL, "maskgit.tokenizer.variant",
                  "expected \"original\" or \"taming\", found \"vqgan\"");
    image = image_start(&v1);
    image_set_string(&image, "maskgit.variant", "v2");
    image_refused(&image, "a transformer that is none", UM_ERROR_MODEL, "maskgit.variant",
                  "expected \"original\", \"v1\" or \"halton\", found \"v2\"");
    image = image_start(&patched);
    image_set_u32(&image, "maskgit.transformer.patch_size", 3);
    image_refused(&image, "patches that do not divide the grid", UM_ERROR_MODEL,
                  "maskgit.transformer.patch_size",
                  "expected a divisor of the grid's 4 x 4 tokens, found 3");
    image = image_start(&v1);
    const uint8_t two[4] = {2};
    image_add_key(&image, "maskgit.transformer.patch_size", 4, two, 4);
    image_refused(&image, "patches in v1", UM_ERROR_MODEL, "maskgit.transformer.patch_size",
                  "expected no such key");
    image = image_start(&deep);
    image_set(&image, image_value_at(&image, "maskgit.tokenizer.decoder_blocks") + 12, 17, 4);
    image_refused(&image, "a decoder of 17 blocks", UM_ERROR_MODEL,
                  "maskgit.tokenizer.decoder_blocks", "expected 1 to 16 blocks, found 17");
    image = image_start(&deep);
    image_set(&image, image_value_at(&image, "maskgit.tokenizer.decoder_blocks") + 4, 2, 8);
    image_splice(&image, image_value_at(&image, "maskgit.tokenizer.decoder_blocks") + 12, 4, NULL,
                 0);
    image_refused(&image, "blocks for two of three levels", UM_ERROR_MODEL,
                  "maskgit.tokenizer.decoder_blocks",
                  "expected a number for each of 3 levels, found 2");
    image = image_start(&v1);
    const uint8_t three[24] = {4, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
    image_add_key(&image, "maskgit.tokenizer.decoder_blocks", 9, three, 24);
    image_refused(&image, "decoder blocks of taming", UM_ERROR_MODEL,
                  "maskgit.tokenizer.decoder_blocks", "expected no such key");
    image = image_start(&halton);
    image_set_u32(&image, "maskgit.transformer.heads", 64);
    image_set_u32(&image, "maskgit.transformer.head_dim", 129);
    image_refused(&image, "heads wider than 8192", UM_ERROR_MODEL, "maskgit.transformer.heads",
                  "at most 8192 in all");
}

static void add_text(struct image *image, const char *key, const char *text) {
    uint8_t value[64] = {(uint8_t)strlen(text)};
    assert_true(strlen(text) <= sizeof value - 8);
    memcpy(value + 8, text, strlen(text));
    image_add_key(image, key, 8, value, 8 + strlen(text));
}

static void test_sampler_names(void **state) {
    (void)state;
    static const struct {
        const char *key, *value;
        bool good;
    } cases[] = {
        {"maskgit.sampler.name", "halton", true},
        {"maskgit.sampler.name", "recheck", true},
        {"maskgit.sampler.name", "default", false},
        {"maskgit.sampler.name", "", false},
        {"maskgit.sampler.name", "halton0000000000000000000000000000", false},
        {"maskgit.sampler.cfg_schedule", "linear", true},
        {"maskgit.sampler.cfg_schedule", "power-cosine2.5", true},
        {"maskgit.sampler.cfg_schedule", "quadratic", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct image image = image_start(NULL);
        add_text(&image, cases[i].key, cases[i].value);
        if (cases[i].good)
            image_accepted(&image, cases[i].value);
        else
            image_refused(&image, cases[i].value, UM_ERROR_MODEL, cases[i].key, "the name of a");
    }
}

static void test_sampler_numbers(void **state) {
    (void)state;
    static const struct {
        const char *key;
        uint32_t type, bits; /* 4 u32, 6 f32 */
        bool good;
    } cases[] = {
        {"maskgit.sampler.top_k", 4, 0, true},
        {"maskgit.sampler.top_k", 4, 65537, false},
        {"maskgit.sampler.top_p", 6, 0x3f800000, true}, /* 1 */
        {"maskgit.sampler.top_p", 6, 0x3f800001, false},
        {"maskgit.sampler.top_p", 6, 0, false},
        {"maskgit.sampler.eta", 6, 0x7fc00000, false}, /* NaN */
        {"maskgit.sampler.recheck_rounds", 4, 256, true},
        {"maskgit.sampler.recheck_rounds", 4, 0, false},
        {"maskgit.sampler.recheck_threshold", 6, 0x3dcccccd, true}, /* 0.1 */
        {"maskgit.sampler.recheck_threshold", 4, 1, false},         /* of another type */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint32_t bits = cases[i].bits;
        const uint8_t value[4] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16),
                                  (uint8_t)(bits >> 24)};
        struct image image = image_start(NULL);
        image_add_key(&image, cases[i].key, cases[i].type, value, sizeof value);
        if (cases[i].good)
            image_accepted(&image, cases[i].key);
        else
            image_refused(&image, "a sampler's number", UM_ERROR_MODEL, cases[i].key, "");
    }
}

/* 24 x 24 and 32 x 32 tokens, 384 and 512 pixels at five levels. */
static void test_large_pictures(void **state) {
    (void)state;
    for (uint32_t grid = 24; grid <= 32; grid += 8) {
        struct tiny_model_options options = halton;
        options.grid = grid;
        options.levels = 5;
        struct image image = image_start(&options);
        image_accepted(&image, "a large picture");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_optional),
        cmocka_unit_test(test_u32_ranges),
        cmocka_unit_test(test_f32_ranges),
        cmocka_unit_test(test_bounds_accepted),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_general_types),
        cmocka_unit_test(test_transformer_shape),
        cmocka_unit_test(test_tokenizer_shape),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_guidance_without_null_class),
        cmocka_unit_test(test_variants_accepted),
        cmocka_unit_test(test_keys_of_a_variant),
        cmocka_unit_test(test_variant_values),
        cmocka_unit_test(test_large_pictures),
        cmocka_unit_test(test_sampler_names),
        cmocka_unit_test(test_sampler_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
