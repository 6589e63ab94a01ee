/* Opens a model: header and its digest, metadata, tensor list, and only then the data. */
#include "model/model_file.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "model/container.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { HEADER = 0, TABLES = 1, DATA = 2 }; /* um_model_file.memory */
enum { CHUNK_BYTES = 1 << 18 };            /* hashed while it is still in the cache */

/* Where the bytes come from: an open file, or memory. */
struct source {
    struct um_file *file;
    const uint8_t *bytes;
    uint64_t size;
};

struct loader {
    struct um_model_file *model;
    struct um_container container;
    struct um_origin origin;
    struct source source;
    const struct um_reading *reading;
    const uint8_t *data;        /* the tensors: a copy, or the caller's memory */
    bool exact[UM_MAX_TENSORS]; /* as um_tensor says */
};

static const char header_key[] = "maskgit.sha256.header", data_key[] = "maskgit.sha256.data";

static um_status out_of_memory(const struct loader *l, uint64_t bytes) {
    return um_fail(l->origin.log, UM_ERROR_MEMORY, "%s: out of memory: %" PRIu64 " bytes needed",
                   l->origin.file, bytes);
}

static um_status stated_digest(const struct loader *l, const char *key, struct um_text *digest) {
    const struct um_entry *entry = um_container_find(&l->container, key);
    if (!entry || entry->type != UM_GGUF_STRING)
        return um_wrong(&l->origin, key, "expected a string of 64 hex digits, found %s",
                        entry ? "another type" : "no such key");
    const uint8_t *cursor = entry->value;
    *digest = um_entry_text(&cursor);
    bool good = digest->bytes == 64;
    for (uint32_t i = 0; i < 64 && good; i++) {
        char c = digest->at[i];
        good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    char found[72];
    if (!good)
        return um_wrong(&l->origin, key, "expected 64 lowercase hex digits, found \"%s\"",
                        um_text_show(*digest, found, sizeof found));
    return UM_OK;
}

/* A flipped bit anywhere in the header that is still well-formed ends here. */
static um_status check_header_digest(const struct loader *l) {
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const struct um_container *c = &l->container;
    struct um_text digest;
    um_status status = stated_digest(l, header_key, &digest);
    if (status != UM_OK)
        return status;
    size_t at = (size_t)((const uint8_t *)digest.at - c->header);
    struct um_sha256 hash;
    char hex[65];
    um_sha256_init(&hash);
    um_sha256_update(&hash, c->header, at);
    um_sha256_update(&hash, zeros, 64);
    um_sha256_update(&hash, c->header + at + 64, c->header_bytes - at - 64);
    um_sha256_hex(&hash, hex);
    if (!um_text_is(digest, hex))
        return um_wrong(&l->origin, header_key,
                        "expected %.64s as the file states, found %s: the header is damaged",
                        digest.at, hex);
    return UM_OK;
}

static void shape_text(char out[64], uint32_t n_dims, const uint32_t dims[4]) {
    int length = 0;
    for (uint32_t i = 0; i < n_dims; i++)
        length +=
            snprintf(out + length, 64 - (size_t)length, "%s%" PRIu32, i ? " x " : "", dims[i]);
}

static const char *dtype_name(enum um_dtype dtype) {
    return dtype == UM_F32 ? "F32" : dtype == UM_F16 ? "F16" : "Q8_0";
}

static um_status match_tensor(const struct loader *l, uint32_t index,
                              const struct um_tensor_spec *spec,
                              const struct um_tensor_info *info) {
    char found[UM_NAME_BYTES], expected_shape[64], found_shape[64], field[32];
    if (!um_text_is(info->name, spec->name)) {
        snprintf(field, sizeof field, "tensor %" PRIu32, index);
        return um_wrong(&l->origin, field, "expected %s, found %s", spec->name,
                        um_text_show(info->name, found, sizeof found));
    }
    if (info->n_dims != spec->n_dims || memcmp(info->dims, spec->dims, sizeof info->dims) != 0) {
        shape_text(expected_shape, spec->n_dims, spec->dims);
        shape_text(found_shape, info->n_dims, info->dims);
        return um_wrong(&l->origin, spec->name, "expected shape %s, found %s", expected_shape,
                        found_shape);
    }
    if (info->dtype != spec->dtype)
        return um_wrong(&l->origin, spec->name, "expected type %s, found %s",
                        dtype_name(spec->dtype), dtype_name(info->dtype));
    return UM_OK;
}

/* The key to blame for too many tensors: a decoder of more blocks than usual, else the layers. */
static const char *many_tensors_key(const struct um_config *c) {
    uint32_t blocks = 0;
    for (uint32_t level = 0; level < c->tokenizer.levels; level++)
        blocks += c->tokenizer.decoder_blocks[level];
    return blocks > c->transformer.layers ? "maskgit.tokenizer.decoder_blocks"
                                          : "maskgit.transformer.layers";
}

/* The file's tensors are exactly those that the configuration implies; tells the first difference.
 */
static um_status match_layout(struct loader *l, struct um_tensor_spec *specs) {
    const struct um_container *c = &l->container;
    uint32_t expected;
    if (!l->reading->layout(&l->model->config, specs, &expected))
        return um_wrong(&l->origin, many_tensors_key(&l->model->config),
                        "expected a model of at most %d tensors, found metadata that implies more",
                        UM_MAX_TENSORS);
    size_t cursor = c->tensors_at;
    for (uint32_t i = 0; i < c->tensor_count; i++) {
        struct um_tensor_info info;
        um_status status = um_container_tensor(c, &cursor, i, &info);
        char found[UM_NAME_BYTES];
        if (status == UM_OK && i >= expected)
            status = um_wrong(&l->origin, um_text_show(info.name, found, sizeof found),
                              "expected the last of %" PRIu32 " tensors before it, found one more",
                              expected);
        if (status == UM_OK)
            status = match_tensor(l, i, &specs[i], &info);
        if (status != UM_OK)
            return status;
        l->exact[i] = specs[i].exact;
    }
    if (c->tensor_count < expected)
        return um_wrong(&l->origin, specs[c->tensor_count].name,
                        "expected this tensor, found the end of a list of %" PRIu32,
                        c->tensor_count);
    return UM_OK;
}

static um_status check_layout(struct loader *l) {
    struct um_tensor_spec *specs = um_alloc(UM_MAX_TENSORS, sizeof *specs);
    if (!specs)
        return out_of_memory(l, UM_MAX_TENSORS * sizeof *specs);
    um_status status = match_layout(l, specs);
    um_free(specs);
    return status;
}

/* Everything that outlives the header: tensor and class tables, then their strings. */
struct tables {
    struct um_tensor *tensors;
    const char **class_names, **class_symbols;
    char *strings;
};

static const struct um_entry *find(const struct loader *l, const char *key) {
    return um_container_find(&l->container, key);
}

static const char *const described[] = {"general.name", "general.license", "general.description"};

/* All terms come from a header of at most 1 MiB, so the sum cannot overflow. */
static size_t string_bytes(const struct loader *l) {
    size_t bytes = (size_t)l->container.tensor_count * UM_NAME_BYTES;
    const char *const keys[] = {"maskgit.class_names", "maskgit.class_symbols", described[0],
                                described[1], described[2]};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        const struct um_entry *entry = find(l, keys[k]);
        const uint8_t *cursor = entry ? entry->value : NULL;
        for (uint32_t i = 0; entry && i < entry->count; i++)
            bytes += (size_t)um_entry_text(&cursor).bytes + 1;
    }
    return bytes;
}

