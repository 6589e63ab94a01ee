/* Following names to files. */
#include "common/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINKS = 40 };

static const char *name_in(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool set_path(struct target *target, const char *folder, size_t length, const char *rest) {
    if (length + strlen(rest) >= sizeof target->path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memmove(target->path, folder, length);
    memcpy(target->path + length, rest, strlen(rest) + 1);
    target->name = name_in(target->path);
    return true;
}

/* Replaces the path's last part as long as it is a link, also one that leads to nothing yet. */
static bool follow(struct target *target) {
    char link[PATH_MAX];
    struct stat status;
    for (int hops = 0; hops < LINKS; hops++) {
        if (lstat(target->path, &status) != 0) {
            return errno == ENOENT;
        }
        if (!S_ISLNK(status.st_mode)) {
            return true;
        }
        ssize_t length = readlink(target->path, link, sizeof link - 1);
        if (length < 0) {
            return false;
        }
        link[length] = '\0';
        size_t folder = link[0] == '/' ? 0 : (size_t)(target->name - target->path);
        if (!set_path(target, target->path, folder, link)) {
            return false;
        }
    }
    errno = ELOOP;
    return false;
}

/* Whether stdout is open to it. A device like /dev/null is not asked: many may write there. */
static bool is_stdout(const struct stat *status) {
    struct stat open;
    return fstat(STDOUT_FILENO, &open) == 0 && open.st_dev == status->st_dev &&
           open.st_ino == status->st_ino &&
           (!S_ISCHR(status->st_mode) || isatty(STDOUT_FILENO) != 0);
}

static bool find_file(struct target *target, const char *path) {
    struct stat reached;
    if (S_ISDIR(target->status.st_mode)) {
        errno = EISDIR;
        return false;
    }
    target->kind = is_stdout(&target->status)        ? TARGET_STDOUT
                   : S_ISREG(target->status.st_mode) ? TARGET_FILE
                                                     : TARGET_SPECIAL;
    if (target->kind != TARGET_FILE) {
        return true;
    }
    /* a name in /proc leads to an open file, wherever it stands, if anywhere */
    target->reached = follow(target) && lstat(target->path, &reached) == 0 &&
                      reached.st_dev == target->status.st_dev &&
                      reached.st_ino == target->status.st_ino;
    return target->reached || set_path(target, "", 0, path);
}

static bool find_place(struct target *target) {
    char folder[PATH_MAX];
    if (!follow(target)) {
        return false;
    }
    target->kind = TARGET_NEW;
    target_folder(target, folder);
    if (target->name[0] == '\0') {
        errno = EISDIR;
        return false;
    }
    return stat(folder, &target->status) == 0;
}

bool target_find(struct target *target, const char *path) {
    *target = (struct target){.kind = TARGET_STDOUT};
    if (strcmp(path, "-") == 0) {
        return fstat(STDOUT_FILENO, &target->status) == 0;
    }
    if (!set_path(target, "", 0, path)) {
        return false;
    }
    if (stat(path, &target->status) == 0) {
        return find_file(target, path);
    }
    return errno == ENOENT && find_place(target);
}

bool target_is_stdout(const char *path) {
    struct target target;
    return strcmp(path, "-") == 0 || (target_find(&target, path) && target.kind == TARGET_STDOUT);
}

void target_folder(const struct target *target, char folder[PATH_MAX]) {
    size_t length = (size_t)(target->name - target->path);
    memcpy(folder, length > 0 ? target->path : ".", length > 0 ? length : 1);
    folder[length > 0 ? length : 1] = '\0';
}

/* Turns the octal escapes of /proc/self/mountinfo back. */
static void unescape(char *text) {
    char *to = text;
    for (; *text != '\0'; to++) {
        unsigned code;
        bool escaped = text[0] == '\\' && sscanf(text + 1, "%3o", &code) == 1;
        *to = escaped ? (char)code : *text;
        text += escaped ? 4 : 1;
    }
    *to = '\0';
}

static bool is_mount_point(const char *path) {
    char real[PATH_MAX], *line = NULL;
    size_t room = 0;
    bool found = false;
    FILE *file = fopen("/proc/self/mountinfo", "r");
    if (file == NULL || realpath(path, real) == NULL) {
        real[0] = '\0';
    }
    while (file != NULL && !found && getline(&line, &room, file) >= 0) {
        char *save, *word = strtok_r(line, " ", &save);
        for (int i = 0; i < 4 && word != NULL; i++) {
            word = strtok_r(NULL, " ", &save);
        }
        if (word != NULL) {
            unescape(word);
            found = strcmp(word, real) == 0;
        }
    }
    free(line);
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

bool target_replaceable(const struct target *target) {
    char folder[PATH_MAX];
    struct stat status;
    target_folder(target, folder);
    if (!target->reached || target->status.st_nlink > 1 || stat(folder, &status) != 0) {
        return false;
    }
    bool kept = (status.st_mode & S_ISVTX) != 0 && geteuid() != 0 && geteuid() != status.st_uid &&
                geteuid() != target->status.st_uid;
    return !kept && access(folder, W_OK | X_OK) == 0 && !is_mount_point(target->path);
}
