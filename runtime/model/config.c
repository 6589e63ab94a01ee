/* The metadata table of docs/MODEL_FORMAT.md, and the rules that tie its values together. */
#include "model/config.h"

#include "model/container.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NOWHERE = -1 };

struct rule {
    const char *key;
    uint32_t type, element; /* element: of an array; else the same as type */
    bool optional;
    int where;            /* offset in struct um_config of a number that is stored as it is */
    uint32_t least, most; /* u32 */
    float highest;        /* f32: 0 or more, or above 0 with `positive` */
    bool positive;
    uint32_t variants;         /* that have this key, a sum of the bits below; 0 = all */
    const um_setting *setting; /* that has this key; its range and place stand for the above */
};

enum {
    ORIGINAL = 1 << UM_TRANSFORMER_ORIGINAL,
    V1 = 1 << UM_TRANSFORMER_V1,
    HALTON = 1 << UM_TRANSFORMER_HALTON,
    UNTAMED = 256 << UM_TOKENIZER_ORIGINAL,
    TAMING = 256 << UM_TOKENIZER_TAMING
};

static const char *const transformer_names[] = {
    [UM_TRANSFORMER_ORIGINAL] = "original",
    [UM_TRANSFORMER_V1] = "v1",
    [UM_TRANSFORMER_HALTON] = "halton",
};
static const char *const tokenizer_names[] = {
    [UM_TOKENIZER_ORIGINAL] = "original",
    [UM_TOKENIZER_TAMING] = "taming",
};

#define AT(field) (int)offsetof(struct um_config, field)
#define U32(key, where, least, most)                                                               \
    { key, UM_GGUF_U32, UM_GGUF_U32, false, where, least, most, 0, false, 0, NULL }
#define F32(key, where, highest, positive)                                                         \
    { key, UM_GGUF_F32, UM_GGUF_F32, false, where, 0, 0, highest, positive, 0, NULL }
#define STRING(key, optional)                                                                      \
    { key, UM_GGUF_STRING, UM_GGUF_STRING, optional, NOWHERE, 0, 0, 0, false, 0, NULL }
#define ARRAY(key, element, optional)                                                              \
    { key, UM_GGUF_ARRAY, element, optional, NOWHERE, 0, 0, 0, false, 0, NULL }
#define BOOL(key, variants)                                                                        \
    { key, UM_GGUF_BOOL, UM_GGUF_BOOL, false, NOWHERE, 0, 0, 0, false, variants, NULL }

