/* The icons. */
#include "viewer/ui/icons.h"

#include <math.h>

enum kind { END, LINE, RING, DISC, FRAME, FILL, ARC, TRIANGLE };

/* LINE a b -> c d, width e. RING middle a b, radius c, width e. DISC middle a b, radius c.
 * FRAME and FILL corner a b, size c d; e = width of the frame. ARC: a ring from angle d on,
 * clockwise by f quarter turns, radius c, width e. TRIANGLE a b, c d, e f. */
struct shape {
    enum kind kind;
    float a, b, c, d, e, f;
};

enum { SHAPES = 8 };

static const struct shape icons[ICON_COUNT][SHAPES] = {
    [ICON_PLAY] = {{TRIANGLE, 7, 4, 20, 12, 7, 20}},
    [ICON_PAUSE] = {{FILL, 6, 4, 4.5F, 16, 0, 0}, {FILL, 13.5F, 4, 4.5F, 16, 0, 0}},
    [ICON_STOP] = {{FILL, 5, 5, 14, 14, 0, 0}},
    [ICON_FIRST] = {{TRIANGLE, 19, 5, 8, 12, 19, 19}, {FILL, 5, 5, 2.5F, 14, 0, 0}},
    [ICON_LAST] = {{TRIANGLE, 5, 5, 16, 12, 5, 19}, {FILL, 16.5F, 5, 2.5F, 14, 0, 0}},
    [ICON_BRUSH] = {{LINE, 20, 4, 11, 13, 3, 0},
                    {DISC, 7.5F, 16.5F, 4, 0, 0, 0},
                    {LINE, 6, 18, 3.5F, 20.5F, 2, 0}},
    [ICON_ERASER] = {{LINE, 4, 14, 13, 5, 2, 0},
                     {LINE, 13, 5, 20, 12, 2, 0},
                     {LINE, 20, 12, 12, 20, 2, 0},
                     {LINE, 4, 14, 10, 20, 2, 0},
                     {LINE, 10, 20, 20, 20, 2, 0},
                     {LINE, 8.5F, 9.5F, 15.5F, 16.5F, 2, 0}},
    [ICON_BOX] = {{LINE, 4, 4, 8, 4, 2, 0},
                  {LINE, 4, 4, 4, 8, 2, 0},
                  {LINE, 20, 4, 16, 4, 2, 0},
                  {LINE, 20, 4, 20, 8, 2, 0},
                  {LINE, 4, 20, 8, 20, 2, 0},
                  {LINE, 4, 20, 4, 16, 2, 0},
                  {LINE, 20, 20, 16, 20, 2, 0},
                  {LINE, 20, 20, 20, 16, 2, 0}},
    [ICON_HAND] = {{LINE, 12, 3, 12, 21, 2, 0},
                   {LINE, 3, 12, 21, 12, 2, 0},
                   {TRIANGLE, 12, 1, 15, 5.5F, 9, 5.5F},
                   {TRIANGLE, 12, 23, 15, 18.5F, 9, 18.5F},
                   {TRIANGLE, 1, 12, 5.5F, 9, 5.5F, 15},
                   {TRIANGLE, 23, 12, 18.5F, 9, 18.5F, 15}},
    [ICON_UNDO] = {{ARC, 12, 13, 7, 3.14159F, 2, 2.6F}, {TRIANGLE, 1.5F, 12, 8.5F, 12, 5, 17}},
    [ICON_REDO] = {{ARC, 12, 13, 7, 2.19911F, 2, 2.6F}, {TRIANGLE, 15.5F, 12, 22.5F, 12, 19, 17}},
    [ICON_INVERT] = {{RING, 12, 12, 9, 0, 2, 0},
                     {FILL, 12, 5.5F, 2, 13, 0, 0},
                     {FILL, 14, 6, 2, 12, 0, 0},
                     {FILL, 16, 7.5F, 1.6F, 9, 0, 0}},
    [ICON_CLEAR] = {{LINE, 4, 7, 20, 7, 2, 0},
                    {LINE, 9.5F, 4, 14.5F, 4, 2, 0},
                    {LINE, 6, 8, 7, 20, 2, 0},
                    {LINE, 18, 8, 17, 20, 2, 0},
                    {LINE, 7, 20, 17, 20, 2, 0},
                    {LINE, 10.5F, 11, 10.5F, 16.5F, 1.6F, 0},
                    {LINE, 13.5F, 11, 13.5F, 16.5F, 1.6F, 0}},
    [ICON_GRID] = {{FRAME, 3.5F, 3.5F, 17, 17, 2, 0},
                   {LINE, 9.2F, 4, 9.2F, 20, 1.6F, 0},
                   {LINE, 14.8F, 4, 14.8F, 20, 1.6F, 0},
                   {LINE, 4, 9.2F, 20, 9.2F, 1.6F, 0},
                   {LINE, 4, 14.8F, 20, 14.8F, 1.6F, 0}},
    [ICON_ORDER] = {{FILL, 4, 15, 4, 5, 0, 0},
                    {FILL, 10, 10, 4, 10, 0, 0},
                    {FILL, 16, 4, 4, 16, 0, 0}},
    [ICON_HEAT] = {{RING, 12, 12, 9, 0, 1.8F, 0},
                   {RING, 12, 12, 5.6F, 0, 1.8F, 0},
                   {DISC, 12, 12, 2.2F, 0, 0, 0}},
    [ICON_REVISED] = {{FRAME, 3.5F, 3.5F, 17, 17, 2, 0},
                      {LINE, 8, 16, 15, 9, 2.2F, 0},
                      {TRIANGLE, 17, 7, 16, 12, 12, 8}},
    [ICON_LOCK] = {{FILL, 5, 11, 14, 10, 0, 0},
                   {ARC, 12, 11, 5, 3.14159F, 2, 2},
                   {LINE, 7.5F, 10, 7.5F, 12, 2, 0},
                   {LINE, 16.5F, 10, 16.5F, 12, 2, 0}},
    [ICON_UNLOCK] = {{FRAME, 5, 11, 14, 10, 2, 0},
                     {ARC, 12, 9, 5, 3.14159F, 2, 1.8F},
                     {LINE, 7.5F, 8, 7.5F, 12, 2, 0}},
    [ICON_DICE] = {{FRAME, 4, 4, 16, 16, 2, 0},
                   {DISC, 8.5F, 8.5F, 1.7F, 0, 0, 0},
                   {DISC, 15.5F, 8.5F, 1.7F, 0, 0, 0},
                   {DISC, 12, 12, 1.7F, 0, 0, 0},
                   {DISC, 8.5F, 15.5F, 1.7F, 0, 0, 0},
                   {DISC, 15.5F, 15.5F, 1.7F, 0, 0, 0}},
    [ICON_REPEAT] = {{ARC, 12, 12, 8, 3.4F, 2, 1.5F},
                     {ARC, 12, 12, 8, 0.26F, 2, 1.5F},
                     {TRIANGLE, 22, 6, 22, 13, 15.5F, 10.5F},
                     {TRIANGLE, 2, 18, 2, 11, 8.5F, 13.5F}},
    [ICON_SAVE] = {{LINE, 12, 3, 12, 14, 2, 0},
                   {TRIANGLE, 6.5F, 10, 17.5F, 10, 12, 16.5F},
                   {LINE, 4, 16, 4, 20, 2, 0},
                   {LINE, 20, 16, 20, 20, 2, 0},
                   {LINE, 4, 20, 20, 20, 2, 0}},
    [ICON_FILM] = {{FRAME, 3, 5, 18, 14, 2, 0},
                   {LINE, 7.5F, 6, 7.5F, 18, 1.6F, 0},
                   {LINE, 16.5F, 6, 16.5F, 18, 1.6F, 0},
                   {LINE, 3, 12, 7.5F, 12, 1.6F, 0},
                   {LINE, 16.5F, 12, 21, 12, 1.6F, 0}},
    [ICON_SUN] = {{DISC, 12, 12, 5, 0, 0, 0},
                  {LINE, 12, 2, 12, 4, 2, 0},
                  {LINE, 12, 20, 12, 22, 2, 0},
                  {LINE, 2, 12, 4, 12, 2, 0},
                  {LINE, 20, 12, 22, 12, 2, 0},
                  {LINE, 5, 5, 6, 6, 2, 0},
                  {LINE, 18, 18, 19, 19, 2, 0},
                  {LINE, 18, 6, 19, 5, 2, 0}},
    [ICON_MOON] = {{ARC, 11, 12, 8, 0.3F, 2.2F, 3.2F}, {ARC, 16, 8.5F, 6.5F, 1.3F, 2, 1.9F}},
    [ICON_HELP] = {{ARC, 12, 9, 4.5F, 3.3F, 2.2F, 2.7F},
                   {LINE, 12, 13.2F, 12, 15.5F, 2.2F, 0},
                   {DISC, 12, 19.5F, 1.6F, 0, 0, 0}},
    [ICON_CHECK] = {{LINE, 4.5F, 12.5F, 10, 18, 2.8F, 0}, {LINE, 10, 18, 20, 6.5F, 2.8F, 0}},
    [ICON_CHEVRON] = {{LINE, 6, 9.5F, 12, 15.5F, 2.2F, 0}, {LINE, 12, 15.5F, 18, 9.5F, 2.2F, 0}},
    [ICON_CLOSE] = {{LINE, 6, 6, 18, 18, 2.2F, 0}, {LINE, 18, 6, 6, 18, 2.2F, 0}},
    [ICON_SEARCH] = {{RING, 10, 10, 7, 0, 2.2F, 0}, {LINE, 15, 15, 20.5F, 20.5F, 2.4F, 0}},
    [ICON_FIT] = {{FRAME, 7.5F, 7.5F, 9, 9, 2, 0},
                  {LINE, 3, 3, 7, 3, 2, 0},
                  {LINE, 3, 3, 3, 7, 2, 0},
                  {LINE, 21, 3, 21, 7, 2, 0},
                  {LINE, 21, 3, 17, 3, 2, 0},
                  {LINE, 3, 21, 3, 17, 2, 0},
                  {LINE, 21, 21, 17, 21, 2, 0},
                  {LINE, 21, 21, 21, 17, 2, 0}},
    [ICON_BACK] = {{LINE, 4, 12, 20, 12, 2.2F, 0},
                   {LINE, 4, 12, 11, 5, 2.2F, 0},
                   {LINE, 4, 12, 11, 19, 2.2F, 0}},
    [ICON_COMPARE] = {{FRAME, 3, 5, 18, 14, 2, 0},
                      {FILL, 12, 5, 8, 14, 0, 0},
                      {LINE, 12, 2.5F, 12, 21.5F, 2, 0}},
};

