/* Results to agree with: made once, compared on every device. */
#include "bench/truth.h"

#include "common/engine.h"
#include "common/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Float sums in another order differ by about 1e-12 of the logits' energy; 1e-9 leaves room for
 * exp() as loose as Vulkan allows, and a wrong operand is off by 1e-2. With int8 weights the CPU
 * rounds its inputs to 8 bits per 32 numbers as well, which other devices do not: half a step of
 * 1/127 in every product, summed over the layers. */
static const double exact_limit = 1e-9, rounded_limit = 2e-2;

/* A draw on the border between two codes may go either way. */
static const double agreeing_guesses = 0.99;
static const double pixel_limit = 1e-3;

um_status plan_load(const struct bench_plan *plan, um_context *context, um_model **model) {
    return plan->synthetic != NULL
               ? um_model_load_synthetic(model, context, plan->synthetic, plan->weight_type)
               : um_model_load(model, context, plan->model_path);
}

double truth_nmse(const float *values, const float *right, size_t count) {
    double error = 0, energy = 0;
    for (size_t i = 0; i < count; i++) {
        const double d = (double)values[i] - (double)right[i];
        error += d * d;
        energy += (double)right[i] * (double)right[i];
    }
    const double nmse = energy > 0 ? error / energy : error;
    return isfinite(nmse) ? nmse : HUGE_VAL;
}

static bool allocate(struct truth *t) {
    bool ok = true;
    for (int i = 0; i < TRUTH_STATES; i++) {
        t->tokens[i] = calloc(t->positions, sizeof *t->tokens[i]);
        t->logits[i] = calloc(t->positions * t->codes, sizeof *t->logits[i]);
        ok = ok && t->tokens[i] != NULL && t->logits[i] != NULL;
    }
    t->codes_in = calloc(t->positions, sizeof *t->codes_in);
    t->picture = calloc(t->pixels, sizeof *t->picture);
    t->before = calloc(t->positions, sizeof *t->before);
    t->guess = calloc(t->positions, sizeof *t->guess);
    t->next = calloc(TRUTH_NEXT * t->codes, sizeof *t->next);
    return ok && t->codes_in && t->picture && t->before && t->guess && t->next;
}

void truth_free(struct truth *t) {
    for (int i = 0; i < TRUTH_STATES; i++) {
        free(t->tokens[i]);
        free(t->logits[i]);
    }
    free(t->codes_in);
    free(t->picture);
    free(t->before);
    free(t->guess);
    free(t->next);
    *t = (struct truth){0};
}

static void fill_inputs(struct truth *t) {
    uint32_t state = 1;
    for (size_t i = 0; i < t->positions; i++) {
        state = state * 1664525u + 1013904223u;
        t->codes_in[i] = (int32_t)((state >> 8) % t->codes);
        t->tokens[0][i] = -1;
        t->tokens[1][i] = state >> 31 ? t->codes_in[i] : -1;
    }
}

static um_session_params drawing(const struct truth *t, const struct bench_plan *plan) {
    return (um_session_params){
        .classes = &t->class_index, .seed = plan->seed, .sampling.steps = plan->steps};
}

/* One round from `before` on (NULL: from the start, up to and with round t->step). */
static um_status draw(const struct truth *t, const struct bench_plan *plan, um_model *model,
                      const int32_t *before, int32_t *before_out, int32_t *guess) {
    um_session *session = NULL;
    um_session_params params = drawing(t, plan);
    if (before != NULL) {
        params.initial_tokens = before;
        params.start_step = t->step;
    }
    um_session_view view;
    um_status status = um_session_begin(&session, model, &params);
    while (status == UM_OK && um_session_step_index(session) <= t->step) {
        status = um_session_get(session, 0, &view);
        if (status == UM_OK && before_out != NULL) {
            memcpy(before_out, view.tokens, t->positions * sizeof *before_out);
        }
        status = status == UM_OK ? um_session_step(session) : status;
    }
    status = status == UM_OK ? um_session_get(session, 0, &view) : status;
    if (status == UM_OK) {
        memcpy(guess, view.guess, t->positions * sizeof *guess);
    }
    um_session_end(&session);
    return status;
}

/* The first positions of the causal transformer with the picture's codes. */
static um_status next_logits(const struct truth *t, const struct bench_plan *plan, um_model *model,
                             float *out) {
    um_causal *causal = NULL;
    um_session_params params = drawing(t, plan);
    params.initial_tokens = t->codes_in;
    um_status status = um_causal_begin(&causal, model, &params);
    for (size_t i = 0; i < TRUTH_NEXT && status == UM_OK && !um_causal_done(causal); i++) {
        status = um_causal_step(causal);
        if (status == UM_OK) {
            memcpy(out + i * t->codes, um_causal_logits(causal, NULL), t->codes * sizeof *out);
        }
    }
    um_causal_end(&causal);
    return status;
}

static um_status compute(struct truth *t, const struct bench_plan *plan, um_model *model) {
    um_status status = UM_OK;
    fill_inputs(t);
    for (int i = 0; i < TRUTH_STATES && status == UM_OK; i++) {
        status = um_logits(model, t->tokens[i], t->class_index, t->logits[i]);
    }
    status = status == UM_OK ? um_decode(model, t->codes_in, t->picture) : status;
    status = status == UM_OK ? draw(t, plan, model, NULL, t->before, t->guess) : status;
    if (status == UM_OK && plan->autoregressive) {
        status = next_logits(t, plan, model, t->next);
        if (status == UM_ERROR_MODEL) { /* this variant has no such transformer */
            free(t->next);
            t->next = NULL;
            status = UM_OK;
        }
    }
    return status;
}

