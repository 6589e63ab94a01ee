#include "step_batch.h"

#include "device_sampler.h"
#include "model.h"

static uint32_t sequences_of(const struct um_step_batch *b) {
    return b->guided ? b->group * 2 : b->group;
}

void um_step_batch_take(struct um_step_batch *b, struct um_block *block, bool sampled) {
    const size_t sequences = sequences_of(b), rows = sequences * b->positions;
    b->ids = um_block_take(block, sequences * (b->leading + b->positions), sizeof *b->ids);
    b->wanted = um_block_take(block, 1 + rows, sizeof *b->wanted);
    b->row = um_block_take(block, b->positions, sizeof *b->row);
    b->logits = um_block_take(block, rows, b->codes * sizeof *b->logits);
    if (!sampled)
        return;
    b->settings =
        um_block_take(block, UM_SAMPLE_SETTINGS(sequences, b->positions), sizeof *b->settings);
    b->drawn = um_block_take(block, rows, sizeof *b->drawn);
}

/* Where memory is short, smaller groups first; what helps then is um_recover()'s business. */
um_status um_step_batch_open(struct um_step_batch *b) {
    for (;;) {
        const bool last = b->group == 1;
        um_status status = um_program_open(&b->forward, b->model,
                                           b->settings ? &um_network_sample : &um_network_step,
                                           sequences_of(b), last);
        if (status != UM_ERROR_MEMORY || last)
            return status;
        b->group = (b->group + 1) / 2;
        um_log_write(&b->model->context->log, UM_LOG_WARN,
                     "Memory is short: at most %u images are drawn at once.", (unsigned)b->group);
    }
}

void um_step_batch_close(struct um_step_batch *b) {
    um_program_close(&b->forward);
}

/* ---------------------------------------------------------------- the pass */

static void write_ids(const struct um_step_batch *b, uint32_t sequence,
                      const struct um_step_image *image, struct um_condition condition) {
    const struct um_config *config = &b->model->file.config;
    int32_t *ids = b->ids + (size_t)sequence * (b->leading + b->positions);
    um_condition_write(&condition, config, ids);
    ids += b->leading;
    for (uint32_t i = 0; i < b->positions; i++)
        ids[i] = image->asked[i] ? (int32_t)um_config_mask_row(config) : image->tokens[i];
}

/* Appends what `image` asks for to the wanted rows, as those of a sequence. */
static void want(struct um_step_batch *b, uint32_t sequence, const struct um_step_image *image) {
    for (uint32_t i = 0; i < b->positions; i++) {
        if (image->asked[i])
            b->wanted[++b->wanted[0]] =
                (int32_t)(sequence * (b->leading + b->positions) + b->leading + i);
    }
}

/* What the op SAMPLE is to do with the first `count` sequences, whose rows are already wanted. */
static void write_settings(struct um_step_batch *b, const struct um_step_image *images,
                           uint32_t count, const uint32_t *order) {
    const uint32_t sequences = sequences_of(b);
    uint32_t first = 0;
    um_device_sampler_begin(b->settings, sequences, order, b->positions, &images[0].step);
    for (uint32_t sequence = 0; sequence < sequences; sequence++) {
        const struct um_step_image *image = sequence < count ? &images[sequence] : NULL;
        um_device_sampler_image(b->settings, sequence, first, b->positions,
                                image ? &image->step : NULL);
        for (uint32_t i = 0; i < b->positions && image; i++)
            first += image->asked[i];
    }
}

/* Sequences that a short group leaves over repeat its first image. A step without guidance does not
 * need the logits of the null class. */
um_status um_step_batch_run(struct um_step_batch *b, const struct um_step_image *images,
                            uint32_t count, const uint32_t *order, const volatile int *cancel) {
    b->on_device = false;
    if (count == 0)
        return UM_OK;
    const bool guided_now = images[0].step.cfg_scale != 0.0f;
    b->on_device = b->settings && um_device_sampler_suits(&images[0].step, b->codes);
    for (uint32_t i = 0; i < b->group; i++) {
        const struct um_step_image *image = &images[i < count ? i : 0];
        write_ids(b, i, image, image->condition);
        if (b->guided)
            write_ids(b, b->group + i, image, um_unconditional());
    }
    b->wanted[0] = 0;
    for (uint32_t i = 0; i < count; i++)
        want(b, i, &images[i]);
    const size_t sampled = (size_t)b->wanted[0];
    for (uint32_t i = 0; i < count && guided_now; i++)
        want(b, b->group + i, &images[i]);
    if (!b->on_device)
        return um_program_run_rows(&b->forward, b->ids, b->wanted, b->logits, cancel);
    write_settings(b, images, count, order);
    return um_program_run_sample(&b->forward, b->ids, b->wanted, b->settings, b->drawn, sampled,
                                 cancel);
}

bool um_step_batch_sample(struct um_step_batch *b, struct um_sampler_state *state,
                          const struct um_sampler_step *step, uint32_t *row) {
    const struct um_sampled *drawn = b->on_device ? b->drawn + *row : NULL;
    for (uint32_t i = 0; i < b->positions; i++) {
        b->row[i] = *row;
        *row += state->asked[i];
    }
    state->row = b->row;
    if (b->on_device)
        return um_sampler_take(state, step, drawn);
    // The rows of the null class come behind all others, as many and in the same order.
    const size_t others = (size_t)b->wanted[0] / 2;
    const float *logits_null = step->cfg_scale != 0.0f ? b->logits + others * b->codes : NULL;
    return um_sampler_run(state, step, b->logits, logits_null);
}
