/* The text form of a per-step table. */
#include "base/log.h"
#include "base/utf8.h"
#include "sampler/number.h"

#include <string.h>

enum { COLUMNS = 4, ABSENT = -1 };

static const struct {
    const char *name;
    size_t where;
    double least, most;
} COLUMN[COLUMNS] = {
    {"mask_ratio", offsetof(um_step_row, masked), 0.0, 1.0},
    {"temperature", offsetof(um_step_row, temperature), 1e-4, 100.0},
    {"choice_temperature", offsetof(um_step_row, choice_temperature), 0.0, 1000.0},
    {"cfg_scale", offsetof(um_step_row, cfg_scale), 0.0, 100.0},
};

struct reader {
    const char *at; // the next line
    unsigned line;
    int columns[COLUMNS]; // index of COLUMN by place in a line
    int column_count;
    const struct um_log *log;
};

struct word {
    const char *at;
    int length;
};

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* Splits the next line; at most COLUMNS + 1 words are noted. False at the end of the text. */
static bool next_line(struct reader *r, struct word words[COLUMNS + 1], int *count) {
    if (*r->at == '\0')
        return false;
    const char *p = r->at;
    *count = 0;
    while (*p != '\0' && *p != '\n' && *p != '#') {
        const char *start = p;
        while (*p != '\0' && *p != '\n' && *p != '#' && !is_space(*p))
            p++;
        if (p > start && *count <= COLUMNS)
            words[(*count)++] = (struct word){start, (int)(p - start)};
        while (is_space(*p))
            p++;
    }
    while (*p != '\0' && *p != '\n')
        p++;
    r->at = *p == '\n' ? p + 1 : p;
    r->line++;
    return true;
}

static bool is(struct word word, const char *text) {
    return strlen(text) == (size_t)word.length && memcmp(word.at, text, (size_t)word.length) == 0;
}

/* The index of COLUMN, or COLUMNS. */
static int find_column(struct word word) {
    int column = 0;
    while (column < COLUMNS && !is(word, COLUMN[column].name))
        column++;
    return column;
}

static um_status read_header(struct reader *r, const struct word *words, int count) {
    for (int i = 0; i < count; i++) {
        int column = find_column(words[i]);
        if (column == COLUMNS)
            return um_fail(r->log, UM_ERROR_ARGUMENT,
                           "Step table, line %u: \"%.*s\" is no column, expected mask_ratio, "
                           "temperature, choice_temperature or cfg_scale.",
                           r->line,
                           words[i].length < 40 ? words[i].length : um_utf8_fit(words[i].at, 40),
                           words[i].at);
        for (int j = 0; j < i; j++) {
            if (r->columns[j] == column)
                return um_fail(r->log, UM_ERROR_ARGUMENT,
                               "Step table, line %u: the column %s stands there twice.", r->line,
                               COLUMN[column].name);
        }
        r->columns[i] = column; // no more than COLUMNS can differ
    }
    r->column_count = count;
    return UM_OK;
}

static um_status read_value(const struct reader *r, int column, struct word word,
                            um_step_row *row) {
    float value = ABSENT;
    if (!is(word, "-")) {
        const char *p = word.at;
        double number;
        bool inside = um_parse_number(&p, &number) && p == word.at + word.length &&
                      number >= COLUMN[column].least && number <= COLUMN[column].most;
        if (!inside)
            return um_fail(r->log, UM_ERROR_ARGUMENT,
                           "Step table, line %u: %s is \"%.*s\", expected %g to %g or -.", r->line,
                           COLUMN[column].name,
                           word.length < 40 ? word.length : um_utf8_fit(word.at, 40), word.at,
                           COLUMN[column].least, COLUMN[column].most);
        value = (float)number;
    }
    memcpy((char *)row + COLUMN[column].where, &value, sizeof value);
    return UM_OK;
}

static um_status read_row(const struct reader *r, const struct word *words, int count,
                          um_step_row *row) {
    if (count != r->column_count)
        return um_fail(r->log, UM_ERROR_ARGUMENT,
                       "Step table, line %u: expected %d value%s as in the first line, found %s%d.",
                       r->line, r->column_count, r->column_count == 1 ? "" : "s",
                       count > COLUMNS ? "at least " : "", count);
    *row = (um_step_row){
        .masked = ABSENT, .temperature = ABSENT, .choice_temperature = ABSENT, .cfg_scale = ABSENT};
    um_status status = UM_OK;
    for (int i = 0; i < count && status == UM_OK; i++)
        status = read_value(r, r->columns[i], words[i], row);
    return status;
}

um_status um_step_table_parse(const char *text, um_step_row *rows, size_t capacity, size_t *count,
                              um_log_fn log_fn, void *user) {
    struct um_log log = {.fn = log_fn, .user = user};
    if (!text || !rows || !count)
        return um_fail(&log, UM_ERROR_ARGUMENT, "um_step_table_parse: an argument is NULL.");
    static const char byte_order_mark[] = "\xEF\xBB\xBF"; // what some editors begin text with
    const bool marked = strncmp(text, byte_order_mark, sizeof byte_order_mark - 1) == 0;
    struct reader r = {.at = marked ? text + sizeof byte_order_mark - 1 : text, .log = &log};
    struct word words[COLUMNS + 1];
    int word_count;
    size_t found = 0;
    um_status status = UM_OK;
    while (status == UM_OK && next_line(&r, words, &word_count)) {
        if (word_count == 0)
            continue;
        if (r.column_count == 0)
            status = read_header(&r, words, word_count);
        else if (found == capacity)
            status =
                um_fail(&log, UM_ERROR_ARGUMENT,
                        "Step table, line %u: there is room for %zu steps only.", r.line, capacity);
        else
            status = read_row(&r, words, word_count, &rows[found++]);
    }
    if (status == UM_OK && found == 0)
        status = um_fail(&log, UM_ERROR_ARGUMENT,
                         "Step table: expected a line of columns and a line per step.");
    if (status == UM_OK)
        *count = found;
    return status;
}
