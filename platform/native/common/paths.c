/* Ends of names, and the search for the bundled model. */
#include "common/paths.h"

#include "common/report.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unmask/unmask.h>

bool path_ends(const char *path, const char *suffix) {
    size_t length = strlen(path), tail = strlen(suffix);
    return length > tail && strcasecmp(path + length - tail, suffix) == 0;
}

char *find_model(const char *option) {
    option = option != NULL && option[0] != '\0' ? option : NULL;
    const size_t bytes = 1 + (option != NULL ? strlen(option) : um_default_model_path(NULL, 0));
    if (bytes == 1) {
        fail(UM_ERROR_MODEL, "no model: give one with --model, or set UNMASK_MODEL_PATH");
        return NULL;
    }
    char *path = malloc(bytes);
    if (path == NULL) {
        fail(UM_ERROR_MEMORY, "out of memory");
    } else if (option != NULL) {
        memcpy(path, option, bytes);
    } else {
        um_default_model_path(path, bytes);
    }
    return path;
}
