/* Pictures of the page (bytes, RGBA) and of the library (floats, RGB, 0..1). */
#ifndef UM_WEB_PIXELS_H
#define UM_WEB_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/* Alpha is laid over white, as the program's own reading of pictures does. */
void um_web_to_float(const uint8_t *rgba, float *rgb, size_t pixels);

/* Clips to 0..1 and rounds to the nearest; alpha 255. */
void um_web_to_bytes(const float *rgb, uint8_t *rgba, size_t pixels);

#endif
