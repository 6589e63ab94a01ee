/* Large feature maps that are never stored whole; for backends with um_backend_fns.strips. */
#ifndef UM_GRAPH_STRIPS_H
#define UM_GRAPH_STRIPS_H

#include "graph/graph.h"

/* To be called before um_graph_finish(). If the only reader of a GROUPNORM or UPSAMPLE result is a
 * CONV2D with kernel 3, the result becomes UM_VALUE_STRIPS. If such a CONV2D adds a residual that
 * is not read later, its result replaces the residual: `out` equals `residual`. A chain of residual
 * blocks then needs memory for two maps instead of four. */
void um_graph_strips(struct um_graph *graph);

#endif
