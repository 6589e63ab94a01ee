/* The desktop's file dialogs, run by programs beside us: zenity, kdialog, or xdg-desktop-portal
 * (portal.h). The window polls; it never waits for them. */
#ifndef VIEWER_DIALOG_H
#define VIEWER_DIALOG_H

#include <stddef.h>
#include <sys/types.h>

enum dialog_kind { DIALOG_NONE, DIALOG_OPEN, DIALOG_SAVE };
enum dialog_answer {
    DIALOG_STAYS,
    DIALOG_CHOSEN,
    DIALOG_CANCELLED,
    DIALOG_UNAVAILABLE /* nothing here can show one */
};

/* A file dialog that is open. All zero: none is. */
struct dialog {
    enum dialog_kind kind;
    unsigned tried;   /* how many of the programs, in their order */
    int program;      /* that shows it */
    pid_t process;    /* 0 = none could be started */
    int output;       /* of the process, not blocking */
    char start[4200]; /* where it begins */
    char path[4200];  /* what was chosen */
    size_t length;
};

/* Opens one that begins at `path`, an absolute one. In a sandbox, or with GTK_USE_PORTAL=1, the
 * portal is tried first; elsewhere zenity is or, under KDE, kdialog. If one cannot show a dialog,
 * the next is tried. */
void dialog_open(struct dialog *dialog, enum dialog_kind kind, const char *path);

/* How it stands. Unless it stays, it is closed then; `path` holds what was chosen. */
enum dialog_answer dialog_poll(struct dialog *dialog);

/* Closes it if it is open. */
void dialog_end(struct dialog *dialog);

#endif
