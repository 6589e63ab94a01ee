/* A context, a model and a log that can be read back, in one object. */
#ifndef UM_SESSION_RIG_H
#define UM_SESSION_RIG_H

#include "support/check.h"
#include "support/tiny_model.h"
#include "unmask/unmask.h"

struct rig {
    struct check_log capture;
    um_context *context;
    um_model *model;
    const um_model_info *info;
    size_t positions, pixels; /* of one image; pixels counts floats */
};

/* Opens `device` with a model from tiny_model_build; NULL options = its defaults. Fails the running
 * test if anything goes wrong. threads = 0: the default. */
void rig_open(struct rig *rig, const char *device, uint32_t threads,
              const struct tiny_model_options *options);

/* The same with a model file; false if the file is not there. */
bool rig_open_file(struct rig *rig, const char *device, uint32_t threads, const char *path);

void rig_close(struct rig *rig);

/* Runs a whole session; tokens (batch, positions), may be NULL, as may rgb (batch, pixels). */
void rig_generate(struct rig *rig, const um_session_params *params, int32_t *tokens, float *rgb);

#endif
