/* Animated PNG: each frame is encoded as a PNG of its own, then its data chunks are taken over. */
#include "common/apng.h"

#include <stdlib.h>
#include <string.h>

struct apng_frame {
    struct picture picture;
    uint16_t milliseconds;
};

enum { SIGNATURE = 8, CHUNK_OVERHEAD = 12 };

bool apng_add(struct apng *animation, const struct picture *picture, uint16_t milliseconds) {
    if (animation->count == animation->capacity) {
        size_t capacity = animation->capacity * 2 + 16;
        struct apng_frame *frames = realloc(animation->frames, capacity * sizeof *frames);
        if (frames == NULL) {
            return false;
        }
        animation->frames = frames;
        animation->capacity = capacity;
    }
    struct apng_frame *frame = &animation->frames[animation->count];
    frame->milliseconds = milliseconds;
    if (!picture_enlarge(&frame->picture, picture, 1)) {
        return false;
    }
    animation->count++;
    return true;
}

static uint32_t read_u32(const unsigned char *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_u32(unsigned char *bytes, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        bytes[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

static void put_u16(unsigned char *bytes, uint32_t value) {
    bytes[0] = (unsigned char)(value >> 8);
    bytes[1] = (unsigned char)value;
}

static uint32_t crc32_of(const unsigned char *bytes, size_t size) {
    uint32_t crc = 0xffffffffU;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xedb88320U & (0U - (crc & 1U)));
        }
    }
    return ~crc;
}

static bool put_chunk(struct buffer *out, const char *type, const unsigned char *data,
                      uint32_t size) {
    unsigned char number[4];
    put_u32(number, size);
    buffer_append(out, number, 4);
    size_t start = out->size;
    buffer_append(out, type, 4);
    if (!buffer_append(out, data, size)) {
        return false;
    }
    put_u32(number, crc32_of(out->bytes + start, out->size - start));
    return buffer_append(out, number, 4);
}

static bool put_frame_control(struct buffer *out, const struct apng_frame *frame,
                              uint32_t *sequence) {
    unsigned char data[26] = {0};
    put_u32(data, (*sequence)++);
    put_u32(data + 4, frame->picture.width);
    put_u32(data + 8, frame->picture.height);
    put_u16(data + 20, frame->milliseconds);
    put_u16(data + 22, 1000);
    return put_chunk(out, "fcTL", data, sizeof data);
}

/* Copies one image's data chunks as frame data, each with its place in the sequence in front. */
static bool put_frame_data(struct buffer *out, const struct buffer *png, uint32_t *sequence) {
    for (size_t at = SIGNATURE; at < png->size;) {
        uint32_t size = read_u32(png->bytes + at);
        if (memcmp(png->bytes + at + 4, "IDAT", 4) == 0) {
            struct buffer data = {0};
            unsigned char number[4];
            put_u32(number, (*sequence)++);
            buffer_append(&data, number, 4);
            buffer_append(&data, png->bytes + at + 8, size);
            bool ok = !data.failed && put_chunk(out, "fdAT", data.bytes, size + 4);
            buffer_free(&data);
            if (!ok) {
                return false;
            }
        }
        at += (size_t)size + CHUNK_OVERHEAD;
    }
    return true;
}

/* Copies everything up to the end chunk, with the animation's header after the image's. */
static bool put_still(struct buffer *out, const struct buffer *png, uint32_t frame_count) {
    unsigned char control[8] = {0};
    size_t header = SIGNATURE + CHUNK_OVERHEAD + 13;
    put_u32(control, frame_count);
    buffer_append(out, png->bytes, header);
    put_chunk(out, "acTL", control, sizeof control);
    return buffer_append(out, png->bytes + header, png->size - header - CHUNK_OVERHEAD);
}

bool apng_encode(struct buffer *out, const struct apng *animation,
                 const struct png_text_pair *texts, size_t text_count) {
    struct buffer png = {0};
    uint32_t sequence = 0;
    bool ok =
        png_encode(&png, &animation->frames[animation->count - 1].picture, texts, text_count) &&
        put_still(out, &png, (uint32_t)animation->count);
    buffer_free(&png);
    for (size_t i = 0; ok && i < animation->count; i++) {
        const struct apng_frame *frame = &animation->frames[i];
        ok = png_encode(&png, &frame->picture, NULL, 0) &&
             put_frame_control(out, frame, &sequence) && put_frame_data(out, &png, &sequence);
        buffer_free(&png);
    }
    return ok && put_chunk(out, "IEND", NULL, 0);
}

void apng_free(struct apng *animation) {
    for (size_t i = 0; i < animation->count; i++) {
        picture_free(&animation->frames[i].picture);
    }
    free(animation->frames);
    *animation = (struct apng){0};
}
