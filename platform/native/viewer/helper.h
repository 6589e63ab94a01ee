/* Other programs that do what a window of SDL cannot: they are spawned with a pipe, never through a
 * shell. The clipboard for pictures is theirs; file dialogs are in dialog.h. */
#ifndef VIEWER_HELPER_H
#define VIEWER_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* True if $PATH has it. */
bool helper_in_path(const char *program);

/* Starts argv[0], by its path or found in $PATH, with `ours` as our end of a pipe to its stdin
 * (`to_it`) or from its stdout; 0 = failed. */
pid_t helper_spawn(const char *const *argv, bool to_it, int *ours);

enum clipboard_answer { CLIPBOARD_HAS_IT, CLIPBOARD_NO_PROGRAM, CLIPBOARD_FAILED };

/* Puts a PNG file into the clipboard by wl-copy or xclip, and waits until they have it. */
enum clipboard_answer clipboard_put_png(const void *bytes, size_t size);

#endif
