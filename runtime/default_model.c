/* Where the model is that nobody has named. */
#define _POSIX_C_SOURCE 200809L
#include "base/log.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODEL_FILE "emoji-64.gguf"
#define INSTALLED  "/unmask/models/" MODEL_FILE

#ifndef PATH_MAX
enum { PATH_MAX = 4096 };
#endif

/* A path under construction: what no longer fits is no path. */
struct path {
    char text[PATH_MAX];
    size_t length;
};

static bool add(struct path *path, const char *text, size_t length) {
    if (length >= sizeof path->text - path->length)
        return false;
    memcpy(path->text + path->length, text, length);
    path->length += length;
    path->text[path->length] = '\0';
    return true;
}

/* "<folder of length><rest>", if it can be read. */
static bool try_file(struct path *path, const char *folder, size_t length, const char *rest) {
    path->length = 0;
    return add(path, folder, length) && add(path, rest, strlen(rest)) &&
           access(path->text, R_OK) == 0;
}

/* The XDG specification says that relative values are to be ignored. */
static bool try_data_home(struct path *path) {
    const char *home = getenv("XDG_DATA_HOME");
    if (home && home[0] == '/')
        return try_file(path, home, strlen(home), INSTALLED);
    home = getenv("HOME");
    return home && home[0] == '/' && try_file(path, home, strlen(home), "/.local/share" INSTALLED);
}

static bool try_data_dirs(struct path *path) {
    const char *list = getenv("XDG_DATA_DIRS");
    if (!list || !*list)
        list = "/usr/local/share:/usr/share";
    while (*list) {
        const size_t length = strcspn(list, ":");
        if (length > 0 && list[0] == '/' && try_file(path, list, length, INSTALLED))
            return true;
        list += length + (list[length] == ':');
    }
    return false;
}

/* Installed under some prefix of its own, or in the folder that it was built in. */
static bool try_beside_program(struct path *path) {
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    const char *slash = strrchr(program, '/');
    if (!slash)
        return false;
    const size_t folder = (size_t)(slash - program);
    return try_file(path, program, folder, "/../share" INSTALLED) ||
           try_file(path, program, folder, "/../../../../assets/" MODEL_FILE);
}

size_t um_default_model_path(char *path, size_t capacity) {
    struct path found;
    const char *given = getenv("UNMASK_MODEL_PATH");
    const char *text = NULL;
    if (given && *given)
        text = given;
    else if (try_data_home(&found) || try_data_dirs(&found) || try_beside_program(&found))
        text = found.text;
    const size_t length = text ? strlen(text) : 0;
    if (capacity > length && text)
        memcpy(path, text, length + 1);
    else if (capacity > 0)
        path[0] = '\0';
    return length;
}
