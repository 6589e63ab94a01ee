/* write_tiny_model FILE [VARIANT [f32|f16|q8_0]]: writes a small valid model of random weights for
 * the tests of the command line; VARIANT is a name that tiny_model_variant knows. */
#include "support/tiny_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool choose_type(struct tiny_model_options *options, const char *name) {
    static const char *const names[] = {[0] = "f32", [1] = "f16", [7] = "q8_0"};
    for (int type = 0; type < 8; type++) {
        if (names[type] != NULL && strcmp(names[type], name) == 0) {
            options->file_type = type;
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv) {
    struct tiny_model_options options = {.seed = 1, .grid = 8, .levels = 3, .class_count = 7};
    size_t size = 0;
    if (argc < 2 || argc > 4 || (argc > 2 && !tiny_model_variant(&options, argv[2])) ||
        (argc == 4 && !choose_type(&options, argv[3]))) {
        fprintf(stderr, "usage: write_tiny_model FILE [original|v1|halton [f32|f16|q8_0]]\n");
        return 2;
    }
    void *bytes = tiny_model_build(&options, &size);
    FILE *file = bytes != NULL ? fopen(argv[1], "wb") : NULL;
    bool ok = file != NULL && fwrite(bytes, 1, size, file) == size;
    ok = file != NULL && fclose(file) == 0 && ok;
    free(bytes);
    return ok ? 0 : 1;
}