static float segment(float x, float y, float ax, float ay, float bx, float by) {
    float dx = bx - ax, dy = by - ay, length2 = dx * dx + dy * dy;
    float t = length2 > 0 ? ((x - ax) * dx + (y - ay) * dy) / length2 : 0;
    t = fminf(fmaxf(t, 0), 1);
    return hypotf(x - ax - t * dx, y - ay - t * dy);
}

static float box(float x, float y, const struct shape *s) {
    float dx = fabsf(x - s->a - s->c / 2) - s->c / 2, dy = fabsf(y - s->b - s->d / 2) - s->d / 2;
    return fmaxf(dx, dy);
}

static float arc(float x, float y, const struct shape *s) {
    static const float TURN = 6.2831853F;
    float angle = atan2f(y - s->b, x - s->a) - s->d, sweep = s->f * TURN / 4;
    angle -= TURN * floorf(angle / TURN);
    if (angle > sweep) {
        float first = s->d, last = s->d + sweep;
        float a = hypotf(x - s->a - s->c * cosf(first), y - s->b - s->c * sinf(first));
        float b = hypotf(x - s->a - s->c * cosf(last), y - s->b - s->c * sinf(last));
        return fminf(a, b) - s->e / 2;
    }
    return fabsf(hypotf(x - s->a, y - s->b) - s->c) - s->e / 2;
}

