/* Ends of names, and the search for the bundled model. */
#include "common/paths.h"

#include "common/buffer.h"
#include "common/report.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MODEL_FILE "emoji-64.gguf"

bool path_ends(const char *path, const char *suffix) {
    size_t length = strlen(path), tail = strlen(suffix);
    return length > tail && strcasecmp(path + length - tail, suffix) == 0;
}

/* "<folder of length><middle><model file>" if it can be read, else NULL. */
static char *try_file(const char *folder, size_t length, const char *middle) {
    struct buffer path = {0};
    buffer_append(&path, folder, length);
    buffer_text(&path, middle);
    if (!buffer_append(&path, MODEL_FILE, sizeof MODEL_FILE) ||
        access((const char *)path.bytes, R_OK) != 0) {
        buffer_free(&path);
        return NULL;
    }
    return (char *)path.bytes;
}

static char *copy(const char *text) {
    struct buffer out = {0};
    buffer_append(&out, text, strlen(text) + 1);
    return (char *)out.bytes;
}

/* The XDG specification says that relative values are to be ignored. */
static char *try_data_home(void) {
    const char *home = getenv("XDG_DATA_HOME");
    if (home != NULL && home[0] == '/') {
        return try_file(home, strlen(home), "/unmask/models/");
    }
    home = getenv("HOME");
    return home != NULL && home[0] == '/'
               ? try_file(home, strlen(home), "/.local/share/unmask/models/")
               : NULL;
}

static char *try_data_dirs(void) {
    const char *list = getenv("XDG_DATA_DIRS");
    if (list == NULL || list[0] == '\0') {
        list = "/usr/local/share:/usr/share";
    }
    char *found = NULL;
    while (found == NULL && *list != '\0') {
        size_t length = strcspn(list, ":");
        if (length > 0 && list[0] == '/') {
            found = try_file(list, length, "/unmask/models/");
        }
        list += length + (list[length] == ':');
    }
    return found;
}

static char *try_beside_program(void) {
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) {
        return NULL;
    }
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL) {
        return NULL;
    }
    size_t folder = (size_t)(slash - program);
    char *found = try_file(program, folder, "/../share/unmask/models/");
    return found != NULL ? found : try_file(program, folder, "/../../../../assets/");
}

char *find_model(const char *option) {
    const char *given = option != NULL ? option : getenv("UNMASK_MODEL_PATH");
    if (given != NULL && given[0] != '\0') {
        return copy(given);
    }
    char *found = try_data_home();
    found = found != NULL ? found : try_data_dirs();
    found = found != NULL ? found : try_beside_program();
    if (found == NULL) {
        fail(UM_ERROR_MODEL, "no model: give one with --model, or set UNMASK_MODEL_PATH");
    }
    return found;
}