static const struct rule rules[] = {
    STRING("general.architecture", false),
    U32("general.alignment", NOWHERE, UM_DATA_ALIGNMENT, UM_DATA_ALIGNMENT),
    U32("general.file_type", NOWHERE, 0, UINT32_MAX),
    STRING("general.name", false),
    STRING("general.license", false),
    STRING("general.author", true),
    STRING("general.description", true),
    STRING("general.url", true),
    U32("maskgit.format_version", NOWHERE, 1, 1),
    STRING("maskgit.variant", false),
    U32("maskgit.image_width", AT(image_width), 1, 4096),
    U32("maskgit.image_height", AT(image_height), 1, 4096),
    U32("maskgit.grid_width", AT(grid_width), 1, 128),
    U32("maskgit.grid_height", AT(grid_height), 1, 128),
    U32("maskgit.codebook_size", AT(codebook_size), 2, 65536),
    U32("maskgit.codebook_dim", AT(codebook_dim), 1, 4096),
    U32("maskgit.class_count", AT(class_count), 1, 65536),
    ARRAY("maskgit.class_names", UM_GGUF_STRING, false),
    ARRAY("maskgit.class_symbols", UM_GGUF_STRING, true),
    BOOL("maskgit.null_class", 0),
    U32("maskgit.transformer.dim", AT(transformer.dim), 1, 8192),
    U32("maskgit.transformer.layers", AT(transformer.layers), 1, 64),
    U32("maskgit.transformer.heads", AT(transformer.heads), 1, 64),
    U32("maskgit.transformer.mlp_dim", AT(transformer.mlp_dim), 1, 32768),
    F32("maskgit.transformer.norm_epsilon", AT(transformer.norm_epsilon), 0.1f, true),
    {"maskgit.transformer.gelu", UM_GGUF_STRING, UM_GGUF_STRING, false, NOWHERE, 0, 0, 0, false,
     ORIGINAL | V1, NULL},
    {"maskgit.transformer.head_dim", UM_GGUF_U32, UM_GGUF_U32, false, AT(transformer.head_dim), 1,
     256, 0, false, HALTON, NULL},
    {"maskgit.transformer.patch_size", UM_GGUF_U32, UM_GGUF_U32, true, AT(transformer.patch_size),
     1, 8, 0, false, HALTON, NULL},
    {"maskgit.transformer.embd_norm_epsilon", UM_GGUF_F32, UM_GGUF_F32, false,
     AT(transformer.embd_norm_epsilon), 0, 0, 0.1f, true, V1, NULL},
    STRING("maskgit.tokenizer.variant", true),
    U32("maskgit.tokenizer.channels", NOWHERE, 1, 1024),
    ARRAY("maskgit.tokenizer.channel_multipliers", UM_GGUF_U32, false),
    U32("maskgit.tokenizer.res_blocks", AT(tokenizer.res_blocks), 1, 8),
    {"maskgit.tokenizer.decoder_blocks", UM_GGUF_ARRAY, UM_GGUF_U32, true, NOWHERE, 0, 0, 0, false,
     UNTAMED, NULL},
    U32("maskgit.tokenizer.norm_groups", AT(tokenizer.norm_groups), 1, 16384),
    F32("maskgit.tokenizer.norm_epsilon", AT(tokenizer.norm_epsilon), 0.1f, true),
    {"maskgit.tokenizer.z_channels", UM_GGUF_U32, UM_GGUF_U32, false, AT(tokenizer.z_channels), 1,
     4096, 0, false, TAMING, NULL},
    BOOL("maskgit.tokenizer.unit_codes", TAMING),
    STRING("maskgit.sha256.header", false),
    STRING("maskgit.sha256.data", false),
};
enum { FIXED_COUNT = sizeof rules / sizeof *rules, RULE_COUNT = FIXED_COUNT + UM_SETTING_COUNT };

/* Behind the rules of the table come those of the sampler's settings, in their order. A setting
 * that is in no file has a key that no file has. */
static struct rule rule_at(uint32_t index) {
    if (index < FIXED_COUNT)
        return rules[index];
    const um_setting *setting = um_setting_info((um_setting_id)(index - FIXED_COUNT));
    const uint32_t type = setting->kind == UM_KIND_WHOLE  ? UM_GGUF_U32
                          : setting->kind == UM_KIND_REAL ? UM_GGUF_F32
                                                          : UM_GGUF_STRING;
    return (struct rule){.key = setting->key ? setting->key : "",
                         .type = type,
                         .element = type,
                         .optional = !isnan(setting->fallback),
                         .where = NOWHERE,
                         .setting = setting};
}

static const char *type_name(uint32_t type) {
    static const char *const names[UM_GGUF_TYPE_COUNT] = {"u8",  "i8",  "u16",  "i16",    "u32",
                                                          "i32", "f32", "bool", "string", "array",
                                                          "u64", "i64", "f64"};
    return names[type];
}

static um_status wrong_type(const struct um_container *c, const char *key, uint32_t type,
                            uint32_t element, const struct um_entry *found) {
    bool array = type == UM_GGUF_ARRAY, found_array = found->type == UM_GGUF_ARRAY;
    return um_wrong(&c->origin, key, "expected %s%s, found %s%s", array ? "array of " : "",
                    type_name(element), found_array ? "array of " : "", type_name(found->element));
}

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* Keys of no rule: strings and arrays of strings under `general.`, nothing else. */
static um_status check_unruled(const struct um_container *c, const char *key,
                               const struct um_entry *entry) {
    if (!starts_with(key, "general."))
        return um_wrong(&c->origin, key, "expected a key of the format, found an unknown one");
    bool array = entry->type == UM_GGUF_ARRAY;
    bool only_string = starts_with(key, "general.source.") || starts_with(key, "general.license.");
    if (entry->element != UM_GGUF_STRING || (array && only_string))
        return wrong_type(c, key, UM_GGUF_STRING, UM_GGUF_STRING, entry);
    return UM_OK;
}

