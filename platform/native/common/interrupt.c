/* Signals turned into um_session_cancel() and um_edit_cancel(). */
#include "common/interrupt.h"

#include "system/system.h"

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
    system_interrupts(on_signal);
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
