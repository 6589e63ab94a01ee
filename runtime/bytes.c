/* Pictures of bytes, and the public functions that take and give them. */
#include "bytes.h"

#include "base/mem.h"
#include "edit/edit.h"
#include "session.h"

size_t um_bytes_stride(const struct um_log *log, const char *function, size_t stride,
                       uint32_t width) {
    const size_t row = (size_t)3 * width;
    if (stride == 0 || stride >= row)
        return stride == 0 ? row : stride;
    um_fail(log, UM_ERROR_ARGUMENT, "%s: stride is %zu, expected 0 or at least %zu.", function,
            stride, row);
    return 0;
}

void um_bytes_to_floats(const uint8_t *rgb, size_t stride, uint32_t width, uint32_t height,
                        float *floats) {
    for (uint32_t y = 0; y < height; y++) {
        const uint8_t *row = rgb + y * stride;
        for (size_t i = 0; i < (size_t)3 * width; i++)
            *floats++ = (float)row[i] / 255.0f;
    }
}

/* What is not a number becomes black. */
static uint8_t byte_of(float value) {
    if (!(value > 0.0f))
        return 0;
    return value >= 1.0f ? 255 : (uint8_t)(value * 255.0f + 0.5f);
}

void um_bytes_from_floats(const float *floats, uint32_t width, uint32_t height, uint8_t *rgb,
                          size_t stride) {
    for (uint32_t y = 0; y < height; y++) {
        uint8_t *row = rgb + y * stride;
        for (size_t i = 0; i < (size_t)3 * width; i++)
            row[i] = byte_of(*floats++);
    }
}

/* ---------------------------------------------------------------- direct passes */

/* The floats of `batch` pictures, not filled; NULL with a sentence, for a batch that the passes
 * refuse: they say so. */
static float *pictures(const um_model *model, uint32_t batch) {
    const um_model_info *info = &model->info;
    float *made = um_alloc_unset((size_t)3 * info->image_width * info->image_height,
                                 (batch <= 1024 ? batch : 0) * sizeof(float));
    if (!made)
        um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out for pictures.");
    return made;
}

um_status um_encode_rgb8(um_model *model, uint32_t batch, const uint8_t *rgb, size_t stride,
                         int32_t *tokens) {
    if (!model || !rgb || !tokens)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_encode_rgb8: model, rgb and tokens must not be NULL.");
    const uint32_t width = model->info.image_width, height = model->info.image_height;
    stride = um_bytes_stride(&model->context->log, "um_encode_rgb8", stride, width);
    if (!stride)
        return UM_ERROR_ARGUMENT;
    float *floats = pictures(model, batch);
    if (!floats)
        return UM_ERROR_MEMORY;
    for (uint32_t i = 0; i < batch && batch <= 1024; i++)
        um_bytes_to_floats(rgb + i * stride * height, stride, width, height,
                           floats + (size_t)3 * i * width * height);
    um_status status = um_encode_batch(model, batch, floats, tokens);
    um_free(floats);
    return status;
}

um_status um_decode_rgb8(um_model *model, uint32_t batch, const int32_t *tokens, uint8_t *rgb,
                         size_t stride) {
    if (!model || !rgb || !tokens)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_decode_rgb8: model, tokens and rgb must not be NULL.");
    const uint32_t width = model->info.image_width, height = model->info.image_height;
    stride = um_bytes_stride(&model->context->log, "um_decode_rgb8", stride, width);
    if (!stride)
        return UM_ERROR_ARGUMENT;
    float *floats = pictures(model, batch);
    if (!floats)
        return UM_ERROR_MEMORY;
    um_status status = um_decode_batch(model, batch, tokens, floats);
    for (uint32_t i = 0; i < batch && status == UM_OK; i++)
        um_bytes_from_floats(floats + (size_t)3 * i * width * height, width, height,
                             rgb + i * stride * height, stride);
    um_free(floats);
    return status;
}

/* ---------------------------------------------------------------- sessions and edits */

um_status um_session_decode_rgb8(um_session *session, uint32_t image, uint8_t *rgb, size_t stride) {
    um_model *model = um_session_model(session);
    if (!model || !rgb)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_session_decode_rgb8: session and rgb must not be NULL.");
    const uint32_t width = model->info.image_width, height = model->info.image_height;
    stride = um_bytes_stride(&model->context->log, "um_session_decode_rgb8", stride, width);
    if (!stride)
        return UM_ERROR_ARGUMENT;
    float *floats = pictures(model, 1);
    if (!floats)
        return UM_ERROR_MEMORY;
    um_status status = um_session_decode(session, image, floats);
    if (status == UM_OK)
        um_bytes_from_floats(floats, width, height, rgb, stride);
    um_free(floats);
    return status;
}

um_status um_edit_picture_rgb8(um_edit *edit, uint32_t image, uint8_t *rgb, size_t stride) {
    if (!edit || !rgb)
        return um_fail(edit ? &edit->model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_edit_picture_rgb8: edit and rgb must not be NULL.");
    const struct um_log *log = &edit->model->context->log;
    const uint32_t width = edit->info.width, height = edit->info.height;
    stride = um_bytes_stride(log, "um_edit_picture_rgb8", stride, width);
    if (!stride)
        return UM_ERROR_ARGUMENT;
    float *floats = um_alloc_unset((size_t)width * height, 3 * sizeof *floats);
    if (!floats)
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out in an edit.");
    um_status status = um_edit_picture(edit, image, floats);
    if (status == UM_OK)
        um_bytes_from_floats(floats, width, height, rgb, stride);
    um_free(floats);
    return status;
}
