/* Where the model is that nobody has named. */
#include "base/log.h"
#include "base/system/system.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MODEL_FILE "emoji-64.gguf"

/* The first folder that has the model. */
static bool search(char path[UM_SYSTEM_PATH]) {
    char folder[UM_SYSTEM_PATH];
    for (size_t i = 0; um_system_data_folder(i, folder); i++)
        if (folder[0] &&
            snprintf(path, UM_SYSTEM_PATH, "%s/%s", folder, MODEL_FILE) < UM_SYSTEM_PATH &&
            um_system_readable(path))
            return true;
    return false;
}

size_t um_default_model_path(char *path, size_t capacity) {
    char found[UM_SYSTEM_PATH];
    const bool known =
        (um_system_environment("UNMASK_MODEL_PATH", found) && found[0]) || search(found);
    const size_t length = known ? strlen(found) : 0;
    if (capacity > length && known)
        memcpy(path, found, length + 1);
    else if (capacity > 0)
        path[0] = '\0';
    return length;
}
