/* That no file of a drawing takes the place of another one of the same call. */
#ifndef CLI_GENERATE_OUTPUTS_CLAIMS_H
#define CLI_GENERATE_OUTPUTS_CLAIMS_H

#include "generate/outputs.h"

/* Every file that will be written, down to each picture and step, against every other one and all
 * inputs. The folder of --save-steps must be there. Exit code; a line is printed unless it is 0. */
int outputs_claim(const struct outputs *outputs);

#endif
