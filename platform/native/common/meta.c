/* Metadata to text and back. One table of fields serves both directions. */
#include "common/meta.h"

#include "common/number.h"
#include "common/report.h"
#include "common/setting_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum field_type { TEXT, WHOLE32, WHOLE64, SETTINGS };

static const struct field {
    const char *key;
    enum field_type type;
    size_t offset,
        size;   /* SETTINGS: the id behind the last one; they go on from the last field's */
    bool newer; /* pictures of version 0.1 lack it */
} fields[] = {
#define FIELD(type, name)                                                                          \
    { #name, type, offsetof(struct meta, name), sizeof(((struct meta *)0)->name), false }
#define SETTINGS_UP_TO(end)                                                                        \
    { "", SETTINGS, offsetof(struct meta, sampling), end, false }
    FIELD(TEXT, kind),
    FIELD(TEXT, command),
    FIELD(WHOLE64, seed),
    FIELD(WHOLE32, first_image),
    FIELD(TEXT, classes),
    FIELD(TEXT, class_name),
    FIELD(WHOLE32, count),
    SETTINGS_UP_TO(UM_SETTING_STEPS + 1),
    FIELD(WHOLE32, step),
    SETTINGS_UP_TO(UM_SETTING_COUNT),
    {"step_table", TEXT, offsetof(struct meta, step_table), STEP_TABLE_TEXT, true},
    FIELD(WHOLE32, scale),
    FIELD(WHOLE32, width),
    FIELD(WHOLE32, height),
    FIELD(TEXT, model),
    FIELD(TEXT, model_sha256),
    FIELD(TEXT, device),
    FIELD(TEXT, backend),
    FIELD(TEXT, version),
#undef FIELD
#undef SETTINGS_UP_TO
};

enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };

void meta_settings(struct json *json, const struct meta *meta, um_setting_id from,
                   um_setting_id end) {
    for (um_setting_id id = from; id < end; id++) {
        if (id == UM_SETTING_SCHEDULE && meta->sampling.schedule == UM_SCHEDULE_TABLE) {
            json_text(json, "schedule", meta->schedule);
        } else {
            setting_json(json, id, &meta->sampling);
        }
    }
}

void meta_members(struct json *json, const struct meta *meta) {
    json_text(json, "program", "unmask");
    json_whole(json, "format", 1);
    um_setting_id next = UM_SETTING_STEPS;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const void *value = (const char *)meta + fields[i].offset;
        switch (fields[i].type) {
        case TEXT:
            json_text(json, fields[i].key, value);
            break;
        case WHOLE32:
            json_whole(json, fields[i].key, *(const uint32_t *)value);
            break;
        case WHOLE64:
            json_exact(json, fields[i].key, *(const uint64_t *)value);
            break;
        case SETTINGS:
            meta_settings(json, meta, next, (um_setting_id)fields[i].size);
            next = (um_setting_id)fields[i].size;
            break;
        }
    }
}

void meta_json(struct buffer *out, const struct meta *meta) {
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    meta_members(&json, meta);
    json_close(&json, '}');
}

void meta_parameters(struct buffer *out, const struct meta *meta) {
    const um_sampling *s = &meta->sampling;
    char sampler[SETTING_TEXT], temperature[SETTING_TEXT], choice[SETTING_TEXT],
        scale[SETTING_TEXT];
    buffer_format(out, "%s\nSteps: %u, Sampler: %s, Schedule: %s, ", meta->class_name, s->steps,
                  setting_text(sampler, UM_SETTING_SAMPLER, s), meta->schedule);
    buffer_format(out, "Temperature: %s, Choice temperature: %s, CFG scale: %s, ",
                  setting_text(temperature, UM_SETTING_TEMPERATURE, s),
                  setting_text(choice, UM_SETTING_CHOICE_TEMPERATURE, s),
                  setting_text(scale, UM_SETTING_CFG_SCALE, s));
    buffer_format(out, "Seed: %llu, Size: %ux%u, Model hash: %.10s, Model: %s, Version: unmask %s",
                  (unsigned long long)meta->seed, meta->width, meta->height, meta->model_sha256,
                  meta->model, meta->version);
}

