/* Options, --from and the model's defaults become one set of settings. */
#include "generate/settings.h"

#include "common/report.h"
#include "common/setting_text.h"
#include "common/utf8.h"
#include "generate/class_list.h"
#include "generate/idle_options.h"
#include "generate/sampler_settings.h"
#include "input/picture_file.h"
#include "system/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* generate cannot repeat what was made from a picture that it does not have. */
static bool repeatable(const struct args *args, const struct meta *meta) {
    return args->command == NULL || args->command->bit != CMD_GENERATE ||
           meta->command[0] == '\0' || strcmp(meta->command, "generate") == 0;
}

static int read_from(struct settings *settings, const struct args *args) {
    const char *path = args->text[OPT_FROM];
    struct picture_file file;
    int code = picture_file_read(&file, path, false);
    if (code != 0) {
        return code;
    }
    if (file.unmask == NULL) {
        code = fail(EXIT_USAGE, "--from: %s contains no settings of unmask", path);
    } else {
        code = meta_read(&settings->meta, file.unmask, path);
    }
    if (code == 0 && !repeatable(args, &settings->meta)) {
        code = fail(EXIT_USAGE, "--from: %s was made from another picture; use unmask %s", path,
                    settings->meta.command);
    }
    picture_file_free(&file);
    settings->from_given = code == 0;
    settings->from_sheet = code == 0 && strcmp(settings->meta.kind, "sheet") == 0;
    return code;
}

static int parse_schedule(struct settings *settings, const char *text) {
    if (strlen(text) >= sizeof settings->meta.schedule ||
        um_schedule_parse(text, &settings->meta.sampling.schedule,
                          &settings->meta.sampling.schedule_power, settings->table, STEP_LIMIT,
                          &settings->table_size) != UM_OK) {
        return fail(EXIT_USAGE,
                    "--schedule: '%.*s' is no schedule (cosine, linear, square, cubic, "
                    "pow2.5, exponential, sqrt, logarithmic, arccos, or fractions from "
                    "0 to 1 such as 0.9,0.7,0)",
                    (int)utf8_fit(text, 60), text);
    }
    memmove(settings->meta.schedule, text, strlen(text) + 1);
    return 0;
}

/* Shares that --from brings give way to steps that they do not fit; then the model's schedule is
 * used. */
static void drop_stored_shares(struct settings *settings, const struct args *args) {
    size_t shares = settings->table_size;
    uint64_t steps =
        settings->row_count > 0 ? settings->row_count : args_whole(args, OPT_STEPS, shares);
    um_schedule *schedule = &settings->meta.sampling.schedule;
    if (args->text[OPT_SCHEDULE] == NULL && *schedule == UM_SCHEDULE_TABLE && steps != shares) {
        note("warning: the schedule of %s lists %zu steps, not %llu, and is ignored",
             args->text[OPT_FROM], shares, (unsigned long long)steps);
        *schedule = UM_SCHEDULE_DEFAULT;
    }
}

int settings_read(struct settings *settings, const struct args *args) {
    struct meta *meta = &settings->meta;
    *settings = (struct settings){0};
    int code = args_check_stdin(args);
    code = code == 0 && args->text[OPT_FROM] != NULL ? read_from(settings, args) : code;
    if (code != 0) {
        return code;
    }
    const char *schedule = args->text[OPT_SCHEDULE];
    schedule = schedule != NULL ? schedule : settings->from_given ? meta->schedule : NULL;
    code = schedule != NULL ? parse_schedule(settings, schedule) : 0;
    code = code != 0 ? code : sampler_settings_read(settings, args);
    if (code != 0) {
        return code;
    }
    drop_stored_shares(settings, args);
    bool from = settings->from_given;
    meta->seed = args->given[OPT_SEED] > 0 ? args->whole[OPT_SEED]
                 : from                    ? meta->seed
                                           : system_random();
    meta->count = (uint32_t)args_whole(args, OPT_COUNT, from ? meta->count : 1);
    meta->first_image = (uint32_t)args_whole(args, OPT_FIRST_IMAGE, from ? meta->first_image : 0);
    meta->step = 0;
    snprintf(meta->command, sizeof meta->command, "%s", args->command->name);
    int sources = (args->text[OPT_CLASS] != NULL) + (args->given[OPT_CLASSES_SAMPLE] > 0) +
                  (args->given[OPT_ALL_CLASSES] > 0);
    if (sources > 1) {
        return fail(EXIT_USAGE,
                    "--class, --classes-sample and --all-classes cannot be used together");
    }
    if (!from && sources == 0) {
        return fail(EXIT_USAGE, "%s needs a class: give one with --class", args->command->name);
    }
    return 0;
}

