/* Loads models onto a device, and tells what is in them. */
#include "model.h"

#include "base/mem.h"
#include "check.h"
#include "graph/layout.h"
#include "profile.h"
#include "recover.h"

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
    const struct um_reading reading = {um_weight_layout, params->progress, params->progress_user};
    if (params->path) {
        status = um_model_file_open(&created->file, params->path, &reading, log);
        created->path = um_strdup(params->path);
        if (status == UM_OK && !created->path)
            status = um_fail(log, UM_ERROR_MEMORY, "Memory ran out while loading a model.");
    } else {
        status = um_model_file_from_memory(&created->file, params->bytes, params->size,
                                           params->name ? params->name : "memory", &reading, log);
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
    for (size_t i = 0; i < sizeof m->own / sizeof m->own[0]; i++)
        um_program_close(&m->own[i]);
    um_profile_free(m->profile);
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
    const struct um_reading reading = {.layout = um_weight_layout};
    struct um_model_file file = {0};
    um_status status = um_model_file_open(&file, path, &reading, &log);
    um_model_file_close(&file);
    return status;
}
