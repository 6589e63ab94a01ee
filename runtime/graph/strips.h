/* Large maps, not held whole: for backends with um_backend_fns.strips. */
#ifndef UM_GRAPH_STRIPS_H
#define UM_GRAPH_STRIPS_H

#include "graph/graph.h"

/* Before um_graph_finish(). Results of GROUPNORM and UPSAMPLE that only one CONV2D of kernel 3
 * reads become UM_VALUE_STRIPS. Where such a CONV2D adds a value that nobody needs afterwards, its
 * result becomes that same value: `out` equals `residual`. A chain of residual blocks then needs
 * room for two maps instead of four. */
void um_graph_strips(struct um_graph *graph);

#endif
