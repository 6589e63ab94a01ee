/* Following names to files. */
#include "common/target.h"

#include <errno.h>
#include <string.h>

static bool set_path(struct target *target, const char *path) {
    if (strlen(path) >= sizeof target->path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(target->path, path, strlen(path) + 1);
    target->name = system_name_in(target->path);
    return true;
}

/* Replaces the path's last part as long as it is a link, also one that leads to nothing yet. */
static bool follow(struct target *target) {
    bool followed = system_follow(target->path);
    target->name = system_name_in(target->path);
    return followed;
}

static bool same_file(const struct system_status *a, const struct system_status *b) {
    return a->device == b->device && a->number == b->number;
}

/* Whether stdout is open to it. A device like /dev/null is not asked: many may write there. */
static bool is_stdout(const struct system_status *status) {
    struct system_status open;
    return system_status_of(SYSTEM_STDOUT, &open) && same_file(&open, status) &&
           (status->kind != SYSTEM_CHARACTER || system_is_screen(SYSTEM_STDOUT));
}

static bool find_file(struct target *target, const char *path) {
    struct system_status reached;
    if (target->status.kind == SYSTEM_FOLDER) {
        errno = EISDIR;
        return false;
    }
    target->kind = is_stdout(&target->status)           ? TARGET_STDOUT
                   : target->status.kind == SYSTEM_FILE ? TARGET_FILE
                                                        : TARGET_SPECIAL;
    if (target->kind != TARGET_FILE) {
        return true;
    }
    /* a name in /proc leads to an open file, wherever it stands, if anywhere */
    target->reached = follow(target) && system_status(target->path, &reached) &&
                      same_file(&reached, &target->status);
    return target->reached || set_path(target, path);
}

static bool find_place(struct target *target) {
    char folder[SYSTEM_PATH];
    if (!follow(target)) {
        return false;
    }
    target->kind = TARGET_NEW;
    target_folder(target, folder);
    if (target->name[0] == '\0') {
        errno = EISDIR;
        return false;
    }
    return system_status(folder, &target->status);
}

bool target_find(struct target *target, const char *path) {
    *target = (struct target){.kind = TARGET_STDOUT};
    if (strcmp(path, "-") == 0) {
        return system_status_of(SYSTEM_STDOUT, &target->status);
    }
    if (!set_path(target, path)) {
        return false;
    }
    if (system_status(path, &target->status)) {
        return find_file(target, path);
    }
    return errno == ENOENT && find_place(target);
}

bool target_is_stdout(const char *path) {
    struct target target;
    return strcmp(path, "-") == 0 || (target_find(&target, path) && target.kind == TARGET_STDOUT);
}

void target_folder(const struct target *target, char folder[SYSTEM_PATH]) {
    size_t length = (size_t)(target->name - target->path);
    memcpy(folder, length > 0 ? target->path : ".", length > 0 ? length : 1);
    folder[length > 0 ? length : 1] = '\0';
}

bool target_replaceable(const struct target *target) {
    return target->reached && target->status.names <= 1 &&
           system_replaceable(target->path, &target->status);
}
