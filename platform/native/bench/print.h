/* A report as text, and the file that it is compared with. */
#ifndef CLI_BENCH_PRINT_H
#define CLI_BENCH_PRINT_H

#include "bench/report.h"
#include "common/buffer.h"

/* Appends the whole report. Memory running out shows in out->failed. */
void print_markdown(struct buffer *out, const struct bench_report *report);
void print_csv(struct buffer *out, const struct bench_report *report);
void print_json(struct buffer *out, const struct bench_report *report);

/* Fills the rows' `before` from the text of a result file. Exit code: 0, or a line was printed. */
int compare_with(struct bench_report *report, const char *text, const char *path);

/* The text of a result file, for the caller to free(). Exit code as above. */
int compare_read(char **text, const char *path);

/* The CPU's name; never the machine's. */
void cpu_text(char *text, size_t size);

/* A change from one median to another as a factor above 1 = faster; 0 = unknown. */
double compare_speedup(const struct bench_row *row);

#endif
