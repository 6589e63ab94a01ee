/* write_tiny_model FILE [original|v1|halton]: writes a small valid model of random weights for the
 * tests of the command line. The two later variants come with the taming tokenizer, halton with
 * unit codes. */
#include "support/tiny_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    struct tiny_model_options options = {.seed = 1, .grid = 8, .levels = 3, .class_count = 7};
    size_t size = 0;
    const char *variant = argc == 3 ? argv[2] : "original";
    if (strcmp(variant, "v1") == 0)
        options.transformer = TINY_V1;
    else if (strcmp(variant, "halton") == 0)
        options.transformer = TINY_HALTON;
    else if (strcmp(variant, "original") != 0)
        argc = 0;
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: write_tiny_model FILE [original|v1|halton]\n");
        return 2;
    }
    options.tokenizer =
        options.transformer == TINY_ORIGINAL ? TINY_TOKENIZER_ORIGINAL : TINY_TAMING;
    options.unit_codes = options.transformer == TINY_HALTON;
    options.gelu_erf = options.transformer == TINY_V1;
    void *bytes = tiny_model_build(&options, &size);
    FILE *file = bytes != NULL ? fopen(argv[1], "wb") : NULL;
    bool ok = file != NULL && fwrite(bytes, 1, size, file) == size;
    ok = file != NULL && fclose(file) == 0 && ok;
    free(bytes);
    return ok ? 0 : 1;
}