static float triangle(float x, float y, const struct shape *s) {
    float ab = (s->c - s->a) * (y - s->b) - (s->d - s->b) * (x - s->a);
    float bc = (s->e - s->c) * (y - s->d) - (s->f - s->d) * (x - s->c);
    float ca = (s->a - s->e) * (y - s->f) - (s->b - s->f) * (x - s->e);
    float d =
        fminf(fminf(segment(x, y, s->a, s->b, s->c, s->d), segment(x, y, s->c, s->d, s->e, s->f)),
              segment(x, y, s->e, s->f, s->a, s->b));
    bool inside = (ab >= 0 && bc >= 0 && ca >= 0) || (ab <= 0 && bc <= 0 && ca <= 0);
    return (inside ? -d : d) - 0.6F;
}

static float distance(float x, float y, const struct shape *s) {
    switch (s->kind) {
    case LINE:
        return segment(x, y, s->a, s->b, s->c, s->d) - s->e / 2;
    case RING:
        return fabsf(hypotf(x - s->a, y - s->b) - s->c) - s->e / 2;
    case DISC:
        return hypotf(x - s->a, y - s->b) - s->c;
    case FRAME:
        return fabsf(box(x, y, s)) - s->e / 2;
    case FILL:
        return box(x, y, s);
    case ARC:
        return arc(x, y, s);
    case TRIANGLE:
        return triangle(x, y, s);
    default:
        return 1e9F;
    }
}

void icon_pixels(enum icon icon, uint8_t *pixels, int side) {
    float unit = 24.0F / (float)side;
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
            float best = 1e9F;
            for (int i = 0; i < SHAPES; i++) {
                float d =
                    distance(((float)x + 0.5F) * unit, ((float)y + 0.5F) * unit, &icons[icon][i]);
                best = fminf(best, d);
            }
            uint8_t *pixel = pixels + 4 * ((size_t)y * (size_t)side + (size_t)x);
            pixel[0] = pixel[1] = pixel[2] = 255;
            pixel[3] = (uint8_t)(fminf(fmaxf(0.5F - best / unit, 0), 1) * 255 + 0.5F);
        }
    }
}
