/* What a session draws with: the caller's settings, and the model's where they say nothing. */
#ifndef UM_SAMPLER_SETTINGS_H
#define UM_SAMPLER_SETTINGS_H

#include "unmask/unmask.h"

/* Replaces defaults by those of a model. The first setting that is out of range, or NULL if each is
 * fine; whether they go together is not checked, and the loop is left alone. */
const um_setting *um_sampling_resolve(um_sampling *sampling, const um_sampling *defaults);

/* The field as it is. */
double um_setting_number(const um_setting *setting, const um_sampling *sampling);

/* "0 or 1 to 256", in `text`: what a field of um_sampling may hold. */
const char *um_setting_range(const um_setting *setting, char *text, size_t size);

#endif
