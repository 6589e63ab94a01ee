/* The closing line and the JSON object of drawing. */
#include "generate/summary.h"

#include "common/atomic_file.h"
#include "common/report.h"

#include <inttypes.h>
#include <stdio.h>

void timings_step(struct timings *timings, double seconds) {
    samples_add(&timings->step, seconds);
}

void timings_decode(struct timings *timings, double seconds) {
    samples_add(&timings->decode, seconds);
}

void timings_free(struct timings *timings) {
    samples_free(&timings->step);
    samples_free(&timings->decode);
}

static void put_settings(struct json *json, const struct meta *meta) {
    json_exact(json, "seed", meta->seed);
    json_whole(json, "first_image", meta->first_image);
    meta_settings(json, meta, UM_SETTING_STEPS, UM_SETTING_COUNT);
    json_text(json, "step_table", meta->step_table);
}

/* What each step did to the tokens of all pictures together. */
static void put_reveal(struct json *json, const struct outputs *outputs) {
    static const char *const names[CHANGE_COUNT] = {
        [UM_CHANGE_MASKED] = "masked",     [UM_CHANGE_FIXED] = "fixed",
        [UM_CHANGE_KEPT] = "kept",         [UM_CHANGE_REVISED] = "revised",
        [UM_CHANGE_REMASKED] = "remasked",
    };
    json_open(json, "reveal", '[');
    for (uint32_t step = 0; step < outputs->frame.steps; step++) {
        json_open(json, NULL, '{');
        json_whole(json, "step", step + 1);
        for (int change = 0; change < CHANGE_COUNT; change++) {
            json_whole(json, names[change], outputs->changes[step].count[change]);
        }
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_engine(struct json *json, const struct engine *engine) {
    json_open(json, "model", '{');
    json_text(json, "name", engine->info->name);
    json_text(json, "sha256", engine->info->sha256);
    json_text(json, "file", engine->path);
    json_close(json, '}');
    json_open(json, "device", '{');
    json_text(json, "name", engine->device->name);
    json_text(json, "backend", engine->device->backend);
    json_text(json, "driver", engine->device->driver);
    json_close(json, '}');
}

static void put_pictures(struct json *json, const struct outputs *outputs) {
    const struct settings *settings = outputs->settings;
    json_open(json, "pictures", '[');
    for (uint32_t i = 0; i < settings->image_count; i++) {
        char hash[20];
        snprintf(hash, sizeof hash, "%016" PRIx64, outputs->records[i].hash);
        json_open(json, NULL, '{');
        json_whole(json, "image_index", settings->meta.first_image + i);
        json_whole(json, "class", (uint64_t)settings->classes[i]);
        json_text(json, "class_name",
                  um_model_class_name(outputs->engine->model, settings->classes[i]));
        json_text(json, "hash", hash);
        if (outputs->records[i].file != NULL) {
            json_text(json, "file", outputs->records[i].file);
        } else {
            json_null(json, "file");
        }
        json_close(json, '}');
    }
    json_close(json, ']');
}

static int print_json(const struct outputs *outputs, const struct timings *timings) {
    struct buffer out = {0};
    struct json json = {.out = &out, .pretty = true};
    json_open(&json, NULL, '{');
    json_text(&json, "program", "unmask");
    json_text(&json, "version", um_version());
    json_whole(&json, "format", 1);
    put_settings(&json, &outputs->settings->meta);
    put_engine(&json, outputs->engine);
    put_pictures(&json, outputs);
    put_reveal(&json, outputs);
    if (outputs->args->text[OPT_SHEET] != NULL) {
        json_text(&json, "sheet", outputs->args->text[OPT_SHEET]);
    }
    json_open(&json, "timings", '{');
    json_real(&json, "load_s", timings->load);
    json_real(&json, "draw_s", timings->total);
    json_real(&json, "step_ms", 1e3 * samples_median(&timings->step));
    json_real(&json, "decode_ms", 1e3 * samples_median(&timings->decode));
    json_close(&json, '}');
    json_close(&json, '}');
    int code = buffer_text(&out, "\n") ? write_file("-", out.bytes, out.size)
                                       : fail(UM_ERROR_MEMORY, "not enough memory for the JSON");
    buffer_free(&out);
    return code;
}

int summary_print(const struct outputs *outputs, const struct timings *timings) {
    const struct settings *settings = outputs->settings;
    if (outputs->args->given[OPT_QUIET] > 0) {
        note_always("seed %" PRIu64, settings->meta.seed);
    } else {
        note("seed %" PRIu64 ", %u picture%s of %u step%s in %.2f s on %s", settings->meta.seed,
             settings->image_count, settings->image_count == 1 ? "" : "s", outputs->frame.steps,
             outputs->frame.steps == 1 ? "" : "s", timings->total, outputs->engine->device->name);
    }
    return outputs->args->given[OPT_JSON] > 0 ? print_json(outputs, timings) : 0;
}
