/* The Halton order of a grid. Integers only: the radical inverse of i in base b is a fraction of
 * b^digits. */
#include "sampler/halton.h"

#include "base/mem.h"

static uint32_t scaled_inverse(uint64_t i, uint32_t base, uint32_t size) {
    uint64_t inverse = 0, power = 1;
    for (; i > 0; i /= base) {
        inverse = inverse * base + i % base;
        power *= base;
    }
    return (uint32_t)(inverse * size / power); // below 2^27 points: no product reaches 2^64
}

bool um_halton_order(uint32_t width, uint32_t height, uint32_t *order) {
    uint64_t cells = (uint64_t)width * height, found = 0;
    bool *seen = um_alloc((size_t)cells, sizeof *seen);
    if (!seen)
        return false;
    for (uint64_t i = 1; i <= cells * 64 && found < cells; i++) {
        uint32_t row = scaled_inverse(i, 2, height), column = scaled_inverse(i, 3, width);
        uint64_t cell = (uint64_t)row * width + column;
        if (!seen[cell]) {
            seen[cell] = true;
            order[found++] = (uint32_t)cell;
        }
    }
    for (uint64_t cell = 0; cell < cells; cell++) {
        if (!seen[cell])
            order[found++] = (uint32_t)cell;
    }
    um_free(seen);
    return true;
}
