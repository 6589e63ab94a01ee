/* ICC profiles of the kind that cameras, telephones and editors embed: three curves and a matrix,
 * or one curve of grey. Source: ICC.1:2010. */
#include "input/colour.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER = 128, TAG_BYTES = 12, TAGS_MOST = 100, TABLE_MOST = 65536 };

struct profile {
    const unsigned char *bytes;
    size_t size;
};

static uint32_t get32(const unsigned char *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static double get_fixed(const unsigned char *b) {
    return (double)(int32_t)get32(b) / 65536;
}

/* The data of a tag, at least 12 bytes; NULL if there is none. */
static const unsigned char *find(const struct profile *p, const char *name, size_t *size) {
    uint32_t count = get32(p->bytes + HEADER);
    for (uint32_t i = 0; i < count && i < TAGS_MOST; i++) {
        size_t at = HEADER + 4 + (size_t)i * TAG_BYTES;
        if (at + TAG_BYTES > p->size) {
            return NULL;
        }
        size_t offset = get32(p->bytes + at + 4);
        *size = get32(p->bytes + at + 8);
        if (memcmp(p->bytes + at, name, 4) == 0) {
            bool inside = offset <= p->size && *size <= p->size - offset && *size >= 12;
            return inside ? p->bytes + offset : NULL;
        }
    }
    return NULL;
}

static bool read_xyz(const struct profile *p, const char *name, double xyz[3]) {
    size_t size;
    const unsigned char *tag = find(p, name, &size);
    if (tag == NULL || size < 20 || memcmp(tag, "XYZ ", 4) != 0) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        xyz[i] = get_fixed(tag + 8 + (size_t)i * 4);
    }
    return true;
}

/* 'para': its five functions in the form of struct curve. */
static bool read_formula(struct curve *curve, const unsigned char *tag, size_t size) {
    static const unsigned counts[] = {1, 3, 4, 5, 7};
    unsigned type = (unsigned)tag[8] << 8 | tag[9];
    double v[7] = {0}, *f = curve->formula;
    if (type > 4 || size < 12 + (size_t)counts[type] * 4) {
        return false;
    }
    for (unsigned i = 0; i < counts[type]; i++) {
        v[i] = get_fixed(tag + 12 + (size_t)i * 4);
    }
    curve->kind = CURVE_FORMULA;
    f[0] = v[0];
    f[1] = type > 0 ? v[1] : 1;
    f[2] = v[2];
    if (type == 1 || type == 2) { /* the line below is level and begins where a x + b is 0 */
        f[4] = v[1] != 0 ? -v[2] / v[1] : 0;
        f[5] = f[6] = v[3];
    } else {
        memcpy(f + 3, v + 3, 4 * sizeof *v);
    }
    return true;
}

static bool read_table(struct curve *curve, const unsigned char *tag, size_t size) {
    uint32_t count = get32(tag + 8);
    if (count > TABLE_MOST || size < 12 + (size_t)count * 2) {
        return false;
    }
    if (count < 2) {
        double power = count == 1 ? (tag[12] * 256 + tag[13]) / 256.0 : 1;
        *curve = (struct curve){.kind = CURVE_FORMULA, .formula = {power, 1}};
        return true;
    }
    curve->table = malloc(count * sizeof *curve->table);
    curve->kind = CURVE_TABLE;
    curve->count = count;
    for (uint32_t i = 0; curve->table != NULL && i < count; i++) {
        curve->table[i] = (uint16_t)(tag[12 + 2 * i] << 8 | tag[13 + 2 * i]);
    }
    return curve->table != NULL;
}

static bool read_curve(const struct profile *p, const char *name, struct curve *curve) {
    size_t size;
    const unsigned char *tag = find(p, name, &size);
    if (tag == NULL) {
        return false;
    }
    if (memcmp(tag, "para", 4) == 0) {
        return read_formula(curve, tag, size);
    }
    return memcmp(tag, "curv", 4) == 0 && read_table(curve, tag, size);
}

static bool read_rgb(struct colour *colour, const struct profile *p) {
    double xyz[3][3];
    bool ok = read_xyz(p, "rXYZ", xyz[0]) && read_xyz(p, "gXYZ", xyz[1]) &&
              read_xyz(p, "bXYZ", xyz[2]) && read_curve(p, "rTRC", &colour->curve[0]) &&
              read_curve(p, "gTRC", &colour->curve[1]) && read_curve(p, "bTRC", &colour->curve[2]);
    if (ok) {
        colour_primaries(colour, xyz);
    }
    return ok;
}

static bool read_grey(struct colour *colour, const struct profile *p) {
    return read_curve(p, "kTRC", &colour->curve[0]) && read_curve(p, "kTRC", &colour->curve[1]) &&
           read_curve(p, "kTRC", &colour->curve[2]);
}

void colour_icc(struct colour *colour, const unsigned char *profile, size_t size) {
    struct profile p = {profile, size};
    bool ok = size >= HEADER + 4 && memcmp(profile + 36, "acsp", 4) == 0;
    colour_free(colour);
    colour_gamma(colour, 1); /* no curve, no matrix */
    if (ok && memcmp(profile + 16, "GRAY", 4) == 0) {
        ok = read_grey(colour, &p);
    } else {
        ok = ok && memcmp(profile + 16, "RGB ", 4) == 0 && read_rgb(colour, &p);
    }
    if (!ok) {
        colour_free(colour);
        colour->kind = COLOUR_UNKNOWN;
    }
}
