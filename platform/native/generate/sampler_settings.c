/* Options, --from and the model's defaults become the sampler's settings. */
#include "generate/sampler_settings.h"

#include "common/number.h"
#include "common/report.h"
#include "common/utf8.h"
#include "generate/step_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_sampler(struct settings *settings, const char *name) {
    if (um_sampler_parse(name, &settings->sampler) == UM_OK) {
        snprintf(settings->meta.sampler, sizeof settings->meta.sampler, "%s",
                 um_sampler_name(settings->sampler));
        return 0;
    }
    return fail(EXIT_USAGE,
                "--sampler: '%.*s' is none of: confidence, halton, raster, remdm-cap, "
                "remdm-rescale, remdm-conf, recheck",
                (int)utf8_fit(name, 60), name);
}

static int parse_guidance(struct settings *settings, const char *text) {
    if (strlen(text) < sizeof settings->meta.cfg_schedule &&
        um_cfg_schedule_parse(text, &settings->cfg_schedule, &settings->cfg_power) == UM_OK) {
        memmove(settings->meta.cfg_schedule, text, strlen(text) + 1);
        return 0;
    }
    return fail(EXIT_USAGE,
                "--cfg-schedule: '%.*s' is none of: constant, linear, power-cosine, "
                "power-cosineK (such as power-cosine2)",
                (int)utf8_fit(text, 60), text);
}

/* The loop's window must not be empty. */
static int check_loop(const struct settings *settings, const char *text) {
    const float default_off = 0.05F; /* um_session_params.remdm_loop_off */
    const float off = settings->loop_off > 0.0F ? settings->loop_off : default_off;
    return settings->loop_on > off
               ? 0
               : fail(EXIT_USAGE, "--loop: '%.*s': ON must be greater than OFF (%g)",
                      (int)utf8_fit(text, 60), text, (double)off);
}

/* ON[,OFF[,ALPHA]], what is left out being the library's default, or none. */
static int parse_loop(struct settings *settings, const char *text) {
    if (strcmp(text, "none") == 0) {
        settings->meta.remdm_loop[0] = '\0';
        return 0;
    }
    float *values[] = {&settings->loop_on, &settings->loop_off, &settings->loop_alpha};
    const char *at = text;
    for (size_t i = 0; i < 3; i++) {
        char *end;
        *values[i] = strtof(at, &end);
        bool inside = *values[i] > 0.0F && *values[i] < 1.0F;
        if (end == at || !inside || (*end != '\0' && (*end != ',' || i == 2))) {
            break;
        }
        if (*end == '\0' && strlen(text) < sizeof settings->meta.remdm_loop) {
            memmove(settings->meta.remdm_loop, text, strlen(text) + 1);
            return check_loop(settings, text);
        }
        at = end + 1;
    }
    return fail(EXIT_USAGE,
                "--loop: '%.*s' is neither none nor up to three numbers between 0 and 1: "
                "ON,OFF,ALPHA",
                (int)utf8_fit(text, 60), text);
}

/* The option, else what --from says, else NULL. */
static const char *pick_text(const struct settings *settings, const struct args *args,
                             enum option_id id, const char *stored) {
    const char *text = args->text[id];
    return text != NULL ? text : settings->from_given && stored[0] != '\0' ? stored : NULL;
}

int sampler_settings_read(struct settings *settings, const struct args *args) {
    struct meta *meta = &settings->meta;
    const char *sampler = pick_text(settings, args, OPT_SAMPLER, meta->sampler);
    const char *guidance = pick_text(settings, args, OPT_CFG_SCHEDULE, meta->cfg_schedule);
    const char *loop = pick_text(settings, args, OPT_LOOP, meta->remdm_loop);
    int code = sampler != NULL ? parse_sampler(settings, sampler) : 0;
    code = code == 0 && guidance != NULL ? parse_guidance(settings, guidance) : code;
    code = code == 0 && loop != NULL ? parse_loop(settings, loop) : code;
    return code != 0 ? code : step_table_read(settings, args);
}