static um_status measure_model(struct truth *t, const struct bench_plan *plan, um_model *model,
                               bool second) {
    const um_model_info *info = um_model_get_info(model);
    t->positions = (size_t)info->grid_width * info->grid_height;
    t->codes = info->codebook_size;
    t->pixels = (size_t)3 * info->image_width * info->image_height;
    t->step = (plan->steps > 0 ? plan->steps : info->defaults.steps) / 2;
    um_precision precision;
    (void)engine_precision(plan->args, &precision);
    t->exact_inputs =
        second || (strcmp(info->weight_type, "Q8_0") != 0 && precision == UM_PRECISION_DEFAULT);
    t->logit_limit = t->exact_inputs ? exact_limit : rounded_limit;
    um_status status = um_model_find_class(model, plan->class_text, &t->class_index);
    if (status == UM_OK && !allocate(t)) {
        status = UM_ERROR_MEMORY;
    }
    return status == UM_OK ? compute(t, plan, model) : status;
}

um_status truth_make(struct truth *t, const struct bench_plan *plan, bool second) {
    um_context *context = NULL;
    um_model *model = NULL;
    um_context_params params = {.device = "cpu",
                                .threads = (uint32_t)args_whole(plan->args, OPT_THREADS, 0),
                                .log = report_log};
    *t = (struct truth){0};
    um_status status =
        second ? um_context_create_second(&context, &params) : um_context_create(&context, &params);
    status = status == UM_OK ? plan_load(plan, context, &model) : status;
    status = status == UM_OK ? measure_model(t, plan, model, second) : status;
    um_model_unload(&model);
    um_context_destroy(&context);
    if (status == UM_OK) {
        t->made = true;
    } else {
        truth_free(t);
    }
    return status;
}

static um_status disagree(char *reason, size_t size, const char *what, double value, double limit) {
    snprintf(reason, size, "%s differ from the CPU by %.2g; rounding explains at most %.2g", what,
             value, limit);
    return UM_ERROR_CHECK;
}

static um_status check_guesses(const struct truth *t, const int32_t *guess, char *reason,
                               size_t size) {
    size_t masked = 0, equal = 0;
    for (size_t i = 0; i < t->positions; i++) {
        if (t->before[i] < 0) {
            masked++;
            equal += guess[i] == t->guess[i];
        }
    }
    if ((double)equal < agreeing_guesses * (double)masked) {
        snprintf(reason, size, "of %zu guesses in step %u only %zu match the CPU", masked,
                 t->step + 1, equal);
        return UM_ERROR_CHECK;
    }
    return UM_OK;
}

static um_status check_logits(const struct truth *t, um_model *model, float *logits, char *reason,
                              size_t size) {
    for (int i = 0; i < TRUTH_STATES; i++) {
        um_status status = um_logits(model, t->tokens[i], t->class_index, logits);
        if (status != UM_OK) {
            return status;
        }
        const double nmse = truth_nmse(logits, t->logits[i], t->positions * t->codes);
        if (!(nmse <= t->logit_limit)) {
            return disagree(reason, size, "logits", nmse, t->logit_limit);
        }
    }
    return UM_OK;
}

static um_status check_picture(const struct truth *t, um_model *model, float *rgb, char *reason,
                               size_t size) {
    um_status status = um_decode(model, t->codes_in, rgb);
    double worst = 0;
    for (size_t i = 0; i < t->pixels && status == UM_OK; i++) {
        worst = fmax(worst, fabs((double)rgb[i] - (double)t->picture[i]));
    }
    if (status == UM_OK && !(worst <= pixel_limit)) {
        return disagree(reason, size, "pixels", worst, pixel_limit);
    }
    return status;
}

static um_status check_next(const struct truth *t, const struct bench_plan *plan, um_model *model,
                            float *logits, char *reason, size_t size) {
    um_status status = next_logits(t, plan, model, logits);
    const double nmse = status == UM_OK ? truth_nmse(logits, t->next, TRUTH_NEXT * t->codes) : 0;
    return nmse <= t->logit_limit ? status
                                  : disagree(reason, size, "causal logits", nmse, t->logit_limit);
}

um_status truth_check(const struct truth *t, const struct bench_plan *plan, um_model *model,
                      char *reason, size_t size) {
    const size_t logits = t->positions * t->codes, next = TRUTH_NEXT * t->codes;
    size_t most = logits > t->pixels ? logits : t->pixels;
    most = next > most ? next : most;
    float *values = calloc(most, sizeof *values);
    int32_t *guess = calloc(t->positions, sizeof *guess);
    um_status status = values != NULL && guess != NULL ? UM_OK : UM_ERROR_MEMORY;
    reason[0] = '\0';
    if (status == UM_OK) {
        status = check_logits(t, model, values, reason, size);
    }
    if (status == UM_OK && t->exact_inputs) {
        status = draw(t, plan, model, t->before, NULL, guess);
        status = status == UM_OK ? check_guesses(t, guess, reason, size) : status;
    }
    if (status == UM_OK) {
        status = check_picture(t, model, values, reason, size);
    }
    if (status == UM_OK && plan->autoregressive && t->next != NULL) {
        status = check_next(t, plan, model, values, reason, size);
    }
    free(values);
    free(guess);
    return status;
}
