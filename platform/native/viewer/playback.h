/* Which step of a drawing is shown at what time. Pure functions. */
#ifndef VIEWER_PLAYBACK_H
#define VIEWER_PLAYBACK_H

#include <stdbool.h>
#include <stddef.h>

struct playback {
    size_t from, at;   /* positions: fading from one to the other */
    double fade_start; /* seconds */
    double next;       /* when the following step may be shown */
    bool playing;      /* goes on by itself */
};

/* Starts at position 0, playing. */
void playback_start(struct playback *playback, double now);

/* Goes to position `at`, with a fade, and stops playing. */
void playback_seek(struct playback *playback, size_t at, double now);

/* Shows the next of `count` steps when it is time; `total` decides the pace. */
void playback_update(struct playback *playback, size_t count, size_t total, double now);

/* How far the fade from `from` to `at` has come, 0..1. */
float playback_mix(const struct playback *playback, double now);

/* True while something changes by itself. */
bool playback_moving(const struct playback *playback, size_t count, double now);

#endif
