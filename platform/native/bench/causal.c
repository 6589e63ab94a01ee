/* The same transformer drawing one token after another, keys and values kept. */
#include "bench/measure.h"

#include "common/engine.h"
#include "common/interrupt.h"
#include "common/report.h"

#include <stdlib.h>
#include <string.h>

/* One drawing: seconds of each token, then decoded like any other picture. */
static um_status draw(struct bench *b, struct samples *tokens, int32_t *drawn, float *rgb) {
    um_causal *causal = NULL;
    um_status status = um_causal_begin(&causal, b->model, &b->draw);
    const size_t count = (size_t)b->info->grid_width * b->info->grid_height;
    while (status == UM_OK && !um_causal_done(causal)) {
        const double start = now_seconds();
        status = interrupt_signal() != 0 ? UM_CANCELLED : um_causal_step(causal);
        if (status == UM_OK) {
            samples_add(tokens, now_seconds() - start);
        }
        progress("one token after another", (unsigned)tokens->count, (unsigned)count);
    }
    if (status == UM_OK) {
        memcpy(drawn, um_causal_tokens(causal), count * sizeof *drawn);
        status = um_decode(b->model, drawn, rgb);
    }
    um_causal_end(&causal);
    return status;
}

static void time_drawings(struct bench *b, struct bench_row *row, struct samples *tokens) {
    const size_t count = (size_t)b->info->grid_width * b->info->grid_height;
    int32_t *first = calloc(count, sizeof *first), *again = calloc(count, sizeof *again);
    float *rgb = malloc(sizeof *rgb * 3 * b->info->image_width * b->info->image_height);
    um_status status = first && again && rgb ? UM_OK : UM_ERROR_MEMORY;
    const double start = now_seconds();
    while (status == UM_OK && row->state == ROW_OK &&
           wants_more(b->plan, row, now_seconds() - start)) {
        const double before = now_seconds();
        status = draw(b, tokens, row->samples.count > 0 ? again : first, rgb);
        if (status != UM_OK) {
            break;
        }
        if (row->samples.count > 0 && memcmp(first, again, count * sizeof *first) != 0) {
            row_fail(row, ROW_WRONG, "two runs with the same seed gave different tokens");
            break;
        }
        samples_add(&row->samples, 1e3 * (now_seconds() - before));
    }
    if (status == UM_ERROR_MODEL) {
        row_fail(row, ROW_UNSUPPORTED, "%s", report_last_error());
    } else if (status == UM_CANCELLED && row->samples.count == 0) {
        row_fail(row, ROW_SKIPPED, "interrupted");
    } else if (status != UM_OK && status != UM_CANCELLED) {
        row_fail_status(row, status);
    }
    free(first);
    free(again);
    free(rgb);
}

void measure_causal(struct bench *b) {
    struct samples tokens = {0};
    struct bench_row *row = report_row(b->device, GROUP_PICTURE, "ms", "picture, token by token");
    if (row == NULL) {
        return;
    }
    row->images = 1;
    time_drawings(b, row, &tokens);
    row_judge(row);
    const bool measured = row_measured(row);
    struct bench_row *token = measured ? report_row(b->device, GROUP_PICTURE, "ms", "token") : NULL;
    for (size_t i = 0; token != NULL && i < tokens.count; i++) {
        samples_add(&token->samples, 1e3 * tokens.values[i]);
    }
    if (token != NULL) {
        row_judge(token);
    }
    samples_free(&tokens);
}
