/* Tab-separated cases. */
#include "support/names.h"

#include "base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 16 };

static char *read_all(const char *path) {
    char *text = calloc(FILE_LIMIT + 1, 1);
    FILE *file = fopen(path, "rb");
    size_t size = text && file ? fread(text, 1, FILE_LIMIT, file) : 0;
    if (file)
        fclose(file);
    if (size > 0 && size < FILE_LIMIT)
        return text;
    free(text);
    return NULL;
}

/* \u{301} becomes the character, in place: it only gets shorter. */
static void unescape(char *text) {
    char *out = text;
    for (const char *at = text; *at;) {
        if (strncmp(at, "\\u{", 3) == 0) {
            char *end;
            uint32_t code = (uint32_t)strtoul(at + 3, &end, 16);
            out += um_utf8_write(code, out);
            at = end + 1;
        } else {
            *out++ = *at++;
        }
    }
    *out = '\0';
}

/* Cuts the field off that ends with `end` or the text; what follows, "" after the last. */
static char *cut(char *field, char end) {
    char *stop = strchr(field, end);
    if (!stop)
        return field + strlen(field);
    *stop = '\0';
    return stop + 1;
}

static bool add(struct names *names, char *line) {
    char *text = cut(line, '\t'), *expected = cut(text, '\t');
    if (names->row_count == NAMES_ROWS || !*text)
        return false;
    unescape(text);
    unescape(expected);
    if (strcmp(line, "class") == 0) {
        names->class_names[names->class_count] = text;
        names->class_symbols[names->class_count++] = expected;
    }
    names->rows[names->row_count++] = (struct names_row){line, text, expected};
    return true;
}

bool names_read(struct names *names, const char *path) {
    *names = (struct names){.memory = read_all(path)};
    bool good = names->memory != NULL;
    for (char *line = names->memory, *next; good && *line; line = next) {
        next = cut(line, '\n');
        good = *line == '#' || add(names, line);
    }
    return good && names->class_count > 0;
}

void names_free(struct names *names) {
    free(names->memory);
    names->memory = NULL;
}

size_t names_class(const struct names *names, const char *name) {
    size_t i = 0;
    while (i < names->class_count && strcmp(names->class_names[i], name) != 0)
        i++;
    return i;
}
