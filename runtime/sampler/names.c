/* Names of samplers and guidance schedules. */
#include "sampler/number.h"
#include "unmask/unmask.h"

#include <string.h>

static const char *const SAMPLERS[] = {"default",   "confidence",    "halton",     "raster",
                                       "remdm-cap", "remdm-rescale", "remdm-conf", "recheck"};
static const char *const GUIDANCE[] = {"default", "constant", "linear", "power-cosine"};

um_status um_sampler_parse(const char *text, um_sampler *sampler) {
    if (!text || !sampler)
        return UM_ERROR_ARGUMENT;
    for (int i = UM_SAMPLER_CONFIDENCE; i <= UM_SAMPLER_RECHECK; i++) {
        if (strcmp(text, SAMPLERS[i]) == 0) {
            *sampler = (um_sampler)i;
            return UM_OK;
        }
    }
    return UM_ERROR_ARGUMENT;
}

const char *um_sampler_name(um_sampler sampler) {
    bool known = (int)sampler >= 0 && sampler <= UM_SAMPLER_RECHECK;
    return SAMPLERS[known ? sampler : UM_SAMPLER_DEFAULT];
}

um_status um_cfg_schedule_parse(const char *text, um_cfg_schedule *schedule, float *power) {
    if (!text || !schedule)
        return UM_ERROR_ARGUMENT;
    for (int i = UM_CFG_CONSTANT; i <= UM_CFG_POWER_COSINE; i++) {
        if (strcmp(text, GUIDANCE[i]) == 0) {
            *schedule = (um_cfg_schedule)i;
            return UM_OK;
        }
    }
    size_t length = strlen(GUIDANCE[UM_CFG_POWER_COSINE]);
    if (strncmp(text, GUIDANCE[UM_CFG_POWER_COSINE], length) != 0 || !power)
        return UM_ERROR_ARGUMENT;
    double k;
    text += length;
    if (!um_parse_number(&text, &k) || *text != '\0' || !(k >= 0.01 && k <= 100.0))
        return UM_ERROR_ARGUMENT;
    *schedule = UM_CFG_POWER_COSINE;
    *power = (float)k;
    return UM_OK;
}

const char *um_cfg_schedule_name(um_cfg_schedule schedule) {
    bool known = (int)schedule >= 0 && schedule <= UM_CFG_POWER_COSINE;
    return GUIDANCE[known ? schedule : UM_CFG_DEFAULT];
}
