/* Patterns are read by hand: printf never sees a format that a user wrote. */
#include "common/pattern.h"

#include "common/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the field that begins at `at` ("%d", "%3d", "%03d"), 0 if it is none. */
static size_t field_length(const char *at, int *width, bool *zero) {
    size_t length = 1;
    *zero = at[length] == '0';
    length += *zero;
    *width = 0;
    if (at[length] >= '1' && at[length] <= '9') {
        *width = at[length++] - '0';
    }
    return at[length] == 'd' ? length + 1 : 0;
}

int pattern_check(const char *pattern, bool several, const char *option) {
    int fields = 0, width;
    bool zero;
    for (const char *at = strchr(pattern, '%'); at != NULL; at = strchr(at, '%')) {
        size_t length = field_length(at, &width, &zero);
        if (length == 0) {
            return fail(EXIT_USAGE, "--%s: '%s': after %% only a form like %%d or %%03d may follow",
                        option, pattern);
        }
        fields++;
        at += length;
    }
    if (fields > 1 || (several && fields == 0)) {
        return fail(EXIT_USAGE, "--%s: '%s' needs exactly one number field like %%03d%s", option,
                    pattern, several ? " for several images" : "");
    }
    return 0;
}

char *pattern_name(const char *pattern, uint32_t index) {
    size_t room = strlen(pattern) + 16;
    char *name = malloc(room);
    const char *at = strchr(pattern, '%');
    if (name == NULL) {
        return NULL;
    }
    if (at == NULL) {
        memcpy(name, pattern, strlen(pattern) + 1);
        return name;
    }
    int width;
    bool zero;
    size_t length = field_length(at, &width, &zero);
    snprintf(name, room, zero ? "%.*s%0*u%s" : "%.*s%*u%s", (int)(at - pattern), pattern, width,
             index, at + length);
    return name;
}
