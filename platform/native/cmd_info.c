/* unmask info: what a model file or a picture says about itself. */
#include "cmd_info.h"
#include "args.h"
#include "common/atomic_file.h"
#include "common/meta.h"
#include "common/number.h"
#include "common/paths.h"
#include "common/report.h"
#include "input/bytes.h"
#include "input/picture_file.h"
#include "system/system.h"

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
    char room[NUMBER_TEXT + 8], temperature[NUMBER_TEXT], choice[NUMBER_TEXT], scale[NUMBER_TEXT];
    char rounds[32] = "";
    if (info->default_sampler == UM_SAMPLER_RECHECK) {
        snprintf(rounds, sizeof rounds, " with %u rounds", info->default_recheck_rounds);
    }
    put_line("defaults     sampler %s%s, %u steps, schedule %s, temperature %s, choice temperature "
             "%s, guidance scale %s",
             um_sampler_name(info->default_sampler), rounds, info->default_steps,
             schedule_text(info, room, sizeof room),
             number_text(temperature, info->default_temperature),
             number_text(choice, info->default_choice_temperature),
             number_text(scale, info->default_cfg_scale));
}

static void print_model(const um_model *model, const um_model_info *info) {
    put_line("model        %s", info->name);
    if (info->description[0] != '\0') {
        put_line("description  %s", info->description);
    }
    put_line("license      %s", info->license);
    put_line("sha256       %s", info->sha256);
    put_line("weights      %s, %.2f million parameters, %.1f MB", info->weight_type,
             (double)info->parameters / 1e6, (double)info->file_bytes / 1e6);
    put_line("picture      %ux%u pixels, %ux%u tokens, %u codes", info->image_width,
             info->image_height, info->grid_width, info->grid_height, info->codebook_size);
    put_line("transformer  %s, %u layers of %u, %u heads, MLP %u", info->transformer_variant,
             info->transformer_layers, info->transformer_dim, info->transformer_heads,
             info->transformer_mlp_dim);
    put_line("tokenizer    %s", info->tokenizer_variant);
    print_defaults(info);
    put_line("classes      %u%s", info->class_count,
             info->has_null_class ? ", and the null class for guidance" : "");
    for (uint32_t i = 0; i < info->class_count; i++) {
        const char *symbol = um_model_class_symbol(model, (int32_t)i);
        put_line("  %4u  %s%s%s", i, symbol, symbol[0] != '\0' ? "  " : "",
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
void info_picture_json(struct buffer *out, const char *path, const struct picture_file *content,
                       const struct meta *meta) {
    struct json json = {.out = out, .pretty = true};
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
        json_open(&json, "unmask", '{');
        meta_members(&json, meta);
        json_close(&json, '}');
    } else {
        json_null(&json, "unmask");
    }
    json_close(&json, '}');
}

static int picture_json(const char *path, const struct picture_file *content,
                        const struct meta *meta) {
    struct buffer out = {0};
    info_picture_json(&out, path, content, meta);
    return print_buffer(&out);
}

static void print_real(const char *label, double value) {
    char text[NUMBER_TEXT];
    put_line("%s%s", label, number_text(text, (float)value));
}

/* What differs from plain sampling. */
static void print_sampler(const struct meta *meta) {
    if (meta->top_k > 0) {
        put_line("top k               %u", meta->top_k);
    }
    if (meta->top_p < 1.0) {
        print_real("top p               ", meta->top_p);
    }
    if (strncmp(meta->sampler, "remdm", 5) == 0) {
        print_real("eta                 ", meta->remdm_eta);
        put_line("loop                %s", meta->remdm_loop[0] != '\0' ? meta->remdm_loop : "none");
    }
    if (strcmp(meta->sampler, "recheck") == 0) {
        put_line("recheck rounds      %u", meta->recheck_rounds);
        print_real("recheck threshold   ", meta->recheck_threshold);
    }
    if (meta->step_table[0] != '\0') {
        put_lines("step table", meta->step_table);
    }
}

static void print_picture(const struct picture_file *content, const struct meta *meta) {
    put_line("picture             %ux%u pixels", content->width, content->height);
    if (meta == NULL) {
        put_line("no settings of unmask in this picture");
        if (content->parameters != NULL) {
            put_lines("parameters", content->parameters);
        }
        return;
    }
    put_line("kind                %s", meta->kind);
    put_line("class               %s (%s)", meta->classes, meta->class_name);
    put_line("seed                %llu", (unsigned long long)meta->seed);
    put_line("image index         %u", meta->first_image);
    if (meta->count > 1) {
        put_line("pictures per class  %u", meta->count);
    }
    if (meta->step > 0) {
        put_line("after step          %u", meta->step);
    }
    char number[NUMBER_TEXT];
    put_line("steps               %u", meta->steps);
    put_line("schedule            %s", meta->schedule);
    put_line("sampler             %s", meta->sampler);
    print_real("temperature         ", meta->temperature);
    print_real("choice temperature  ", meta->choice_temperature);
    put_line("guidance scale      %s (%s)", number_text(number, (float)meta->cfg_scale),
             meta->cfg_schedule);
    print_sampler(meta);
    put_line("model               %s", meta->model);
    put_line("model sha256        %s", meta->model_sha256);
    put_line("device              %s (%s)", meta->device, meta->backend);
    put_line("version             unmask %s", meta->version);
}

static int info_of_picture(const struct args *args, const char *path, struct input *input) {
    struct picture_file content;
    struct meta *meta = NULL;
    int code = picture_file_take(&content, input, false);
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
    picture_file_free(&content);
    return code;
}

/* Whatever is missing is rather a model, unless its name says otherwise. */
static bool can_be_opened(const char *path) {
    struct system_status status;
    return path_ends(path, ".png") || strcmp(path, "-") == 0 ||
           (system_readable(path) && system_status(path, &status) && status.kind != SYSTEM_FOLDER);
}

/* What comes through a pipe can be read once, from its start to its end. */
static int refuse_pipe(const struct input *input) {
    bool model = input->head_size >= 4 && memcmp(input->head, "GGUF", 4) == 0;
    return model ? fail(UM_ERROR_MODEL,
                        "%s: a model is read here and there, so it has to be a file, not a pipe",
                        input->name)
                 : fail(UM_ERROR_IO, "%s: neither a picture (%s) nor a model", input->name,
                        picture_file_formats());
}

static int info_of_default(const struct args *args) {
    char *path = find_model(NULL);
    int code = path != NULL ? info_of_model(args, path) : UM_ERROR_MODEL;
    free(path);
    return code;
}

int cmd_info(const struct args *args) {
    if (args->operand_count == 0) {
        return info_of_default(args);
    }
    const char *path = args->operands[0];
    struct input input;
    if (!can_be_opened(path)) {
        return info_of_model(args, path); /* says why not */
    }
    int code = input_open(&input, path);
    if (code != 0) {
        return code;
    }
    if (path_ends(path, ".png") || picture_file_recognised(input.head, input.head_size)) {
        return info_of_picture(args, path, &input);
    }
    code = input.regular ? 0 : refuse_pipe(&input);
    input_close(&input);
    /* a file that was redirected to stdin can be opened by that name */
    return code != 0 ? code : info_of_model(args, strcmp(path, "-") == 0 ? "/dev/stdin" : path);
}
