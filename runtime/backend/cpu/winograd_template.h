/* Winograd's convolution F(4x4, 3x3) (Lavin and Gray 2016): 6x6 pixels of input become 36 numbers
 * per channel, each multiplied with one of 36 numbers per kernel, and the 36 sums become 4x4
 * pixels: a quarter of the multiplications. Included by kernels_template.h. Multiplications by the
 * transforms' constants are not fused, so that machines without FMA lose nothing. */

V16_FN v16 times(float factor, v16 a) {
    return v16_mul(v16_set(factor), a);
}

/* out = B^T in */
V16_FN void winograd_in6(const v16 in[6], v16 out[6]) {
    v16 even = v16_sub(in[4], times(4, in[2])), odd = v16_sub(in[3], times(4, in[1]));
    v16 close = v16_sub(in[4], in[2]), apart = times(2, v16_sub(in[3], in[1]));
    out[0] = v16_add(v16_sub(times(4, in[0]), times(5, in[2])), in[4]);
    out[1] = v16_add(even, odd);
    out[2] = v16_sub(even, odd);
    out[3] = v16_add(close, apart);
    out[4] = v16_sub(close, apart);
    out[5] = v16_add(v16_sub(times(4, in[1]), times(5, in[3])), in[5]);
}

/* out = A^T in */
V16_FN void winograd_out4(const v16 in[6], v16 out[4]) {
    v16 sum1 = v16_add(in[1], in[2]), difference1 = v16_sub(in[1], in[2]);
    v16 sum2 = v16_add(in[3], in[4]), difference2 = v16_sub(in[3], in[4]);
    out[0] = v16_add(v16_add(in[0], sum1), sum2);
    out[1] = v16_add(difference1, times(2, difference2));
    out[2] = v16_add(sum1, times(4, sum2));
    out[3] = v16_add(v16_add(difference1, times(8, difference2)), in[5]);
}

/* out = G in */
V16_FN void winograd_kernel6(const v16 in[3], v16 out[6]) {
    const float sixth = 1.0f / 6, twelfth = 1.0f / 12, fraction24 = 1.0f / 24;
    v16 ends1 = times(-sixth, v16_add(in[0], in[2])), middle1 = times(sixth, in[1]);
    v16 ends2 = v16_add(times(fraction24, in[0]), times(sixth, in[2]));
    v16 middle2 = times(twelfth, in[1]);
    out[0] = times(0.25f, in[0]);
    out[1] = v16_sub(ends1, middle1);
    out[2] = v16_add(ends1, middle1);
    out[3] = v16_add(ends2, middle2);
    out[4] = v16_sub(ends2, middle2);
    out[5] = in[2];
}

static void winograd_kernel(const float *panel, size_t width, uint32_t in, float *u,
                            size_t u_stride) {
    for (size_t k = 0; k < in * width; k += 16) {
        v16 half[3][6], tap[3], column[6];
        for (size_t x = 0; x < 3; x++) { /* columns of the kernel */
            for (size_t y = 0; y < 3; y++)
                tap[y] = v16_load(panel + (y * 3 + x) * in * width + k);
            winograd_kernel6(tap, half[x]);
        }
        for (size_t y = 0; y < 6; y++) {
            for (size_t x = 0; x < 3; x++)
                tap[x] = half[x][y];
            winograd_kernel6(tap, column);
            for (size_t x = 0; x < 6; x++)
                v16_store(u + (y * 6 + x) * u_stride + k, column[x]);
        }
    }
}

static void winograd_input(const float *patch, size_t row_stride, uint32_t channels, float *v,
                           size_t v_stride) {
    for (uint32_t c = 0; c < channels; c += 16) {
        v16 half[6][6], line[6], out[6];
        UNROLL_FOR(x, 6) {
            UNROLL_FOR(y, 6) {
                line[y] = load_lanes(patch + (size_t)y * row_stride + (size_t)x * channels, c,
                                     channels, 0.0f);
            }
            winograd_in6(line, half[x]);
        }
        UNROLL_FOR(y, 6) {
            UNROLL_FOR(x, 6) {
                line[x] = half[x][y];
            }
            winograd_in6(line, out);
            UNROLL_FOR(x, 6) {
                store_lanes(v + (size_t)(y * 6 + x) * v_stride, c, channels, out[x]);
            }
        }
    }
}

/* 16 channels of a tile; column i of the panel. */
V16_FN void winograd_pixels(const struct um_winograd_output *job, uint32_t i) {
    v16 half[6][4], line[6], out[4];
    UNROLL_FOR(x, 6) {
        UNROLL_FOR(y, 6) {
            line[y] = v16_load(job->m + (size_t)(y * 6 + x) * job->m_stride + i);
        }
        winograd_out4(line, half[x]);
    }
    const v16 bias = job->bias ? load_lanes(job->bias, i, job->cols, 0.0f) : v16_set(0.0f);
    for (uint32_t y = 0; y < job->height; y++) {
        UNROLL_FOR(x, 6) {
            line[x] = half[x][y];
        }
        winograd_out4(line, out);
        for (uint32_t x = 0; x < job->width; x++) {
            const size_t at = y * job->row_stride + x * job->pixel_stride;
            v16 value = v16_add(out[x], bias);
            if (job->residual)
                value = v16_add(value, load_lanes(job->residual + at, i, job->cols, 0.0f));
            store_lanes(job->c + at, i, job->cols, value);
        }
    }
}

static void winograd_output(const struct um_winograd_output *job) {
    for (uint32_t i = 0; i < job->cols; i += 16)
        winograd_pixels(job, i);
}
