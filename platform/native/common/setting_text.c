/* One reader and one writer for each kind of setting. */
#include "common/setting_text.h"

#include "common/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool setting_is_number(um_setting_id id) {
    um_setting_kind kind = um_setting_info(id)->kind;
    return kind == UM_KIND_WHOLE || kind == UM_KIND_REAL;
}

double setting_number(um_setting_id id, const um_sampling *sampling) {
    const um_setting *setting = um_setting_info(id);
    double value = um_setting_get(id, sampling);
    value = isnan(value) ? setting->none : value;
    value = isnan(value) ? setting->fallback : value;
    return isnan(value) ? 0 : value;
}

/* A name, and behind it the power that it has. */
static void named(char text[SETTING_TEXT], const char *name, bool has_power, float power) {
    char number[NUMBER_TEXT];
    bool shown = has_power && power != 0.0F;
    snprintf(text, SETTING_TEXT, "%s%s", name, shown ? number_text(number, power) : "");
}

/* "ON,OFF,ALPHA" without what is left out at the end. */
static void loop_text(char text[SETTING_TEXT], const um_sampling *s) {
    char on[NUMBER_TEXT], off[NUMBER_TEXT], alpha[NUMBER_TEXT];
    bool has_alpha = s->remdm_loop_alpha > 0.0F, has_off = has_alpha || s->remdm_loop_off > 0.0F;
    if (s->remdm_loop_on == 0.0F) {
        snprintf(text, SETTING_TEXT, "none");
        return;
    }
    number_text(on, s->remdm_loop_on);
    number_text(off, s->remdm_loop_off);
    number_text(alpha, s->remdm_loop_alpha);
    snprintf(text, SETTING_TEXT, "%s%s%s%s%s", on, has_off ? "," : "", has_off ? off : "",
             has_alpha ? "," : "", has_alpha ? alpha : "");
}

const char *setting_text(char text[SETTING_TEXT], um_setting_id id, const um_sampling *sampling) {
    char number[NUMBER_TEXT];
    switch (um_setting_info(id)->kind) {
    case UM_KIND_SCHEDULE:
        named(text, um_schedule_name(sampling->schedule), sampling->schedule == UM_SCHEDULE_POW,
              sampling->schedule_power);
        break;
    case UM_KIND_SAMPLER:
        named(text, um_sampler_name(sampling->sampler), false, 0);
        break;
    case UM_KIND_CFG_SCHEDULE:
        named(text, um_cfg_schedule_name(sampling->cfg_schedule),
              sampling->cfg_schedule == UM_CFG_POWER_COSINE, sampling->cfg_power);
        break;
    case UM_KIND_LOOP:
        loop_text(text, sampling);
        break;
    case UM_KIND_WHOLE:
    case UM_KIND_REAL:
        snprintf(text, SETTING_TEXT, "%s",
                 number_text(number, (float)setting_number(id, sampling)));
        break;
    }
    return text;
}

static bool read_loop(um_sampling *sampling, const char *text) {
    float values[3] = {0};
    bool none = strcmp(text, "none") == 0;
    for (size_t i = 0; i < 3 && !none; i++) {
        char *end;
        values[i] = strtof(text, &end);
        if (end == text || !(values[i] > 0.0F && values[i] < 1.0F) ||
            (*end != '\0' && (*end != ',' || i == 2))) {
            return false;
        }
        if (*end == '\0') {
            break;
        }
        text = end + 1;
    }
    sampling->remdm_loop_on = values[0];
    sampling->remdm_loop_off = values[1];
    sampling->remdm_loop_alpha = values[2];
    return true;
}

bool setting_read(um_setting_id id, um_sampling *sampling, const char *text) {
    char *end;
    switch (um_setting_info(id)->kind) {
    case UM_KIND_SCHEDULE:
        return um_schedule_parse(text, &sampling->schedule, &sampling->schedule_power, NULL, 0,
                                 NULL) == UM_OK;
    case UM_KIND_SAMPLER:
        return um_sampler_parse(text, &sampling->sampler) == UM_OK;
    case UM_KIND_CFG_SCHEDULE:
        sampling->cfg_power = 0;
        return um_cfg_schedule_parse(text, &sampling->cfg_schedule, &sampling->cfg_power) == UM_OK;
    case UM_KIND_LOOP:
        return read_loop(sampling, text);
    case UM_KIND_WHOLE:
    case UM_KIND_REAL:
        break;
    }
    double value = strtod(text, &end);
    return end != text && *end == '\0' && !isnan(value) &&
           um_setting_set(id, sampling, value) == UM_OK;
}

void setting_json(struct json *json, um_setting_id id, const um_sampling *sampling) {
    const um_setting *setting = um_setting_info(id);
    char text[SETTING_TEXT];
    bool loop = setting->kind == UM_KIND_LOOP;
    if (setting->kind == UM_KIND_WHOLE) {
        json_whole(json, setting->name, (uint64_t)setting_number(id, sampling));
    } else if (setting->kind == UM_KIND_REAL) {
        json_float(json, setting->name, (float)setting_number(id, sampling));
    } else {
        setting_text(text, id, sampling);
        json_text(json, setting->name, loop && sampling->remdm_loop_on == 0.0F ? "" : text);
    }
}

void setting_fill(um_sampling *sampling, const um_sampling *defaults) {
    if (sampling->schedule == UM_SCHEDULE_DEFAULT) {
        sampling->schedule_power = defaults->schedule_power;
    }
    if (sampling->cfg_schedule == UM_CFG_DEFAULT) {
        sampling->cfg_power = defaults->cfg_power;
    }
    for (int i = 0; i < UM_SETTING_COUNT; i++) {
        um_setting_id id = (um_setting_id)i;
        if (isnan(um_setting_get(id, sampling))) {
            um_setting_set(id, sampling, um_setting_get(id, defaults));
        }
    }
}