static const char *copy_text(char **strings, struct um_text text) {
    char *copy = *strings;
    memcpy(copy, text.at, text.bytes);
    copy[text.bytes] = '\0';
    *strings += (size_t)text.bytes + 1;
    return copy;
}

static void copy_strings(char **strings, const struct um_entry *entry, const char **out,
                         uint32_t count) {
    const uint8_t *cursor = entry ? entry->value : NULL;
    for (uint32_t i = 0; i < count; i++)
        out[i] = entry ? copy_text(strings, um_entry_text(&cursor)) : "";
}

static um_status fill_tensors(const struct loader *l, char **strings) {
    struct um_model_file *model = l->model;
    size_t cursor = l->container.tensors_at;
    model->tensor_count = l->container.tensor_count;
    for (uint32_t i = 0; i < model->tensor_count; i++) {
        struct um_tensor_info info;
        um_status status = um_container_tensor(&l->container, &cursor, i, &info);
        if (status != UM_OK)
            return status;
        struct um_tensor *t = &model->tensors[i];
        t->name = copy_text(strings, info.name);
        t->dtype = info.dtype;
        t->n_dims = info.n_dims;
        memcpy(t->dims, info.dims, sizeof t->dims);
        t->bytes = (size_t)info.bytes;
        t->data = l->data + info.offset;
        t->exact = l->exact[i];
        t->disposable = model->memory[DATA] != NULL;
        model->parameters += um_tensor_elements(t);
    }
    return UM_OK;
}

