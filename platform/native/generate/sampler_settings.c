/* Options, --from and the model's defaults become the sampler's settings. */
#include "generate/sampler_settings.h"

#include "common/report.h"
#include "common/setting_text.h"
#include "common/utf8.h"
#include "generate/step_table.h"

static int refuse(um_setting_id id, const char *text) {
    static const char *const expected[] = {
        [UM_KIND_SAMPLER] = "is none of: confidence, halton, raster, remdm-cap, remdm-rescale, "
                            "remdm-conf, recheck",
        [UM_KIND_CFG_SCHEDULE] = "is none of: constant, linear, power-cosine, power-cosineK (such "
                                 "as power-cosine2)",
        [UM_KIND_LOOP] = "is neither none nor up to three numbers between 0 and 1: ON,OFF,ALPHA",
    };
    const um_setting *setting = um_setting_info(id);
    return fail(EXIT_USAGE, "--%s: '%.*s' %s", setting->option, (int)utf8_fit(text, 60), text,
                expected[setting->kind]);
}

/* The loop's window must not be empty. */
static int check_loop(const um_sampling *s, const char *text) {
    const float default_off = 0.05F; /* um_sampling.remdm_loop_off */
    const float off = s->remdm_loop_off > 0.0F ? s->remdm_loop_off : default_off;
    return s->remdm_loop_on == 0.0F || s->remdm_loop_on > off
               ? 0
               : fail(EXIT_USAGE, "--loop: '%.*s': ON must be greater than OFF (%g)",
                      (int)utf8_fit(text, 60), text, (double)off);
}

/* An option whose argument is a word. */
static int read_word(um_sampling *sampling, const struct args *args, um_setting_id id) {
    const char *text = args->text[OPT_SETTING + id];
    const bool number = setting_is_number(id), shares = id == UM_SETTING_SCHEDULE;
    if (text == NULL || number || shares) {
        return 0;
    }
    return setting_read(id, sampling, text) ? 0 : refuse(id, text);
}

int sampler_settings_read(struct settings *settings, const struct args *args) {
    um_sampling *sampling = &settings->meta.sampling;
    char loop[SETTING_TEXT];
    int code = 0;
    for (int id = 0; id < UM_SETTING_COUNT && code == 0; id++) {
        code = read_word(sampling, args, (um_setting_id)id);
    }
    code = code != 0 ? code
                     : check_loop(sampling, setting_text(loop, UM_SETTING_REMDM_LOOP, sampling));
    return code != 0 ? code : step_table_read(settings, args);
}

int sampler_settings_resolve(struct settings *settings, const struct args *args,
                             const um_model_info *info, uint32_t *steps) {
    um_sampling *sampling = &settings->meta.sampling;
    if (settings->row_count > 0) {
        uint32_t rows = (uint32_t)settings->row_count;
        bool differ = sampling->schedule == UM_SCHEDULE_TABLE && settings->table_size != rows;
        if (differ || (args->given[OPT_STEPS] > 0 && args->whole[OPT_STEPS] != rows)) {
            return fail(EXIT_USAGE, "%s: the step table has %u rows, so there must be %u steps",
                        differ ? "--schedule" : "--steps", rows, rows);
        }
        *steps = rows;
    }
    for (int i = 0; i < UM_SETTING_COUNT; i++) {
        um_setting_id id = (um_setting_id)i;
        const size_t option = (size_t)OPT_SETTING + (size_t)i;
        const bool whole = um_setting_info(id)->kind == UM_KIND_WHOLE;
        if (args->given[option] > 0 && setting_is_number(id)) {
            um_setting_set(id, sampling, whole ? (double)args->whole[option] : args->real[option]);
        }
    }
    setting_fill(sampling, &info->defaults);
    return 0;
}

void sampler_settings_apply(const struct settings *settings, um_session_params *params) {
    params->sampling = settings->meta.sampling;
    params->step_table = settings->row_count > 0 ? settings->rows : NULL;
    params->step_table_size = (uint32_t)settings->row_count;
}
