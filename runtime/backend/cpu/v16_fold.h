/* The fixed folding of 16 lanes into one, for vectors that have no better way. Included by
 * v16_*.h. */
#ifndef UM_BACKEND_CPU_V16_FOLD_H
#define UM_BACKEND_CPU_V16_FOLD_H

/* Lanes are folded in halves: i with i + 8, then + 4, + 2, + 1. */
V16_FN float v16_sum(v16 a) {
    float lane[16];
    v16_store(lane, a);
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; i++)
            lane[i] += lane[i + half];
    return lane[0];
}

V16_FN float v16_largest(v16 a) {
    float lane[16];
    v16_store(lane, a);
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; i++)
            lane[i] = lane[i] > lane[i + half] ? lane[i] : lane[i + half];
    return lane[0];
}

#endif
