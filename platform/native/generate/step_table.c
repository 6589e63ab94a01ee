/* The step table: from a file, or what is left of the one that --from brings. */
#include "generate/step_table.h"

#include "common/number.h"
#include "common/report.h"
#include "input/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_FILE_LIMIT = 1 << 20 };

static void write_number(struct buffer *out, float value) {
    char text[NUMBER_TEXT];
    buffer_format(out, " %s", value < 0.0F ? "-" : number_text(text, value));
}

/* The table as the metadata keeps it. */
static int store_table(struct settings *settings) {
    struct buffer text = {0};
    buffer_text(&text, "mask_ratio temperature choice_temperature cfg_scale");
    for (size_t i = 0; i < settings->row_count; i++) {
        const um_step_row *row = &settings->rows[i];
        buffer_text(&text, "\n");
        write_number(&text, row->masked);
        write_number(&text, row->temperature);
        write_number(&text, row->choice_temperature);
        write_number(&text, row->cfg_scale);
    }
    int code = 0;
    if (!buffer_append(&text, "", 1)) {
        code = fail(UM_ERROR_MEMORY, "not enough memory for the step table");
    } else if (text.size > sizeof settings->meta.step_table) {
        code = fail(EXIT_USAGE,
                    "--step-table: the table has too many digits to be stored in a picture");
    } else {
        memcpy(settings->meta.step_table, text.bytes, text.size);
    }
    buffer_free(&text);
    return code;
}

static int parse_table(struct settings *settings, const char *text, const char *path) {
    if (um_step_table_parse(text, settings->rows, STEP_LIMIT, &settings->row_count, report_log,
                            NULL) == UM_OK) {
        return store_table(settings);
    }
    return fail(EXIT_USAGE, "%s: %s", path, report_last_error());
}

static int read_table_file(struct settings *settings, const char *path) {
    char *text = NULL;
    int code = input_text(path, TABLE_FILE_LIMIT, &text);
    code = code != 0 ? code : parse_table(settings, text, path);
    free(text);
    return code;
}

/* ------------------------------------------------------------------ a table of --from */

static void drop_table(struct settings *settings) {
    settings->row_count = 0;
    settings->meta.step_table[0] = '\0';
}

/* The steps that options ask for, else the table's. */
static uint64_t wanted_steps(const struct settings *settings, const struct args *args) {
    bool shares =
        args->text[OPT_SCHEDULE] != NULL && settings->meta.sampling.schedule == UM_SCHEDULE_TABLE;
    return shares ? settings->table_size : args_whole(args, OPT_STEPS, settings->row_count);
}

/* Empties the columns of which options say something else; true if numbers are left. */
static bool clear_columns(struct settings *settings, const struct args *args) {
    bool guidance = args->given[OPT_CFG_SCALE] > 0 || args->given[OPT_CFG_SCHEDULE] > 0;
    bool left = false;
    for (size_t i = 0; i < settings->row_count; i++) {
        um_step_row *row = &settings->rows[i];
        row->masked = args->given[OPT_SCHEDULE] > 0 ? -1.0F : row->masked;
        row->temperature = args->given[OPT_TEMPERATURE] > 0 ? -1.0F : row->temperature;
        row->choice_temperature =
            args->given[OPT_CHOICE_TEMPERATURE] > 0 ? -1.0F : row->choice_temperature;
        row->cfg_scale = guidance ? -1.0F : row->cfg_scale;
        left = left || row->masked >= 0.0F || row->temperature >= 0.0F ||
               row->choice_temperature >= 0.0F || row->cfg_scale >= 0.0F;
    }
    return left;
}

static int take_stored(struct settings *settings, const struct args *args) {
    int code = parse_table(settings, settings->meta.step_table, args->text[OPT_FROM]);
    if (code != 0) {
        return code;
    }
    uint64_t steps = wanted_steps(settings, args);
    if (steps != settings->row_count) {
        note("warning: the step table of %s has %zu steps, not %llu, and is ignored",
             args->text[OPT_FROM], settings->row_count, (unsigned long long)steps);
        drop_table(settings);
        return 0;
    }
    if (!clear_columns(settings, args)) {
        drop_table(settings);
        return 0;
    }
    return store_table(settings);
}

int step_table_read(struct settings *settings, const struct args *args) {
    const char *path = args->text[OPT_STEP_TABLE];
    if (path == NULL) {
        return settings->meta.step_table[0] != '\0' ? take_stored(settings, args) : 0;
    }
    if (strcmp(path, "none") == 0) {
        drop_table(settings);
        return 0;
    }
    return read_table_file(settings, path);
}
