/* The same arithmetic as the command line's, so a picture gives the same tokens in both. */
#include "pixels.h"

static uint8_t to_byte(float value) {
    if (!(value > 0.0f))
        return 0;
    return value >= 1.0f ? 255 : (uint8_t)(value * 255.0f + 0.5f);
}

void um_web_to_float(const uint8_t *rgba, float *rgb, size_t pixels) {
    for (size_t i = 0; i < pixels; i++, rgba += 4) {
        float alpha = (float)rgba[3] / 255.0f;
        for (int c = 0; c < 3; c++) {
            float value = (float)rgba[c] / 255.0f;
            *rgb++ = rgba[3] == 255 ? value : value * alpha + (1.0f - alpha);
        }
    }
}

void um_web_to_bytes(const float *rgb, uint8_t *rgba, size_t pixels) {
    for (size_t i = 0; i < pixels; i++, rgba += 4, rgb += 3) {
        for (int c = 0; c < 3; c++)
            rgba[c] = to_byte(rgb[c]);
        rgba[3] = 255;
    }
}