static um_status check_types(const struct um_container *c) {
    for (uint32_t i = 0; i < c->entry_count; i++) {
        const struct um_entry *entry = &c->entries[i];
        char key[UM_NAME_BYTES];
        um_text_show(entry->key, key, sizeof key);
        uint32_t index = 0;
        while (index < RULE_COUNT && strcmp(rule_at(index).key, key) != 0)
            index++;
        um_status status = UM_OK;
        const struct rule rule = rule_at(index < RULE_COUNT ? index : 0);
        if (index == RULE_COUNT)
            status = check_unruled(c, key, entry);
        else if (entry->type != rule.type || entry->element != rule.element)
            status = wrong_type(c, key, rule.type, rule.element, entry);
        if (status != UM_OK)
            return status;
    }
    return UM_OK;
}

static um_status read_u32(struct um_config *config, const struct um_container *c,
                          const struct rule *rule, const struct um_entry *entry) {
    uint32_t value = um_entry_u32(entry, 0);
    if (value < rule->least || value > rule->most)
        return um_wrong(&c->origin, rule->key,
                        "expected %" PRIu32 " to %" PRIu32 ", found %" PRIu32, rule->least,
                        rule->most, value);
    if (rule->where != NOWHERE)
        memcpy((char *)config + rule->where, &value, sizeof value);
    return UM_OK;
}

static um_status read_f32(struct um_config *config, const struct um_container *c,
                          const struct rule *rule, const struct um_entry *entry) {
    float value = um_entry_f32(entry, 0);
    bool inside = value >= 0 && value <= rule->highest; /* false for NaN */
    if (!inside || (rule->positive && value == 0))
        return um_wrong(&c->origin, rule->key, "expected %s 0 and at most %g, found %g",
                        rule->positive ? "above" : "at least", (double)rule->highest,
                        (double)value);
    memcpy((char *)config + rule->where, &value, sizeof value);
    return UM_OK;
}

static bool applies(const struct rule *rule, const struct um_config *config) {
    const uint32_t transformer = (uint32_t)1 << config->transformer.kind;
    const uint32_t tokenizer = (uint32_t)256 << config->tokenizer.kind;
    return rule->variants == 0 || (rule->variants & (transformer | tokenizer)) != 0;
}

/* A setting that is a number. */
static um_status read_setting(struct um_config *config, const struct um_container *c,
                              const um_setting *setting, const struct um_entry *entry) {
    const bool whole = setting->kind == UM_KIND_WHOLE;
    const double value = whole ? um_entry_u32(entry, 0) : (double)um_entry_f32(entry, 0);
    const um_setting_id id = (um_setting_id)(setting - um_setting_info((um_setting_id)0));
    if (isnan(value) || um_setting_set(id, &config->sampler, value) != UM_OK)
        return um_wrong(&c->origin, setting->key, "expected %g to %g, found %g", setting->least,
                        setting->most, value);
    return UM_OK;
}

static um_status read_number(struct um_config *config, const struct um_container *c,
                             const struct rule *rule, const struct um_entry *entry) {
    if (rule->type != UM_GGUF_U32 && rule->type != UM_GGUF_F32)
        return UM_OK;
    if (rule->setting)
        return read_setting(config, c, rule->setting, entry);
    return rule->type == UM_GGUF_U32 ? read_u32(config, c, rule, entry)
                                     : read_f32(config, c, rule, entry);
}

