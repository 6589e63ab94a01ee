#include "vulkan/fault/lies.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const lie_names[LIE_KINDS] = {"submission skipped", "stale buffer", "zeros",
                                          "flipped bit",        "NaN",          "noise",
                                          "copy dropped",       "fill dropped"};

static struct {
    enum lie kind;
    unsigned k; /* 0 = the truth */
    bool later_ones_too;
} armed;
static unsigned submissions, copies, fills, told;
static bool pending; /* the submission that runs is one to lie about */
static struct {
    unsigned char *at, *before; /* before: as it was when the submission began */
    size_t bytes;
} host;
static uint32_t state = 1;

static uint32_t next_random(void) {
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

void lie_arm(enum lie kind, unsigned k, bool later_ones_too) {
    armed.kind = kind;
    armed.k = k;
    armed.later_ones_too = later_ones_too;
    submissions = copies = fills = told = 0;
    pending = false;
    state = k * 2654435761u + (uint32_t)kind + 1;
}

void lie_arm_from_environment(void) {
    const char *text = getenv("UM_LIE");
    unsigned kind, k;
    char later[4] = "";
    if (!text)
        return;
    if (sscanf(text, "%u:%u:%3s", &kind, &k, later) < 2 || kind >= LIE_KINDS) {
        fprintf(stderr, "UM_LIE: %s\n", text);
        abort();
    }
    lie_arm((enum lie)kind, k, strcmp(later, "on") == 0);
}

unsigned lie_chances(enum lie kind) {
    return kind == LIE_NO_COPY ? copies : kind == LIE_NO_FILL ? fills : submissions;
}

unsigned lie_told(void) {
    return told;
}

void lie_mapped(void *memory, size_t bytes) {
    free(host.before);
    host.at = memory;
    host.bytes = bytes;
    host.before = bytes ? malloc(bytes) : NULL;
}

/* Whether the call with this number is one to lie in. */
static bool due(unsigned call) {
    return armed.k && (call == armed.k || (armed.later_ones_too && call > armed.k));
}

static bool drops(enum lie kind, unsigned call) {
    if (armed.kind != kind || !due(call))
        return false;
    told++;
    return true;
}

bool lie_drops_copy(void) {
    return drops(LIE_NO_COPY, ++copies);
}

bool lie_drops_fill(void) {
    return drops(LIE_NO_FILL, ++fills);
}

bool lie_skips_submission(void) {
    const bool skips = drops(LIE_SKIP, ++submissions);
    pending = armed.kind > LIE_SKIP && armed.kind < LIE_NO_COPY && due(submissions);
    if (pending && host.before)
        memcpy(host.before, host.at, host.bytes);
    return skips;
}

/* The n-th of the words that the submission wrote. */
static uint32_t *written_word(size_t n) {
    for (size_t i = 0; i + 4 <= host.bytes; i += 4)
        if (memcmp(host.at + i, host.before + i, 4) != 0 && n-- == 0)
            return (uint32_t *)(void *)(host.at + i);
    return NULL;
}

static size_t written_words(void) {
    size_t count = 0;
    for (size_t i = 0; i + 4 <= host.bytes; i += 4)
        count += memcmp(host.at + i, host.before + i, 4) != 0;
    return count;
}

static void make_noise(void) {
    for (size_t i = 0; i + 4 <= host.bytes; i += 4)
        if (memcmp(host.at + i, host.before + i, 4) != 0) {
            const uint32_t noise = next_random();
            memcpy(host.at + i, &noise, 4);
        }
}

void lie_about_memory(void) {
    const size_t count = pending && host.before ? written_words() : 0;
    pending = false;
    if (count == 0) /* it was for the device alone */
        return;
    uint32_t *word = written_word(next_random() % count);
    told++;
    if (armed.kind == LIE_STALE)
        memcpy(host.at, host.before, host.bytes);
    else if (armed.kind == LIE_ZEROS)
        memset(host.at, 0, host.bytes);
    else if (armed.kind == LIE_FLIP)
        *word ^= 1u << next_random() % 32;
    else if (armed.kind == LIE_NAN)
        *word = *word == 0x7fc00000 ? 0x7fc00001 : 0x7fc00000;
    else
        make_noise();
}
