/* What the page of the browser comparison calls: the transformer and the decoder of one model as
 * programs of their own, a whole picture, and this machine's multiply-add peak. */
#include <stdlib.h>

#include <emscripten/emscripten.h>
#include <wasm_simd128.h>

#include "backend/cpu/unroll.h"
#include "graph/graph.h"
#include "model.h"
#include "unmask/unmask.h"

EMSCRIPTEN_KEEPALIVE int bench_load(const void *bytes, size_t size, uint32_t threads,
                                    uint32_t batch);
EMSCRIPTEN_KEEPALIVE int bench_forward(const int32_t *ids, float *logits);
EMSCRIPTEN_KEEPALIVE int bench_decode(const int32_t *codes, float *rgb);
EMSCRIPTEN_KEEPALIVE int bench_picture(int32_t class_index, uint32_t seed, float *rgb);
EMSCRIPTEN_KEEPALIVE double bench_peak(uint32_t rounds, float *out);

static struct {
    um_context *context;
    um_model *model;
    struct um_program transformer, decoder;
} bench;

/* The status of loading `bytes`; both programs are for `batch` images. */
int bench_load(const void *bytes, size_t size, uint32_t threads, uint32_t batch) {
    const um_context_params params = {.threads = threads};
    um_status status = um_context_create(&bench.context, &params);
    if (status == UM_OK)
        status = um_model_load_memory(&bench.model, bench.context, bytes, size, "model");
    if (status == UM_OK)
        status =
            um_program_open(&bench.transformer, bench.model, &um_network_transformer, batch, true);
    if (status == UM_OK)
        status = um_program_open(&bench.decoder, bench.model, &um_network_decoder, 1, true);
    return (int)status;
}

/* ids (batch, N + 1) -> logits (batch, N + 1, K). */
int bench_forward(const int32_t *ids, float *logits) {
    return (int)um_program_run(&bench.transformer, ids, logits, NULL);
}

/* codes (N) -> rgb (height, width, 3). */
int bench_decode(const int32_t *codes, float *rgb) {
    return (int)um_program_run(&bench.decoder, codes, rgb, NULL);
}

/* A picture with the model's defaults, its last step decoded. */
int bench_picture(int32_t class_index, uint32_t seed, float *rgb) {
    const um_session_params params = {.classes = &class_index, .seed = seed};
    um_session *session;
    um_status status = um_session_begin(&session, bench.model, &params);
    while (status == UM_OK && !um_session_done(session))
        status = um_session_step(session);
    if (status == UM_OK)
        status = um_session_decode(session, 0, rgb);
    um_session_end(&session);
    return (int)status;
}

/* Float operations of `rounds` rounds of multiply and add on registers alone. */
double bench_peak(uint32_t rounds, float *out) {
    enum { CHAINS = 10 }; /* twice what the latency of an addition needs */
    v128_t sum[CHAINS];
    const v128_t factor = wasm_f32x4_splat(1e-3f);
    UNROLL_FOR(i, CHAINS) {
        sum[i] = wasm_f32x4_splat(0.0f);
    }
    for (uint32_t r = 0; r < rounds; r++) {
        UNROLL_FOR(i, CHAINS) {
            v128_t x = factor;
            __asm__ volatile("" : "+r"(x)); /* another number, as far as the compiler knows */
            sum[i] = wasm_f32x4_add(sum[i], wasm_f32x4_mul(x, factor));
        }
    }
    UNROLL_FOR(i, CHAINS) {
        wasm_v128_store(out + 4 * i, sum[i]);
    }
    return 8.0 * CHAINS * rounds;
}
