/* Compares a model's passes with reference tensors: test_golden MODEL DIR
 * [differ-logits|differ-decode|EXACT]
 *
 * DIR is what tools/golden.py wrote, computed by PyTorch with sums in double. With differ-* the
 * reference belongs to a model that differs in one hyperparameter, and every case of that kind must
 * be far out of tolerance. With EXACT, the reference of the same weights before they were rounded
 * to MODEL's type, logits may be further from it than DIR's, whose arithmetic is exact, but not by
 * much: for backends that round the inputs of Q8_0 matrices as well. UM_TEST_DEVICE picks the
 * device, the CPU otherwise. */
#include "golden/npy.h"
#include "support/compare.h"
#include "unmask/unmask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sums of a few thousand float32 products are off by about 1e-6 relative, 1e-12 squared; ten
 * layers of them stay under 1e-9 with room, and a wrong formula is orders above it. */
static const double NMSE_LIMIT = 1e-9;
static const double PIXEL_LIMIT = 1.0 / 255.0;
/* Inputs rounded like the weights double the error if both are spread alike; inputs behind a GELU
 * are spread more unevenly. */
static const double ROUNDED_FACTOR = 3.0;
static const double DIFFER_FACTOR = 100.0; /* a wrong hyperparameter misses by at least this */

struct run {
    um_model *model;
    const um_model_info *info;
    const char *folder;
    const char *differ; /* NULL, "logits" or "decode" */
    const char *exact;  /* folder of the unrounded weights' reference, or NULL */
    unsigned cases, failures;
};

static void print_log(void *user, um_log_level level, const char *text) {
    (void)user;
    if (level <= UM_LOG_WARN)
        fprintf(stderr, "%s\n", text);
}

static bool read_from(const char *folder, struct npy *npy, const char *name, char kind,
                      size_t count) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!npy_read(npy, path))
        return false;
    if (npy->kind != kind || npy->count != count) {
        fprintf(stderr, "%s: expected %zu elements of kind %c\n", path, count, kind);
        npy_free(npy);
        return false;
    }
    return true;
}

static bool read_array(const struct run *run, struct npy *npy, const char *name, char kind,
                       size_t count) {
    return read_from(run->folder, npy, name, kind, count);
}

/* Prints a figure and counts it as failed if it is on the wrong side of its limit. */
static bool judge(const struct run *run, const char *kind, const char *what, double value,
                  double limit) {
    bool differ = run->differ && strcmp(run->differ, kind) == 0;
    bool ok = differ ? value > limit * DIFFER_FACTOR : value <= limit;
    printf("%s %s %.3g (limit %.3g%s): %s\n", kind, what, value, limit,
           differ ? ", must be far above" : "", ok ? "ok" : "FAILED");
    return ok;
}

static bool judge_logits(const struct run *run, const float *logits, const float *expected,
                         const char *name, size_t count) {
    if (!run->exact)
        return judge(run, "logits", "NMSE", compare_nmse(logits, expected, count), NMSE_LIMIT);
    struct npy exact = {0};
    bool ok = read_from(run->exact, &exact, name, 'f', count) &&
              judge(run, "logits", "NMSE", compare_nmse(logits, exact.data, count),
                    ROUNDED_FACTOR * compare_nmse(expected, exact.data, count));
    npy_free(&exact);
    return ok;
}

static bool check_logits(const struct run *run, int class_index, const char *in, const char *out) {
    size_t positions = (size_t)run->info->grid_width * run->info->grid_height;
    size_t count = positions * run->info->codebook_size;
    struct npy tokens = {0}, expected = {0};
    float *logits = malloc(count * sizeof *logits);
    bool ok = logits && read_array(run, &tokens, in, 'i', positions) &&
              read_array(run, &expected, out, 'f', count) &&
              um_logits(run->model, tokens.data, class_index, logits) == UM_OK;
    if (ok)
        ok = judge_logits(run, logits, expected.data, out, count);
    npy_free(&tokens);
    npy_free(&expected);
    free(logits);
    return ok;
}

