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
    [UM_SETTING_STEPS] = {"steps", "maskgit.sampler.steps", "steps", "Steps", UM_KIND_WHOLE,
                          AT(steps), 1, 1024, 64, NAN, NAN, 0, "number of steps, 1 to 1024"},
    [UM_SETTING_SCHEDULE] =
        {"schedule", "maskgit.sampler.schedule", "schedule", "Schedule", UM_KIND_SCHEDULE,
         AT(schedule), UM_SCHEDULE_COSINE, UM_SCHEDULE_TABLE, 0, NAN, NAN, 0,
         "fraction of the tokens still masked after each step: cosine, linear, square, cubic, powK "
         "(such as pow2.5), exponential, sqrt, logarithmic, arccos, or a list (such as 0.9,0.7,0)"},
    [UM_SETTING_SAMPLER] =
        {"sampler", "maskgit.sampler.name", "sampler", "Sampler", UM_KIND_SAMPLER, AT(sampler),
         UM_SAMPLER_CONFIDENCE, UM_SAMPLER_RECHECK, 0, UM_SAMPLER_CONFIDENCE, NAN, 0,
         "how tokens are chosen: confidence, halton (evenly spread), raster (row by row), or with "
         "changes to earlier tokens: remdm-cap, remdm-rescale, remdm-conf, recheck"},
    [UM_SETTING_TEMPERATURE] = {"temperature", "maskgit.sampler.temperature", "temperature",
                                "Temperature", UM_KIND_REAL, AT(temperature), 1e-4, 100, 2, NAN, NAN,
                                0, "divide the logits by F, 0.0001 to 100"},
    [UM_SETTING_CHOICE_TEMPERATURE] = {"choice_temperature", "maskgit.sampler.choice_temperature",
                                       "choice-temperature", "Choice temperature", UM_KIND_REAL,
                                       AT(choice_temperature), 0, 1000, 20, NAN, 0, CONFIDENCES,
                                       "noise added to the confidences, 0 = none"},
    [UM_SETTING_CFG_SCALE] = {"cfg_scale", "maskgit.sampler.cfg_scale", "cfg-scale", "Guidance",
                              UM_KIND_REAL, AT(cfg_scale), 0, 100, 10, NAN, 0, 0,
                              "scale of classifier-free guidance, 0 = off; needs a null class"},
    [UM_SETTING_CFG_SCHEDULE] =
        {"cfg_schedule", "maskgit.sampler.cfg_schedule", "cfg-schedule", "Guidance schedule",
         UM_KIND_CFG_SCHEDULE, AT(cfg_schedule), UM_CFG_CONSTANT, UM_CFG_POWER_COSINE, 0, UM_CFG_CONSTANT, NAN, 0,
         "how guidance rises over the steps: constant, linear, power-cosine, or power-cosineK "
         "(such as power-cosine2)"},
    [UM_SETTING_TOP_K] = {"top_k", "maskgit.sampler.top_k", "top-k", "Most probable codes",
                          UM_KIND_WHOLE, AT(top_k), 0, 65536, 64, 0, 0, 0,
                          "draw from the N most probable codes, 0 = all"},
    [UM_SETTING_TOP_P] =
        {"top_p", "maskgit.sampler.top_p", "top-p", "Sum of probabilities", UM_KIND_REAL, AT(top_p), 1e-6, 1, 1, 1, NAN, 0,
         "draw from the smallest set of codes whose probabilities add up to F, 1 = all"},
    [UM_SETTING_REMDM_ETA] =
        {"remdm_eta", "maskgit.sampler.eta", "eta", "Masked again", UM_KIND_REAL, AT(remdm_eta),
         1e-6, 1, 1, 0.05, NAN, REMDM_ETA,
         "remdm-cap and remdm-rescale: how often fixed tokens are masked again, up to 1"},
    [UM_SETTING_REMDM_LOOP] =
        {"remdm_loop", NULL, "loop", "Loop", UM_KIND_LOOP, AT(remdm_loop_on), 0, 1, 1, 0, 0, REMDM,
         "remdm: mask tokens again only from time ON to OFF (0.05); time falls from 1 to "
         "0; meanwhile the fraction ALPHA (0.9) stays fixed; none = no loop"},
    [UM_SETTING_RECHECK_ROUNDS] =
        {"recheck_rounds", "maskgit.sampler.recheck_rounds", "recheck-rounds",
         "Rounds of rechecking", UM_KIND_WHOLE, AT(recheck_rounds), 1, 256, 32, 4, NAN, RECHECK,
         "recheck: number of extra steps, each of which checks an eighth of the tokens, 1 to 256"},
    [UM_SETTING_RECHECK_THRESHOLD] =
        {"recheck_threshold", "maskgit.sampler.recheck_threshold", "recheck-threshold",
         "Revised below", UM_KIND_REAL, AT(recheck_threshold), 1e-6, 1, 1, 0.1, NAN, RECHECK,
         "recheck: redraw a token if its probability is below F times that of the most probable "
         "code, up to 1"},
};

/* What fields hold for "none". */
static const float NONE_REAL = -1.0f;
static const uint32_t NONE_WHOLE = UINT32_MAX;

const um_setting *um_setting_info(um_setting_id id) {
    return (int)id >= 0 && id < UM_SETTING_COUNT ? &SETTINGS[id] : NULL;
}

bool um_setting_used(um_setting_id id, um_sampler sampler) {
    const um_setting *setting = um_setting_info(id);
    return setting && (setting->samplers == 0 || (setting->samplers & USED_BY(sampler)) != 0);
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

um_status um_setting_set(um_setting_id id, um_sampling *sampling, double value) {
    const um_setting *setting = um_setting_info(id);
    if (!setting || !sampling)
        return UM_ERROR_ARGUMENT;
    const bool none = value == setting->none && setting->kind != UM_KIND_LOOP;
    const bool inside = value >= (double)(float)setting->least && value <= setting->most;
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
    return open || is_none(setting, field) ||
           (field >= (double)(float)setting->least && field <= setting->most);
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
