/* The border of the library: contexts, models and the direct passes. Checks what callers give,
 * owns what they get, logs why not. Sessions are in session.c, devices in devices.c. */
#include "objects.h"

#include "base/mem.h"
#include "recover.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unmask/measure.h>

#define TEXT_OF(x)            #x
#define VERSION_TEXT(a, b, c) TEXT_OF(a) "." TEXT_OF(b) "." TEXT_OF(c)

const char *um_status_text(um_status status) {
    switch (status) {
    case UM_OK:
        return "success";
    case UM_ERROR:
        return "error";
    case UM_ERROR_ARGUMENT:
        return "invalid argument";
    case UM_ERROR_MODEL:
        return "model file missing, damaged or unsupported";
    case UM_ERROR_NO_DEVICE:
        return "no usable device";
    case UM_ERROR_MEMORY:
        return "out of memory";
    case UM_ERROR_DEVICE_LOST:
        return "device lost";
    case UM_ERROR_IO:
        return "reading or writing failed";
    case UM_ERROR_CHECK:
        return "a result failed its check";
    case UM_CANCELLED:
        return "cancelled";
    }
    return "unknown status";
}

const char *um_version(void) {
    return VERSION_TEXT(UM_VERSION_MAJOR, UM_VERSION_MINOR, UM_VERSION_PATCH);
}

const char *um_build_info(void) {
    return UM_BUILD_INFO;
}

um_status um_check_reserved(const struct um_log *log, const char *function, const void *reserved,
                            size_t bytes) {
    const unsigned char *byte = reserved;
    for (size_t i = 0; i < bytes; i++) {
        if (byte[i] != 0)
            return um_fail(log, UM_ERROR_ARGUMENT,
                           "%s: reserved holds something, expected zeros; is it initialised, and "
                           "compiled for this version?",
                           function);
    }
    return UM_OK;
}

/* ---------------------------------------------------------------- contexts */

um_status um_context_create(um_context **context, const um_context_params *params) {
    static const um_context_params defaults = {0};
    if (!params)
        params = &defaults;
    struct um_log log = {.fn = params->log, .user = params->log_user};
    if (!context)
        return um_fail(&log, UM_ERROR_ARGUMENT, "um_context_create: context must not be NULL.");
    *context = NULL;
    um_status status =
        um_check_reserved(&log, "um_context_create", params->reserved, sizeof params->reserved);
    if (status != UM_OK)
        return status;
    if (params->precision != UM_PRECISION_DEFAULT && params->precision != UM_PRECISION_BF16 &&
        params->precision != UM_PRECISION_F16)
        return um_fail(&log, UM_ERROR_ARGUMENT, "um_context_create: precision %d is not known.",
                       (int)params->precision);
    uint32_t disabled;
    struct um_device_slot slot;
    status = um_features_parse(getenv("UNMASK_DISABLE"), &disabled, &log);
    if (status == UM_OK)
        status = um_device_pick(params->device, &slot, &log);
    if (status != UM_OK)
        return status;
    um_context *created = um_alloc(1, sizeof *created);
    if (!created)
        return um_fail(&log, UM_ERROR_MEMORY, "Memory ran out while opening a device.");
    created->log = log;
    created->log.last = created->error;
    created->automatic = !params->device || !*params->device || strcmp(params->device, "auto") == 0;
    created->options = (struct um_device_options){.threads = params->threads,
                                                  .bf16 = params->precision == UM_PRECISION_BF16,
                                                  .disabled = disabled,
                                                  .f16 = params->precision == UM_PRECISION_F16,
                                                  .validation = params->validation};
    status = um_recover_open(created, &slot);
    if (status != UM_OK) {
        um_keep_error(created->error);
        um_free(created);
        return status;
    }
    *context = created;
    return UM_OK;
}

void um_context_destroy(um_context **context) {
    if (!context || !*context)
        return;
    (*context)->backend->device_close(&(*context)->device);
    um_free(*context);
    *context = NULL;
}