static bool check_decode(const struct run *run, const char *in, const char *out) {
    size_t positions = (size_t)run->info->grid_width * run->info->grid_height;
    size_t count = (size_t)3 * run->info->image_width * run->info->image_height;
    struct npy tokens = {0}, expected = {0};
    float *rgb = malloc(count * sizeof *rgb);
    bool ok = rgb && read_array(run, &tokens, in, 'i', positions) &&
              read_array(run, &expected, out, 'f', count) &&
              um_decode(run->model, tokens.data, rgb) == UM_OK;
    if (ok) {
        double apart = compare_max_abs(rgb, expected.data, count, NULL);
        ok = judge(run, "decode", "NMSE", compare_nmse(rgb, expected.data, count), NMSE_LIMIT);
        if (!run->differ)
            ok = judge(run, "decode", "largest difference", apart, PIXEL_LIMIT) && ok;
    }
    npy_free(&tokens);
    npy_free(&expected);
    free(rgb);
    return ok;
}

/* Codes must be equal: with a fixed seed no picture has a near tie between two codebook rows. */
static bool check_encode(const struct run *run, const char *in, const char *out) {
    size_t positions = (size_t)run->info->grid_width * run->info->grid_height;
    size_t count = (size_t)3 * run->info->image_width * run->info->image_height;
    struct npy rgb = {0}, expected = {0};
    int32_t *codes = malloc(positions * sizeof *codes);
    bool ok = codes && read_array(run, &rgb, in, 'f', count) &&
              read_array(run, &expected, out, 'i', positions) &&
              um_encode(run->model, rgb.data, codes) == UM_OK;
    size_t different = 0;
    for (size_t i = 0; ok && i < positions; i++)
        different += codes[i] != ((const int32_t *)expected.data)[i];
    if (ok && !run->differ) {
        ok = different == 0;
        printf("encode %zu of %zu codes differ: %s\n", different, positions, ok ? "ok" : "FAILED");
    }
    npy_free(&rgb);
    npy_free(&expected);
    free(codes);
    return ok;
}

static bool check_line(const struct run *run, const char *line) {
    char first[256], second[256];
    int class_index;
    if (sscanf(line, "logits %d %255s %255s", &class_index, first, second) == 3)
        return check_logits(run, class_index, first, second);
    if (sscanf(line, "decode %255s %255s", first, second) == 2)
        return check_decode(run, first, second);
    if (sscanf(line, "encode %255s %255s", first, second) == 2)
        return check_encode(run, first, second);
    fprintf(stderr, "cases.txt: unknown case: %s", line);
    return false;
}

static int check_folder(struct run *run) {
    char path[4096], line[1024];
    snprintf(path, sizeof path, "%s/cases.txt", run->folder);
    FILE *cases = fopen(path, "r");
    if (!cases) {
        printf("skip: no reference tensors in %s (PyTorch is needed to make them)\n", run->folder);
        return 77;
    }
    while (fgets(line, sizeof line, cases)) {
        run->cases++;
        run->failures += !check_line(run, line);
    }
    fclose(cases);
    printf("%u cases, %u failed\n", run->cases, run->failures);
    return run->cases == 0 || run->failures ? 1 : 0;
}

int main(int argc, char **argv) {
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: test_golden MODEL DIR [differ-logits|differ-decode|EXACT]\n");
        return 2;
    }
    struct run run = {.folder = argv[2]};
    if (argc == 4 && strncmp(argv[3], "differ-", 7) == 0)
        run.differ = argv[3] + 7;
    else if (argc == 4)
        run.exact = argv[3];
    FILE *file = fopen(argv[1], "rb");
    if (!file) {
        printf("skip: no model %s\n", argv[1]);
        return 77;
    }
    fclose(file);
    const char *device = getenv("UM_TEST_DEVICE");
    um_context_params params = {.device = device ? device : "cpu", .log = print_log};
    um_context *context = NULL;
    int result = 1;
    if (um_context_create(&context, &params) == UM_OK &&
        um_model_load(&run.model, context, argv[1]) == UM_OK) {
        run.info = um_model_get_info(run.model);
        result = check_folder(&run);
    }
    um_model_unload(&run.model);
    um_context_destroy(&context);
    return result;
}
