/* The direct passes: one network, one picture. Batches of pictures are in batches.c. */
#include "passes.h"

#include "condition.h"

#include "base/mem.h"
#include "check.h"
#include "model.h"

#include <math.h>
#include <string.h>

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
    um_status status = um_model_network(model, &um_network_encoder, &encoder);
    if (status != UM_OK)
        return status;
    size_t count = um_config_positions(&model->file.config);
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
    uint32_t count = um_config_positions(&model->file.config);
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
    um_status status = um_model_network(model, &um_network_decoder, &decoder);
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
    if (class_index != -1 && !um_model_class_name(model, class_index))
        return um_fail(log, UM_ERROR_ARGUMENT, "um_logits: class_index is %d, expected %s0 to %u.",
                       (int)class_index, config->null_class ? "-1 or " : "",
                       (unsigned)config->class_count - 1);
    um_status status = check_tokens(model, "um_logits", tokens, true);
    struct um_program *transformer = NULL;
    if (status == UM_OK)
        status = um_model_network(model, &um_network_transformer, &transformer);
    if (status != UM_OK)
        return status;

    size_t positions = um_config_positions(config), codes = config->codebook_size;
    const size_t leading = um_config_leading(config), length = leading + positions;
    int32_t *ids = um_alloc(length, sizeof *ids);
    float *all = um_alloc(length * codes, sizeof *all);
    if (!ids || !all) {
        status = um_fail(log, UM_ERROR_MEMORY, "Memory ran out in um_logits.");
        goto done;
    }
    um_condition_write(&(struct um_condition){class_index}, config, ids);
    for (size_t i = 0; i < positions; i++)
        ids[leading + i] = tokens[i] < 0 ? (int32_t)um_config_mask_row(config) : tokens[i];
    status = um_program_run(transformer, ids, all, NULL);
    if (status == UM_OK && !um_all_finite(all + leading * codes, positions * codes))
        status = um_fail(log, UM_ERROR_CHECK, "The logits hold values that are not numbers.");
    if (status == UM_OK)
        memcpy(logits, all + leading * codes, positions * codes * sizeof *logits);
done:
    um_free(ids);
    um_free(all);
    return status;
}