static um_status read_numbers(struct um_config *config, const struct um_container *c) {
    um_status status = UM_OK;
    for (uint32_t i = 0; i < RULE_COUNT && status == UM_OK; i++) {
        const struct rule rule = rule_at(i);
        const struct um_entry *entry = um_container_find(c, rule.key);
        if (entry && !applies(&rule, config))
            return um_wrong(&c->origin, rule.key,
                            "expected no such key in variant %s with tokenizer %s, found one",
                            transformer_names[config->transformer.kind],
                            tokenizer_names[config->tokenizer.kind]);
        if (!entry && !rule.optional && applies(&rule, config))
            return um_wrong(&c->origin, rule.key, "expected %s%s, found no such key",
                            rule.type == UM_GGUF_ARRAY ? "array of " : "", type_name(rule.element));
        if (entry)
            status = read_number(config, c, &rule, entry);
    }
    return status;
}

static struct um_text text_of(const struct um_container *c, const char *key) {
    const uint8_t *cursor = um_container_find(c, key)->value;
    return um_entry_text(&cursor);
}

static um_status wrong_text(const struct um_container *c, const char *key, const char *expected) {
    char found[40];
    return um_wrong(&c->origin, key, "expected %s, found \"%s\"", expected,
                    um_text_show(text_of(c, key), found, sizeof found));
}

static bool find_name(struct um_text text, const char *const *names, uint32_t count,
                      uint32_t *index) {
    for (*index = 0; *index < count; (*index)++)
        if (um_text_is(text, names[*index]))
            return true;
    return false;
}

/* Which networks the file holds decides which keys it must have. Missing keys are read_numbers'. */
static um_status read_variants(struct um_config *config, const struct um_container *c) {
    static const char key[] = "maskgit.variant", tokenizer_key[] = "maskgit.tokenizer.variant";
    enum {
        TRANSFORMERS = sizeof transformer_names / sizeof *transformer_names,
        TOKENIZERS = sizeof tokenizer_names / sizeof *tokenizer_names
    };
    uint32_t index = 0;
    if (um_container_find(c, key) &&
        !find_name(text_of(c, key), transformer_names, TRANSFORMERS, &index))
        return wrong_text(c, key, "\"original\", \"v1\" or \"halton\"");
    config->transformer.kind = (enum um_transformer_kind)index;
    index = 0;
    if (um_container_find(c, tokenizer_key) &&
        !find_name(text_of(c, tokenizer_key), tokenizer_names, TOKENIZERS, &index))
        return wrong_text(c, tokenizer_key, "\"original\" or \"taming\"");
    config->tokenizer.kind = (enum um_tokenizer_kind)index;
    return UM_OK;
}

static um_status read_choices(struct um_config *config, const struct um_container *c) {
    static const char gelu[] = "maskgit.transformer.gelu";
    uint32_t file_type = um_entry_u32(um_container_find(c, "general.file_type"), 0);
    if (file_type != 0 && file_type != 1 && file_type != 7)
        return um_wrong(&c->origin, "general.file_type",
                        "expected 0 (F32), 1 (F16) or 7 (Q8_0), found %" PRIu32, file_type);
    config->file_dtype = file_type == 0 ? UM_F32 : file_type == 1 ? UM_F16 : UM_Q8_0;
    config->null_class = um_entry_bool(um_container_find(c, "maskgit.null_class"), 0);
    const struct um_entry *unit = um_container_find(c, "maskgit.tokenizer.unit_codes");
    config->tokenizer.unit_codes = unit && um_entry_bool(unit, 0);
    if (!um_container_find(c, gelu))
        return UM_OK;
    bool tanh_form = um_text_is(text_of(c, gelu), "tanh");
    if (!tanh_form && !um_text_is(text_of(c, gelu), "erf"))
        return wrong_text(c, gelu, "\"tanh\" or \"erf\"");
    config->transformer.gelu = tanh_form ? UM_GELU_TANH : UM_GELU_ERF;
    return UM_OK;
}

/* The parsers are of the public header; without a table to fill that of schedules accepts only
 * formulas. */
