/* Which step is shown. */
#include "viewer/playback.h"

#include <math.h>

static const double FADE = 0.12, HOLD = 0.12, WHOLE = 4.0; /* seconds */

void playback_start(struct playback *playback, double now) {
    *playback = (struct playback){.fade_start = now - FADE, .next = now, .playing = true};
}

void playback_seek(struct playback *playback, size_t at, double now) {
    if (at != playback->at) {
        playback->from = playback->at;
        playback->at = at;
        playback->fade_start = now;
    }
    playback->playing = false;
}

void playback_update(struct playback *playback, size_t count, size_t total, double now) {
    if (!playback->playing || playback->at + 1 >= count || now < playback->next) {
        return;
    }
    /* Many steps share the time of the whole; a late frame does not make the next one early. */
    double hold = total > 0 ? fmin(HOLD, WHOLE / (double)total) : HOLD;
    size_t by = (size_t)fmin(floor((now - playback->next) / hold), 3) + 1;
    playback->from = playback->at;
    playback->at = playback->at + by < count ? playback->at + by : count - 1;
    playback->fade_start = now;
    playback->next = fmax(playback->next + (double)by * hold, now + hold / 2);
}

float playback_mix(const struct playback *playback, double now) {
    return (float)fmin(fmax((now - playback->fade_start) / FADE, 0), 1);
}

bool playback_moving(const struct playback *playback, size_t count, double now) {
    return playback_mix(playback, now) < 1 || (playback->playing && playback->at + 1 < count);
}
