/* Strict reader and writer of token grids. */
#include "common/tokens.h"

#include "common/report.h"
#include "common/utf8.h"
#include "input/bytes.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 20 };

bool tokens_format(struct buffer *out, const int32_t *tokens, uint32_t width, uint32_t height) {
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            buffer_format(out, "%d%c", (int)tokens[(size_t)y * width + x],
                          x + 1 == width ? '\n' : ' ');
        }
    }
    return !out->failed;
}

/* Parses the word at `text` of `length` bytes: decimal digits, or -1. */
static bool parse_code(const char *text, size_t length, long limit, bool allow_masked,
                       int32_t *code) {
    long value = 0;
    if (length == 2 && memcmp(text, "-1", 2) == 0) {
        *code = -1;
        return allow_masked;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (text[i] - '0');
        if (value >= limit) {
            return false;
        }
    }
    *code = (int32_t)value;
    return length > 0;
}

static int parse_line(const char *line, size_t length, const char *path, unsigned number,
                      const um_model_info *info, bool allow_masked, int32_t *tokens) {
    size_t at = 0;
    uint32_t count = 0;
    while (at < length) {
        size_t word = strcspn(line + at, " \t\r\n");
        if (word == 0) {
            at++;
            continue;
        }
        int32_t code;
        if (!parse_code(line + at, word, (long)info->codebook_size, allow_masked, &code)) {
            return fail(EXIT_USAGE, "%s: line %u: '%.*s' is not a code (0 to %u%s)", path, number,
                        (int)(word < 32 ? word : utf8_fit(line + at, 32)), line + at,
                        info->codebook_size - 1,
                        allow_masked ? ", or -1 = masked" : "; nothing may be masked here");
        }
        if (count < info->grid_width) {
            tokens[count] = code;
        }
        count++;
        at += word;
    }
    if (count != info->grid_width) {
        return fail(EXIT_USAGE, "%s: line %u: %u values, expected %u (one row of the token grid)",
                    path, number, count, info->grid_width);
    }
    return 0;
}

int tokens_parse(const char *text, const char *path, const um_model_info *info, bool allow_masked,
                 int32_t *tokens) {
    unsigned number = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        number++;
        if (number > info->grid_height) {
            if (strspn(text, " \t\r\n") == strlen(text)) {
                break;
            }
            return fail(EXIT_USAGE, "%s: line %u: more than %u rows", path, number,
                        info->grid_height);
        }
        int code = parse_line(text, length, path, number, info, allow_masked,
                              tokens + (size_t)(number - 1) * info->grid_width);
        if (code != 0) {
            return code;
        }
        text += length + (text[length] == '\n');
    }
    if (number < info->grid_height) {
        return fail(EXIT_USAGE, "%s: %u rows, expected %u", path, number, info->grid_height);
    }
    return 0;
}

int tokens_read(const char *path, const um_model_info *info, bool allow_masked, int32_t **tokens) {
    char *text;
    int code = input_text(path, FILE_LIMIT, &text);
    if (code != 0) {
        return code;
    }
    *tokens = malloc(sizeof **tokens * info->grid_width * info->grid_height);
    if (*tokens == NULL) {
        code = fail(UM_ERROR_MEMORY, "not enough memory for the token grid");
    } else {
        code = tokens_parse(text, path, info, allow_masked, *tokens);
    }
    free(text);
    if (code != 0) {
        free(*tokens);
        *tokens = NULL;
    }
    return code;
}
