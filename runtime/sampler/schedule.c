/* Mask schedules, their names and their parser. */
#include "sampler/schedule.h"

#include "base/log.h"
#include "base/utf8.h"
#include "sampler/number.h"
#include <math.h>
#include <string.h>

static const double HALF_PI = 1.57079632679489661923;

/* U * share can be an integer in exact arithmetic (cos(pi/3) = 1/2); rounding errors of any libm,
 * at most 1e-11 for 16384 tokens, must not decide which side of it floor() sees. */
static const double FLOOR_SLACK = 1e-9;

static const struct {
    const char *name;
    um_schedule schedule;
} NAMES[] = {
    {"cosine", UM_SCHEDULE_COSINE},           {"linear", UM_SCHEDULE_LINEAR},
    {"square", UM_SCHEDULE_SQUARE},           {"cubic", UM_SCHEDULE_CUBIC},
    {"exponential", UM_SCHEDULE_EXPONENTIAL}, {"sqrt", UM_SCHEDULE_SQRT},
    {"logarithmic", UM_SCHEDULE_LOGARITHMIC}, {"arccos", UM_SCHEDULE_ARCCOS},
};
enum { NAME_COUNT = sizeof NAMES / sizeof NAMES[0] };

double um_schedule_share(const struct um_schedule_spec *spec, uint32_t step, uint32_t unknown) {
    double r = (double)(step + 1) / (double)spec->steps;
    double bits = log2(unknown < 2 ? 2.0 : (double)unknown);
    double share = 0.0;
    switch (spec->kind) {
    case UM_SCHEDULE_DEFAULT: // the session has replaced it by the model's
    case UM_SCHEDULE_COSINE:
        share = cos(HALF_PI * r);
        break;
    case UM_SCHEDULE_LINEAR:
        share = 1.0 - r;
        break;
    case UM_SCHEDULE_SQUARE:
        share = 1.0 - r * r;
        break;
    case UM_SCHEDULE_CUBIC:
        share = 1.0 - r * r * r;
        break;
    case UM_SCHEDULE_POW:
        share = 1.0 - pow(r, (double)spec->power);
        break;
    case UM_SCHEDULE_EXPONENTIAL:
        share = 1.0 - exp2(-bits * (1.0 - r));
        break;
    case UM_SCHEDULE_SQRT:
        share = 1.0 - sqrt(r);
        break;
    case UM_SCHEDULE_LOGARITHMIC:
        share = -log2(r) / bits;
        break;
    case UM_SCHEDULE_ARCCOS:
        share = acos(r) / HALF_PI;
        break;
    case UM_SCHEDULE_TABLE:
        share = (double)spec->table[step];
        break;
    }
    return um_schedule_clip(share);
}

double um_schedule_clip(double share) {
    return share < 1e-6 ? 1e-6 : share > 1.0 ? 1.0 : share;
}

uint32_t um_schedule_count(double share, bool last, uint32_t unknown, uint32_t masked_now) {
    if (last || masked_now == 0)
        return 0;
    uint32_t masked = (uint32_t)floor((double)unknown * share + FLOOR_SLACK);
    if (masked > masked_now - 1)
        masked = masked_now - 1;
    return masked ? masked : 1;
}

uint32_t um_schedule_masked(const struct um_schedule_spec *spec, uint32_t step, uint32_t unknown,
                            uint32_t masked_now) {
    return um_schedule_count(um_schedule_share(spec, step, unknown), step + 1 >= spec->steps,
                             unknown, masked_now);
}

static um_status no_schedule(const char *text) {
    return um_fail(NULL, UM_ERROR_ARGUMENT,
                   "\"%.*s\" is no schedule, expected cosine, linear, square, cubic, pow2.5, "
                   "exponential, sqrt, logarithmic, arccos or shares as in 0.9,0.5,0.",
                   um_utf8_fit(text, 40), text);
}

static um_status parse_table(const char *text, float *table, size_t capacity, size_t *table_size) {
    const char *whole = text;
    size_t count = 0;
    for (;; text++) {
        double share;
        if (!um_parse_number(&text, &share) || share > 1.0)
            return no_schedule(whole);
        if (count == capacity)
            return um_fail(NULL, UM_ERROR_ARGUMENT,
                           "A schedule of more than %zu shares does not fit.", capacity);
        table[count++] = (float)share;
        if (*text == '\0')
            break;
        if (*text != ',')
            return no_schedule(whole);
    }
    *table_size = count;
    return UM_OK;
}

um_status um_schedule_parse(const char *text, um_schedule *schedule, float *power, float *table,
                            size_t capacity, size_t *table_size) {
    if (!text || !schedule)
        return um_fail(NULL, UM_ERROR_ARGUMENT,
                       "um_schedule_parse: text and schedule must not be NULL.");
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (strcmp(text, NAMES[i].name) == 0) {
            *schedule = NAMES[i].schedule;
            return UM_OK;
        }
    }
    if (strncmp(text, "pow", 3) == 0) {
        double k;
        const char *rest = text + 3;
        if (!power)
            return um_fail(NULL, UM_ERROR_ARGUMENT,
                           "um_schedule_parse: power must not be NULL for pow.");
        if (!um_parse_number(&rest, &k) || *rest != '\0' || !(k >= 0.01 && k <= 100.0))
            return um_fail(NULL, UM_ERROR_ARGUMENT,
                           "\"%.*s\" is no schedule, expected 0.01 to 100 behind pow.",
                           um_utf8_fit(text, 40), text);
        *schedule = UM_SCHEDULE_POW;
        *power = (float)k;
        return UM_OK;
    }
    if (!table || !table_size)
        return no_schedule(text);
    um_status status = parse_table(text, table, capacity, table_size);
    if (status == UM_OK)
        *schedule = UM_SCHEDULE_TABLE;
    return status;
}

const char *um_schedule_name(um_schedule schedule) {
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (NAMES[i].schedule == schedule)
            return NAMES[i].name;
    }
    if (schedule == UM_SCHEDULE_POW)
        return "pow";
    return schedule == UM_SCHEDULE_TABLE ? "table" : "default";
}
