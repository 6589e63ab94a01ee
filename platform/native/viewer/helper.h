/* Other programs that do what a window of SDL cannot: the desktop's file dialogs, and the clipboard
 * for pictures. They are found in $PATH; a desktop without them has neither. */
#ifndef VIEWER_HELPER_H
#define VIEWER_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum dialog_kind { DIALOG_NONE, DIALOG_OPEN, DIALOG_SAVE };

/* A file dialog that is open. All zero: none is. */
struct dialog {
    enum dialog_kind kind;
    pid_t process;
    int output; /* of the process, not blocking */
    char path[4200];
    size_t length;
};

/* Starts zenity or, under KDE first, kdialog; `path` is where it begins. False if there is none. */
bool dialog_open(struct dialog *dialog, enum dialog_kind kind, const char *path);

/* True once it is closed: then the dialog is all zero but for `path`, "" = nothing was chosen. */
bool dialog_poll(struct dialog *dialog);

/* Closes it if it is open. */
void dialog_end(struct dialog *dialog);

enum clipboard_answer { CLIPBOARD_HAS_IT, CLIPBOARD_NO_PROGRAM, CLIPBOARD_FAILED };

/* Puts a PNG file into the clipboard by wl-copy or xclip, and waits until they have it. */
enum clipboard_answer clipboard_put_png(const void *bytes, size_t size);

#endif
