/* Patterns are read by hand: printf never sees a format that a user wrote. */
#include "common/pattern.h"

#include "common/buffer.h"
#include "common/report.h"

#include <string.h>

/* What stands at a %: a field ("%d", "%3d", "%03d") or "%%"; length 0 if it is neither. */
struct field {
    size_t length;
    int width;
    bool zero, percent;
};

static struct field read_field(const char *at) {
    struct field field = {.zero = at[1] == '0', .percent = at[1] == '%'};
    const char *end = at + 1 + (field.zero || field.percent);
    if (!field.percent && *end >= '1' && *end <= '9') {
        field.width = *end++ - '0';
    }
    if (!field.percent) {
        end = *end == 'd' ? end + 1 : at;
    }
    field.length = (size_t)(end - at);
    return field;
}

int pattern_check(const char *pattern, bool several, const char *option) {
    int fields = 0;
    for (const char *at = strchr(pattern, '%'); at != NULL; at = strchr(at, '%')) {
        struct field field = read_field(at);
        if (field.length == 0) {
            return fail(EXIT_USAGE,
                        "--%s: '%s': after %% only a form like %%d or %%03d may follow, or "
                        "another %%, which makes one",
                        option, pattern);
        }
        fields += !field.percent;
        at += field.length;
    }
    if (fields > 1 || (several && fields == 0)) {
        return fail(EXIT_USAGE, "--%s: '%s' needs exactly one number field such as %%03d%s", option,
                    pattern, several ? " for several images" : "");
    }
    return 0;
}

char *pattern_name(const char *pattern, uint32_t index) {
    struct buffer name = {0};
    const char *at = pattern;
    for (const char *percent; (percent = strchr(at, '%')) != NULL;) {
        struct field field = read_field(percent);
        buffer_append(&name, at, (size_t)(percent - at));
        if (field.percent) {
            buffer_text(&name, "%");
        } else {
            buffer_format(&name, field.zero ? "%0*u" : "%*u", field.width, index);
        }
        at = percent + field.length;
    }
    if (!buffer_append(&name, at, strlen(at) + 1)) {
        buffer_free(&name);
    }
    return (char *)name.bytes;
}