static um_status parse_name(um_sampling *sampler, const um_setting *setting, const char *name) {
    switch (setting->kind) {
    case UM_KIND_SCHEDULE:
        return um_schedule_parse(name, &sampler->schedule, &sampler->schedule_power, NULL, 0, NULL);
    case UM_KIND_SAMPLER:
        return um_sampler_parse(name, &sampler->sampler);
    case UM_KIND_CFG_SCHEDULE:
        return um_cfg_schedule_parse(name, &sampler->cfg_schedule, &sampler->cfg_power);
    default:
        return UM_OK;
    }
}

/* The sampler's settings that are names. */
static um_status read_names(struct um_config *config, const struct um_container *c) {
    for (uint32_t i = FIXED_COUNT; i < RULE_COUNT; i++) {
        const struct rule rule = rule_at(i);
        if (rule.type != UM_GGUF_STRING || !um_container_find(c, rule.key))
            continue;
        struct um_text text = text_of(c, rule.key);
        char name[32], expected[48];
        um_text_show(text, name, sizeof name);
        snprintf(expected, sizeof expected, "the name of a %s", rule.setting->name);
        if (text.bytes >= sizeof name || parse_name(&config->sampler, rule.setting, name) != UM_OK)
            return wrong_text(c, rule.key, expected);
    }
    return UM_OK;
}

static void defaults(struct um_config *config) {
    config->transformer.patch_size = 1;
    config->sampler.cfg_power = 3.0f; /* as in the 1D tokenizers' code */
    for (int id = 0; id < UM_SETTING_COUNT; id++)
        um_setting_set((um_setting_id)id, &config->sampler,
                       um_setting_info((um_setting_id)id)->fallback);
}

static um_status check_class_arrays(const struct um_config *config, const struct um_container *c) {
    static const char *const keys[] = {"maskgit.class_names", "maskgit.class_symbols"};
    for (int i = 0; i < 2; i++) {
        const struct um_entry *entry = um_container_find(c, keys[i]);
        if (entry && entry->count != config->class_count)
            return um_wrong(&c->origin, keys[i],
                            "expected %" PRIu32 " strings as maskgit.class_count says, found "
                            "%" PRIu32,
                            config->class_count, entry->count);
    }
    return UM_OK;
}

static um_status read_channels(struct um_config *config, const struct um_container *c) {
    static const char key[] = "maskgit.tokenizer.channel_multipliers";
    const struct um_entry *entry = um_container_find(c, key);
    uint32_t base = um_entry_u32(um_container_find(c, "maskgit.tokenizer.channels"), 0);
    if (entry->count < 1 || entry->count > UM_MAX_LEVELS)
        return um_wrong(&c->origin, key, "expected 1 to %d levels, found %" PRIu32, UM_MAX_LEVELS,
                        entry->count);
    config->tokenizer.levels = entry->count;
    for (uint32_t l = 0; l < entry->count; l++) {
        uint32_t multiplier = um_entry_u32(entry, l);
        if (multiplier < 1 || multiplier > 16)
            return um_wrong(&c->origin, key, "expected multipliers of 1 to 16, found %" PRIu32,
                            multiplier);
        uint32_t channels = base * multiplier; /* at most 1024 x 16 */
        if (channels % config->tokenizer.norm_groups)
            return um_wrong(&c->origin, "maskgit.tokenizer.norm_groups",
                            "expected a divisor of %" PRIu32 ", the channels of level %" PRIu32
                            ", found %" PRIu32,
                            channels, l, config->tokenizer.norm_groups);
        config->tokenizer.channels[l] = channels;
    }
    return UM_OK;
}

static um_status read_decoder_blocks(struct um_config *config, const struct um_container *c) {
    static const char key[] = "maskgit.tokenizer.decoder_blocks";
    const struct um_entry *entry = um_container_find(c, key);
    const uint32_t levels = config->tokenizer.levels;
    if (entry && entry->count != levels)
        return um_wrong(&c->origin, key,
                        "expected a number for each of %" PRIu32 " levels, found %" PRIu32, levels,
                        entry->count);
    for (uint32_t l = 0; entry && l < levels; l++) {
        const uint32_t blocks = um_entry_u32(entry, l);
        if (blocks < 1 || blocks > 16)
            return um_wrong(&c->origin, key, "expected 1 to 16 blocks, found %" PRIu32, blocks);
        config->tokenizer.decoder_blocks[l] = blocks;
    }
    return UM_OK;
}

