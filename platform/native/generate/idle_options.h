/* Options that change nothing. */
#ifndef CLI_GENERATE_IDLE_OPTIONS_H
#define CLI_GENERATE_IDLE_OPTIONS_H

#include "generate/settings.h"

/* Warns of each option of the command line that has no effect beside the other settings, which must
 * be resolved. What --from brings is not meant: it stays for another sampler. */
void idle_options_warn(const struct settings *settings, const struct args *args);

#endif
