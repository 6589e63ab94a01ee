/* File names, and where the model is when no option says so. */
#ifndef CLI_COMMON_PATHS_H
#define CLI_COMMON_PATHS_H

#include <stdbool.h>

/* True if a name comes before `suffix` in `path`, the suffix in either case: photo.PNG ends in
 * .png.
 */
bool path_ends(const char *path, const char *suffix);

/* The first that exists: `option`, $UNMASK_MODEL_PATH (these two are taken as they are),
 * unmask/models/emoji-64.gguf under $XDG_DATA_HOME (~/.local/share) and each of $XDG_DATA_DIRS,
 * ../share/unmask/models beside the program's folder, assets/ of the source tree that the program
 * was built in. On Windows %LOCALAPPDATA% and %PROGRAMDATA% stand for the first
 * two, and models beside the program is looked into, too. A new string (free). NULL, with one line
 * printed, if there is none; then the exit code is UM_ERROR_MODEL. */
char *find_model(const char *option);

#endif
