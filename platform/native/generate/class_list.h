/* The argument of --class: names, indices and symbols, separated by commas. */
#ifndef CLI_GENERATE_CLASS_LIST_H
#define CLI_GENERATE_CLASS_LIST_H

#include <unmask/unmask.h>

/* Fills `list` (room for `most`) with the classes that `text` names. A name that has commas itself
 * stands alone, or in double quotes, or with a backslash before each comma. Exit code: 0, or one
 * line printed. */
int class_list_read(const um_model *model, const char *text, int32_t *list, uint32_t most,
                    uint32_t *count);

#endif
