/* Where font files usually are: Debian, Fedora, Arch, macOS. */
#include "viewer/ui/fonts.h"

#include <stddef.h>
#include <unistd.h>

static const char *const regular[] = {
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/usr/share/fonts/truetype/freefont/FreeSans.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
    NULL,
};

static const char *const bold[] = {
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/TTF/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf",
    "/usr/share/fonts/noto/NotoSans-Bold.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
    NULL,
};

static const struct {
    const char *path;
    bool colored;
} fallbacks[] = {
    {"/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf", true},
    {"/usr/share/fonts/google-noto-color-emoji-fonts/NotoColorEmoji.ttf", true},
    {"/usr/share/fonts/noto/NotoColorEmoji.ttf", true},
    {"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", false},
    {"/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", false},
    {"/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", false},
    {"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", false},
    {"/usr/share/fonts/truetype/unifont/unifont.ttf", false},
    {"/usr/share/fonts/truetype/freefont/FreeSans.ttf", false},
};

const char *font_file(const char *wanted, enum font_kind kind) {
    const char *const *list = kind == FONT_BOLD ? bold : regular;
    if (wanted != NULL) {
        return wanted;
    }
    while (*list != NULL && access(*list, R_OK) != 0) {
        list++;
    }
    return *list;
}

const char *font_fallback(int number, bool *colored) {
    for (size_t i = 0; i < sizeof fallbacks / sizeof fallbacks[0]; i++) {
        if (access(fallbacks[i].path, R_OK) == 0 && number-- == 0) {
            *colored = fallbacks[i].colored;
            return fallbacks[i].path;
        }
    }
    return NULL;
}
