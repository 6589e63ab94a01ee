/* The opened device and model that a command works with. */
#ifndef CLI_COMMON_ENGINE_H
#define CLI_COMMON_ENGINE_H

#include "args.h"

#include <unmask/unmask.h>

struct engine {
    um_context *context;
    um_model *model;
    const um_model_info *info;
    const um_device_info *device;
    char *path;          /* of the model file */
    double load_seconds; /* reading the file and putting it on the device */
};

/* What --precision says. False: it says something else, and one line was printed. */
bool engine_precision(const struct args *args, um_precision *precision);

/* Opens what --device, --threads, --precision and --model say. Exit code: 0, or one line printed
 * and nothing left open. */
int engine_open(struct engine *engine, const struct args *args);

/* The same for a named device (NULL = auto) without a message: the library's error is left for
 * fail_status(). find_model() must have given engine->path; engine_close() is due in any case. */
um_status engine_open_quietly(struct engine *engine, const struct args *args, const char *device);

/* Safe on an engine that is closed or all zero. */
void engine_close(struct engine *engine);

/* --device, else $UNMASK_DEVICE, else NULL. */
const char *engine_device_name(const struct args *args);

/* The monotonic clock in seconds. */
double now_seconds(void);

#endif
