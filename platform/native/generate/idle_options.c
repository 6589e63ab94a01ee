/* Which sampler uses what. */
#include "generate/idle_options.h"

#include "common/report.h"

#include <stdbool.h>
#include <string.h>

#define USED_BY(sampler) (1U << (sampler))

enum {
    REMDM_ETA = USED_BY(UM_SAMPLER_REMDM_CAP) | USED_BY(UM_SAMPLER_REMDM_RESCALE),
    REMDM = REMDM_ETA | USED_BY(UM_SAMPLER_REMDM_CONF),
    RECHECK = USED_BY(UM_SAMPLER_RECHECK),
    CONFIDENCES = RECHECK | USED_BY(UM_SAMPLER_CONFIDENCE)
};

static const struct rule {
    enum option_id option;
    unsigned samplers; /* that use it */
    const char *names;
} rules[] = {
    {OPT_ETA, REMDM_ETA, "remdm-cap and remdm-rescale use it"},
    {OPT_LOOP, REMDM, "the remdm samplers use it"},
    {OPT_RECHECK_ROUNDS, RECHECK, "recheck uses it"},
    {OPT_RECHECK_THRESHOLD, RECHECK, "recheck uses it"},
    {OPT_CHOICE_TEMPERATURE, CONFIDENCES, "confidence and recheck use it"},
};

static const struct rule *find_rule(enum option_id option) {
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].option == option) {
            return &rules[i];
        }
    }
    return NULL;
}

bool sampler_uses(um_sampler sampler, enum option_id option) {
    const struct rule *rule = find_rule(option);
    return rule == NULL || (rule->samplers & USED_BY(sampler)) != 0;
}

/* What asks for nothing is not in vain. */
static bool asks(const struct args *args, enum option_id option) {
    if (option == OPT_CHOICE_TEMPERATURE) {
        return args->given[option] > 0 && args->real[option] > 0.0;
    }
    return args->given[option] > 0 &&
           (option != OPT_LOOP || strcmp(args->text[option], "none") != 0);
}

static bool guided(const struct settings *settings) {
    bool any = settings->meta.cfg_scale > 0.0;
    for (size_t i = 0; i < settings->row_count; i++) {
        any = any || settings->rows[i].cfg_scale > 0.0F;
    }
    return any;
}

void idle_options_warn(const struct settings *settings, const struct args *args) {
    const unsigned sampler = USED_BY(settings->sampler);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        enum option_id option = rules[i].option;
        if (asks(args, option) && !sampler_uses(settings->sampler, option)) {
            note("warning: --%s has no effect with the sampler %s; %s", option_table[option].name,
                 settings->meta.sampler, rules[i].names);
        }
    }
    if (args->given[OPT_SCHEDULE] > 0 && (REMDM & sampler) != 0 && settings->loop_on > 0.0F) {
        note("warning: --schedule has no effect with --loop, which sets how many tokens stay "
             "masked");
    }
    if (args->given[OPT_CFG_SCHEDULE] > 0 && !guided(settings)) {
        note("warning: --cfg-schedule has no effect without guidance; --cfg-scale is 0");
    }
}
