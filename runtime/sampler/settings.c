/* The table of settings, and what every reader of it needs. */
#include "sampler/settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define USED_BY(sampler) (1U << (sampler))
#define AT(field)        offsetof(um_sampling, field)

enum {
    REMDM_ETA = USED_BY(UM_SAMPLER_REMDM_CAP) | USED_BY(UM_SAMPLER_REMDM_RESCALE),
    REMDM = REMDM_ETA | USED_BY(UM_SAMPLER_REMDM_CONF),
    RECHECK = USED_BY(UM_SAMPLER_RECHECK),
    CONFIDENCES = RECHECK | USED_BY(UM_SAMPLER_CONFIDENCE)
};

static const um_setting SETTINGS[UM_SETTING_COUNT] = {
    [UM_SETTING_STEPS] =
        {
            .name = "steps",
            .key = "maskgit.sampler.steps",
            .option = "steps",
            .label = "Steps",
            .kind = UM_KIND_WHOLE,
            .offset = AT(steps),
            .least = 1,
            .most = 1024,
            .usual = 64,
            .fallback = NAN,
            .none = NAN,
            .help = "number of steps, 1 to 1024",
        },
    [UM_SETTING_SCHEDULE] =
        {
            .name = "schedule",
            .key = "maskgit.sampler.schedule",
            .option = "schedule",
            .label = "Schedule",
            .kind = UM_KIND_SCHEDULE,
            .offset = AT(schedule),
            .least = UM_SCHEDULE_COSINE,
            .most = UM_SCHEDULE_TABLE,
            .fallback = NAN,
            .none = NAN,
            .help = "fraction of the tokens still masked after each step: cosine, linear, "
                    "square, cubic, powK (such as pow2.5), exponential, sqrt, logarithmic, "
                    "arccos, or a list (such as 0.9,0.7,0)",
        },
    [UM_SETTING_SAMPLER] =
        {
            .name = "sampler",
            .key = "maskgit.sampler.name",
            .option = "sampler",
            .label = "Sampler",
            .kind = UM_KIND_SAMPLER,
            .offset = AT(sampler),
            .least = UM_SAMPLER_CONFIDENCE,
            .most = UM_SAMPLER_RECHECK,
            .fallback = UM_SAMPLER_CONFIDENCE,
            .none = NAN,
            .help = "which tokens are fixed in each step: confidence (the most confident), "
                    "halton (evenly spread) or raster (row by row); samplers that can also "
                    "change earlier tokens: remdm-cap, remdm-rescale, remdm-conf, recheck",
        },
    [UM_SETTING_TEMPERATURE] =
        {
            .name = "temperature",
            .key = "maskgit.sampler.temperature",
            .option = "temperature",
            .label = "Temperature",
            .kind = UM_KIND_REAL,
            .offset = AT(temperature),
            .least = 1e-4,
            .most = 100,
            .usual = 2,
            .fallback = NAN,
            .none = NAN,
            .help = "divide the logits by F, 0.0001 to 100",
        },
    [UM_SETTING_CHOICE_TEMPERATURE] =
        {
            .name = "choice_temperature",
            .key = "maskgit.sampler.choice_temperature",
            .option = "choice-temperature",
            .label = "Choice temperature",
            .kind = UM_KIND_REAL,
            .offset = AT(choice_temperature),
            .least = 0,
            .most = 1000,
            .usual = 20,
            .fallback = NAN,
            .none = 0,
            .samplers = CONFIDENCES,
            .help = "scale of the noise added to the log-probabilities, 0 = none",
        },
    [UM_SETTING_CFG_SCALE] =
        {
            .name = "cfg_scale",
            .key = "maskgit.sampler.cfg_scale",
            .option = "cfg-scale",
            .label = "Guidance",
            .kind = UM_KIND_REAL,
            .offset = AT(cfg_scale),
            .least = 0,
            .most = 100,
            .usual = 10,
            .fallback = NAN,
            .none = 0,
            .help = "scale of classifier-free guidance, 0 = off; needs a model with a null "
                    "class, such as the bundled one",
        },
    [UM_SETTING_CFG_SCHEDULE] =
        {
            .name = "cfg_schedule",
            .key = "maskgit.sampler.cfg_schedule",
            .option = "cfg-schedule",
            .label = "Guidance schedule",
            .kind = UM_KIND_CFG_SCHEDULE,
            .offset = AT(cfg_schedule),
            .least = UM_CFG_CONSTANT,
            .most = UM_CFG_POWER_COSINE,
            .fallback = UM_CFG_CONSTANT,
            .none = NAN,
            .help = "how the guidance scale changes over the steps: constant, linear, "
                    "power-cosine, or power-cosineK (such as power-cosine2)",
        },
    [UM_SETTING_TOP_K] =
        {
            .name = "top_k",
            .key = "maskgit.sampler.top_k",
            .option = "top-k",
            .label = "Most probable codes",
            .kind = UM_KIND_WHOLE,
            .offset = AT(top_k),
            .least = 0,
            .most = 65536,
            .usual = 64,
            .fallback = 0,
            .none = 0,
            .help = "sample from the N most probable codes, 0 = all",
        },
    [UM_SETTING_TOP_P] =
        {
            .name = "top_p",
            .key = "maskgit.sampler.top_p",
            .option = "top-p",
            .label = "Sum of probabilities",
            .kind = UM_KIND_REAL,
            .offset = AT(top_p),
            .least = 1e-6,
            .most = 1,
            .usual = 1,
            .fallback = 1,
            .none = NAN,
            .help = "sample from the smallest set of codes whose probabilities add up to F, 1 "
                    "= all",
        },
    [UM_SETTING_REMDM_ETA] =
        {
            .name = "remdm_eta",
            .key = "maskgit.sampler.eta",
            .option = "eta",
            .label = "Masked again",
            .kind = UM_KIND_REAL,
            .offset = AT(remdm_eta),
            .least = 1e-6,
            .most = 1,
            .usual = 1,
            .fallback = 0.05,
            .none = NAN,
            .samplers = REMDM_ETA,
            .help = "remdm-cap: probability of masking a fixed token again; remdm-rescale: "
                    "this probability as a fraction of its upper limit; more than 0, at most 1",
        },
    [UM_SETTING_REMDM_LOOP] =
        {
            .name = "remdm_loop",
            .key = NULL,
            .option = "loop",
            .label = "Loop",
            .kind = UM_KIND_LOOP,
            .offset = AT(remdm_loop_on),
            .least = 0,
            .most = 1,
            .usual = 1,
            .fallback = 0,
            .none = 0,
            .samplers = REMDM,
            .help = "remdm samplers: mask tokens again only while the time (1 at the start, 0 "
                    "at the end) is between ON and OFF (default 0.05); in that interval the "
                    "fraction of fixed tokens stays at ALPHA (default 0.9); none = ignore the "
                    "--loop setting stored in the --from picture",
        },
    [UM_SETTING_RECHECK_ROUNDS] =
        {
            .name = "recheck_rounds",
            .key = "maskgit.sampler.recheck_rounds",
            .option = "recheck-rounds",
            .label = "Rounds of rechecking",
            .kind = UM_KIND_WHOLE,
            .offset = AT(recheck_rounds),
            .least = 1,
            .most = 256,
            .usual = 32,
            .fallback = 4,
            .none = NAN,
            .samplers = RECHECK,
            .help = "recheck: number of extra steps, each of which checks an eighth of the "
                    "drawn tokens, 1 to 256",
        },
    [UM_SETTING_RECHECK_THRESHOLD] =
        {
            .name = "recheck_threshold",
            .key = "maskgit.sampler.recheck_threshold",
            .option = "recheck-threshold",
            .label = "Revised below",
            .kind = UM_KIND_REAL,
            .offset = AT(recheck_threshold),
            .least = 1e-6,
            .most = 1,
            .usual = 1,
            .fallback = 0.1,
            .none = NAN,
            .samplers = RECHECK,
            .help = "recheck: redraw a token if its code (its value) is less than F times as "
                    "probable as the most probable code; more than 0, at most 1",
        },
};

