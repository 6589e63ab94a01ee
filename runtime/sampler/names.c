/* Names of samplers and guidance schedules. */
#include "base/log.h"
#include "base/utf8.h"
#include "sampler/number.h"

#include <string.h>

static const char *const SAMPLERS[] = {"default",   "confidence",    "halton",     "raster",
                                       "remdm-cap", "remdm-rescale", "remdm-conf", "recheck"};
static const char *const GUIDANCE[] = {"default", "constant", "linear", "power-cosine"};

um_status um_sampler_parse(const char *text, um_sampler *sampler) {
    if (!text || !sampler)
        return um_fail(NULL, UM_ERROR_ARGUMENT,
                       "um_sampler_parse: text and sampler must not be NULL.");
    for (int i = UM_SAMPLER_CONFIDENCE; i <= UM_SAMPLER_RECHECK; i++) {
        if (strcmp(text, SAMPLERS[i]) == 0) {
            *sampler = (um_sampler)i;
            return UM_OK;
        }
    }
    return um_fail(NULL, UM_ERROR_ARGUMENT,
                   "\"%.*s\" is no sampler, expected confidence, halton, raster, remdm-cap, "
                   "remdm-rescale, remdm-conf or recheck.",
                   um_utf8_fit(text, 40), text);
}

/* Why `text` is none. */
static um_status no_guidance(const char *text) {
    return um_fail(NULL, UM_ERROR_ARGUMENT,
                   "\"%.*s\" is no guidance schedule, expected constant, linear, power-cosine or "
                   "power-cosine and 0.01 to 100.",
                   um_utf8_fit(text, 40), text);
}

const char *um_sampler_name(um_sampler sampler) {
    bool known = (int)sampler >= 0 && sampler <= UM_SAMPLER_RECHECK;
    return SAMPLERS[known ? sampler : UM_SAMPLER_DEFAULT];
}

um_status um_cfg_schedule_parse(const char *text, um_cfg_schedule *schedule, float *power) {
    if (!text || !schedule)
        return um_fail(NULL, UM_ERROR_ARGUMENT,
                       "um_cfg_schedule_parse: text and schedule must not be NULL.");
    for (int i = UM_CFG_CONSTANT; i <= UM_CFG_POWER_COSINE; i++) {
        if (strcmp(text, GUIDANCE[i]) == 0) {
            *schedule = (um_cfg_schedule)i;
            return UM_OK;
        }
    }
    size_t length = strlen(GUIDANCE[UM_CFG_POWER_COSINE]);
    if (strncmp(text, GUIDANCE[UM_CFG_POWER_COSINE], length) != 0 || !power)
        return no_guidance(text);
    double k;
    const char *rest = text + length;
    if (!um_parse_number(&rest, &k) || *rest != '\0' || !(k >= 0.01 && k <= 100.0))
        return no_guidance(text);
    *schedule = UM_CFG_POWER_COSINE;
    *power = (float)k;
    return UM_OK;
}

const char *um_cfg_schedule_name(um_cfg_schedule schedule) {
    bool known = (int)schedule >= 0 && schedule <= UM_CFG_POWER_COSINE;
    return GUIDANCE[known ? schedule : UM_CFG_DEFAULT];
}
