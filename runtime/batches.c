/* Pictures to codes and back, many at once: groups that a device computes together. */
#include "base/mem.h"
#include "check.h"
#include "model.h"
#include <string.h>

enum { MAX_BATCH = 1024 };

/* One of the two passes over whole batches; sizes are bytes of one picture. */
struct pass {
    um_model *model;
    const struct um_network *network;
    size_t in_bytes, out_bytes;
};

static struct pass make_pass(um_model *model, const struct um_network *network) {
    const um_model_info *info = &model->info;
    const size_t rgb = sizeof(float) * 3 * info->image_width * info->image_height;
    const size_t codes = sizeof(int32_t) * um_config_positions(&model->file.config);
    const bool encode = network == &um_network_encoder;
    return (struct pass){model, network, encode ? rgb : codes, encode ? codes : rgb};
}

/* The program of at most *group pictures; where memory is short, of fewer. `own` is closed by the
 * caller, who need not be given it. */
static um_status open_group(const struct pass *pass, uint32_t *group, struct um_program *own,
                            struct um_program **program) {
    for (; *group > 1; *group = (*group + 1) / 2) {
        *program = own;
        um_status status = um_program_open(own, pass->model, pass->network, *group, false);
        if (status != UM_ERROR_MEMORY)
            return status;
    }
    return um_model_network(pass->model, pass->network, program);
}

/* Places that the last group leaves over repeat its first picture. */
static um_status run_groups(const struct pass *pass, struct um_program *program, uint32_t group,
                            uint32_t batch, const char *in, char *out) {
    char *input = um_alloc_unset(group, pass->in_bytes);
    char *output = um_alloc_unset(group, pass->out_bytes);
    um_status status = UM_OK;
    if (!input || !output)
        status = um_fail(&pass->model->context->log, UM_ERROR_MEMORY,
                         "Memory ran out for a batch of pictures.");
    for (uint32_t first = 0; first < batch && status == UM_OK; first += group) {
        const uint32_t count = batch - first < group ? batch - first : group;
        for (uint32_t i = 0; i < group; i++)
            memcpy(input + i * pass->in_bytes,
                   in + (size_t)(first + (i < count ? i : 0)) * pass->in_bytes, pass->in_bytes);
        status = um_program_run(program, input, output, NULL);
        if (status == UM_OK)
            memcpy(out + (size_t)first * pass->out_bytes, output, count * pass->out_bytes);
    }
    um_free(input);
    um_free(output);
    return status;
}

static um_status run_batch(const struct pass *pass, uint32_t batch, const void *in, void *out) {
    uint32_t group = 1;
    struct um_program own = {0}, *program;
    um_status status = um_program_group(pass->model, pass->network, 1, batch, &group);
    if (status == UM_OK)
        status = open_group(pass, &group, &own, &program);
    if (status == UM_OK)
        status = run_groups(pass, program, group, batch, in, out);
    um_program_close(&own);
    return status;
}

static um_status check_batch(const um_model *model, const char *function, uint32_t batch) {
    if (batch >= 1 && batch <= MAX_BATCH)
        return UM_OK;
    return um_fail(&model->context->log, UM_ERROR_ARGUMENT, "%s: batch is %u, expected 1 to %d.",
                   function, (unsigned)batch, MAX_BATCH);
}

/* The first of `count` values that is no code; `count` if all are. */
static size_t wrong_code(const um_model *model, const int32_t *codes, size_t count) {
    size_t i = 0;
    while (i < count && codes[i] >= 0 && (uint32_t)codes[i] < model->info.codebook_size)
        i++;
    return i;
}

um_status um_encode_batch(um_model *model, uint32_t batch, const float *rgb, int32_t *tokens) {
    if (!model || !rgb || !tokens)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_encode_batch: model, rgb and tokens must not be NULL.");
    const struct um_log *log = &model->context->log;
    const struct pass pass = make_pass(model, &um_network_encoder);
    um_status status = check_batch(model, "um_encode_batch", batch);
    if (status != UM_OK)
        return status;
    if (!um_all_finite(rgb, batch * pass.in_bytes / sizeof *rgb))
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "um_encode_batch: rgb holds values that are not finite numbers.");
    int32_t *codes = um_alloc_unset(batch, pass.out_bytes);
    if (!codes)
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out in um_encode_batch.");
    status = run_batch(&pass, batch, rgb, codes);
    const size_t count = batch * pass.out_bytes / sizeof *codes;
    const size_t wrong = status == UM_OK ? wrong_code(model, codes, count) : count;
    if (wrong < count)
        status = um_fail(log, UM_ERROR_CHECK, "The device returned code %d at position %zu.",
                         (int)codes[wrong], wrong);
    if (status == UM_OK)
        memcpy(tokens, codes, batch * pass.out_bytes);
    um_free(codes);
    return status;
}

um_status um_decode_batch(um_model *model, uint32_t batch, const int32_t *tokens, float *rgb) {
    if (!model || !tokens || !rgb)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_decode_batch: model, tokens and rgb must not be NULL.");
    const struct um_log *log = &model->context->log;
    const struct pass pass = make_pass(model, &um_network_decoder);
    um_status status = check_batch(model, "um_decode_batch", batch);
    if (status != UM_OK)
        return status;
    const size_t count = batch * pass.in_bytes / sizeof *tokens;
    const size_t wrong = wrong_code(model, tokens, count);
    if (wrong < count)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "um_decode_batch: tokens[%zu] is %d, expected 0 to %u.", wrong,
                       (int)tokens[wrong], (unsigned)model->info.codebook_size - 1);
    float *pictures = um_alloc_unset(batch, pass.out_bytes);
    if (!pictures)
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out in um_decode_batch.");
    status = run_batch(&pass, batch, tokens, pictures);
    if (status == UM_OK && !um_all_finite(pictures, batch * pass.out_bytes / sizeof *pictures))
        status =
            um_fail(log, UM_ERROR_CHECK, "A decoded picture holds values that are not numbers.");
    if (status == UM_OK)
        memcpy(rgb, pictures, batch * pass.out_bytes);
    um_free(pictures);
    return status;
}