/* What fields hold for "none". */
static const float NONE_REAL = -1.0f;
static const uint32_t NONE_WHOLE = UINT32_MAX;

const um_setting *um_setting_info(um_setting_id id) {
    return (int)id >= 0 && id < UM_SETTING_COUNT ? &SETTINGS[id] : NULL;
}

bool um_setting_used(um_setting_id id, um_sampler sampler) {
    const um_setting *setting = um_setting_info(id);
    const bool known = (int)sampler >= 0 && sampler < UM_SAMPLER_COUNT;
    return setting &&
           (setting->samplers == 0 || (known && (setting->samplers & USED_BY(sampler)) != 0));
}

static bool is_real(const um_setting *setting) {
    return setting->kind == UM_KIND_REAL || setting->kind == UM_KIND_LOOP;
}

/* Enumerations have the size of an int. */
double um_setting_number(const um_setting *setting, const um_sampling *sampling) {
    const char *at = (const char *)sampling + setting->offset;
    float real;
    uint32_t whole;
    if (is_real(setting)) {
        memcpy(&real, at, sizeof real);
        return (double)real;
    }
    memcpy(&whole, at, sizeof whole);
    return (double)whole;
}

static void store(const um_setting *setting, um_sampling *sampling, double value) {
    char *at = (char *)sampling + setting->offset;
    const float real = (float)value;
    if (is_real(setting)) {
        memcpy(at, &real, sizeof real);
        return;
    }
    const uint32_t whole = (uint32_t)value;
    memcpy(at, &whole, sizeof whole);
}

