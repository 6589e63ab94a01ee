/* The distance of a name or symbol from what somebody typed, for suggestions. All texts must be
 * folded by um_fold(); only the beginning of long ones is compared. */
#ifndef UM_MODEL_NEAR_H
#define UM_MODEL_NEAR_H

#include <stdbool.h>
#include <stdint.h>

#define UM_FAR       UINT32_MAX
#define UM_NEIGHBOUR 0x10000u /* from here on two symbols share nothing */

/* True if the text starts with an emoji or a sign, so that symbols should be suggested. */
bool um_near_is_picture(const char *text);

/* The number of changed characters between the text and a part of the name, or between their words,
 * whichever is smaller; UM_FAR if the difference is too large for a suggestion. */
uint32_t um_near_name(const char *text, const char *name);

/* The same for symbols: the fewer characters they share, the larger. Symbols that share none are
 * compared by their distance in Unicode, which puts similar symbols next to each other. */
uint32_t um_near_symbol(const char *text, const char *symbol);

#endif
