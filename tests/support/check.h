/* A log that a test can read back. */
#ifndef UM_SUPPORT_CHECK_H
#define UM_SUPPORT_CHECK_H

#include "base/log.h"

struct check_log {
    char text[1024]; /* the latest message, "" if none */
    um_log_level level;
    unsigned count; /* of all messages */
};

/* A log that writes into `capture`, which is emptied. For the public functions that take a function
 * and a pointer, pass .fn and .user. */
struct um_log check_log_start(struct check_log *capture);

#endif
