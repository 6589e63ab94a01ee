/* um_class_match(): the one ranking of names, for looking a class up and for searching while
 * typing. The page has a twin, platform/web/page/ui/search.js. */
#include "unmask/unmask.h"

#include <string.h>

static bool same_but_spaces(const char *a, const char *b) {
    for (;;) {
        a += *a == ' ';
        b += *b == ' ';
        if (*a != *b || !*a)
            return *a == *b;
        a++;
        b++;
    }
}

/* Where `part`, of `length` bytes, stands best in `name`. */
static um_match match_part(const char *part, size_t length, const char *name) {
    um_match best = UM_MATCH_NONE;
    for (const char *at = name; (at = strchr(at, part[0])) != NULL; at++) {
        if (strncmp(at, part, length) != 0)
            continue;
        if (at == name)
            return UM_MATCH_START;
        best = at[-1] == ' ' || best == UM_MATCH_WORD ? UM_MATCH_WORD : UM_MATCH_PART;
    }
    return best;
}

static bool match_words(const char *query, const char *name) {
    for (; *query; query += *query == ' ') {
        size_t length = strcspn(query, " ");
        if (match_part(query, length, name) == UM_MATCH_NONE)
            return false;
        query += length;
    }
    return true;
}

um_match um_class_match(const char *query, const char *name, const char *symbol) {
    if (!*query)
        return UM_MATCH_WORDS;
    if (strcmp(query, name) == 0 || strcmp(query, symbol) == 0)
        return UM_MATCH_EXACT;
    if (same_but_spaces(query, name))
        return UM_MATCH_SPACED;
    um_match part = match_part(query, strlen(query), name);
    return part == UM_MATCH_NONE && match_words(query, name) ? UM_MATCH_WORDS : part;
}
