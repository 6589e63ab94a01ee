/* unmask info: what a model file or a picture says about itself. */
#include "args.h"
#include "common/atomic_file.h"
#include "common/meta.h"
#include "common/number.h"
#include "common/paths.h"
#include "common/png_io.h"
#include "common/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_buffer(struct buffer *out) {
    int code = buffer_text(out, "\n") ? write_file("-", out->bytes, out->size)
                                      : fail(UM_ERROR_MEMORY, "not enough memory for the output");
    buffer_free(out);
    return code;
}

/* "pow2.5" for the one schedule with a number, else its name. */
static const char *schedule_text(const um_model_info *info, char *room, size_t size) {
    if (info->default_schedule != UM_SCHEDULE_POW) {
        return um_schedule_name(info->default_schedule);
    }
    char power[NUMBER_TEXT];
    snprintf(room, size, "pow%s", number_text(power, info->default_schedule_power));
    return room;
}

static void put_model_shape(struct json *json, const um_model_info *info) {
    json_whole(json, "image_width", info->image_width);
    json_whole(json, "image_height", info->image_height);
    json_whole(json, "grid_width", info->grid_width);
    json_whole(json, "grid_height", info->grid_height);
    json_whole(json, "codebook_size", info->codebook_size);
    json_whole(json, "class_count", info->class_count);
    json_bool(json, "null_class", info->has_null_class);
    json_text(json, "weight_type", info->weight_type);
    json_whole(json, "parameters", info->parameters);
    json_whole(json, "file_bytes", info->file_bytes);
    json_open(json, "transformer", '{');
    json_text(json, "variant", info->transformer_variant);
    json_whole(json, "dim", info->transformer_dim);
    json_whole(json, "layers", info->transformer_layers);
    json_whole(json, "heads", info->transformer_heads);
    json_whole(json, "mlp_dim", info->transformer_mlp_dim);
    json_close(json, '}');
    json_open(json, "tokenizer", '{');
    json_text(json, "variant", info->tokenizer_variant);
    json_close(json, '}');
}

/* What the file says about sampling; of what only some samplers or files have, what holds here. */
static void put_defaults(struct json *json, const um_model_info *info) {
    char room[NUMBER_TEXT + 8];
    um_sampler sampler = info->default_sampler;
    json_open(json, "defaults", '{');
    json_text(json, "sampler", um_sampler_name(sampler));
    json_whole(json, "steps", info->default_steps);
    json_text(json, "schedule", schedule_text(info, room, sizeof room));
    json_float(json, "temperature", info->default_temperature);
    json_float(json, "choice_temperature", info->default_choice_temperature);
    json_float(json, "cfg_scale", info->default_cfg_scale);
    if (sampler == UM_SAMPLER_RECHECK) {
        json_whole(json, "recheck_rounds", info->default_recheck_rounds);
        json_float(json, "recheck_threshold", info->default_recheck_threshold);
    }
    if (sampler == UM_SAMPLER_REMDM_CAP || sampler == UM_SAMPLER_REMDM_RESCALE) {
        json_float(json, "eta", info->default_remdm_eta);
    }
    if (info->default_top_k < info->codebook_size) {
        json_whole(json, "top_k", info->default_top_k);
    }
    if (info->default_top_p < 1) {
        json_float(json, "top_p", info->default_top_p);
    }
    json_close(json, '}');
}

