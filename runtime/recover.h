/* Recovery when a device fails: it is reopened once; after that the CPU takes over, if the caller
 * left the choice of device to the library. Sessions keep their tokens outside the device, so they
 * continue with the step that failed. */
#ifndef UM_RECOVER_H
#define UM_RECOVER_H

#include "model.h"

/* Opens the context's device: the chosen one, or the CPU with UM_LOG_WARN if it cannot be opened
 * and the choice was automatic. context->log, options and automatic are set. */
um_status um_recover_open(um_context *context, const struct um_device_slot *slot);

/* To be called after the context's backend returned `status`. True: the context has a device again,
 * all models have their weights on it, programs of the earlier device are closed, and the caller
 * should repeat what failed. False: `status` is final. One sentence at UM_LOG_WARN tells what was
 * done.
 *   UM_ERROR_DEVICE_LOST  the same device, once per context and unless it hangs; then the CPU
 *   UM_ERROR_CHECK        the same, and the device has to pass its self-test anew
 *   UM_ERROR_MEMORY       the CPU
 * The CPU takes over only if the choice of device was automatic. A lost device can be replaced only
 * if every model can be read from its file again. */
bool um_recover(um_context *context, um_status status);

/* Remembers and forgets models, in the order of their loading. */
void um_recover_add(um_model *model);
void um_recover_remove(um_model *model);

#endif
