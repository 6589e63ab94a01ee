/* An edit is cancelled by any thread; whatever takes long asks in between. */
#include "edit/edit.h"

bool um_edit_take_cancel(um_edit *edit) {
    return __atomic_exchange_n(&edit->cancel, 0, __ATOMIC_ACQ_REL) != 0;
}

void um_edit_cancel(um_edit *edit) {
    if (edit)
        __atomic_store_n(&edit->cancel, 1, __ATOMIC_RELEASE);
}

volatile int *um_edit_cancel_word(um_edit *edit) {
    return edit ? &edit->cancel : NULL;
}
