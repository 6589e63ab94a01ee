/* Masks from files and boxes. */
#include "edit/region.h"

#include "common/png_io.h"
#include "common/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(void) {
    return fail(UM_ERROR_MEMORY, "not enough memory for the mask");
}

static int read_mask(uint8_t **mask, const char *path, uint32_t width, uint32_t height) {
    struct png_content content;
    int code = png_read(path, true, &content);
    if (code != 0) {
        return code;
    }
    size_t count = (size_t)width * height;
    if (content.width != width || content.height != height) {
        code = fail(EXIT_USAGE, "--mask: %s is %ux%u pixels, the picture is %ux%u", path,
                    content.width, content.height, width, height);
    } else if ((*mask = malloc(count)) == NULL) {
        code = no_memory();
    }
    for (size_t i = 0; code == 0 && i < count; i++) {
        const float *pixel = content.picture.rgb + 3 * i;
        (*mask)[i] = pixel[0] + pixel[1] + pixel[2] >= 1.5F; /* lighter than middle grey */
    }
    png_content_free(&content);
    return code;
}

/* Exactly four whole numbers separated by commas. */
static bool parse_box(const char *text, uint32_t box[4]) {
    for (int i = 0; i < 4; i++) {
        char *end;
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 9) {
            return false;
        }
        box[i] = (uint32_t)strtoul(text, &end, 10);
        if (*end != (i < 3 ? ',' : '\0')) {
            return false;
        }
        text = end + 1;
    }
    return true;
}

static int fill_box(uint8_t **mask, const char *text, uint32_t width, uint32_t height) {
    uint32_t box[4];
    if (!parse_box(text, box)) {
        return fail(EXIT_USAGE, "--box: '%s' is not top,left,height,width in pixels", text);
    }
    if (box[2] == 0 || box[3] == 0 || box[0] + box[2] > height || box[1] + box[3] > width) {
        return fail(EXIT_USAGE, "--box: %s is %s the picture of %ux%u pixels", text,
                    box[2] == 0 || box[3] == 0 ? "no part of" : "not within", width, height);
    }
    *mask = calloc(height, width);
    if (*mask == NULL) {
        return no_memory();
    }
    for (uint32_t y = box[0]; y < box[0] + box[2]; y++) {
        memset(*mask + (size_t)y * width + box[1], 1, box[3]);
    }
    return 0;
}

int region_read(uint8_t **mask, const struct args *args, uint32_t width, uint32_t height) {
    *mask = NULL;
    if (args->text[OPT_MASK] != NULL && args->text[OPT_BOX] != NULL) {
        return fail(EXIT_USAGE, "--mask and --box exclude each other");
    }
    if (args->text[OPT_MASK] != NULL) {
        return read_mask(mask, args->text[OPT_MASK], width, height);
    }
    return args->text[OPT_BOX] != NULL ? fill_box(mask, args->text[OPT_BOX], width, height) : 0;
}