static um_status check_image(const struct um_config *config, const struct um_container *c) {
    static const char *const keys[] = {"maskgit.image_width", "maskgit.image_height"};
    uint32_t grid[] = {config->grid_width, config->grid_height};
    uint32_t image[] = {config->image_width, config->image_height};
    for (int i = 0; i < 2; i++) {
        uint32_t expected = grid[i] << (config->tokenizer.levels - 1); /* at most 128 x 128 */
        if (image[i] != expected)
            return um_wrong(&c->origin, keys[i],
                            "expected %" PRIu32 " for %" PRIu32 " tokens and %" PRIu32
                            " levels, found %" PRIu32,
                            expected, grid[i], config->tokenizer.levels, image[i]);
    }
    return UM_OK;
}

static um_status check_heads(struct um_config *config, const struct um_container *c) {
    static const char key[] = "maskgit.transformer.heads";
    uint32_t dim = config->transformer.dim, heads = config->transformer.heads;
    if (config->transformer.kind == UM_TRANSFORMER_HALTON) {
        if (heads * config->transformer.head_dim > 8192) /* at most 64 x 256 */
            return um_wrong(&c->origin, key,
                            "expected heads of %" PRIu32 " with at most 8192 in all, found %" PRIu32
                            " heads",
                            config->transformer.head_dim, heads);
        return UM_OK;
    }
    config->transformer.head_dim = dim / heads;
    if (dim % heads)
        return um_wrong(&c->origin, key, "expected a divisor of dim %" PRIu32 ", found %" PRIu32,
                        dim, heads);
    if (dim / heads > 256)
        return um_wrong(&c->origin, key,
                        "expected heads of at most 256 of dim %" PRIu32 ", found %" PRIu32 " heads",
                        dim, heads);
    return UM_OK;
}

static um_status check_patches(const struct um_config *config, const struct um_container *c) {
    const uint32_t size = config->transformer.patch_size;
    if (config->grid_width % size || config->grid_height % size)
        return um_wrong(&c->origin, "maskgit.transformer.patch_size",
                        "expected a divisor of the grid's %" PRIu32 " x %" PRIu32
                        " tokens, found %" PRIu32,
                        config->grid_width, config->grid_height, size);
    return UM_OK;
}

static um_status check_transformer(struct um_config *config, const struct um_container *c) {
    um_status status = check_heads(config, c);
    if (status == UM_OK)
        status = check_patches(config, c);
    if (status == UM_OK && !config->null_class && config->sampler.cfg_scale > 0)
        return um_wrong(&c->origin, "maskgit.sampler.cfg_scale",
                        "expected 0 without a null class, found %g",
                        (double)config->sampler.cfg_scale);
    return status;
}

const char *um_transformer_name(enum um_transformer_kind kind) {
    return transformer_names[kind];
}

const char *um_tokenizer_name(enum um_tokenizer_kind kind) {
    return tokenizer_names[kind];
}

um_status um_config_read(struct um_config *config, const struct um_container *container) {
    memset(config, 0, sizeof *config);
    defaults(config);
    um_status status = check_types(container);
    if (status == UM_OK)
        status = read_variants(config, container);
    if (status == UM_OK)
        status = read_numbers(config, container);
    if (status == UM_OK)
        status = read_choices(config, container);
    if (status == UM_OK)
        status = read_names(config, container);
    if (status == UM_OK)
        status = check_class_arrays(config, container);
    if (status == UM_OK)
        status = read_channels(config, container);
    if (status == UM_OK)
        status = read_decoder_blocks(config, container);
    if (status == UM_OK)
        status = check_image(config, container);
    if (status == UM_OK)
        status = check_transformer(config, container);
    return status;
}
