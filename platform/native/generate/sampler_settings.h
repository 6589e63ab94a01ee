/* The sampler's part of the settings: which one, its numbers, filters, guidance, the step table. */
#ifndef CLI_GENERATE_SAMPLER_SETTINGS_H
#define CLI_GENERATE_SAMPLER_SETTINGS_H

#include "generate/settings.h"

/* Options that need no model, over those of --from. Exit code; a line is printed unless it is 0. */
int sampler_settings_read(struct settings *settings, const struct args *args);

/* Fills in the model's defaults; settings->meta gets all of it. `steps` of the step table win over
 * *steps. Exit code as above. */
int sampler_settings_resolve(struct settings *settings, const struct args *args,
                             const um_model_info *info, uint32_t *steps);

/* Writes the sampler's fields of `params`, which then point into settings. */
void sampler_settings_apply(const struct settings *settings, um_session_params *params);

#endif
