/* Curves, primaries, and the conversion of pixels. */
#include "input/colour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 256 };

static double from_srgb(double value) {
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double to_srgb(double light) {
    return light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

static double clip(double value) {
    return value > 0 ? value < 1 ? value : 1 : 0; /* NaN becomes 0 */
}

static double evaluate(const struct curve *curve, double x) {
    const double *f = curve->formula;
    if (curve->kind == CURVE_SRGB) {
        return from_srgb(x);
    }
    if (curve->kind == CURVE_FORMULA) {
        return clip(x >= f[4] ? pow(f[1] * x + f[2], f[0]) + f[5] : f[3] * x + f[6]);
    }
    double at = x * (curve->count - 1);
    uint32_t low = (uint32_t)at, high = low + 1 < curve->count ? low + 1 : low;
    double share = at - low;
    return (curve->table[low] * (1 - share) + curve->table[high] * share) / 65535;
}

/* ------------------------------------------------------------------ what files say */

static void keep_primaries(struct colour *colour) {
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            colour->to_srgb[i][k] = i == k;
        }
    }
}

void colour_gamma(struct colour *colour, double gamma) {
    bool usual = fabs(gamma * 2.2 - 1) <= 0.05;
    colour->kind = COLOUR_OTHER;
    for (int i = 0; i < 3; i++) {
        colour->curve[i] = (struct curve){.kind = usual ? CURVE_SRGB : CURVE_FORMULA,
                                          .formula = {gamma > 0 ? 1 / gamma : 1, 1}};
    }
    keep_primaries(colour);
}

static void multiply(double out[3][3], double a[3][3], double b[3][3]) {
    double product[3][3];
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            product[i][k] = a[i][0] * b[0][k] + a[i][1] * b[1][k] + a[i][2] * b[2][k];
        }
    }
    memcpy(out, product, sizeof product);
}

static double weigh(const double row[3], const double column[3]) {
    return row[0] * column[0] + row[1] * column[1] + row[2] * column[2];
}

void colour_primaries(struct colour *colour, double xyz[3][3]) {
    static double bradford[3][3] = {
        {0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}};
    static double back[3][3] = {{0.9869929, -0.1470543, 0.1599627},
                                {0.4323053, 0.5183603, 0.0492912},
                                {-0.0085287, 0.0400428, 0.9684867}};
    static double srgb[3][3] = {{3.2404542, -1.5371385, -0.4985314},
                                {-0.9692660, 1.8760108, 0.0415560},
                                {0.0556434, -0.2040259, 1.0572252}};
    static const double d65[3] = {0.95047, 1, 1.08883};
    double columns[3][3], white[3];
    for (int i = 0; i < 3; i++) {
        white[i] = xyz[0][i] + xyz[1][i] + xyz[2][i];
        for (int k = 0; k < 3; k++) {
            columns[i][k] = xyz[k][i];
        }
    }
    double(*m)[3] = colour->to_srgb;
    multiply(m, bradford, columns);
    for (int i = 0; i < 3; i++) {
        double ratio = weigh(bradford[i], d65) / weigh(bradford[i], white);
        for (int k = 0; k < 3; k++) {
            m[i][k] *= ratio;
        }
    }
    multiply(m, back, m);
    multiply(m, srgb, m);
    for (int i = 0; i < 9; i++) {
        if (!(fabs(m[i / 3][i % 3]) < 16)) { /* no primaries of a real device */
            keep_primaries(colour);
            return;
        }
    }
}

/* ------------------------------------------------------------------ pixels */

static bool near_unity(double m[3][3]) {
    for (int i = 0; i < 9; i++) {
        if (fabs(m[i / 3][i % 3] - (i % 4 == 0)) > 0.004) {
            return false;
        }
    }
    return true;
}

void colour_settle(struct colour *colour) {
    bool same = colour->kind == COLOUR_OTHER && near_unity(colour->to_srgb);
    for (int i = 0; same && i < 3 * 256; i++) {
        double value = i % 256 / 255.0;
        same = fabs(to_srgb(evaluate(&colour->curve[i / 256], value)) - value) < 0.6 / 255;
    }
    if (same) {
        colour_free(colour);
    }
}

void colour_free(struct colour *colour) {
    for (int i = 0; i < 3; i++) {
        free(colour->curve[i].table);
    }
    *colour = (struct colour){0};
}

/* What a conversion needs, because powers take long. */
struct tables {
    double threshold[BYTES - 1]; /* light from which on the next byte of sRGB is nearer */
    unsigned most;               /* stored values are 0 to `most` */
    float *light[3];             /* 1 + the light of a stored value, 0 = not computed yet */
    float room[];
};

static struct tables *make_tables(unsigned most) {
    size_t count = (size_t)most + 1;
    struct tables *tables = calloc(1, sizeof *tables + 3 * count * sizeof *tables->room);
    if (tables == NULL) {
        return NULL;
    }
    tables->most = most;
    for (size_t i = 0; i < 3; i++) {
        tables->light[i] = tables->room + i * count;
    }
    for (int i = 0; i < BYTES - 1; i++) {
        tables->threshold[i] = from_srgb((i + 0.5) / (BYTES - 1));
    }
    return tables;
}

static double light_of(const struct colour *colour, struct tables *tables, int channel,
                       unsigned value) {
    float *light = &tables->light[channel][value];
    if (*light == 0) {
        *light = (float)(1 + clip(evaluate(&colour->curve[channel], (double)value / tables->most)));
    }
    return (double)*light - 1;
}

/* How many thresholds the light has reached. */
static uint8_t byte_of_light(const struct tables *tables, double light) {
    int low = 0;
    for (int step = BYTES / 2; step > 0; step /= 2) {
        low += tables->threshold[low + step - 1] <= light ? step : 0;
    }
    return (uint8_t)low;
}

static unsigned sample(const unsigned char *from, unsigned bytes) {
    return bytes == 1 ? from[0] : (unsigned)from[0] << 8 | from[1];
}

static uint8_t byte_of(unsigned sample, unsigned bytes) {
    return bytes == 1 ? (uint8_t)sample : (uint8_t)((sample * 255U + 32767U) / 65535U);
}

static void recolour(const struct colour *colour, struct tables *tables, uint8_t to[3],
                     const unsigned value[3]) {
    double light[3];
    for (int i = 0; i < 3; i++) {
        light[i] = light_of(colour, tables, i, value[i]);
    }
    for (int i = 0; i < 3; i++) {
        to[i] = byte_of_light(tables, weigh(colour->to_srgb[i], light));
    }
}

bool colour_convert(const struct colour *colour, uint8_t *to, const unsigned char *from,
                    size_t pixels, unsigned sample_bytes) {
    struct tables *tables = NULL;
    if (colour->kind == COLOUR_OTHER) {
        tables = make_tables(sample_bytes == 1 ? 255 : 65535);
        if (tables == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < pixels; i++, from += 4 * (size_t)sample_bytes, to += 4) {
        unsigned value[4];
        for (unsigned c = 0; c < 4; c++) {
            value[c] = sample(from + (size_t)c * sample_bytes, sample_bytes);
        }
        if (tables != NULL) {
            recolour(colour, tables, to, value);
            to[3] = byte_of(value[3], sample_bytes);
            continue;
        }
        for (unsigned c = 0; c < 4; c++) {
            to[c] = byte_of(value[c], sample_bytes);
        }
    }
    free(tables);
    return true;
}
