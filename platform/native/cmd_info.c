/* unmask info: what a model file or a picture says about itself. */
#include "cmd_info.h"
#include "args.h"
#include "common/atomic_file.h"
#include "common/meta.h"
#include "common/paths.h"
#include "common/report.h"
#include "common/setting_text.h"
#include "input/bytes.h"
#include "input/picture_file.h"
#include "system/system.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_buffer(struct buffer *out) {
    int code = buffer_text(out, "\n") ? write_file("-", out->bytes, out->size)
                                      : fail(UM_ERROR_MEMORY, "not enough memory for the output");
    buffer_free(out);
    return code;
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
static bool matters(um_setting_id id, const um_sampling *s) {
    const um_setting *setting = um_setting_info(id);
    bool own = isnan(setting->fallback) || id == UM_SETTING_SAMPLER;
    bool told = setting->samplers != 0 && um_setting_used(id, s->sampler);
    return own || (told ? setting->key != NULL
                        : setting->samplers == 0 && setting_number(id, s) != setting->fallback);
}

static void put_defaults(struct json *json, const um_model_info *info) {
    json_open(json, "defaults", '{');
    for (int id = 0; id < UM_SETTING_COUNT; id++) {
        if (matters((um_setting_id)id, &info->defaults)) {
            setting_json(json, (um_setting_id)id, &info->defaults);
        }
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
    const um_sampling *s = &info->defaults;
    char schedule[SETTING_TEXT], temperature[SETTING_TEXT], choice[SETTING_TEXT];
    char scale[SETTING_TEXT], rounds[32] = "";
    if (s->sampler == UM_SAMPLER_RECHECK) {
        snprintf(rounds, sizeof rounds, " with %u rounds", s->recheck_rounds);
    }
    put_line("defaults     sampler %s%s, %u steps, schedule %s, temperature %s, choice temperature "
             "%s, guidance scale %s",
             um_sampler_name(s->sampler), rounds, s->steps,
             setting_text(schedule, UM_SETTING_SCHEDULE, s),
             setting_text(temperature, UM_SETTING_TEMPERATURE, s),
             setting_text(choice, UM_SETTING_CHOICE_TEMPERATURE, s),
             setting_text(scale, UM_SETTING_CFG_SCALE, s));
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

static void print_setting(um_setting_id id, const um_sampling *sampling) {
    char label[32], text[SETTING_TEXT];
    snprintf(label, sizeof label, "%s", um_setting_info(id)->option);
    for (char *at = label; *at != '\0'; at++) {
        *at = *at == '-' ? ' ' : *at;
    }
    put_line("%-20s%s", label, setting_text(text, id, sampling));
}

/* What differs from plain sampling. */
static void print_sampler(const struct meta *meta) {
    const um_sampling *s = &meta->sampling;
    for (int i = UM_SETTING_TOP_K; i < UM_SETTING_COUNT; i++) {
        um_setting_id id = (um_setting_id)i;
        const um_setting *setting = um_setting_info(id);
        bool told = setting->samplers != 0 && um_setting_used(id, s->sampler);
        if (told || (setting->samplers == 0 && setting_number(id, s) != setting->fallback)) {
            print_setting(id, s);
        }
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
    char scale[SETTING_TEXT], rise[SETTING_TEXT];
    print_setting(UM_SETTING_STEPS, &meta->sampling);
    put_line("schedule            %s", meta->schedule);
    print_setting(UM_SETTING_SAMPLER, &meta->sampling);
    print_setting(UM_SETTING_TEMPERATURE, &meta->sampling);
    print_setting(UM_SETTING_CHOICE_TEMPERATURE, &meta->sampling);
    put_line("guidance scale      %s (%s)",
             setting_text(scale, UM_SETTING_CFG_SCALE, &meta->sampling),
             setting_text(rise, UM_SETTING_CFG_SCHEDULE, &meta->sampling));
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
