/* A validated model file in memory: configuration, class names, tensors. Knows nothing of devices.
 */
#ifndef UM_MODEL_MODEL_FILE_H
#define UM_MODEL_MODEL_FILE_H

#include "model/config.h"
#include "model/weights.h"

struct um_model_file {
    struct um_config config;
    uint32_t tensor_count;
    struct um_tensor *tensors;  /* tensor_count, in the order of um_reading.layout */
    const char **class_names;   /* class_count each, UTF-8, NUL-terminated */
    const char **class_symbols; /* "" where the file has none */
    const char *name, *license, *description;
    char sha256_data[65];
    uint64_t file_bytes, parameters;
    void *memory[3]; /* owned: header copy, tables, tensor data unless they stayed the caller's */
};

/* How a file is to be read. */
struct um_reading {
    um_layout_fn *layout;    /* the tensors that it must hold */
    um_progress_fn progress; /* is told how far reading has come; NULL = nobody is */
    void *user;              /* of `progress` */
};

/* Validates the header before it allocates anything that depends on the file; then reads the data
 * and checks its digest. UM_ERROR_MODEL, UM_ERROR_CHECK (data digest only), UM_ERROR_IO or
 * UM_ERROR_MEMORY; UM_CANCELLED if `progress` says so. */
um_status um_model_file_open(struct um_model_file *file, const char *path,
                             const struct um_reading *reading, const struct um_log *log);

/* The same from memory. If `bytes` is aligned to UM_ALIGNMENT it is used where it is, until
 * um_model_file_drop_data() or um_model_file_close(); otherwise it is copied. */
um_status um_model_file_from_memory(struct um_model_file *file, const void *bytes, size_t size,
                                    const char *name, const struct um_reading *reading,
                                    const struct um_log *log);

/* Frees the tensor data once a backend has copied it; everything else stays. tensors[].data become
 * NULL. */
void um_model_file_drop_data(struct um_model_file *file);

/* Safe on a zeroed or half-opened object. */
void um_model_file_close(struct um_model_file *file);

/* Finds a class by index, name, symbol or unique part of a name; see um_model_find_class. */
um_status um_model_file_find_class(const struct um_model_file *file, const char *text,
                                   int32_t *class_index, const struct um_log *log);

#endif
