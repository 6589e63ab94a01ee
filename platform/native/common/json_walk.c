/* Walks JSON of any shape, calling back for each scalar. */
#include "common/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_LIMIT = 16, PATH_BYTES = 512 };

struct walk {
    const char *at;
    char path[PATH_BYTES];
    json_leaf_fn leaf;
    void *arg;
};

static void skip_space(struct walk *w) {
    w->at += strspn(w->at, " \t\r\n");
}

static bool take(struct walk *w, char c) {
    skip_space(w);
    if (*w->at != c) {
        return false;
    }
    w->at++;
    skip_space(w);
    return true;
}

/* Appends to the path; false if it does not fit. */
static bool push(struct walk *w, size_t length, const char *part) {
    int wrote =
        snprintf(w->path + length, PATH_BYTES - length, "%s%s", length > 0 ? "." : "", part);
    return wrote >= 0 && (size_t)wrote < PATH_BYTES - length;
}

static bool read_value(struct walk *w, int depth);

static bool read_members(struct walk *w, int depth, bool object) {
    const size_t length = strlen(w->path);
    const char end = object ? '}' : ']';
    if (take(w, end)) {
        return true;
    }
    for (unsigned index = 0;; index++) {
        char number[16], *key = NULL;
        snprintf(number, sizeof number, "%u", index);
        bool ok = true;
        if (object) {
            key = json_read_string(&w->at);
            ok = key != NULL && take(w, ':');
        }
        ok = ok && push(w, length, object ? key : number) && read_value(w, depth + 1);
        free(key);
        w->path[length] = '\0';
        if (!ok) {
            return false;
        }
        if (!take(w, ',')) {
            return take(w, end);
        }
    }
}

static bool read_value(struct walk *w, int depth) {
    skip_space(w);
    if (depth > DEPTH_LIMIT) {
        return false;
    }
    if (*w->at == '{' || *w->at == '[') {
        const bool object = *w->at++ == '{';
        return read_members(w, depth, object);
    }
    char *value = *w->at == '"' ? json_read_string(&w->at) : json_read_word(&w->at);
    if (value == NULL) {
        return false;
    }
    w->leaf(w->arg, w->path, value);
    free(value);
    return true;
}

bool json_walk(const char *text, json_leaf_fn leaf, void *arg) {
    struct walk w = {.at = text, .leaf = leaf, .arg = arg};
    if (!read_value(&w, 0)) {
        return false;
    }
    skip_space(&w);
    return *w.at == '\0';
}
