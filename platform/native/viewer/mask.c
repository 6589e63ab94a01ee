/* Painting on a mask. */
#include "viewer/mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct mask_area everywhere(const struct mask *mask) {
    return (struct mask_area){0, 0, mask->width, mask->height};
}

bool mask_make(struct mask *mask, uint32_t width, uint32_t height) {
    uint64_t version = mask->version;
    free(mask->cells);
    *mask = (struct mask){.width = width, .height = height, .version = version + 1};
    mask->cells = calloc((size_t)width * height + 1, 1);
    if (mask->cells == NULL) {
        mask->width = mask->height = 0;
    }
    mask->changed = everywhere(mask);
    return mask->cells != NULL;
}

void mask_free(struct mask *mask) {
    free(mask->cells);
    *mask = (struct mask){0};
}

void mask_changed(struct mask *mask) {
    mask->changed = everywhere(mask);
    mask->version++;
}

struct mask_area mask_take_changes(struct mask *mask) {
    struct mask_area changed = mask->changed;
    mask->changed = (struct mask_area){0};
    return changed;
}

static void widen(struct mask_area *area, uint32_t x, uint32_t y) {
    if (area->right == 0) {
        *area = (struct mask_area){x, y, x + 1, y + 1};
        return;
    }
    area->left = x < area->left ? x : area->left;
    area->top = y < area->top ? y : area->top;
    area->right = x >= area->right ? x + 1 : area->right;
    area->bottom = y >= area->bottom ? y + 1 : area->bottom;
}

static void put(struct mask *mask, int32_t x, int32_t y, uint8_t value) {
    if (x < 0 || y < 0 || x >= (int32_t)mask->width || y >= (int32_t)mask->height) {
        return;
    }
    uint8_t *cell = mask->cells + (size_t)y * mask->width + (size_t)x;
    if (*cell != value) {
        *cell = value;
        mask->count = value != 0 ? mask->count + 1 : mask->count - 1;
        widen(&mask->changed, (uint32_t)x, (uint32_t)y);
    }
}

/* Squared distance of (px, py) from the segment. */
static float distance2(float px, float py, float x0, float y0, float x1, float y1) {
    float dx = x1 - x0, dy = y1 - y0, length2 = dx * dx + dy * dy;
    float t = length2 > 0 ? ((px - x0) * dx + (py - y0) * dy) / length2 : 0;
    t = fminf(fmaxf(t, 0), 1);
    float ex = px - x0 - t * dx, ey = py - y0 - t * dy;
    return ex * ex + ey * ey;
}

static int32_t bound(float value, uint32_t most) {
    return (int32_t)fminf(fmaxf(floorf(value), 0), (float)most);
}

void mask_stroke(struct mask *mask, float x0, float y0, float x1, float y1, float radius,
                 uint8_t value) {
    int32_t left = bound(fminf(x0, x1) - radius, mask->width);
    int32_t right = bound(fmaxf(x0, x1) + radius + 1, mask->width);
    int32_t top = bound(fminf(y0, y1) - radius, mask->height);
    int32_t bottom = bound(fmaxf(y0, y1) + radius + 1, mask->height);
    for (int32_t y = top; y < bottom; y++) {
        for (int32_t x = left; x < right; x++) {
            float d = distance2((float)x + 0.5F, (float)y + 0.5F, x0, y0, x1, y1);
            if (d <= radius * radius) {
                put(mask, x, y, value);
            }
        }
    }
    put(mask, (int32_t)floorf(x0), (int32_t)floorf(y0), value);
    put(mask, (int32_t)floorf(x1), (int32_t)floorf(y1), value);
    mask->version++;
}

void mask_box(struct mask *mask, int32_t x0, int32_t y0, int32_t x1, int32_t y1, uint8_t value) {
    int32_t left = x0 < x1 ? x0 : x1, right = x0 < x1 ? x1 : x0;
    int32_t top = y0 < y1 ? y0 : y1, bottom = y0 < y1 ? y1 : y0;
    left = left < 0 ? 0 : left;
    top = top < 0 ? 0 : top;
    for (int32_t y = top; y <= bottom && y < (int32_t)mask->height; y++) {
        for (int32_t x = left; x <= right && x < (int32_t)mask->width; x++) {
            put(mask, x, y, value);
        }
    }
    mask->version++;
}

void mask_invert(struct mask *mask) {
    size_t size = (size_t)mask->width * mask->height;
    for (size_t i = 0; i < size; i++) {
        mask->cells[i] = mask->cells[i] == 0;
    }
    mask->count = size - mask->count;
    mask_changed(mask);
}

void mask_fill(struct mask *mask, uint8_t value) {
    size_t size = (size_t)mask->width * mask->height;
    memset(mask->cells, value, size);
    mask->count = value != 0 ? size : 0;
    mask_changed(mask);
}

bool mask_move(struct mask *mask, uint32_t width, uint32_t height, uint32_t left, uint32_t top) {
    struct mask made = {.version = mask->version};
    if (!mask_make(&made, width, height)) {
        return false;
    }
    for (uint32_t y = 0; y < mask->height; y++) {
        for (uint32_t x = 0; x < mask->width; x++) {
            if (mask->cells[(size_t)y * mask->width + x] != 0) {
                put(&made, (int32_t)(x + left), (int32_t)(y + top), 1);
            }
        }
    }
    mask_free(mask);
    *mask = made;
    return true;
}

void mask_set(struct mask *mask, const uint8_t *cells) {
    size_t size = (size_t)mask->width * mask->height;
    mask->count = 0;
    for (size_t i = 0; i < size; i++) {
        mask->cells[i] = cells[i] != 0;
        mask->count += mask->cells[i];
    }
    mask_changed(mask);
}
