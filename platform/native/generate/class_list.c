/* Taking the list apart. */
#include "generate/class_list.h"

#include "common/report.h"

#include <stdlib.h>
#include <string.h>

static size_t count_commas(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == ',';
    }
    return count;
}

/* True if both are the same name, as um_fold() compares names. */
static bool same_name(const char *a, const char *b) {
    size_t a_room = um_fold(a, NULL, 0) + 1, b_room = um_fold(b, NULL, 0) + 1;
    char *folded = malloc(a_room + b_room);
    bool same = false;
    if (folded != NULL) {
        um_fold(a, folded, a_room);
        um_fold(b, folded + a_room, b_room);
        same = strcmp(folded, folded + a_room) == 0;
    }
    free(folded);
    return same;
}

/* The whole is one name with as many commas: "kiss: woman, man" is, "hot,dog" is two classes. */
static bool is_one_name(const um_model *model, const char *text, int32_t *found) {
    size_t commas = count_commas(text);
    int32_t index;
    if (commas == 0 || um_model_find_class(model, text, &index) != UM_OK) {
        return false;
    }
    const char *name = um_model_class_name(model, index);
    if (count_commas(name) != commas || !same_name(name, text)) {
        return false;
    }
    *found = index;
    return true;
}

static const char *skip_spaces(const char *text) {
    return text + strspn(text, " ");
}

/* Up to the quotation mark that ends it; NULL if there is none. */
static const char *copy_quoted(const char *at, char *item, size_t *length) {
    for (; *at != '"'; at++) {
        at += at[0] == '\\' && (at[1] == '"' || at[1] == '\\');
        if (*at == '\0') {
            return NULL;
        }
        item[(*length)++] = *at;
    }
    return skip_spaces(at + 1);
}

static const char *copy_plain(const char *at, char *item, size_t *length) {
    for (; *at != '\0' && *at != ','; at++) {
        at += at[0] == '\\' && at[1] != '\0' && strchr(",\"\\", at[1]) != NULL;
        item[(*length)++] = *at;
    }
    while (*length > 0 && item[*length - 1] == ' ') {
        --*length;
    }
    return at;
}

/* Copies the item at *at, which moves to the comma or the end behind it. */
static int next_item(const char **at, char *item) {
    size_t length = 0;
    const char *start = skip_spaces(*at);
    const char *end =
        *start == '"' ? copy_quoted(start + 1, item, &length) : copy_plain(start, item, &length);
    if (end == NULL || (*end != '\0' && *end != ',')) {
        return fail(EXIT_USAGE,
                    "--class: '%.60s': expected a quotation mark at the end of the name", start);
    }
    item[length] = '\0';
    *at = end;
    return length > 0 ? 0 : fail(EXIT_USAGE, "--class: there is an empty name between commas");
}

static int read_items(const um_model *model, const char *text, char *item, int32_t *list,
                      uint32_t most, uint32_t *count) {
    for (;; text++) {
        if (*count == most) {
            return fail(EXIT_USAGE, "--class: more than %u classes", most);
        }
        int code = next_item(&text, item);
        code = code != 0 ? code : fail_status(um_model_find_class(model, item, &list[*count]));
        if (code != 0) {
            return code;
        }
        ++*count;
        if (*text == '\0') {
            return 0;
        }
    }
}

int class_list_read(const um_model *model, const char *text, int32_t *list, uint32_t most,
                    uint32_t *count) {
    *count = 0;
    if (is_one_name(model, text, list)) {
        *count = 1;
        return 0;
    }
    char *item = malloc(strlen(text) + 1);
    int code = item != NULL ? read_items(model, text, item, list, most, count)
                            : fail(UM_ERROR_MEMORY, "not enough memory");
    free(item);
    return code;
}