const char *um_context_error(const um_context *context) {
    return context ? context->error : um_thread_error();
}

const um_device_info *um_context_device(const um_context *context) {
    return context ? &context->info : NULL;
}

/* ---------------------------------------------------------------- models */

static const char *dtype_name(enum um_dtype dtype) {
    return dtype == UM_F32 ? "F32" : dtype == UM_F16 ? "F16" : "Q8_0";
}

static um_model_info describe(const struct um_model_file *file) {
    const struct um_config *c = &file->config;
    return (um_model_info){.name = file->name ? file->name : "",
                           .license = file->license ? file->license : "",
                           .description = file->description ? file->description : "",
                           .weight_type = dtype_name(c->file_dtype),
                           .sha256 = file->sha256_data,
                           .image_width = c->image_width,
                           .image_height = c->image_height,
                           .grid_width = c->grid_width,
                           .grid_height = c->grid_height,
                           .codebook_size = c->codebook_size,
                           .class_count = c->class_count,
                           .has_null_class = c->null_class,
                           .file_bytes = file->file_bytes,
                           .parameters = file->parameters,
                           .defaults = c->sampler,
                           .transformer_dim = c->transformer.dim,
                           .transformer_layers = c->transformer.layers,
                           .transformer_heads = c->transformer.heads,
                           .transformer_mlp_dim = c->transformer.mlp_dim,
                           .transformer_variant = um_transformer_name(c->transformer.kind),
                           .tokenizer_variant = um_tokenizer_name(c->tokenizer.kind)};
}

static um_status create_weights(um_model *model) {
    um_context *context = model->context;
    um_status status;
    do
        status =
            context->device
                ? context->backend->weights_create(&model->weights, context->device,
                                                   model->file.tensors, model->file.tensor_count)
                : um_fail(&context->log, UM_ERROR_DEVICE_LOST, "The device was lost.");
    while (um_recover(context, status));
    return status;
}

/* Puts the weights of the opened file on the device; takes over `created` either way. */
static um_status upload(um_model **model, um_model *created, um_status status) {
    if (status == UM_OK)
        status = create_weights(created);
    if (status != UM_OK) {
        um_model_unload(&created);
        return status;
    }
    um_model_file_drop_data(&created->file);
    created->info = describe(&created->file);
    um_recover_add(created);
    *model = created;
    return UM_OK;
}

static um_status allocate(um_model **created, um_context *context) {
    *created = um_alloc(1, sizeof **created);
    if (!*created)
        return um_fail(&context->log, UM_ERROR_MEMORY, "Memory ran out while loading a model.");
    (*created)->context = context;
    return UM_OK;
}

um_status um_model_load_with(um_model **model, um_context *context, const um_load_params *params) {
    if (model)
        *model = NULL;
    const struct um_log *log = context ? &context->log : NULL;
    if (!model || !context || !params || !params->path == !params->bytes)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "um_model_load_with: model, context, params and either path or bytes must "
                       "not be NULL.");
    um_status status =
        um_check_reserved(log, "um_model_load_with", params->reserved, sizeof params->reserved);
    um_model *created;
    if (status == UM_OK)
        status = allocate(&created, context);
    if (status != UM_OK)
        return status;
    const struct um_watch watch = {params->progress, params->progress_user};
    if (params->path) {
        status = um_model_file_open_watched(&created->file, params->path, &watch, log);
        created->path = um_strdup(params->path);
        if (status == UM_OK && !created->path)
            status = um_fail(log, UM_ERROR_MEMORY, "Memory ran out while loading a model.");
    } else {
        status =
            um_model_file_from_memory_watched(&created->file, params->bytes, params->size,
                                              params->name ? params->name : "memory", &watch, log);
    }
    return upload(model, created, status);
}

