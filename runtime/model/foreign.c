/* Files that end up under a model's name: what a clone without Git LFS, a failed download or a
 * mixed-up folder leaves. */
#include "model/foreign.h"

#include "model/reader.h"

#include <string.h>

#define UNPACK  ": unpack it first"
#define CONVERT ": tools/convert.py makes models of checkpoints"

static const struct signature {
    size_t at, length;
    const char *bytes, *kind;
} signatures[] = {
    {0, 40, "version https://git-lfs.github.com/spec/",
     "a Git LFS pointer, which stands for the model: fetch the file itself, as with git lfs pull"},
    {0, 2, "\x1f\x8b", "a file packed with gzip" UNPACK},
    {0, 4, "\x28\xb5\x2f\xfd", "a file packed with zstd" UNPACK},
    {0, 6,
     "\xfd"
     "7zXZ",
     "a file packed with xz" UNPACK},
    {0, 3, "BZh", "a file packed with bzip2" UNPACK},
    {0, 6, "7z\xbc\xaf\x27\x1c", "a 7z archive" UNPACK},
    {257, 5, "ustar", "a tar archive" UNPACK},
    {0, 4, "PK\x03\x04",
     "a zip archive, perhaps a checkpoint of PyTorch: unpack it first, or let tools/convert.py "
     "make a model of the checkpoint"},
    {0, 4, "\x89HDF", "an HDF5 file" CONVERT},
    {0, 8, "\x89PNG\r\n\x1a\n", "a PNG picture"},
    {0, 3, "\xff\xd8\xff", "a JPEG picture"},
    {8, 4, "WEBP", "a WebP picture"},
    {0, 4, "GIF8", "a GIF picture"},
    {0, 5, "%PDF-", "a PDF document"},
    {0, 4, "tjgg", "a GGML file, the format before GGUF"},
};

static bool has(const uint8_t *bytes, size_t available, const struct signature *s) {
    return available >= s->at + s->length && memcmp(bytes + s->at, s->bytes, s->length) == 0;
}

/* A pickle begins with its protocol; 2 is what PyTorch wrote before it took to zip archives. */
static bool is_pickle(const uint8_t *bytes, size_t available) {
    return available >= 4 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5;
}

/* The length of a JSON object, and the object. */
static bool is_safetensors(const uint8_t *bytes, size_t available, uint64_t file_bytes) {
    return available >= 10 && bytes[8] == '{' && um_load_u64(bytes) >= 2 &&
           um_load_u64(bytes) <= file_bytes - 8;
}

static bool starts(const uint8_t *bytes, size_t available, const char *lower) {
    for (; *lower; lower++, bytes++, available--) {
        if (!available)
            return false;
        uint8_t c = *bytes >= 'A' && *bytes <= 'Z' ? (uint8_t)(*bytes - 'A' + 'a') : *bytes;
        if (c != (uint8_t)*lower)
            return false;
    }
    return true;
}

static const char *markup(const uint8_t *bytes, size_t available) {
    static const char *const pages[] = {"<!doctype html", "<html", "<head", "<body", "<!--"};
    if (starts(bytes, available, "\xef\xbb\xbf")) {
        bytes += 3;
        available -= 3;
    }
    while (available && (*bytes == ' ' || (*bytes >= '\t' && *bytes <= '\r'))) {
        bytes++;
        available--;
    }
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (starts(bytes, available, pages[i]))
            return "a web page: the download failed, or needs a login or another address";
    if (starts(bytes, available, "<?xml"))
        return "an XML document, perhaps the error message of a failed download";
    if (starts(bytes, available, "{\""))
        return "JSON text, perhaps the error message of a failed download";
    return NULL;
}

const char *um_foreign_kind(const uint8_t *bytes, size_t available, uint64_t file_bytes) {
    if (!file_bytes)
        return "an empty file";
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
        if (has(bytes, available, &signatures[i]))
            return signatures[i].kind;
    if (is_pickle(bytes, available))
        return "a Python pickle, perhaps a checkpoint of PyTorch" CONVERT;
    if (is_safetensors(bytes, available, file_bytes))
        return "a safetensors file" CONVERT;
    return markup(bytes, available);
}
