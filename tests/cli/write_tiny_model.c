/* write_tiny_model FILE [VARIANT]: writes a small valid model of random weights for the tests of
 * the command line; VARIANT is a name that tiny_model_variant knows. */
#include "support/tiny_model.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    struct tiny_model_options options = {.seed = 1, .grid = 8, .levels = 3, .class_count = 7};
    size_t size = 0;
    if (argc < 2 || argc > 3 || (argc == 3 && !tiny_model_variant(&options, argv[2]))) {
        fprintf(stderr, "usage: write_tiny_model FILE [original|v1|halton]\n");
        return 2;
    }
    void *bytes = tiny_model_build(&options, &size);
    FILE *file = bytes != NULL ? fopen(argv[1], "wb") : NULL;
    bool ok = file != NULL && fwrite(bytes, 1, size, file) == size;
    ok = file != NULL && fclose(file) == 0 && ok;
    free(bytes);
    return ok ? 0 : 1;
}
