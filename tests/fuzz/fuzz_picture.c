/* libFuzzer: any picture. The first byte of an input says what the rest is: a whole file as it is,
 * or the parts of a PNG file, from which one with right lengths, checksums and compressed data is
 * built, so that mutations reach every chunk, in every order, and the rules behind them. */
#include "input/enlarged.h"
#include "input/picture_file.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { INPUT_MOST = 1 << 14, PIXELS_MOST = 1 << 12, ROOM = 1 << 17, SIDE = 16, REASON = 160 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ------------------------------------------------------------------ building a PNG file */

struct parts {
    const uint8_t *at, *end;
};

struct file {
    uint8_t bytes[ROOM];
    size_t size;
};

static unsigned take(struct parts *parts) {
    return parts->at < parts->end ? *parts->at++ : 0;
}

static void put(struct file *file, const void *bytes, size_t size) {
    if (size > ROOM - file->size)
        abort(); /* inputs are too short for that */
    if (size > 0)
        memcpy(file->bytes + file->size, bytes, size);
    file->size += size;
}

static void put32(struct file *file, unsigned long value) {
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                        (uint8_t)value};
    put(file, bytes, 4);
}

static void put_chunk(struct file *file, const char *type, const void *data, size_t size) {
    size_t start = file->size + 4;
    put32(file, size);
    put(file, type, 4);
    put(file, data, size);
    put32(file, crc32(0, file->bytes + start, (uInt)(file->size - start)));
}

/* A length of up to 4095, less where the input ends. */
static const uint8_t *take_block(struct parts *parts, size_t *size) {
    size_t wanted = (take(parts) | take(parts) << 8) & 4095,
           left = (size_t)(parts->end - parts->at);
    const uint8_t *block = parts->at;
    *size = wanted < left ? wanted : left;
    parts->at += *size;
    return block;
}

static void put_header(struct file *file, struct parts *parts) {
    static const uint8_t kinds[][2] = {{8, 2}, {8, 6},  {8, 0},  {8, 4},  {8, 3},
                                       {1, 0}, {2, 0},  {4, 0},  {1, 3},  {2, 3},
                                       {4, 3}, {16, 0}, {16, 2}, {16, 4}, {16, 6}};
    const uint8_t *kind = kinds[take(parts) % (sizeof kinds / sizeof *kinds)];
    uint8_t header[13] = {0};
    header[3] = (uint8_t)(take(parts) % SIDE + 1);
    header[7] = (uint8_t)(take(parts) % SIDE + 1);
    header[8] = kind[0];
    header[9] = kind[1];
    header[12] = take(parts) & 1;
    put_chunk(file, "IHDR", header, sizeof header);
}

/* A chunk whose data ends in a zlib stream: behind a name, a NUL and the method. */
static void put_packed(struct file *file, const char *type, const uint8_t *block, size_t size) {
    static uint8_t packed[8192];
    const uint8_t *end = size > 0 ? memchr(block, 0, size) : NULL;
    size_t plain = end != NULL && end + 2 <= block + size ? (size_t)(end - block) + 2 : 0;
    uLongf room = sizeof packed - plain;
    if (plain > 0)
        memcpy(packed, block, plain);
    if (compress2(packed + plain, &room, block + plain, (uLong)(size - plain), 1) != Z_OK)
        abort();
    put_chunk(file, type, packed, plain + room);
}

/* Rows as they come: repeated until the picture is full. */
static void put_rows(struct file *file, struct parts *parts) {
    static uint8_t rows[SIDE * (SIDE * 8 + 1) + 64];
    size_t size;
    const uint8_t *block = take_block(parts, &size);
    for (size_t i = 0; i < sizeof rows; i++)
        rows[i] = size > 0 ? (uint8_t)(block[i % size] & (i % size == 0 ? 3 : 255)) : 0;
    static uint8_t packed[sizeof rows + 1024];
    uLongf room = sizeof packed;
    if (compress2(packed, &room, rows, sizeof rows, 1) != Z_OK)
        abort();
    size_t cut = take(parts) % 4 == 3 ? room / 2 : room; /* one chunk of data, or two */
    put_chunk(file, "IDAT", packed, cut);
    if (cut < room)
        put_chunk(file, "IDAT", packed + cut, room - cut);
}