/* Rounded to float, because the session takes floats and the metadata must repeat them exactly. */
static double pick_real(const struct settings *settings, const struct args *args, enum option_id id,
                        double stored, float model_default) {
    double otherwise = settings->from_given ? stored : (double)model_default;
    return (double)(float)args_real(args, id, otherwise);
}

static void name_defaults(struct settings *settings, const um_model_info *info) {
    struct meta *meta = &settings->meta;
    if (settings->sampler == UM_SAMPLER_DEFAULT) {
        settings->sampler = info->default_sampler;
        snprintf(meta->sampler, sizeof meta->sampler, "%s", um_sampler_name(settings->sampler));
    }
    if (settings->cfg_schedule != UM_CFG_DEFAULT) {
        return;
    }
    settings->cfg_schedule = info->default_cfg_schedule;
    settings->cfg_power = info->default_cfg_power;
    if (settings->cfg_schedule == UM_CFG_POWER_COSINE) {
        char power[NUMBER_TEXT];
        snprintf(meta->cfg_schedule, sizeof meta->cfg_schedule, "power-cosine%s",
                 number_text(power, settings->cfg_power));
    } else {
        snprintf(meta->cfg_schedule, sizeof meta->cfg_schedule, "%s",
                 um_cfg_schedule_name(settings->cfg_schedule));
    }
}

int sampler_settings_resolve(struct settings *settings, const struct args *args,
                             const um_model_info *info, uint32_t *steps) {
    struct meta *meta = &settings->meta;
    bool from = settings->from_given;
    name_defaults(settings, info);
    if (settings->row_count > 0) {
        uint32_t rows = (uint32_t)settings->row_count;
        bool differ = settings->schedule == UM_SCHEDULE_TABLE && settings->table_size != rows;
        if (differ || (args->given[OPT_STEPS] > 0 && args->whole[OPT_STEPS] != rows)) {
            return fail(EXIT_USAGE, "%s: the step table has %u rows, so there must be %u steps",
                        differ ? "--schedule" : "--steps", rows, rows);
        }
        *steps = rows;
    }
    meta->top_k =
        (uint32_t)args_whole(args, OPT_TOP_K,
                             from                                        ? meta->top_k
                             : info->default_top_k < info->codebook_size ? info->default_top_k
                                                                         : 0);
    meta->top_p = pick_real(settings, args, OPT_TOP_P, meta->top_p, info->default_top_p);
    meta->remdm_eta = pick_real(settings, args, OPT_ETA, meta->remdm_eta, info->default_remdm_eta);
    meta->recheck_rounds = (uint32_t)args_whole(
        args, OPT_RECHECK_ROUNDS, from ? meta->recheck_rounds : info->default_recheck_rounds);
    meta->recheck_threshold = pick_real(settings, args, OPT_RECHECK_THRESHOLD,
                                        meta->recheck_threshold, info->default_recheck_threshold);
    return 0;
}

void sampler_settings_apply(const struct settings *settings, um_session_params *params) {
    const struct meta *meta = &settings->meta;
    params->sampler = settings->sampler;
    params->cfg_schedule = settings->cfg_schedule;
    params->cfg_power = settings->cfg_power;
    params->top_k = meta->top_k > 0 ? meta->top_k : UINT32_MAX;
    params->top_p = (float)meta->top_p;
    params->remdm_eta = (float)meta->remdm_eta;
    params->remdm_loop_on = settings->loop_on;
    params->remdm_loop_off = settings->loop_off;
    params->remdm_loop_alpha = settings->loop_alpha;
    params->recheck_rounds = meta->recheck_rounds;
    params->recheck_threshold = (float)meta->recheck_threshold;
    params->step_table = settings->row_count > 0 ? settings->rows : NULL;
    params->step_table_size = (uint32_t)settings->row_count;
}
