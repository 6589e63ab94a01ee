/* What the other parts of the library may know of sessions, and ask of them. */
#ifndef UM_SESSION_H
#define UM_SESSION_H

#include <unmask/unmask.h>

/* Replaces defaults by the model's and checks every field, as um_session_begin() does. */
um_status um_session_resolve(um_session_params *params, const um_model *model);

/* UM_ERROR_ARGUMENT, with a sentence that begins with `function`, unless each of the `batch`
 * classes exists; NULL will do. */
um_status um_session_check_classes(const um_model *model, const char *function,
                                   const int32_t *classes, uint32_t batch);

/* How many of `batch` images a step computes at once. */
um_status um_session_group(const um_model *model, uint32_t batch, bool guided, uint32_t *group);

/* Bytes of the arrays of a session with these parameters, which um_session_resolve() has checked,
 * without those for sampling on a device. SIZE_MAX = too many for an address. */
size_t um_session_bytes(um_model *model, const um_session_params *params, uint32_t group);

/* NULL for NULL. */
um_model *um_session_model(const um_session *session);

/* Starts over with the programs and parameters that the session has: initial_tokens as in
 * um_session_params, codes already checked. */
void um_session_reuse(um_session *session, uint64_t seed, uint32_t start_step,
                      const int32_t *initial_tokens);

/* From now on `cancel` stands for the session's own flag; it must outlive the session. */
void um_session_share_cancel(um_session *session, volatile int *cancel);

#endif
