/* The cases of tests/data/names.tsv, which says what its rows mean. */
#ifndef UM_SUPPORT_NAMES_H
#define UM_SUPPORT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { NAMES_ROWS = 512 };

struct names_row {
    const char *kind, *text, *expected; /* expected: "" where the row has none */
};

struct names {
    struct names_row rows[NAMES_ROWS];
    size_t row_count;
    const char *class_names[NAMES_ROWS], *class_symbols[NAMES_ROWS]; /* of the rows "class" */
    size_t class_count;
    char *memory;
};

/* False if the file cannot be read or is not as it should be. */
bool names_read(struct names *names, const char *path);
void names_free(struct names *names);

/* The index of the class with this very name; class_count if there is none. */
size_t names_class(const struct names *names, const char *name);

#endif
