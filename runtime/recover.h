/* What happens when a device fails in the middle: it is opened again once, then the CPU takes over
 * where the caller left the choice of device to the library. Sessions keep their tokens outside the
 * device, so they go on with the step that failed. */
#ifndef UM_RECOVER_H
#define UM_RECOVER_H

#include "objects.h"

/* Opens the context's device: the chosen one, or the CPU with UM_LOG_WARN if it cannot be opened
 * and the choice was automatic. context->log, options and automatic are set. */
um_status um_recover_open(um_context *context, const struct um_device_slot *slot);

/* After `status` came from the context's backend. True: the context has a device again, all models
 * have their weights on it, and what failed should be tried once more; programs of the earlier
 * device are closed. False: `status` stands. One sentence at UM_LOG_WARN says which way was taken.
 *   UM_ERROR_DEVICE_LOST  the same device, once per context and unless it hangs; then the CPU
 *   UM_ERROR_CHECK        the same, and the device has to pass its self-test anew
 *   UM_ERROR_MEMORY       the CPU
 * The CPU only where the choice of device was automatic; a loss only where every model can be read
 * from its file again. */
bool um_recover(um_context *context, um_status status);

/* Remembers and forgets models, in the order of their loading. */
void um_recover_add(um_model *model);
void um_recover_remove(um_model *model);

#endif
