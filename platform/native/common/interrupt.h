/* Ctrl-C and termination: the first signal cancels the running session or edit, a second one ends
 * the program at once. */
#ifndef CLI_COMMON_INTERRUPT_H
#define CLI_COMMON_INTERRUPT_H

#include <unmask/unmask.h>

/* Catches SIGINT, SIGTERM and SIGHUP (unless they are ignored), or what the system has for them. */
void interrupt_setup(void);

/* The session that a signal cancels from now on; NULL = none. A session that is watched must not be
 * ended. A signal that came earlier cancels it at once. */
void interrupt_watch(um_session *session);
void interrupt_watch_edit(um_edit *edit);

/* The number of the signal that came, 0 = none. */
int interrupt_signal(void);

#endif