static bool is_none(const um_setting *setting, double field) {
    return !isnan(setting->none) && setting->kind != UM_KIND_LOOP &&
           (is_real(setting) ? field < 0.0 : field == (double)NONE_WHOLE);
}

double um_setting_get(um_setting_id id, const um_sampling *sampling) {
    const um_setting *setting = um_setting_info(id);
    if (!setting || !sampling)
        return NAN;
    const double field = um_setting_number(setting, sampling);
    if (is_none(setting, field))
        return setting->none;
    return field == 0.0 && setting->kind != UM_KIND_LOOP ? NAN : field;
}

/* Reals are compared as they are stored: 0.1 is not less than the float nearest to it. */
static bool in_range(const um_setting *setting, double value) {
    if (is_real(setting))
        value = (double)(float)value;
    return value >= (double)(float)setting->least && value <= (double)(float)setting->most;
}

um_status um_setting_set(um_setting_id id, um_sampling *sampling, double value) {
    const um_setting *setting = um_setting_info(id);
    if (!setting || !sampling)
        return UM_ERROR_ARGUMENT;
    const bool inside = in_range(setting, value);
    /* As it would be stored: what rounds to 0 there would become the default. */
    const double stored = inside && is_real(setting) ? (double)(float)value : value;
    const bool none = stored == setting->none && setting->kind != UM_KIND_LOOP;
    if (isnan(value))
        value = 0.0;
    else if (none)
        value = is_real(setting) ? (double)NONE_REAL : (double)NONE_WHOLE;
    else if (!inside || (!is_real(setting) && value != floor(value)))
        return UM_ERROR_ARGUMENT;
    store(setting, sampling, value);
    return UM_OK;
}

static void take(const um_setting *setting, um_sampling *sampling, const um_sampling *from) {
    store(setting, sampling, um_setting_number(setting, from));
    if (setting->kind == UM_KIND_SCHEDULE)
        sampling->schedule_power = from->schedule_power;
}

/* There is no greatest number of codes: all of them is none. */
static bool accepts(const um_setting *setting, double field) {
    const bool open = setting->kind == UM_KIND_WHOLE && !isnan(setting->none);
    return open || is_none(setting, field) || in_range(setting, field);
}

const um_setting *um_sampling_resolve(um_sampling *sampling, const um_sampling *defaults) {
    for (const um_setting *s = SETTINGS; s < SETTINGS + UM_SETTING_COUNT; s++) {
        if (s->kind == UM_KIND_LOOP)
            continue; // its three numbers are checked together
        if (um_setting_number(s, sampling) == 0.0)
            take(s, sampling, defaults);
        else if (!accepts(s, um_setting_number(s, sampling)))
            return s;
    }
    if (sampling->cfg_power == 0.0f)
        sampling->cfg_power = defaults->cfg_power;
    return NULL;
}

const char *um_setting_range(const um_setting *setting, char *text, size_t size) {
    if (isnan(setting->none))
        snprintf(text, size, "0 or %g to %g", setting->least, setting->most);
    else
        snprintf(text, size, "at most %g", setting->most);
    return text;
}