static int resolve_schedule(struct settings *settings, const struct args *args,
                            const um_model_info *info) {
    struct meta *meta = &settings->meta;
    um_sampling *sampling = &meta->sampling;
    uint32_t steps = settings->from_given ? sampling->steps : info->defaults.steps;
    if (sampling->schedule == UM_SCHEDULE_TABLE) {
        steps = (uint32_t)settings->table_size;
        if (args->given[OPT_STEPS] > 0 && args->whole[OPT_STEPS] != steps) {
            return fail(EXIT_USAGE, "--steps: the schedule lists %u steps, so --steps must be %u",
                        steps, steps);
        }
    }
    int code = sampler_settings_resolve(settings, args, info, &steps);
    if (code != 0) {
        return code;
    }
    if (sampling->schedule != UM_SCHEDULE_TABLE) {
        char text[SETTING_TEXT];
        snprintf(meta->schedule, sizeof meta->schedule, "%s",
                 setting_text(text, UM_SETTING_SCHEDULE, sampling));
    }
    sampling->steps = (uint32_t)args_whole(args, OPT_STEPS, steps);
    if (sampling->steps < 1 || sampling->steps > STEP_LIMIT) {
        return fail(EXIT_USAGE, "steps: %u is not in 1 to %d", sampling->steps, STEP_LIMIT);
    }
    return 0;
}

static int sample_classes(const um_model_info *info, uint64_t wanted, int32_t *list,
                          uint32_t *count) {
    if (wanted > info->class_count) {
        return fail(EXIT_USAGE, "--classes-sample: the model has only %u classes",
                    info->class_count);
    }
    for (uint64_t i = 0; i < wanted; i++) {
        list[i] = (int32_t)((2 * i + 1) * info->class_count / (2 * wanted));
    }
    *count = (uint32_t)wanted;
    return 0;
}

static int choose_classes(const struct settings *settings, const struct args *args,
                          const struct engine *engine, int32_t *list, uint32_t *count) {
    const struct meta *meta = &settings->meta;
    if (args->given[OPT_ALL_CLASSES] > 0) {
        return sample_classes(engine->info, engine->info->class_count, list, count);
    }
    if (args->given[OPT_CLASSES_SAMPLE] > 0) {
        return sample_classes(engine->info, args->whole[OPT_CLASSES_SAMPLE], list, count);
    }
    if (args->text[OPT_CLASS] != NULL) {
        return class_list_read(engine->model, args->text[OPT_CLASS], list, IMAGE_LIMIT, count);
    }
    if (strcmp(meta->model_sha256, engine->info->sha256) != 0) {
        note("warning: %s was made by another model (%s)", args->text[OPT_FROM], meta->model);
        if (strchr(meta->classes, ',') == NULL) {
            *count = 1;
            return fail_status(um_model_find_class(engine->model, meta->class_name, list));
        }
    }
    return class_list_read(engine->model, meta->classes, list, IMAGE_LIMIT, count);
}

/* Repeats each class `count` times, in place, from the last one on. */
static void repeat_classes(int32_t *list, uint32_t class_count, uint32_t count) {
    for (uint32_t i = class_count; i-- > 0;) {
        int32_t value = list[i];
        for (uint32_t k = 0; k < count; k++) {
            list[i * count + k] = value;
        }
    }
}

/* "3,17,40"; left empty if it is too long to be stored. */
static void write_class_list(char *text, const int32_t *list, uint32_t count) {
    size_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (used + 16 > CLASS_LIST_TEXT) {
            text[0] = '\0';
            return;
        }
        used += (size_t)snprintf(text + used, CLASS_LIST_TEXT - used, i == 0 ? "%d" : ",%d",
                                 (int)list[i]);
    }
}

/* Keeps the I-th of N equal parts of the pictures. */
static int take_shard(struct settings *settings, const struct args *args) {
    const char *text = args->text[OPT_SHARD];
    unsigned long part = 0, parts = 0;
    int used = 0;
    if (text == NULL) {
        return 0;
    }
    if (strspn(text, "0123456789/") != strlen(text) || strlen(text) > 20 ||
        sscanf(text, "%lu/%lu%n", &part, &parts, &used) != 2 || text[used] != '\0' || part < 1 ||
        part > parts) {
        return fail(EXIT_USAGE, "--shard: '%.*s' is not I/N with I from 1 to N",
                    (int)utf8_fit(text, 40), text);
    }
    if (parts > settings->image_count) {
        return fail(EXIT_USAGE, "--shard: %u picture%s cannot be split into %lu parts",
                    settings->image_count, settings->image_count == 1 ? "" : "s", parts);
    }
    if (args->text[OPT_SHEET] != NULL) {
        return fail(EXIT_USAGE, "--sheet cannot be combined with --shard");
    }
    uint32_t first = (uint32_t)((uint64_t)settings->image_count * (part - 1) / parts);
    uint32_t end = (uint32_t)((uint64_t)settings->image_count * part / parts);
    settings->image_count = end - first;
    memmove(settings->classes, settings->classes + first,
            settings->image_count * sizeof *settings->classes);
    settings->meta.first_image += first;
    return 0;
}

