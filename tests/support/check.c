/* Keeps the latest message. */
#include "support/check.h"

#include <stdio.h>
#include <string.h>

static void keep(void *user, um_log_level level, const char *text) {
    struct check_log *capture = user;
    snprintf(capture->text, sizeof capture->text, "%s", text);
    capture->level = level;
    capture->count++;
}

struct um_log check_log_start(struct check_log *capture) {
    memset(capture, 0, sizeof *capture);
    return (struct um_log){.fn = keep, .user = capture};
}
