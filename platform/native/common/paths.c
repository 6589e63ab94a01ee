/* Ends of names, and the search for the bundled model. */
#include "common/paths.h"

#include "common/buffer.h"
#include "common/report.h"
#include "system/system.h"

#include <string.h>
#include <strings.h>

#define MODEL_FILE "emoji-64.gguf"

bool path_ends(const char *path, const char *suffix) {
    size_t length = strlen(path), tail = strlen(suffix);
    return length > tail && strcasecmp(path + length - tail, suffix) == 0;
}

/* "<folder>/<model file>" if it can be read, else NULL. */
static char *try_folder(const char *folder) {
    struct buffer path = {0};
    if (!buffer_format(&path, "%s/%s", folder, MODEL_FILE) || !buffer_append(&path, "", 1) ||
        !system_readable((const char *)path.bytes)) {
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

char *find_model(const char *option) {
    const char *given = option != NULL ? option : system_environment("UNMASK_MODEL_PATH");
    char folder[SYSTEM_PATH], *found = NULL;
    if (given != NULL && given[0] != '\0') {
        return copy(given);
    }
    for (size_t i = 0; found == NULL && system_data_folder(i, folder); i++) {
        found = folder[0] != '\0' ? try_folder(folder) : NULL;
    }
    if (found == NULL) {
        fail(UM_ERROR_MODEL, "no model: give one with --model, or set UNMASK_MODEL_PATH");
    }
    return found;
}
