/* Files by device and number; those that do not exist yet by their folder's and their name. */
#include "common/claims.h"

#include "common/report.h"
#include "common/target.h"

#include <stdlib.h>
#include <string.h>

static bool writes(const struct claim *claim) {
    return claim->kind == CLAIM_WRITE || claim->kind == CLAIM_WRITE_SOURCE;
}

static char *copy(const char *text) {
    char *made = malloc(strlen(text) + 1);
    return made != NULL ? strcpy(made, text) : NULL;
}

static void add(struct claims *claims, struct claim claim, const char *path, const char *name) {
    if (claims->count == claims->capacity) {
        size_t capacity = claims->capacity * 2 + 16;
        struct claim *list = realloc(claims->list, capacity * sizeof *list);
        if (list == NULL) {
            claims->failed = true;
            return;
        }
        claims->list = list;
        claims->capacity = capacity;
    }
    claim.order = claims->count;
    claim.path = copy(path);
    claim.name = name != NULL ? copy(name) : NULL;
    claims->failed = claims->failed || claim.path == NULL || (name != NULL && claim.name == NULL);
    claims->list[claims->count++] = claim;
}

void claims_read(struct claims *claims, enum claim_kind kind, const char *path, const char *role) {
    struct system_status status;
    bool found = strcmp(path, "-") == 0 ? system_status_of(SYSTEM_STDIN, &status)
                                        : system_status(path, &status);
    if (found && status.kind != SYSTEM_CHARACTER) {
        add(claims,
            (struct claim){
                .kind = kind, .device = status.device, .number = status.number, .role = role},
            path, NULL);
    }
}

void claims_write(struct claims *claims, enum claim_kind kind, const char *path, const char *role) {
    struct target target;
    if (target_find(&target, path) && target.status.kind != SYSTEM_CHARACTER) {
        add(claims,
            (struct claim){.kind = kind,
                           .device = target.status.device,
                           .number = target.status.number,
                           .role = role},
            path, target.kind == TARGET_NEW ? target.name : NULL);
    }
}

static int compare_files(const struct claim *a, const struct claim *b) {
    if (a->device != b->device) {
        return a->device < b->device ? -1 : 1;
    }
    if (a->number != b->number) {
        return a->number < b->number ? -1 : 1;
    }
    if (a->name == NULL || b->name == NULL) {
        return (a->name != NULL) - (b->name != NULL);
    }
    return strcmp(a->name, b->name);
}

static int compare(const void *one, const void *other) {
    const struct claim *a = one, *b = other;
    int files = compare_files(a, b);
    return files != 0 ? files : (a->order > b->order) - (a->order < b->order);
}

static const char *shown(const struct claim *claim) {
    return strcmp(claim->path, "-") != 0 ? claim->path : writes(claim) ? "stdout" : "stdin";
}

/* The claims of one file, in the order in which they were made: inputs come first. */
static int check_file(const struct claim *list, size_t count) {
    const struct claim *input = NULL, *output = NULL;
    bool source = false;
    for (size_t i = 0; i < count; i++) {
        source = source || list[i].kind == CLAIM_SOURCE;
    }
    for (size_t i = 0; i < count; i++) {
        if (!writes(&list[i])) {
            input = input == NULL ? &list[i] : input;
            continue;
        }
        if (output != NULL) {
            return fail(EXIT_USAGE, "two outputs would go to %s: %s and %s", shown(&list[i]),
                        output->role, list[i].role);
        }
        output = &list[i];
        if (input != NULL && !(source && output->kind == CLAIM_WRITE_SOURCE)) {
            return fail(EXIT_USAGE, "%s would replace %s (%s)", shown(output), input->role,
                        output->role);
        }
    }
    return 0;
}

int claims_check(struct claims *claims) {
    if (claims->failed) {
        return fail(UM_ERROR_MEMORY, "not enough memory for the names of the files");
    }
    if (claims->count > 0) {
        qsort(claims->list, claims->count, sizeof *claims->list, compare);
    }
    int code = 0;
    for (size_t start = 0, end; code == 0 && start < claims->count; start = end) {
        end = start + 1;
        while (end < claims->count &&
               compare_files(&claims->list[start], &claims->list[end]) == 0) {
            end++;
        }
        code = check_file(claims->list + start, end - start);
    }
    return code;
}

void claims_free(struct claims *claims) {
    for (size_t i = 0; i < claims->count; i++) {
        free(claims->list[i].name);
        free(claims->list[i].path);
    }
    free(claims->list);
    *claims = (struct claims){0};
}
