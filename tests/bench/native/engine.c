/* One side of the comparison: engine MODEL THREADS [bf16]. Prints a line when it is ready, then
 * obeys lines of standard input:
 *
 *     forward, decode   run the pass once, print its seconds
 *     save NAME         write the results of the last forward and decode to NAME-forward.f32 and
 *                       NAME-decode.f32
 *     memory            print the peak resident set in bytes
 *
 * Every second token is masked, the others and the codes to decode follow from their position, as
 * in compare.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>

#include "base/clock.h"
#include "unmask/unmask.h"

struct engine {
    um_model *model;
    size_t positions, logits_count, rgb_count;
    int32_t *tokens, *codes;
    float *logits, *rgb;
};

static void *must(void *memory) {
    if (!memory)
        abort();
    return memory;
}

static void print_log(void *user, um_log_level level, const char *text) {
    (void)user;
    if (level <= UM_LOG_WARN)
        fprintf(stderr, "%s\n", text);
}

static void prepare(struct engine *e) {
    const um_model_info *info = um_model_get_info(e->model);
    e->positions = (size_t)info->grid_width * info->grid_height;
    e->logits_count = e->positions * info->codebook_size;
    e->rgb_count = (size_t)3 * info->image_width * info->image_height;
    e->tokens = must(calloc(e->positions, sizeof *e->tokens));
    e->codes = must(calloc(e->positions, sizeof *e->codes));
    e->logits = must(calloc(e->logits_count, sizeof *e->logits));
    e->rgb = must(calloc(e->rgb_count, sizeof *e->rgb));
    for (size_t i = 0; i < e->positions; i++) {
        e->codes[i] = (int32_t)((i * 37 + 11) % info->codebook_size);
        e->tokens[i] = i % 2 ? e->codes[i] : -1;
    }
}

static void save(const char *name, const char *kind, const float *values, size_t count) {
    char path[4096];
    snprintf(path, sizeof path, "%s-%s.f32", name, kind);
    FILE *file = must(fopen(path, "wb"));
    if (fwrite(values, sizeof *values, count, file) != count || fclose(file) != 0)
        abort();
}

static void obey(struct engine *e, const char *line) {
    char word[16] = "", name[1024] = "";
    sscanf(line, "%15s %1023s", word, name);
    const double start = um_clock_seconds();
    if (strcmp(word, "forward") == 0) {
        if (um_logits(e->model, e->tokens, 207, e->logits) != UM_OK)
            abort();
        printf("%.6f\n", um_clock_seconds() - start);
    } else if (strcmp(word, "decode") == 0) {
        if (um_decode(e->model, e->codes, e->rgb) != UM_OK)
            abort();
        printf("%.6f\n", um_clock_seconds() - start);
    } else if (strcmp(word, "save") == 0) {
        save(name, "forward", e->logits, e->logits_count);
        save(name, "decode", e->rgb, e->rgb_count);
        printf("saved\n");
    } else if (strcmp(word, "memory") == 0) {
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        printf("%lld\n", (long long)usage.ru_maxrss * 1024);
    } else {
        printf("unknown: %s\n", word);
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: engine MODEL THREADS [bf16]\n");
        return 2;
    }
    const um_context_params params = {.device = "cpu",
                                      .threads = (uint32_t)strtoul(argv[2], NULL, 10),
                                      .log = print_log,
                                      .precision = argc > 3 && strcmp(argv[3], "bf16") == 0
                                                       ? UM_PRECISION_BF16
                                                       : UM_PRECISION_DEFAULT};
    um_context *context;
    struct engine engine = {0};
    const double start = um_clock_seconds();
    if (um_context_create(&context, &params) != UM_OK ||
        um_model_load(&engine.model, context, argv[1]) != UM_OK)
        return 1;
    prepare(&engine);
    printf("ready %.3f %s\n", um_clock_seconds() - start, um_version());
    fflush(stdout);
    char line[2048];
    while (fgets(line, sizeof line, stdin))
        obey(&engine, line);
    free(engine.tokens);
    free(engine.codes);
    free(engine.logits);
    free(engine.rgb);
    um_model_unload(&engine.model);
    um_context_destroy(&context);
    return 0;
}
