/* Places values in the arena: values whose lifetimes do not overlap share bytes. */
#ifndef UM_GRAPH_PLAN_H
#define UM_GRAPH_PLAN_H

#include "backend/ops.h"
#include <stdbool.h>

enum { UM_VALUE_ALIGNMENT = 256 }; /* Vulkan's largest minStorageBufferOffsetAlignment */

/* Sets values[].offset and *arena_bytes. A TEMP value lives from the op that writes it to the last
 * op that reads it, both included. If that reader produces strips, the value lives until the op
 * that reads the strips. INPUT and OUTPUT values live for the whole program. False if the arena
 * size overflows or memory runs out. */
bool um_plan(const struct um_op *ops, uint32_t op_count, struct um_value *values,
             uint32_t value_count, size_t *arena_bytes);

#endif
