/* Reads the list of fast paths that are switched off. */
#include "backend/features.h"

#include "base/utf8.h"

#include <string.h>

static const char *const names[UM_FEATURE_COUNT] = {"fp16", "int8", "subgroup", "coopmat",
                                                    "pipecache"};

const char *um_feature_name(uint32_t index) {
    return names[index];
}

static bool bit_of(const char *word, size_t length, uint32_t *bit) {
    for (uint32_t i = 0; i < UM_FEATURE_COUNT; i++)
        if (strlen(names[i]) == length && memcmp(names[i], word, length) == 0) {
            *bit = UINT32_C(1) << i;
            return true;
        }
    return false;
}

um_status um_features_parse(const char *text, uint32_t *mask, const struct um_log *log) {
    static const char space[] = " \t\r\n", breaks[] = ", \t\r\n";
    uint32_t found = 0;
    for (const char *p = text ? text : ""; *p;) {
        const size_t length = strcspn(p, breaks);
        uint32_t bit = 0;
        if (length > 0 && !bit_of(p, length, &bit))
            return um_fail(log, UM_ERROR_ARGUMENT,
                           "UNMASK_DISABLE names \"%.*s\"; it takes fp16, int8, subgroup, coopmat "
                           "and pipecache, separated by commas.",
                           length < 40 ? (int)length : um_utf8_fit(p, 40), p);
        found |= bit;
        p += length;
        p += strspn(p, space);
        p += *p == ',';
        p += strspn(p, space);
    }
    *mask = found;
    return UM_OK;
}
