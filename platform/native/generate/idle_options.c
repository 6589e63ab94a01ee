/* Which options change nothing. */
#include "generate/idle_options.h"

#include "common/report.h"

#include <stdbool.h>
#include <stdio.h>

/* "confidence and recheck use it". */
static void write_users(char *text, size_t size, const um_setting *setting) {
    unsigned left = setting->samplers, count = 0;
    size_t used = 0;
    for (int s = UM_SAMPLER_CONFIDENCE; s <= UM_SAMPLER_RECHECK; s++) {
        if ((left & 1U << s) != 0) {
            left &= ~(1U << s);
            const char *join = count++ == 0 ? "" : left == 0 ? " and " : ", ";
            used += (size_t)snprintf(text + used, size - used, "%s%s", join,
                                     um_sampler_name((um_sampler)s));
        }
    }
    snprintf(text + used, size - used, count == 1 ? " uses it" : " use it");
}

/* What asks for nothing is not in vain. */
static bool asks(const struct args *args, const struct settings *settings, um_setting_id id) {
    const um_setting *setting = um_setting_info(id);
    bool none = um_setting_get(id, &settings->meta.sampling) == setting->none;
    return args->given[OPT_SETTING + id] > 0 && !none;
}

static bool guided(const struct settings *settings) {
    bool any = settings->meta.sampling.cfg_scale > 0.0F;
    for (size_t i = 0; i < settings->row_count; i++) {
        any = any || settings->rows[i].cfg_scale > 0.0F;
    }
    return any;
}

void idle_options_warn(const struct settings *settings, const struct args *args) {
    const um_sampling *s = &settings->meta.sampling;
    for (int i = 0; i < UM_SETTING_COUNT; i++) {
        um_setting_id id = (um_setting_id)i;
        if (asks(args, settings, id) && !um_setting_used(id, s->sampler)) {
            char users[200];
            write_users(users, sizeof users, um_setting_info(id));
            note("warning: --%s has no effect with the sampler %s; %s", um_setting_info(id)->option,
                 um_sampler_name(s->sampler), users);
        }
    }
    bool loop = s->remdm_loop_on > 0.0F && um_setting_used(UM_SETTING_REMDM_LOOP, s->sampler);
    if (args->given[OPT_SCHEDULE] > 0 && loop) {
        note("warning: --schedule has no effect with --loop, which sets how many tokens stay "
             "masked");
    }
    if (args->given[OPT_CFG_SCHEDULE] > 0 && !guided(settings)) {
        note("warning: --cfg-schedule has no effect without guidance; --cfg-scale is 0");
    }
}
