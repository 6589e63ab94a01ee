/* Integer dot products of 16 columns, for any machine: pairs of int16 inputs and int8 weights. The
 * reference for the other q8_*.h: same names, same results. */
#ifndef UM_BACKEND_CPU_Q8_H
#define UM_BACKEND_CPU_Q8_H

/* Neighbours along the depth that one dot product takes, what a weight byte is off by, and the
 * register tile: rows, and vectors of 16 columns. */
enum { Q8_GROUP = 2, Q8_OFFSET = 0, Q8_TILE_ROWS = 2, Q8_TILE_VECTORS = 1 };

typedef int16_t q8_element; /* a rounded input */

typedef struct {
    int32_t lane[16];
} q8_acc;
typedef struct {
    int16_t even[16], odd[16]; /* first and second of each column's pair */
} q8_weights;
typedef struct {
    int32_t even, odd;
} q8_inputs;

V16_FN q8_acc q8_start(int32_t value) {
    q8_acc out;
    for (int i = 0; i < 16; i++)
        out.lane[i] = value;
    return out;
}
/* Q8_GROUP weights of each of 16 columns. */
V16_FN q8_weights q8_load(const unsigned char *from) {
    q8_weights out;
    for (int i = 0; i < 16; i++) {
        out.even[i] = (int8_t)from[2 * i];
        out.odd[i] = (int8_t)from[2 * i + 1];
    }
    return out;
}
/* Q8_GROUP inputs, for every column. */
V16_FN q8_inputs q8_spread(const q8_element *from) {
    return (q8_inputs){from[0], from[1]};
}
V16_FN q8_acc q8_dot(q8_acc acc, q8_inputs x, q8_weights w) {
    for (int i = 0; i < 16; i++)
        acc.lane[i] += x.even * w.even[i] + x.odd * w.odd[i];
    return acc;
}
V16_FN v16 q8_float(q8_acc acc) {
    float lane[16];
    for (int i = 0; i < 16; i++)
        lane[i] = (float)acc.lane[i];
    return v16_load(lane);
}

#endif
