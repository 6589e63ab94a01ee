/* The desktop's file dialogs by xdg-desktop-portal, the only ones that a sandbox has. The portal
 * answers by a signal once the user has chosen, and closes the dialog when who asked for it leaves
 * the bus. So a process of its own asks and waits, as zenity would; the window stays free. */
#ifndef VIEWER_PORTAL_H
#define VIEWER_PORTAL_H

/* The first argument of that process; the second is the path where the dialog begins. */
#define PORTAL_OPEN "--portal-open"
#define PORTAL_SAVE "--portal-save"

/* Its exit codes. The first two are those of zenity and kdialog, too. */
enum { PORTAL_CHOSEN, PORTAL_CANCELLED, PORTAL_UNAVAILABLE };

/* If the arguments are these, runs the dialog, prints the file:// address of what was chosen, and
 * returns the exit code; else -1. */
int portal_main(int argc, char **argv);

#endif