static um_status build_tables(const struct loader *l) {
    struct um_model_file *model = l->model;
    size_t tensors = (size_t)l->container.tensor_count * sizeof(struct um_tensor);
    size_t pointers = (size_t)model->config.class_count * sizeof(char *);
    size_t bytes = tensors + 2 * pointers + string_bytes(l);
    char *at = model->memory[TABLES] = um_alloc(bytes, 1);
    if (!at)
        return out_of_memory(l, bytes);
    model->tensors = (struct um_tensor *)(void *)at;
    model->class_names = (const char **)(void *)(at + tensors);
    model->class_symbols = (const char **)(void *)(at + tensors + pointers);
    char *strings = at + tensors + 2 * pointers;
    const char **texts[] = {&model->name, &model->license, &model->description};
    for (int i = 0; i < 3; i++)
        copy_strings(&strings, find(l, described[i]), texts[i], 1);
    uint32_t classes = model->config.class_count;
    copy_strings(&strings, find(l, "maskgit.class_names"), model->class_names, classes);
    copy_strings(&strings, find(l, "maskgit.class_symbols"), model->class_symbols, classes);
    return fill_tensors(l, &strings);
}

static um_status read_failed(const struct loader *l) {
    return um_fail(l->origin.log, UM_ERROR_IO,
                   "%s: expected %" PRIu64
                   " bytes as when it was opened, found that reading failed "
                   "or the file changed",
                   l->origin.file, l->source.size);
}

/* Tensors stay where they are in a caller's memory that is aligned for them: a model may be most of
 * the memory that there is. */
static um_status place_data(struct loader *l) {
    uint64_t bytes = l->container.data_bytes;
    if (l->source.bytes && (uintptr_t)l->source.bytes % UM_ALIGNMENT == 0) {
        l->data = l->source.bytes + l->container.header_bytes;
        return UM_OK;
    }
    if (bytes > SIZE_MAX)
        return out_of_memory(l, bytes);
    l->data = l->model->memory[DATA] = um_alloc_unset((size_t)bytes, 1);
    return l->data ? UM_OK : out_of_memory(l, bytes);
}

static bool read_source(const struct source *source, uint64_t offset, void *out, size_t bytes) {
    if (source->file)
        return um_file_read(source->file, offset, out, bytes);
    memcpy(out, source->bytes + (size_t)offset, bytes);
    return true;
}

/* False: whoever watches has had enough. */
static bool report(const struct loader *l, uint64_t done) {
    return !l->reading->progress ||
           l->reading->progress(l->reading->user, done, l->container.data_bytes);
}

static um_status read_data(struct loader *l, char digest[65]) {
    size_t bytes = (size_t)l->container.data_bytes, chunk;
    uint8_t *data = l->model->memory[DATA];
    struct um_sha256 hash;
    um_sha256_init(&hash);
    for (size_t at = 0; at < bytes; at += chunk) {
        chunk = bytes - at < CHUNK_BYTES ? bytes - at : CHUNK_BYTES;
        if (data && !read_source(&l->source, l->container.header_bytes + at, data + at, chunk))
            return read_failed(l);
        um_sha256_update(&hash, l->data + at, chunk);
        if (!report(l, at + chunk))
            return UM_CANCELLED;
    }
    um_sha256_hex(&hash, digest);
    uint64_t size_now = l->source.size;
    if (l->source.file && (!um_file_size(l->source.file, &size_now) || size_now != l->source.size))
        return read_failed(l);
    return UM_OK;
}

