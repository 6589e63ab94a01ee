/* What unmask-viewer takes, for completion. */
#include "complete/complete.h"

const struct viewer_option viewer_options[] = {
    {"model", 'm', true, {VALUE_FILE, ".gguf"}, "model file"},
    {"device", 0, true, {VALUE_DEVICE, "auto cpu gpu vulkan"}, "device"},
    {"threads", 't', true, {VALUE_FREE, NULL}, "CPU threads"},
    {"class", 'c', true, {VALUE_CLASS, NULL}, "class of the first picture"},
    {"seed", 's', true, {VALUE_FREE, NULL}, "seed of the first picture"},
    {"steps", 0, true, {VALUE_FREE, NULL}, "number of steps"},
    {"count", 'b', true, {VALUE_FREE, NULL}, "number of pictures drawn at once"},
    {"output", 0, true, {VALUE_FOLDER, NULL}, "folder where pictures are saved"},
    {"size", 0, true, {VALUE_FREE, NULL}, "size of the window"},
    {"scale", 0, true, {VALUE_FREE, NULL}, "scale of the user interface"},
    {"light", 0, false, {VALUE_FREE, NULL}, "start with the light theme"},
    {"font", 0, true, {VALUE_FILE, ".ttf .otf .ttc"}, "font file"},
    {"script", 0, true, {VALUE_FILE, NULL}, "run the commands in a file"},
    {"help", 0, false, {VALUE_FREE, NULL}, "print the options"},
    {"version", 0, false, {VALUE_FREE, NULL}, "print the version"},
};
const size_t viewer_option_count = sizeof viewer_options / sizeof viewer_options[0];
