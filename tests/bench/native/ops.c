/* A forward pass op by op: bench_ops MODEL THREADS RUNS [bf16]. Each of its ops is timed in every
 * run and counts with its fastest: what the pass takes when nothing else wants the processor, which
 * a busy machine shows for milliseconds only. The share is of the peak of multiply-adds, measured
 * in between in runs as short. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu.h"
#include "backend/op_info.h"
#include "base/clock.h"
#include "graph/graph.h"
#include "graph/layout.h"
#include "model/model_file.h"

static const struct um_reading reading = {.layout = um_weight_layout};

enum { MOST_ROWS = 64 };

struct row {
    const char *op;
    char shape[72];
    unsigned count;
    double flops, seconds;
};

struct bench {
    struct um_model_file file;
    struct um_graph graph;
    struct um_program_desc desc;
    void *device, *weights, *program;
    double *seconds, *fastest; /* per op */
    double peak;
};

static void print_log(void *user, um_log_level level, const char *text) {
    (void)user;
    if (level <= UM_LOG_WARN)
        fprintf(stderr, "%s\n", text);
}

static void require(bool ok) {
    if (!ok)
        exit(1);
}

static void open_pass(struct bench *b, const char *path, uint32_t threads, bool bf16) {
    const struct um_log log = {.fn = print_log};
    const struct um_device_options options = {
        .threads = threads, .bf16 = bf16 && um_cpu_bf16_kernels(), .log = log};
    um_value_id ids, logits;
    require(um_model_file_open(&b->file, path, &reading, &log) == UM_OK);
    um_graph_transformer(&b->graph, &b->file.config, 1, &ids, &logits);
    require(um_graph_finish(&b->graph, &b->desc) == UM_OK);
    b->seconds = calloc(b->desc.op_count, sizeof *b->seconds);
    b->fastest = calloc(b->desc.op_count, sizeof *b->fastest);
    int32_t *in = calloc(b->desc.values[ids].elements, sizeof *in);
    require(b->seconds && b->fastest && in);
    b->desc.op_seconds = b->seconds;
    require(um_backend_cpu.device_open(&b->device, &options) == UM_OK);
    require(um_backend_cpu.weights_create(&b->weights, b->device, b->file.tensors,
                                          b->file.tensor_count) == UM_OK);
    um_model_file_drop_data(&b->file);
    require(um_backend_cpu.program_create(&b->program, b->weights, &b->desc) == UM_OK);
    for (size_t i = 0; i < b->desc.values[ids].elements; i++)
        in[i] = (int32_t)(i * 37 % um_config_rows(&b->file.config));
    require(um_backend_cpu.write(b->program, ids, in) == UM_OK);
    free(in);
}

static void run(struct bench *b) {
    double work, seconds;
    require(um_cpu_measure(b->device, UM_LIMIT_FMA, &work, &seconds) == UM_OK);
    if (work / seconds > b->peak)
        b->peak = work / seconds;
    memset(b->seconds, 0, b->desc.op_count * sizeof *b->seconds);
    require(um_backend_cpu.run(b->program, NULL) == UM_OK);
    for (uint32_t i = 0; i < b->desc.op_count; i++)
        if (b->fastest[i] == 0 || b->seconds[i] < b->fastest[i])
            b->fastest[i] = b->seconds[i];
}

/* The row of an op's kind and shape. */
static struct row *row_of(struct row *rows, unsigned *count, const struct um_op *op) {
    const struct um_op_info *info = um_op_info(op->kind);
    struct row wanted = {.op = info->name, .flops = info->flops ? info->flops(op) : 0};
    info->shape(op, wanted.shape, sizeof wanted.shape);
    for (unsigned i = 0; i < *count; i++)
        if (strcmp(rows[i].op, wanted.op) == 0 && strcmp(rows[i].shape, wanted.shape) == 0)
            return &rows[i];
    require(*count < MOST_ROWS);
    rows[*count] = wanted;
    return &rows[(*count)++];
}

static void print_row(const char *op, const char *shape, double flops, double seconds,
                      double peak) {
    printf("| %s | %s | %.2f ms | %.0f | %.0f %% |\n", op, shape, 1e3 * seconds,
           flops / seconds * 1e-9, 100 * flops / seconds / peak);
}

static void report(const struct bench *b) {
    struct row rows[MOST_ROWS];
    unsigned count = 0;
    double flops = 0, seconds = 0;
    for (uint32_t i = 0; i < b->desc.op_count; i++) {
        struct row *row = row_of(rows, &count, &b->desc.ops[i]);
        row->count++;
        row->seconds += b->fastest[i];
    }
    printf("peak: %.0f GFLOP/s\n\n| op | shape | all of them | GFLOP/s | of the peak |\n"
           "|---|---|--:|--:|--:|\n",
           b->peak * 1e-9);
    for (unsigned i = 0; i < count; i++) {
        print_row(rows[i].op, rows[i].shape, rows[i].count * rows[i].flops, rows[i].seconds,
                  b->peak);
        flops += rows[i].count * rows[i].flops;
        seconds += rows[i].seconds;
    }
    print_row("all", "", flops, seconds, b->peak);
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: bench_ops MODEL THREADS RUNS [bf16]\n");
        return 2;
    }
    struct bench bench = {.peak = 0};
    open_pass(&bench, argv[1], (uint32_t)strtoul(argv[2], NULL, 10),
              argc > 4 && strcmp(argv[4], "bf16") == 0);
    for (long i = strtol(argv[3], NULL, 10); i > 0; i--)
        run(&bench);
    report(&bench);
    um_backend_cpu.program_destroy(&bench.program);
    um_backend_cpu.weights_destroy(&bench.weights);
    um_backend_cpu.device_close(&bench.device);
    um_graph_free(&bench.graph);
    um_model_file_close(&bench.file);
    free(bench.seconds);
    free(bench.fastest);
    return 0;
}
