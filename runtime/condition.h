/* What a picture is to show: today a class, or nothing in particular. A network reads it from the
 * leading positions of its sequence; what else a condition may become (a text) is decided here. */
#ifndef UM_CONDITION_H
#define UM_CONDITION_H

#include "model/config.h"

struct um_condition {
    int32_t class_index; /* -1 = none: the null class */
};

static inline struct um_condition um_unconditional(void) {
    return (struct um_condition){-1};
}

/* Writes the ids of the leading positions, um_config_leading() rows of token_embd. */
static inline void um_condition_write(const struct um_condition *condition,
                                      const struct um_config *config, int32_t *ids) {
    ids[0] = (int32_t)um_config_class_row(config, condition->class_index);
}

#endif