static int model_json(const char *path, const um_model *model, const um_model_info *info) {
    struct buffer out = {0};
    struct json json = {.out = &out, .pretty = true};
    json_open(&json, NULL, '{');
    json_text(&json, "file", path);
    json_text(&json, "type", "model");
    json_text(&json, "name", info->name);
    json_text(&json, "description", info->description);
    json_text(&json, "license", info->license);
    json_text(&json, "sha256", info->sha256);
    put_model_shape(&json, info);
    put_defaults(&json, info);
    json_open(&json, "classes", '[');
    for (uint32_t i = 0; i < info->class_count; i++) {
        json_open(&json, NULL, '{');
        json_text(&json, "name", um_model_class_name(model, (int32_t)i));
        json_text(&json, "symbol", um_model_class_symbol(model, (int32_t)i));
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_close(&json, '}');
    return print_buffer(&out);
}

static void print_defaults(const um_model_info *info) {
    char room[NUMBER_TEXT + 8];
    printf("defaults     sampler %s", um_sampler_name(info->default_sampler));
    if (info->default_sampler == UM_SAMPLER_RECHECK) {
        printf(" with %u rounds", info->default_recheck_rounds);
    }
    printf(", %u steps, schedule %s", info->default_steps, schedule_text(info, room, sizeof room));
    char number[NUMBER_TEXT];
    printf(", temperature %s", number_text(number, info->default_temperature));
    printf(", choice temperature %s", number_text(number, info->default_choice_temperature));
    printf(", guidance scale %s\n", number_text(number, info->default_cfg_scale));
}

static void print_model(const um_model *model, const um_model_info *info) {
    printf("model        %s\n", info->name);
    if (info->description[0] != '\0') {
        printf("description  %s\n", info->description);
    }
    printf("license      %s\n", info->license);
    printf("sha256       %s\n", info->sha256);
    printf("weights      %s, %.2f million parameters, %.1f MB\n", info->weight_type,
           (double)info->parameters / 1e6, (double)info->file_bytes / 1e6);
    printf("picture      %ux%u pixels, %ux%u tokens, %u codes\n", info->image_width,
           info->image_height, info->grid_width, info->grid_height, info->codebook_size);
    printf("transformer  %s, %u layers of %u, %u heads, MLP %u\n", info->transformer_variant,
           info->transformer_layers, info->transformer_dim, info->transformer_heads,
           info->transformer_mlp_dim);
    printf("tokenizer    %s\n", info->tokenizer_variant);
    print_defaults(info);
    printf("classes      %u%s\n", info->class_count,
           info->has_null_class ? ", and the null class for guidance" : "");
    for (uint32_t i = 0; i < info->class_count; i++) {
        const char *symbol = um_model_class_symbol(model, (int32_t)i);
        printf("  %4u  %s%s%s\n", i, symbol, symbol[0] != '\0' ? "  " : "",
               um_model_class_name(model, (int32_t)i));
    }
}

static int info_of_model(const struct args *args, const char *path) {
    um_context *context = NULL;
    um_model *model = NULL;
    um_context_params params = {.device = "cpu", .threads = 1, .log = report_log};
    um_status status = um_context_create(&context, &params);
    status = status == UM_OK ? um_model_load(&model, context, path) : status;
    int code = fail_status(status);
    if (code == 0 && args->given[OPT_JSON] > 0) {
        code = model_json(path, model, um_model_get_info(model));
    } else if (code == 0) {
        print_model(model, um_model_get_info(model));
    }
    um_model_unload(&model);
    um_context_destroy(&context);
    return code;
}

/* The settings again as an object inside the printed one, so that only checked values go out. */
static int picture_json(const char *path, const struct png_content *content,
                        const struct meta *meta) {
    struct buffer out = {0}, inner = {0};
    struct json json = {.out = &out, .pretty = true};
    json_open(&json, NULL, '{');
    json_text(&json, "file", path);
    json_text(&json, "type", "picture");
    json_whole(&json, "width", content->width);
    json_whole(&json, "height", content->height);
    if (content->parameters != NULL) {
        json_text(&json, "parameters", content->parameters);
    } else {
        json_null(&json, "parameters");
    }
    if (meta != NULL) {
        meta_json(&inner, meta);
        buffer_append(&inner, "", 1);
        json_raw(&json, "unmask", inner.failed ? "null" : (const char *)inner.bytes);
    } else {
        json_null(&json, "unmask");
    }
    json_close(&json, '}');
    buffer_free(&inner);
    return print_buffer(&out);
}

static void print_real(const char *label, double value, const char *end) {
    char text[NUMBER_TEXT];
    printf("%s%s%s", label, number_text(text, (float)value), end);
}

/* What differs from plain sampling. */
static void print_sampler(const struct meta *meta) {
    if (meta->top_k > 0) {
        printf("top k               %u\n", meta->top_k);
    }
    if (meta->top_p < 1.0) {
        print_real("top p               ", meta->top_p, "\n");
    }
    if (strncmp(meta->sampler, "remdm", 5) == 0) {
        print_real("eta                 ", meta->remdm_eta, "\n");
        printf("loop                %s\n", meta->remdm_loop[0] != '\0' ? meta->remdm_loop : "none");
    }
    if (strcmp(meta->sampler, "recheck") == 0) {
        printf("recheck rounds      %u\n", meta->recheck_rounds);
        print_real("recheck threshold   ", meta->recheck_threshold, "\n");
    }
    if (meta->step_table[0] != '\0') {
        printf("step table          %s\n", meta->step_table);
    }
}

static void print_picture(const struct png_content *content, const struct meta *meta) {
    printf("picture             %ux%u pixels\n", content->width, content->height);
    if (meta == NULL) {
        printf("%s\n", content->parameters != NULL ? content->parameters
                                                   : "no settings of unmask in this picture");
        return;
    }
    printf("kind                %s\n", meta->kind);
    printf("class               %s (%s)\n", meta->classes, meta->class_name);
    printf("seed                %llu\n", (unsigned long long)meta->seed);
    printf("image index         %u\n", meta->first_image);
    if (meta->count > 1) {
        printf("pictures per class  %u\n", meta->count);
    }
    if (meta->step > 0) {
        printf("after step          %u\n", meta->step);
    }
    printf("steps               %u\n", meta->steps);
    printf("schedule            %s\n", meta->schedule);
    printf("sampler             %s\n", meta->sampler);
    print_real("temperature         ", meta->temperature, "\n");
    print_real("choice temperature  ", meta->choice_temperature, "\n");
    print_real("guidance scale      ", meta->cfg_scale, "");
    printf(" (%s)\n", meta->cfg_schedule);
    print_sampler(meta);
    printf("model               %s\n", meta->model);
    printf("model sha256        %s\n", meta->model_sha256);
    printf("device              %s (%s)\n", meta->device, meta->backend);
    printf("version             unmask %s\n", meta->version);
}

static int info_of_picture(const struct args *args, const char *path) {
    struct png_content content;
    struct meta *meta = NULL;
    int code = png_read(path, false, &content);
    if (code != 0) {
        return code;
    }
    if (content.unmask != NULL) {
        meta = malloc(sizeof *meta);
        code = meta != NULL ? meta_read(meta, content.unmask, path)
                            : fail(UM_ERROR_MEMORY, "not enough memory");
    }
    if (code == 0 && args->given[OPT_JSON] > 0) {
        code = picture_json(path, &content, meta);
    } else if (code == 0) {
        print_picture(&content, meta);
    }
    free(meta);
    png_content_free(&content);
    return code;
}

int cmd_info(const struct args *args) {
    const char *path = args->operands[0];
    return path_ends(path, ".png") || png_recognised(path) ? info_of_picture(args, path)
                                                           : info_of_model(args, path);
}
