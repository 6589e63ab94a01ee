/* How near a name or a symbol is to what somebody typed, for suggestions. All texts as um_fold()
 * writes them; of long ones only the beginning counts. */
#ifndef UM_MODEL_NEAR_H
#define UM_MODEL_NEAR_H

#include <stdbool.h>
#include <stdint.h>

#define UM_FAR       UINT32_MAX
#define UM_NEIGHBOUR 0x10000u /* from here on two symbols share nothing */

/* True if the text starts with an emoji or a sign, so that its neighbours are symbols. */
bool um_near_is_picture(const char *text);

/* Changed characters between the text and a part of the name, or between its words and the name's,
 * whichever are fewer; UM_FAR where so much differs that nobody could have meant it. */
uint32_t um_near_name(const char *text, const char *name);

/* The same for symbols: the less they share, the more; without anything shared, neighbours in the
 * order of Unicode are near, because it puts like beside like. */
uint32_t um_near_symbol(const char *text, const char *symbol);

#endif
