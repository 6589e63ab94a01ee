/* Panels of weights that are kept in a smaller type, as floats: included by kernels_template.h
 * after one of the widen_*.h. */

static void half_to_float(const uint16_t *from, size_t count, float *to) {
    for (size_t i = 0; i < count; i += 16)
        v16_store(to + i, widen_half(from + i));
}

static void q8_to_float(const void *from, uint32_t width, uint32_t blocks, float *to) {
    const unsigned char *at = from;
    for (uint32_t b = 0; b < blocks; b++) {
        const signed char *q = (const void *)(at + 2 * (size_t)width);
        for (size_t c = 0; c < width; c += 16) {
            const v16 scale = widen_half((const uint16_t *)(const void *)at + c);
            for (size_t k = 0; k < UM_Q8_BLOCK; k++)
                v16_store(to + k * width + c, v16_mul(scale, widen_bytes(q + k * width + c)));
        }
        at += (2 + UM_Q8_BLOCK) * (size_t)width;
        to += UM_Q8_BLOCK * (size_t)width;
    }
}