/* Gaps between tensors are shorter than the alignment and hold nothing. */
static um_status check_gaps(const struct loader *l) {
    const struct um_model_file *model = l->model;
    for (uint32_t i = 0; i + 1 < model->tensor_count; i++) {
        const struct um_tensor *t = &model->tensors[i];
        const uint8_t *end = (const uint8_t *)model->tensors[i + 1].data;
        for (const uint8_t *p = (const uint8_t *)t->data + t->bytes; p < end; p++)
            if (*p)
                return um_wrong(&l->origin, t->name,
                                "expected zeros in the padding after it, found 0x%02x", *p);
    }
    return UM_OK;
}

static um_status load_data(struct loader *l) {
    struct um_text stated;
    char digest[65];
    um_status status = read_data(l, digest);
    if (status == UM_OK)
        status = check_gaps(l);
    if (status == UM_OK)
        status = stated_digest(l, data_key, &stated);
    if (status != UM_OK)
        return status;
    memcpy(l->model->sha256_data, digest, sizeof digest);
    if (!um_text_is(stated, digest))
        return um_fail(
            l->origin.log, UM_ERROR_CHECK,
            "%s: %s: expected %.64s as the file states, found %s: the weights are damaged",
            l->origin.file, data_key, stated.at, digest);
    return UM_OK;
}

static um_status load(struct loader *l, const void *header, size_t available) {
    struct um_text digest;
    um_status status =
        um_container_parse(&l->container, header, available, l->source.size, &l->origin);
    if (status == UM_OK)
        status = check_header_digest(l);
    if (status == UM_OK)
        status = um_config_read(&l->model->config, &l->container);
    if (status == UM_OK)
        status = stated_digest(l, data_key, &digest);
    if (status == UM_OK)
        status = check_layout(l);
    if (status != UM_OK)
        return status;
    l->model->file_bytes = l->source.size;
    status = place_data(l);
    if (status == UM_OK)
        status = build_tables(l);
    return status == UM_OK ? load_data(l) : status;
}

static um_status open_file(struct loader *l, struct um_file *file) {
    if (!um_file_size(file, &l->source.size))
        return read_failed(l);
    size_t bytes =
        l->source.size < UM_MAX_HEADER_BYTES ? (size_t)l->source.size : UM_MAX_HEADER_BYTES;
    void *header = l->model->memory[HEADER] = um_alloc(bytes, 1);
    if (!header)
        return out_of_memory(l, bytes);
    if (!read_source(&l->source, 0, header, bytes))
        return read_failed(l);
    um_status status = load(l, header, bytes);
    um_free(header);
    l->model->memory[HEADER] = NULL;
    return status;
}

um_status um_model_file_open(struct um_model_file *file, const char *path,
                             const struct um_reading *reading, const struct um_log *log) {
    struct um_file handle;
    struct um_file_error error;
    memset(file, 0, sizeof *file);
    if (!um_file_open(&handle, path, &error))
        return um_fail(log, error.missing ? UM_ERROR_MODEL : UM_ERROR_IO,
                       "%s: expected a model file, found: %s", path, error.reason);
    struct loader l = {.model = file,
                       .origin = {.file = path, .log = log},
                       .source = {.file = &handle},
                       .reading = reading};
    um_status status = open_file(&l, &handle);
    um_file_close(&handle);
    if (status != UM_OK)
        um_model_file_close(file);
    return status;
}

um_status um_model_file_from_memory(struct um_model_file *file, const void *bytes, size_t size,
                                    const char *name, const struct um_reading *reading,
                                    const struct um_log *log) {
    memset(file, 0, sizeof *file);
    struct loader l = {.model = file,
                       .origin = {.file = name, .log = log},
                       .source = {.bytes = bytes, .size = size},
                       .reading = reading};
    um_status status = load(&l, bytes, size);
    if (status != UM_OK)
        um_model_file_close(file);
    return status;
}

void um_model_file_drop_data(struct um_model_file *file) {
    um_free(file->memory[DATA]);
    file->memory[DATA] = NULL;
    for (uint32_t i = 0; i < file->tensor_count; i++)
        file->tensors[i].data = NULL;
}

void um_model_file_close(struct um_model_file *file) {
    for (size_t i = 0; i < sizeof file->memory / sizeof *file->memory; i++)
        um_free(file->memory[i]);
    memset(file, 0, sizeof *file);
}