static const char *const types[] = {"iTXt", "tEXt", "zTXt", "eXIf", "gAMA", "cHRM", "sRGB", "iCCP",
                                    "PLTE", "tRNS", "bKGD", "pHYs", "sBIT", "hIST", "tIME", "sPLT",
                                    "acTL", "fcTL", "fdAT", "IDAT", "IEND", "IHDR", "xyZz", "caBX"};

enum { TYPES = sizeof types / sizeof *types, ROWS = TYPES, ZTXT, ICCP, UNMASK, KINDS };

static void put_part(struct file *file, struct parts *parts) {
    static const char key[] = "unmask\0\0\0\0";
    unsigned kind = take(parts) % KINDS;
    size_t size;
    if (kind == ROWS) {
        put_rows(file, parts);
        return;
    }
    const uint8_t *block = take_block(parts, &size);
    if (kind < TYPES) {
        put_chunk(file, types[kind], block, size);
    } else if (kind == UNMASK) {
        uint8_t text[4096 + sizeof key];
        memcpy(text, key, sizeof key);
        if (size > 0)
            memcpy(text + sizeof key, block, size);
        put_chunk(file, "iTXt", text, sizeof key + size);
    } else {
        put_packed(file, kind == ZTXT ? "zTXt" : "iCCP", block, size);
    }
}

static void build(struct file *file, const uint8_t *data, size_t size) {
    struct parts parts = {data, data + size};
    file->size = 0;
    put(file, "\x89PNG\r\n\x1a\n", 8);
    put_header(file, &parts);
    for (int i = 0; parts.at < parts.end && i < 12; i++)
        put_part(file, &parts);
    put_chunk(file, "IEND", NULL, 0);
}

/* ------------------------------------------------------------------ what must hold */

static void expect(bool holds) {
    if (!holds)
        abort();
}

static bool same_text(const char *one, const char *other) {
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

/* Every byte of every pixel can be read. */
static void touch(const struct picture_file *file) {
    size_t count = (size_t)file->width * file->height * 4;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += file->rgba[i];
    expect(sum <= count * 255);
}

static void check_pixels(struct picture_file *file) {
    struct picture picture;
    uint32_t factor, width = file->width, height = file->height;
    touch(file);
    enum enlarged what = enlarged_undo(file, &factor);
    expect(factor >= 1 && file->width == width / factor && file->height == height / factor);
    expect((what == ENLARGED_EXACTLY || what == ENLARGED_ABOUT) == (factor > 1));
    touch(file);
    expect(picture_file_on_white(file, &picture));
    expect(picture_finite(&picture));
    picture_free(&picture);
}

/* One reader for all: what stands beside the pixels is the same with and without them. */
static void check(const uint8_t *bytes, size_t size) {
    struct picture_file whole, beside;
    char reason[REASON], why[REASON];
    bool told = picture_file_decode(&beside, bytes, size, false, why, sizeof why);
    bool large = (size_t)beside.width * beside.height > PIXELS_MOST; /* would take too long */
    expect(told || (beside.width == 0 && why[0] != '\0'));
    if (!large && picture_file_decode(&whole, bytes, size, true, reason, sizeof reason)) {
        expect(told && whole.width == beside.width && whole.height == beside.height);
        expect(whole.deep == beside.deep && whole.recoloured == beside.recoloured);
        expect(same_text(whole.unmask, beside.unmask));
        expect(same_text(whole.parameters, beside.parameters));
        check_pixels(&whole);
        picture_file_free(&whole);
    } else if (!large) {
        expect(whole.rgba == NULL && whole.unmask == NULL && reason[0] != '\0');
    }
    picture_file_free(&beside);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct file file;
    if (size < 1 || size > INPUT_MOST)
        return 0;
    if (data[0] % 4 == 3) {
        check(data + 1, size - 1);
        return 0;
    }
    build(&file, data + 1, size - 1);
    uint8_t *exact = malloc(file.size); /* so that AddressSanitizer guards its end */
    if (exact == NULL)
        return 0;
    memcpy(exact, file.bytes, file.size);
    check(exact, file.size);
    free(exact);
    return 0;
}