um_status um_model_load(um_model **model, um_context *context, const char *path) {
    if (model)
        *model = NULL;
    if (!model || !context || !path)
        return um_fail(context ? &context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_model_load: model, context and path must not be NULL.");
    return um_model_load_with(model, context, &(um_load_params){.path = path});
}

um_status um_model_load_memory(um_model **model, um_context *context, const void *bytes,
                               size_t size, const char *name) {
    if (model)
        *model = NULL;
    if (!model || !context || !bytes)
        return um_fail(context ? &context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_model_load_memory: model, context and bytes must not be NULL.");
    return um_model_load_with(model, context,
                              &(um_load_params){.bytes = bytes, .size = size, .name = name});
}

void um_model_unload(um_model **model) {
    if (!model || !*model)
        return;
    um_model *m = *model;
    for (size_t i = 0; i < sizeof m->network / sizeof m->network[0]; i++)
        um_program_close(&m->network[i]);
    um_profile_end(m);
    if (m->weights)
        m->context->backend->weights_destroy(&m->weights);
    um_recover_remove(m);
    um_model_file_close(&m->file);
    um_free(m->path);
    um_free(m);
    *model = NULL;
}

const um_model_info *um_model_get_info(const um_model *model) {
    return model ? &model->info : NULL;
}

static bool has_class(const um_model *model, int32_t class_index) {
    return model && class_index >= 0 && (uint32_t)class_index < model->info.class_count;
}

const char *um_model_class_name(const um_model *model, int32_t class_index) {
    return has_class(model, class_index) ? model->file.class_names[class_index] : NULL;
}

const char *um_model_class_symbol(const um_model *model, int32_t class_index) {
    return has_class(model, class_index) ? model->file.class_symbols[class_index] : NULL;
}

um_status um_model_find_class(const um_model *model, const char *text, int32_t *class_index) {
    if (!model || !text || !class_index)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_model_find_class: model, text and class_index must not be NULL.");
    return um_model_file_find_class(&model->file, text, class_index, &model->context->log);
}

um_status um_verify_file(const char *path, um_log_fn log_fn, void *user) {
    struct um_log log = {.fn = log_fn, .user = user};
    if (!path)
        return um_fail(&log, UM_ERROR_ARGUMENT, "um_verify_file: path must not be NULL.");
    struct um_model_file file = {0};
    um_status status = um_model_file_open(&file, path, &log);
    um_model_file_close(&file);
    return status;
}

/* ---------------------------------------------------------------- direct passes */

static size_t picture_floats(const um_model *model) {
    return (size_t)3 * model->info.image_width * model->info.image_height;
}

static um_status check_codes(const um_model *model, const int32_t *codes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (codes[i] < 0 || (uint32_t)codes[i] >= model->info.codebook_size)
            return um_fail(&model->context->log, UM_ERROR_CHECK,
                           "The device returned code %d at position %zu.", (int)codes[i], i);
    }
    return UM_OK;
}

/* Results go through a buffer of our own: a caller's array is untouched when a check fails. */
static um_status encode(um_model *model, const float *rgb, int32_t *tokens) {
    struct um_program *encoder;
    um_status status = um_model_network(model, UM_NET_ENCODER, &encoder);
    if (status != UM_OK)
        return status;
    size_t count = um_config_tokens(&model->file.config);
    int32_t *codes = um_alloc(count, sizeof *codes);
    if (!codes)
        return um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in um_encode.");
    status = um_program_run(encoder, rgb, codes, NULL);
    if (status == UM_OK)
        status = check_codes(model, codes, count);
    if (status == UM_OK)
        memcpy(tokens, codes, count * sizeof *codes);
    um_free(codes);
    return status;
}

um_status um_encode(um_model *model, const float *rgb, int32_t *tokens) {
    if (!model || !rgb || !tokens)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_encode: model, rgb and tokens must not be NULL.");
    const struct um_log *log = &model->context->log;
    size_t floats = picture_floats(model);
    for (size_t i = 0; i < floats; i++) {
        if (!isfinite(rgb[i]))
            return um_fail(log, UM_ERROR_ARGUMENT, "um_encode: rgb[%zu] is not a finite number.",
                           i);
    }
    return encode(model, rgb, tokens);
}

/* Every token a code, or -1 where `masked_allowed`. */
static um_status check_tokens(const um_model *model, const char *function, const int32_t *tokens,
                              bool masked_allowed) {
    uint32_t count = um_config_tokens(&model->file.config);
    for (uint32_t i = 0; i < count; i++) {
        if (masked_allowed && tokens[i] == -1)
            continue;
        if (tokens[i] < 0 || (uint32_t)tokens[i] >= model->info.codebook_size)
            return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                           "%s: tokens[%u] is %d, expected %s0 to %u.", function, (unsigned)i,
                           (int)tokens[i], masked_allowed ? "-1 or " : "",
                           (unsigned)model->info.codebook_size - 1);
    }
    return UM_OK;
}

