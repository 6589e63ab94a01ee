/* The object behind um_model: a model file, its weights on the device, and its programs. */
#ifndef UM_MODEL_H
#define UM_MODEL_H

#include "context.h"
#include "model/model_file.h"
#include "program.h"

struct um_model {
    um_context *context;
    struct um_model_file file;
    um_model_info info;
    char *path;                  /* of the file, NULL = it came from memory */
    um_model *next;              /* of the context's models */
    struct um_program *programs; /* open ones */
    void *weights;
    struct um_profile *profile; /* NULL = off; new programs are timed for it */
    struct um_program own[3];   /* see um_model_network(); in the order of their first use */
};

#endif
