/* What each setting does, in one sentence. */
#include "viewer/tips.h"

#include <string.h>

static const struct {
    const char *name, *tip;
} tips[] = {
    {"steps", "In how many steps a picture is drawn: more are slower, and often better."},
    {"images", "How many pictures are drawn at once, each another one."},
    {"schedule", "How many tokens are still masked after each step."},
    {"power", "How long the schedule waits: a greater power fixes most tokens late."},
    {"sampler", "Which tokens a step fixes, and whether it may go back on earlier ones."},
    {"remdm_eta", "The share of fixed tokens that each step may mask again."},
    {"recheck_rounds", "Further steps at the end that redraw what has become improbable."},
    {"recheck_threshold", "Tokens below this share of the best one's probability are redrawn."},
    {"temperature", "Below 1 tokens are drawn more cautiously, above 1 more freely."},
    {"choice_temperature", "How much chance decides which tokens are fixed first."},
    {"cfg_scale", "How strongly the picture is pushed towards its class; 0 is fastest."},
    {"brush size", "Diameter of brush and eraser in pixels of the picture.  [ ]"},
    {"vary share", "How much of the picture Vary draws anew."},
    {"vary doubtful", "Vary what the model is least sure of, not an even spread."},
    {"vary", "Draws a share of the picture anew."},
    {"compare", "Hold: the picture before the edit.  Tab"},
    {"veil", "Pale squares cover the tokens that are still masked."},
    {"smooth", "Enlarged pixels are blended instead of square."},
    {"device", "What computes: a graphics card, or the processor.  D"},
    {"seed", "The number that decides every random choice: the same one, the same picture."},
    {"defaults", "All settings of drawing as the model recommends them."},
    {"class", "What to draw: type a part of its name, or an emoji.  C"},
    {"go", "Draws; with a mask or a frame, only what is marked.  Enter, Space"},
    {"open", "A picture to edit, or a model.  Ctrl+O"},
    {"save as", "Saves the picture under a name of your choice.  Ctrl+E"},
    {"save", "Saves the picture in the folder for pictures.  Ctrl+S"},
    {"save reveal", "Saves all steps as an animated PNG.  Ctrl+Shift+S"},
};

const char *tip_of(const char *name) {
    for (size_t i = 0; i < sizeof tips / sizeof tips[0]; i++) {
        if (strcmp(tips[i].name, name) == 0) {
            return tips[i].tip;
        }
    }
    return NULL;
}
