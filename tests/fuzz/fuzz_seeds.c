/* Writes the seed corpus of fuzz_model into a folder: headers of small models.
 *
 * Usage: fuzz_seeds FOLDER */
#include "support/tiny_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The header ends at the last 256-byte boundary before which the last tensor's info stands. */
static size_t header_bytes(const uint8_t *bytes, size_t size) {
    static const char last[] = "dec.conv_out.bias";
    for (size_t i = 0; i + sizeof last - 1 <= size; i++)
        if (memcmp(bytes + i, last, sizeof last - 1) == 0)
            return (i + sizeof last - 1 + 4 + 8 + 4 + 8 + 255) / 256 * 256;
    abort();
}

static int write_seed(const char *folder, int index, const struct tiny_model_options *options) {
    char path[1024];
    size_t size;
    uint8_t *bytes = tiny_model_build(options, &size);
    snprintf(path, sizeof path, "%s/seed-%d", folder, index);
    FILE *file = fopen(path, "wb");
    int failed = !file || fputc(0, file) == EOF ||
                 fwrite(bytes, 1, header_bytes(bytes, size), file) != header_bytes(bytes, size);
    if (file && fclose(file))
        failed = 1;
    if (failed)
        fprintf(stderr, "%s: cannot be written\n", path);
    free(bytes);
    return failed;
}

int main(int argc, char **argv) {
    const struct tiny_model_options base = {.grid = 1,
                                            .dim = 32,
                                            .layers = 1,
                                            .heads = 1,
                                            .mlp_dim = 32,
                                            .channels = 4,
                                            .levels = 1,
                                            .norm_groups = 2,
                                            .codebook_size = 4,
                                            .codebook_dim = 2,
                                            .class_count = 2};
    if (argc != 2)
        return 2;
    struct tiny_model_options options = base;
    int failed = write_seed(argv[1], 0, &options);
    options.file_type = 1;
    options.no_null_class = true;
    failed |= write_seed(argv[1], 1, &options);
    options.file_type = 7;
    options.gelu_erf = true;
    options.levels = 3;
    failed |= write_seed(argv[1], 2, &options);
    options = base;
    tiny_model_variant(&options, "v1");
    failed |= write_seed(argv[1], 3, &options);
    tiny_model_variant(&options, "halton");
    options.file_type = 7;
    failed |= write_seed(argv[1], 4, &options);
    return failed;
}
