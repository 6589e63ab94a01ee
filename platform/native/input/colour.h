/* What the numbers of a picture file mean, and their way to sRGB. */
#ifndef CLI_INPUT_COLOUR_H
#define CLI_INPUT_COLOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum colour_kind {
    COLOUR_SRGB,    /* nothing to do: also if the file says nothing */
    COLOUR_OTHER,   /* curves and a matrix lead to sRGB */
    COLOUR_UNKNOWN, /* the file names a profile that curves and a matrix do not describe */
};

enum { CURVE_ROOM = 7 };

/* From a stored value, 0..1, to light, 0..1. */
struct curve {
    enum { CURVE_SRGB, CURVE_FORMULA, CURVE_TABLE } kind;
    double formula[CURVE_ROOM]; /* g a b c d e f: x >= d ? (a x + b)^g + e : c x + f */
    uint16_t *table;            /* owned */
    uint32_t count;
};

/* All zero is sRGB. */
struct colour {
    enum colour_kind kind;
    struct curve curve[3];
    double to_srgb[3][3]; /* light to light */
};

/* The curve value^(1/gamma), as gAMA means it; what is near 1/2.2 is taken as sRGB's own. Colours
 * stay as they are unless colour_primaries() follows. */
void colour_gamma(struct colour *colour, double gamma);

/* XYZ of red, green and blue; their sum is the white, which becomes sRGB's white. Primaries that
 * span no space leave the colours as they are. */
void colour_primaries(struct colour *colour, double xyz[3][3]);

/* Takes over an ICC profile. Never fails: what cannot be understood is COLOUR_UNKNOWN. */
void colour_icc(struct colour *colour, const unsigned char *profile, size_t size);

/* Settles whether there is anything to do: what changes no 8-bit value becomes COLOUR_SRGB. */
void colour_settle(struct colour *colour);

/* Converts pixels of four samples, the fourth of which (alpha) stays, to 8 bits each; samples have
 * one byte, or two with the higher first. `to` may be `from`. Of COLOUR_SRGB and COLOUR_UNKNOWN
 * only the depth changes. False: no memory. */
bool colour_convert(const struct colour *colour, uint8_t *to, const unsigned char *from,
                    size_t pixels, unsigned sample_bytes);

void colour_free(struct colour *colour);

#endif
