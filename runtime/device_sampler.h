/* Sampling on a device: the op SAMPLE after the transformer, so that a step reads back three words
 * per masked token instead of its logits. */
#ifndef UM_DEVICE_SAMPLER_H
#define UM_DEVICE_SAMPLER_H

#include "model.h"
#include "sampler/sampler.h"

/* Whether a device can do this step with the same result as um_sampler_run(). It cannot do filters,
 * ReMDM and recheck rounds, or scales so small that a product could be a subnormal float. */
bool um_device_sampler_suits(const struct um_sampler_step *step, uint32_t codes);

/* Whether sessions of this model sample on its device: it has the op, and it reproduces the CPU's
 * results on known logits, which is tested once per context. If it does not, that is logged. False
 * also if memory has run out. */
bool um_device_sampler_usable(const um_model *model);

/* The settings of SAMPLE (backend/ops.h) for `images` images: the head, and the order of Halton. */
void um_device_sampler_begin(uint32_t *settings, uint32_t images, const uint32_t *order,
                             uint32_t positions, const struct um_sampler_step *step);

/* One image's entry; `first` = its first row. Unused entries: `step` NULL, `first` = all rows. */
void um_device_sampler_image(uint32_t *settings, uint32_t index, uint32_t first, uint32_t positions,
                             const struct um_sampler_step *step);

#endif
