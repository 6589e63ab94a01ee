/* Signals turned into um_session_cancel() and um_edit_cancel(). */
#include "common/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static volatile sig_atomic_t received;
static _Atomic(um_session *) watched;
static _Atomic(um_edit *) watched_edit;

static void on_signal(int number) {
    received = number;
    um_session *session = atomic_load(&watched);
    if (session != NULL) {
        um_session_cancel(session);
    }
    um_edit_cancel(atomic_load(&watched_edit));
}

void interrupt_setup(void) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct sigaction old, action = {.sa_handler = on_signal};
        action.sa_flags = (int)SA_RESETHAND; // no SA_RESTART: a read that waits must end
        sigemptyset(&action.sa_mask);
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(signals[i], &action, NULL);
        }
    }
}

void interrupt_watch(um_session *session) {
    atomic_store(&watched, session);
    if (session != NULL && received != 0) {
        um_session_cancel(session);
    }
}

void interrupt_watch_edit(um_edit *edit) {
    atomic_store(&watched_edit, edit);
    if (received != 0) {
        um_edit_cancel(edit);
    }
}

int interrupt_signal(void) {
    return (int)received;
}