static bool read_whole(const char *text, uint64_t limit, uint64_t *value) {
    char *end;
    if (text == NULL || text[0] == '\0' || strspn(text, "0123456789") != strlen(text)) {
        return false;
    }
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && *value <= limit;
}

static bool read_field(struct meta *meta, const struct field *field, const char *text) {
    char *target = (char *)meta + field->offset;
    uint64_t whole = 0;
    if (text == NULL) {
        return false;
    }
    switch (field->type) {
    case TEXT:
        if (strlen(text) >= field->size) {
            return false;
        }
        memcpy(target, text, strlen(text) + 1);
        return true;
    case WHOLE32:
    case WHOLE64:
        if (!read_whole(text, field->type == WHOLE32 ? UINT32_MAX : UINT64_MAX, &whole)) {
            return false;
        }
        if (field->type == WHOLE32) {
            *(uint32_t *)(void *)target = (uint32_t)whole;
        } else {
            *(uint64_t *)(void *)target = whole;
        }
        return true;
    case SETTINGS:
        break;
    }
    return false;
}

/* The schedule may be a list of shares. */
static bool read_schedule(struct meta *meta, const char *text) {
    float shares[1024];
    size_t count = 0;
    if (strlen(text) >= sizeof meta->schedule ||
        um_schedule_parse(text, &meta->sampling.schedule, &meta->sampling.schedule_power, shares,
                          1024, &count) != UM_OK) {
        return false;
    }
    memcpy(meta->schedule, text, strlen(text) + 1);
    return true;
}

/* A setting; pictures of version 0.1 lack those that model files may lack. */
static bool read_setting(struct meta *meta, const struct json_object *object, um_setting_id id) {
    const um_setting *setting = um_setting_info(id);
    const char *text = json_find(object, setting->name, !setting_is_number(id));
    if (text == NULL) {
        return !isnan(setting->fallback) &&
               um_setting_set(id, &meta->sampling, setting->fallback) == UM_OK;
    }
    if (id == UM_SETTING_SCHEDULE) {
        return read_schedule(meta, text);
    }
    bool none = setting->kind == UM_KIND_LOOP && text[0] == '\0';
    return setting_read(id, &meta->sampling, none ? "none" : text);
}

static int read_settings(struct meta *meta, const struct json_object *object, const char *path) {
    for (int id = 0; id < UM_SETTING_COUNT; id++) {
        if (!read_setting(meta, object, (um_setting_id)id)) {
            return fail(EXIT_USAGE, "%s: the stored setting '%s' is missing or out of range", path,
                        um_setting_info((um_setting_id)id)->name);
        }
    }
    return 0;
}

int meta_read(struct meta *meta, const char *json, const char *path) {
    struct json_object object;
    if (!json_read(&object, json)) {
        return fail(EXIT_USAGE, "%s: the settings stored in it are damaged", path);
    }
    int code = 0;
    *meta = (struct meta){0};
    const char *format = json_find(&object, "format", false);
    if (format == NULL || strcmp(format, "1") != 0) {
        code = fail(EXIT_USAGE, "%s: format of the stored settings: expected 1, found %s", path,
                    format != NULL ? format : "nothing");
    }
    for (size_t i = 0; code == 0 && i < FIELD_COUNT; i++) {
        const char *text = json_find(&object, fields[i].key, fields[i].type == TEXT);
        if (fields[i].type == SETTINGS || (text == NULL && fields[i].newer)) {
            continue;
        }
        if (!read_field(meta, &fields[i], text)) {
            code = fail(EXIT_USAGE, "%s: the stored setting '%s' is missing or out of range", path,
                        fields[i].key);
        }
    }
    code = code == 0 ? read_settings(meta, &object, path) : code;
    json_free(&object);
    return code;
}
