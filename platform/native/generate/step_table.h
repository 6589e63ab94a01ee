/* The settings' step table. */
#ifndef CLI_GENERATE_STEP_TABLE_H
#define CLI_GENERATE_STEP_TABLE_H

#include "generate/settings.h"

/* Reads --step-table into settings->rows and settings->meta, or the table that --from brings, after
 * the schedule. Of the latter, columns that other options stand for are left out, and all of it
 * where options ask for another number of steps. Exit code; a line is printed unless it is 0. */
int step_table_read(struct settings *settings, const struct args *args);

#endif
