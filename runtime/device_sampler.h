/* The sampler on a device: op SAMPLE behind the transformer, so that a step brings back three words
 * per masked token instead of its logits. */
#ifndef UM_DEVICE_SAMPLER_H
#define UM_DEVICE_SAMPLER_H

#include "objects.h"
#include "sampler/sampler.h"

/* Whether the device's results in this step are those of um_sampler_run(): not with filters, not in
 * ReMDM and recheck rounds, not where a product could be too small for a normal float. */
bool um_device_sampler_suits(const struct um_sampler_step *step, uint32_t codes);

/* Whether sessions of this model sample on its device: it has the op, and gives the CPU's results
 * on known logits, which is found out once per context. A device that does not is logged; memory
 * that runs out counts as no. */
bool um_device_sampler_usable(const um_model *model);

/* The settings of SAMPLE (backend/ops.h) for `images` images: the head, and the order of Halton. */
void um_device_sampler_begin(uint32_t *settings, uint32_t images, const uint32_t *order,
                             uint32_t positions, const struct um_sampler_step *step);

/* One image's entry; `first` = its first row. Unused entries: `step` NULL, `first` = all rows. */
void um_device_sampler_image(uint32_t *settings, uint32_t index, uint32_t first, uint32_t positions,
                             const struct um_sampler_step *step);

#endif
