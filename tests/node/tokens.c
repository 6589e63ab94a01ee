/* Draws pictures and writes their tokens, natively and in WebAssembly alike:
 *
 *     tokens MODEL SEEDS THREADS NOISE OUT
 *
 * OUT gets int32 codes, SEEDS grids, then float logits of one forward pass with every other token
 * masked. NOISE is added to each logit that the sampler sees, uniform in -NOISE .. NOISE: how far
 * off may a network be before a token changes? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "support/rand.h"
#include "unmask/unmask.h"

static struct {
    um_status (*read_part)(void *program, um_value_id value, size_t elements, void *data);
    float amplitude;
    struct test_rand rand;
} noise;

/* Sessions read nothing but logits in parts. */
static um_status noisy_read_part(void *program, um_value_id value, size_t elements, void *data) {
    um_status status = noise.read_part(program, value, elements, data);
    float *logits = data;
    for (size_t i = 0; i < elements; i++)
        logits[i] += noise.amplitude * (2.0f * test_rand_unit(&noise.rand) - 1.0f);
    return status;
}

static void check(bool ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "tokens: %s failed\n", what);
        exit(1);
    }
}

static void *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    check(file != NULL, path);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    void *bytes = malloc(*size);
    check(bytes && fread(bytes, 1, *size, file) == *size, path);
    fclose(file);
    return bytes;
}

static void draw(um_model *model, uint64_t seed, FILE *out) {
    const um_model_info *info = um_model_get_info(model);
    const int32_t class_index = (int32_t)(seed * 37 % (uint64_t)info->class_count);
    const um_session_params params = {.classes = &class_index, .seed = seed};
    um_session *session = NULL;
    um_session_view view;
    check(um_session_begin(&session, model, &params) == UM_OK, "um_session_begin");
    while (!um_session_done(session))
        check(um_session_step(session) == UM_OK, "um_session_step");
    check(um_session_get(session, 0, &view) == UM_OK && !view.masked, "um_session_get");
    const size_t count = (size_t)info->grid_width * info->grid_height;
    check(fwrite(view.tokens, sizeof *view.tokens, count, out) == count, "writing");
    um_session_end(&session);
}

static void forward(um_model *model, FILE *out) {
    const um_model_info *info = um_model_get_info(model);
    const size_t count = (size_t)info->grid_width * info->grid_height;
    const size_t logit_count = count * info->codebook_size;
    int32_t *tokens = malloc(count * sizeof *tokens);
    float *logits = malloc(logit_count * sizeof *logits);
    check(tokens && logits, "memory");
    for (size_t i = 0; i < count; i++)
        tokens[i] = i % 2 ? -1 : (int32_t)(i * 37 % info->codebook_size);
    check(um_logits(model, tokens, 3, logits) == UM_OK, "um_logits");
    check(fwrite(logits, sizeof *logits, logit_count, out) == logit_count, "writing");
    free(tokens);
    free(logits);
}

int main(int argc, char **argv) {
    check(argc == 6, "usage: tokens MODEL SEEDS THREADS NOISE OUT, which");
    size_t size;
    void *bytes = read_file(argv[1], &size);
    const um_context_params params = {.device = "cpu",
                                      .threads = (uint32_t)strtoul(argv[3], NULL, 10)};
    um_context *context = NULL;
    um_model *model = NULL;
    check(um_context_create(&context, &params) == UM_OK, "um_context_create");
    check(um_model_load_memory(&model, context, bytes, size, argv[1]) == UM_OK, "loading");
    free(bytes);
    FILE *out = fopen(argv[5], "wb");
    check(out != NULL, argv[5]);
    struct um_backend_fns noisy = *context->backend;
    noise.read_part = noisy.read_part;
    noise.amplitude = strtof(argv[4], NULL);
    noisy.read_part = noisy_read_part;
    if (noise.amplitude > 0)
        context->backend = &noisy;
    for (uint64_t seed = 0; seed < strtoul(argv[2], NULL, 10); seed++)
        draw(model, seed, out);
    if (noise.amplitude <= 0)
        forward(model, out);
    check(fclose(out) == 0, argv[5]);
    um_model_unload(&model);
    um_context_destroy(&context);
    return 0;
}
