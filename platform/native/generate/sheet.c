/* Layout of the contact sheet. */
#include "generate/sheet.h"

#include "common/report.h"

/* With several pictures of several classes each class gets a row (if rows are not too long), else
 * the sheet is at least as wide as high, at most three times, and leaves the fewest cells empty. */
static uint32_t choose_columns(const struct settings *settings) {
    uint32_t count = settings->image_count, per_class = settings->meta.count, best = 1;
    if (per_class > 1 && per_class < count && per_class <= 16) {
        return per_class;
    }
    uint64_t fewest = UINT64_MAX;
    for (uint64_t columns = 1; columns <= count; columns++) {
        uint64_t rows = (count + columns - 1) / columns, holes = rows * columns - count;
        if (columns >= rows && columns <= 3 * rows && holes < fewest) {
            fewest = holes;
            best = (uint32_t)columns;
        }
    }
    return best;
}

int sheet_open(struct outputs *outputs) {
    uint32_t count = outputs->settings->image_count, columns = choose_columns(outputs->settings);
    uint32_t rows = (count + columns - 1) / columns;
    uint64_t cell_width = (uint64_t)outputs->frame.width * outputs->sheet_scale;
    uint64_t cell_height = (uint64_t)outputs->frame.height * outputs->sheet_scale;
    uint64_t gap = cell_width / 16 + 1;
    uint64_t width = columns * (cell_width + gap) + gap;
    uint64_t height = rows * (cell_height + gap) + gap;
    if (width > PNG_SIDE_LIMIT || height > PNG_SIDE_LIMIT) {
        return fail(EXIT_USAGE, "--sheet: a sheet of %u pictures would be larger than %d pixels",
                    count, PNG_SIDE_LIMIT);
    }
    outputs->sheet_columns = columns;
    outputs->sheet_gap = (uint32_t)gap;
    if (!picture_make(&outputs->sheet, (uint32_t)width, (uint32_t)height)) {
        return fail(UM_ERROR_MEMORY, "not enough memory for the sheet");
    }
    for (uint64_t i = 0; i < width * height * 3; i++) {
        outputs->sheet.rgb[i] = 1.0F;
    }
    return 0;
}

bool sheet_add(struct outputs *outputs, uint32_t number, const struct picture *picture) {
    struct picture large;
    if (!picture_enlarge(&large, picture, outputs->sheet_scale)) {
        return false;
    }
    uint32_t column = number % outputs->sheet_columns, row = number / outputs->sheet_columns;
    uint32_t left = outputs->sheet_gap + column * (large.width + outputs->sheet_gap);
    uint32_t top = outputs->sheet_gap + row * (large.height + outputs->sheet_gap);
    picture_paste(&outputs->sheet, &large, left, top);
    picture_free(&large);
    return true;
}