/* Every picture must have an index that --from takes; asked before a shard is cut out, so that all
 * shards of a run are refused alike. */
static int check_indices(const struct settings *settings) {
    uint64_t last = (uint64_t)settings->meta.first_image + settings->image_count - 1;
    return last <= FIRST_IMAGE_LIMIT
               ? 0
               : fail(EXIT_USAGE,
                      "--first-image: the number of the last picture, %llu, is above %d",
                      (unsigned long long)last, FIRST_IMAGE_LIMIT);
}

static int resolve_classes(struct settings *settings, const struct args *args,
                           const struct engine *engine) {
    struct meta *meta = &settings->meta;
    uint32_t class_count = 0;
    settings->classes = malloc(sizeof *settings->classes * IMAGE_LIMIT);
    if (settings->classes == NULL) {
        return fail(UM_ERROR_MEMORY, "not enough memory");
    }
    int code = choose_classes(settings, args, engine, settings->classes, &class_count);
    if (code != 0) {
        return code;
    }
    if (meta->count == 0 || (uint64_t)class_count * meta->count > IMAGE_LIMIT) {
        return fail(EXIT_USAGE, "%u classes times %u pictures are more than %d", class_count,
                    meta->count, IMAGE_LIMIT);
    }
    write_class_list(meta->classes, settings->classes, class_count);
    repeat_classes(settings->classes, class_count, meta->count);
    settings->image_count = class_count * meta->count;
    settings->several = settings->image_count > 1;
    code = check_indices(settings);
    return code != 0 ? code : take_shard(settings, args);
}

int settings_resolve(struct settings *settings, const struct args *args,
                     const struct engine *engine) {
    struct meta *meta = &settings->meta;
    const um_model_info *info = engine->info;
    int code = resolve_schedule(settings, args, info);
    code = code != 0 ? code : resolve_classes(settings, args, engine);
    if (code != 0) {
        return code;
    }
    if (meta->sampling.cfg_scale > 0.0F && !info->has_null_class) {
        return fail(EXIT_USAGE,
                    "--cfg-scale: guidance needs a null class, which this model does not have");
    }
    idle_options_warn(settings, args);
    utf8_copy(meta->model, sizeof meta->model, info->name);
    snprintf(meta->model_sha256, sizeof meta->model_sha256, "%s", info->sha256);
    utf8_copy(meta->device, sizeof meta->device, engine->device->name);
    snprintf(meta->backend, sizeof meta->backend, "%s", engine->device->backend);
    snprintf(meta->version, sizeof meta->version, "%s", um_version());
    return 0;
}

um_session_params settings_session(const struct settings *settings, uint32_t start,
                                   uint32_t batch) {
    const struct meta *meta = &settings->meta;
    um_session_params params = {
        .classes = settings->classes + start,
        .batch = batch,
        .seed = meta->seed,
        .first_image = settings_image_index(settings, start),
    };
    sampler_settings_apply(settings, &params);
    if (meta->sampling.schedule == UM_SCHEDULE_TABLE) {
        params.schedule_table = settings->table;
        params.schedule_table_size = (uint32_t)settings->table_size;
    }
    return params;
}

uint32_t settings_steps(const struct settings *settings) {
    const um_sampling *s = &settings->meta.sampling;
    return s->steps + (s->sampler == UM_SAMPLER_RECHECK ? s->recheck_rounds : 0);
}

uint32_t settings_image_index(const struct settings *settings, uint32_t image) {
    return settings->meta.first_image + image;
}

void settings_picture_meta(const struct settings *settings, const struct engine *engine,
                           uint32_t image, struct meta *meta) {
    int32_t class_index = settings->classes[image];
    *meta = settings->meta;
    meta->first_image = settings_image_index(settings, image);
    meta->count = 1;
    write_class_list(meta->classes, &class_index, 1);
    utf8_copy(meta->class_name, sizeof meta->class_name,
              um_model_class_name(engine->model, class_index));
}

void settings_free(struct settings *settings) {
    free(settings->classes);
    settings->classes = NULL;
}