um_status um_model_decode(um_model *model, const int32_t *tokens, float *rgb) {
    const struct um_log *log = &model->context->log;
    struct um_program *decoder;
    um_status status = um_model_network(model, UM_NET_DECODER, &decoder);
    if (status != UM_OK)
        return status;
    size_t floats = picture_floats(model);
    float *picture = um_alloc(floats, sizeof *picture);
    if (!picture)
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out while decoding.");
    status = um_program_run(decoder, tokens, picture, NULL);
    if (status == UM_OK && !um_all_finite(picture, floats))
        status =
            um_fail(log, UM_ERROR_CHECK, "The decoded picture holds values that are not numbers.");
    if (status == UM_OK)
        memcpy(rgb, picture, floats * sizeof *rgb);
    um_free(picture);
    return status;
}

um_status um_decode(um_model *model, const int32_t *tokens, float *rgb) {
    if (!model || !tokens || !rgb)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_decode: model, tokens and rgb must not be NULL.");
    um_status status = check_tokens(model, "um_decode", tokens, false);
    return status == UM_OK ? um_model_decode(model, tokens, rgb) : status;
}

um_status um_logits(um_model *model, const int32_t *tokens, int32_t class_index, float *logits) {
    if (!model || !tokens || !logits)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_logits: model, tokens and logits must not be NULL.");
    const struct um_config *config = &model->file.config;
    const struct um_log *log = &model->context->log;
    if (class_index == -1 && !config->null_class)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "um_logits: class_index is -1, but the model has no null class.");
    if (class_index != -1 && !has_class(model, class_index))
        return um_fail(log, UM_ERROR_ARGUMENT, "um_logits: class_index is %d, expected %s0 to %u.",
                       (int)class_index, config->null_class ? "-1 or " : "",
                       (unsigned)config->class_count - 1);
    um_status status = check_tokens(model, "um_logits", tokens, true);
    struct um_program *transformer = NULL;
    if (status == UM_OK)
        status = um_model_network(model, UM_NET_TRANSFORMER, &transformer);
    if (status != UM_OK)
        return status;

    size_t positions = um_config_tokens(config), codes = config->codebook_size;
    int32_t *ids = um_alloc(positions + 1, sizeof *ids);
    float *all = um_alloc((positions + 1) * codes, sizeof *all);
    if (!ids || !all) {
        status = um_fail(log, UM_ERROR_MEMORY, "Memory ran out in um_logits.");
        goto done;
    }
    ids[0] = (int32_t)um_config_class_row(config, class_index);
    for (size_t i = 0; i < positions; i++)
        ids[i + 1] = tokens[i] < 0 ? (int32_t)um_config_mask_row(config) : tokens[i];
    status = um_program_run(transformer, ids, all, NULL);
    if (status == UM_OK && !um_all_finite(all + codes, positions * codes))
        status = um_fail(log, UM_ERROR_CHECK, "The logits hold values that are not numbers.");
    if (status == UM_OK)
        memcpy(logits, all + codes, positions * codes * sizeof *logits);
done:
    um_free(ids);
    um_free(all);
    return status;
}
