/* Metadata to text and back. One table of fields serves both directions. */
#include "common/meta.h"

#include "common/number.h"
#include "common/report.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum field_type { TEXT, WHOLE32, WHOLE64, REAL };

static const struct field {
    const char *key;
    enum field_type type;
    size_t offset, size;
    bool newer; /* pictures of version 0.1 lack it */
} fields[] = {
#define FIELD(type, name)                                                                          \
    { #name, type, offsetof(struct meta, name), sizeof(((struct meta *)0)->name), false }
#define NEWER(type, name)                                                                          \
    { #name, type, offsetof(struct meta, name), sizeof(((struct meta *)0)->name), true }
    FIELD(TEXT, kind),
    FIELD(TEXT, command),
    FIELD(WHOLE64, seed),
    FIELD(WHOLE32, first_image),
    FIELD(TEXT, classes),
    FIELD(TEXT, class_name),
    FIELD(WHOLE32, count),
    FIELD(WHOLE32, steps),
    FIELD(WHOLE32, step),
    FIELD(TEXT, schedule),
    FIELD(TEXT, sampler),
    FIELD(REAL, temperature),
    FIELD(REAL, choice_temperature),
    FIELD(REAL, cfg_scale),
    NEWER(TEXT, cfg_schedule),
    NEWER(WHOLE32, top_k),
    NEWER(REAL, top_p),
    NEWER(REAL, remdm_eta),
    NEWER(TEXT, remdm_loop),
    NEWER(WHOLE32, recheck_rounds),
    NEWER(REAL, recheck_threshold),
    NEWER(TEXT, step_table),
    FIELD(WHOLE32, scale),
    FIELD(WHOLE32, width),
    FIELD(WHOLE32, height),
    FIELD(TEXT, model),
    FIELD(TEXT, model_sha256),
    FIELD(TEXT, device),
    FIELD(TEXT, backend),
    FIELD(TEXT, version),
#undef FIELD
#undef NEWER
};

enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };

void meta_members(struct json *json, const struct meta *meta) {
    json_text(json, "program", "unmask");
    json_whole(json, "format", 1);
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
        case REAL:
            json_float(json, fields[i].key, (float)*(const double *)value);
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
    buffer_format(out, "%s\nSteps: %u, Sampler: %s, Schedule: %s, ", meta->class_name, meta->steps,
                  meta->sampler, meta->schedule);
    char temperature[NUMBER_TEXT], choice[NUMBER_TEXT], scale[NUMBER_TEXT];
    buffer_format(out, "Temperature: %s, Choice temperature: %s, CFG scale: %s, ",
                  number_text(temperature, (float)meta->temperature),
                  number_text(choice, (float)meta->choice_temperature),
                  number_text(scale, (float)meta->cfg_scale));
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
    char *end;
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
    case REAL:
        *(double *)(void *)target = strtod(text, &end);
        return *end == '\0' && fabs(*(double *)(void *)target) <= (double)FLT_MAX;
    }
    return false;
}

/* What pictures were drawn with before these fields were there, or would be by default. */
static void meta_start(struct meta *meta) {
    *meta = (struct meta){.cfg_schedule = "constant",
                          .top_p = 1.0,
                          .remdm_eta = 0.05,
                          .recheck_rounds = 4,
                          .recheck_threshold = 0.1};
}

int meta_read(struct meta *meta, const char *json, const char *path) {
    struct json_object object;
    if (!json_read(&object, json)) {
        return fail(EXIT_USAGE, "%s: the settings stored in it are damaged", path);
    }
    int code = 0;
    meta_start(meta);
    const char *format = json_find(&object, "format", false);
    if (format == NULL || strcmp(format, "1") != 0) {
        code = fail(EXIT_USAGE, "%s: format of the stored settings: expected 1, found %s", path,
                    format != NULL ? format : "nothing");
    }
    for (size_t i = 0; code == 0 && i < FIELD_COUNT; i++) {
        const char *text = json_find(&object, fields[i].key, fields[i].type == TEXT);
        if (text == NULL && fields[i].newer) {
            continue;
        }
        if (!read_field(meta, &fields[i], text)) {
            code = fail(EXIT_USAGE, "%s: the stored setting '%s' is missing or out of range", path,
                        fields[i].key);
        }
    }
    json_free(&object);
    return code;
}
