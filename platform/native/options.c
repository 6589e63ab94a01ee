/* Every command and option, once. */
#include "options.h"

#include <stdbool.h>

#define PRECISIONS                                                                                 \
    "f32 (default), bf16 (about twice as fast; needs a CPU with AVX-512 BF16) or f16 (needs a "    \
    "GPU with F16 arithmetic; only for F16 model files)"

/* Seeds are any 64-bit number. The rows of the settings are made from the library's. */
static struct option_spec table[OPTION_COUNT] = {
    [OPT_MODEL] = {"model", 'm', KIND_TEXT, "FILE",
                   "model file (GGUF); default: $UNMASK_MODEL_PATH, else the bundled emoji-64.gguf",
                   CMD_MODEL, 0, 0, 0, 0},
    [OPT_CLASS] =
        {"class", 'c', KIND_TEXT, "CLASS",
         "class to draw, or several separated by commas: number, name, symbol, or a part of "
         "the name that only one class has; in a list, put a name with commas in double "
         "quotes: '\"kiss: woman, man\",cat'; required without --all-classes, "
         "--classes-sample or --from",
         CMD_DRAW | CMD_LOGITS | CMD_BENCH, 0, 0, 0, 0},
    [OPT_SEED] = {"seed", 's', KIND_WHOLE, "N", "random seed; default: chosen at random",
                  CMD_DRAW | CMD_BENCH, 0, UINT64_MAX, 0, 0},
    [OPT_COUNT] = {"batch", 'b', KIND_WHOLE, "N", "pictures per class; default 1", CMD_DRAW, 1,
                   100000, 0, 0},
    [OPT_PER_CLASS] = {"count", 0, KIND_WHOLE, "N", "the same as --batch", CMD_GENERATE, 1, 100000,
                       0, 0},
    [OPT_FIRST_IMAGE] = {"first-image", 0, KIND_WHOLE, "N",
                         "start at picture N of the batch, counted from 0; default 0", CMD_DRAW, 0,
                         1000000000, 0, 0},
    [OPT_CLASSES_SAMPLE] = {"classes-sample", 0, KIND_WHOLE, "N",
                            "draw N classes, evenly spaced in the model's class list", CMD_GENERATE,
                            1, 65536, 0, 0},
    [OPT_ALL_CLASSES] = {"all-classes", 0, KIND_FLAG, 0, "draw every class", CMD_GENERATE, 0, 0, 0,
                         0},
    [OPT_SHARD] =
        {"shard", 0, KIND_TEXT, "I/N",
         "split the list of pictures into N groups of about equal size and draw only group I (1 to "
         "N); with the same --seed and kind of device, all groups together equal a single run",
         CMD_GENERATE, 0, 0, 0, 0},
    [OPT_STEP_TABLE] =
        {"step-table", 0, KIND_TEXT, "FILE",
         "file with settings for each step: a line of column names (mask_ratio, temperature, "
         "choice_temperature, cfg_scale), then a line per step, where '-' keeps the value "
         "without a table; none = ignore the table stored in the --from picture",
         CMD_DRAW, 0, 0, 0, 0},
    [OPT_FROM] = {"from", 0, KIND_TEXT, "PNG",
                  "take the settings from a picture made by unmask; other options override them",
                  CMD_DRAW, 0, 0, 0, 0},
    [OPT_IMAGE] =
        {"init-img", 'i', KIND_TEXT, "IMAGE",
         "the picture to start from (PNG, JPEG or WebP), - = stdin; transparent pixels become "
         "white; a picture saved with --scale is first reduced to its original size, and the "
         "result is enlarged again, unless --scale or --from sets another factor; required",
         CMD_CHANGE, 0, 0, 0, 0},
    [OPT_MASK] = {"mask", 0, KIND_TEXT, "IMAGE",
                  "picture of the same size: white (middle grey or lighter) = redraw, black or "
                  "transparent (less than half opaque) = keep; exception: if a mask has only dark "
                  "strokes on transparency, the strokes are redrawn",
                  CMD_EDIT | CMD_VARY, 0, 0, 0, 0},
    [OPT_BOX] = {"box", 0, KIND_TEXT, "T,L,H,W",
                 "rectangle to redraw, in pixels of the input file: top, left, height, width",
                 CMD_EDIT | CMD_VARY, 0, 0, 0, 0},
    [OPT_LEFT] = {"left", 0, KIND_WHOLE, "N", "pixels to add on the left, 0 to 8192; default 0",
                  CMD_OUTPAINT, 0, 8192, 0, 0},
    [OPT_RIGHT] = {"right", 0, KIND_WHOLE, "N", "pixels to add on the right, 0 to 8192; default 0",
                   CMD_OUTPAINT, 0, 8192, 0, 0},
    [OPT_TOP] = {"top", 0, KIND_WHOLE, "N", "pixels to add at the top, 0 to 8192; default 0",
                 CMD_OUTPAINT, 0, 8192, 0, 0},
    [OPT_BOTTOM] = {"bottom", 0, KIND_WHOLE, "N",
                    "pixels to add at the bottom, 0 to 8192; default 0", CMD_OUTPAINT, 0, 8192, 0,
                    0},
    [OPT_PANORAMA] =
        {"panorama", 0, KIND_WHOLE, "N",
         "extend left and right until the picture is N times as wide as the model's own pictures; "
         "cannot be combined with --left or --right",
         CMD_OUTPAINT, 2, 8192, 0, 0},
    [OPT_SHARE] = {"share", 0, KIND_REAL, "F",
                   "fraction of the tokens to redraw, 0.001 to 1; default 0.5", CMD_VARY, 0, 0,
                   0.001, 1},
    [OPT_ORDER] =
        {"order", 0, KIND_TEXT, "O",
         "which tokens are redrawn: confidence (default; those that the model finds least "
         "probable) or halton (evenly spread)",
         CMD_VARY, 0, 0, 0, 0},
    [OPT_TOKENS] =
        {"tokens", 0, KIND_TEXT, "FILE",
         "file with the token grid, one row per line, -1 for a masked token; - = stdin; required",
         CMD_LOGITS, 0, 0, 0, 0},
    [OPT_OUTPUT] =
        {"output", 'o', KIND_TEXT, "FILE",
         "output file: .png, .ppm or .npy (float32), - = PNG on stdout; for several pictures, "
         "a pattern with a place for the number of each picture, such as out_%03d.png (%% = %); "
         "default out.png or "
         "out_%03d.png; hash = print a digest of the pixels, null = write nothing",
         CMD_DRAW | CMD_ENCODE | CMD_DECODE | CMD_LOGITS, 0, 0, 0, 0},
    [OPT_SCALE] =
        {"scale", 0, KIND_WHOLE, "N",
         "enlarge pictures by a factor of N; default 1, or that of the --from picture; for a "
         "contact sheet, the largest factor with pictures at most 192 pixels wide",
         CMD_DRAW | CMD_DECODE, 1, 64, 0, 0},
    [OPT_SHEET] =
        {"sheet", 0, KIND_TEXT, "PNG",
         "write a contact sheet of all pictures; without --output, only the sheet is written",
         CMD_DRAW, 0, 0, 0, 0},
    [OPT_SAVE_STEPS] = {"save-steps", 0, KIND_TEXT, "DIR",
                        "write a picture of each step to the folder DIR: step_NN.png, or "
                        "picture_NNN_step_NN.png for several pictures",
                        CMD_DRAW, 0, 0, 0, 0},
    [OPT_SAVE_ANIM] =
        {"save-anim", 0, KIND_TEXT, "PNG",
         "write an animated PNG of the steps; for several pictures, a pattern as in --output",
         CMD_DRAW, 0, 0, 0, 0},
    [OPT_TOKENS_OUT] =
        {"tokens-out", 0, KIND_TEXT, "FILE",
         "write the token grid as text; for several pictures, a pattern as in --output", CMD_DRAW,
         0, 0, 0, 0},
    [OPT_NO_METADATA] = {"no-metadata", 0, KIND_FLAG, 0,
                         "do not store the settings in the PNG files", CMD_DRAW, 0, 0, 0, 0},
    [OPT_RUNS] = {"runs", 0, KIND_WHOLE, "N", "timed runs per row; default 5", CMD_BENCH, 1, 1000,
                  0, 0},
    [OPT_BUDGET] = {"budget", 0, KIND_REAL, "SECONDS",
                    "time limit per row, 0.1 to 3600 seconds; default 15", CMD_BENCH, 0, 0, 0.1,
                    3600},
    [OPT_SYNTHETIC] = {"synthetic", 0, KIND_TEXT, "SIZE",
                       "use random weights instead of a model file: imagenet256 or imagenet512",
                       CMD_BENCH, 0, 0, 0, 0},
    [OPT_WEIGHTS] = {"type", 0, KIND_TEXT, "T",
                     "type of the --synthetic weights: f32, f16 (default) or q8_0", CMD_BENCH, 0, 0,
                     0, 0},
    [OPT_AUTOREGRESSIVE] = {"autoregressive", 0, KIND_FLAG, 0,
                            "also time the same transformer drawing one token after another",
                            CMD_BENCH, 0, 0, 0, 0},
    [OPT_ALL_DEVICES] = {"all-devices", 0, KIND_FLAG, 0,
                         "measure every device listed by `unmask devices`", CMD_BENCH, 0, 0, 0, 0},
    [OPT_FORMAT] = {"format", 'o', KIND_TEXT, "F",
                    "output format: md (Markdown, default), csv or json", CMD_BENCH, 0, 0, 0, 0},
    [OPT_COMPARE] = {"compare", 0, KIND_TEXT, "FILE",
                     "show an earlier result (json) beside this one", CMD_BENCH, 0, 0, 0, 0},
    [OPT_JSON] = {"json", 0, KIND_FLAG, 0, "print a report as one JSON object on stdout",
                  CMD_DRAW | CMD_INFO | CMD_DEVICES | CMD_BENCH, 0, 0, 0, 0},
    [OPT_DEVICE] =
        {"device", 0, KIND_TEXT, "D",
         "auto, cpu, gpu (real GPUs only), vulkan (also software drivers), a number listed by "
         "`unmask devices`, part of a name, or a UUID; default: $UNMASK_DEVICE, else auto",
         CMD_MODEL, 0, 0, 0, 0},
    [OPT_THREADS] = {"threads", 't', KIND_WHOLE, "N",
                     "CPU threads; default 0 = all, or as many as a CPU quota allows", CMD_MODEL, 0,
                     1024, 0, 0},
    [OPT_PRECISION] = {"precision", 0, KIND_TEXT, "P",
                       PRECISIONS "; bf16 and f16 may change some tokens",
                       CMD_DRAW | CMD_LOGITS | CMD_BENCH, 0, 0, 0, 0},
    [OPT_QUIET] = {"quiet", 'q', KIND_FLAG, 0, "print only results and errors", CMD_ALL, 0, 0, 0,
                   0},
    [OPT_VERBOSE] = {"verbose", 'v', KIND_FLAG, 0, "print more messages; -vv prints even more",
                     CMD_ALL, 0, 0, 0, 0},
    [OPT_HELP] = {"help", 'h', KIND_FLAG, 0, "print this text", CMD_ALL, 0, 0, 0, 0},
    [OPT_VERSION] = {"version", 0, KIND_FLAG, 0, "print the version and how it was built", CMD_ALL,
                     0, 0, 0, 0},
};

/* Where a command needs another text than the table's. */
static const struct {
    enum option_id option;
    unsigned commands;
    const char *help;
} other_texts[] = {
    {OPT_CLASS, CMD_CHANGE,
     "class to draw, or several separated by commas: number, name, symbol, or a part of the name "
     "that only one class has; default: the class stored in the input picture"},
    {OPT_CLASS, CMD_LOGITS,
     "class: number, name, symbol, or a part of the name that only one class has; -1 = "
     "the null class; required"},
    {OPT_CLASS, CMD_BENCH,
     "class to draw: number, name, symbol, or a part of the name that only one class has; "
     "default 0"},
    {OPT_SEED, CMD_BENCH, "random seed; default 1"},
    {OPT_STEPS, CMD_BENCH, "number of steps, 1 to 1024; default 12 (8 for imagenet256)"},
    {OPT_OUTPUT, CMD_ENCODE, "output file for the token grid, - = stdout (default)"},
    {OPT_OUTPUT, CMD_LOGITS, "output file (.npy), - = stdout; default logits.npy"},
    {OPT_OUTPUT, CMD_DECODE,
     "output file: .png, .ppm or .npy (float32), - = PNG on stdout; default out.png; hash "
     "= print a digest of the pixels, null = write nothing"},
    {OPT_SCALE, CMD_CHANGE,
     "enlarge pictures by a factor of N; default: that of the --from picture, else of the input "
     "picture; for a contact sheet, the largest factor with pictures at most 192 pixels wide"},
    {OPT_SCALE, CMD_DECODE, "enlarge the picture by a factor of N; default 1"},
    {OPT_PRECISION, CMD_LOGITS, PRECISIONS "; bf16 and f16 reduce the accuracy of the logits"},
    {OPT_PRECISION, CMD_BENCH, PRECISIONS},
    {OPT_QUIET, CMD_DRAW, "print only results, errors and the seed"},
    {OPT_JSON, CMD_BENCH, "the same as --format json"},
};

static struct option_spec setting_row(const um_setting *setting) {
    static const char *const arguments[] = {
        [UM_KIND_WHOLE] = "N",   [UM_KIND_REAL] = "F",         [UM_KIND_SCHEDULE] = "S",
        [UM_KIND_SAMPLER] = "S", [UM_KIND_CFG_SCHEDULE] = "S", [UM_KIND_LOOP] = "ON[,OFF[,ALPHA]]",
    };
    bool whole = setting->kind == UM_KIND_WHOLE, real = setting->kind == UM_KIND_REAL;
    return (struct option_spec){.name = setting->option,
                                .kind = whole  ? KIND_WHOLE
                                        : real ? KIND_REAL
                                               : KIND_TEXT,
                                .argument = arguments[setting->kind],
                                .help = setting->help,
                                .commands = CMD_DRAW,
                                .least = whole ? (uint64_t)setting->least : 0,
                                .most = whole ? (uint64_t)setting->most : 0,
                                .low = setting->least,
                                .high = setting->most};
}

const struct option_spec *option_table(void) {
    if (table[OPT_SETTING].name == NULL) {
        for (int id = 0; id < UM_SETTING_COUNT; id++) {
            table[OPT_SETTING + id] = setting_row(um_setting_info((um_setting_id)id));
        }
        table[OPT_STEPS].commands |= CMD_BENCH;
    }
    return table;
}

const char *option_help(enum option_id option, unsigned command) {
    for (size_t i = 0; i < sizeof other_texts / sizeof other_texts[0]; i++) {
        if (other_texts[i].option == option && (other_texts[i].commands & command) != 0) {
            return other_texts[i].help;
        }
    }
    return option_table()[option].help;
}

#define MODEL_DEFAULTS                                                                             \
    "Options for which no default is listed take theirs from the model file; `unmask info` "       \
    "prints the most important ones."
#define PICTURE_DEFAULTS                                                                           \
    "Without --class, the class stored in the picture is used; a picture that stores none needs "  \
    "--class. " MODEL_DEFAULTS

const struct command_spec command_table[] = {
    {"generate", "", "draw pictures of one or more classes",
     "A class is a kind of picture that the model can draw; `unmask info` lists the "
     "classes of the default model. Writes "
     "out.png, or out_000.png, out_001.png, ... if there are several, and prints the file "
     "names. " MODEL_DEFAULTS,
     CMD_GENERATE, 0, 0, cmd_generate},
    {"edit", "", "redraw part of a picture (inpainting)",
     "--mask or --box marks the part. Outside this part, only a soft edge around it changes. "
     "The picture may be larger than the model's own pictures (64 x 64 pixels with the "
     "bundled model), but not smaller. " PICTURE_DEFAULTS,
     CMD_EDIT, 0, 0, cmd_edit},
    {"outpaint", "", "extend a picture beyond its edges (outpainting)",
     "Give at least one of --left, --right, --top, --bottom and --panorama. In the "
     "original picture, only a soft edge along the new parts changes. " PICTURE_DEFAULTS,
     CMD_OUTPAINT, 0, 0, cmd_outpaint},
    {"vary", "", "draw variations of a picture",
     "Redraws a fraction of the picture's tokens and keeps the others. With --mask or --box, only "
     "tokens in the marked part are redrawn. " PICTURE_DEFAULTS,
     CMD_VARY, 0, 0, cmd_vary},
    {"encode", "IMAGE", "convert a picture to a token grid",
     "IMAGE is a PNG, JPEG or WebP file (- = stdin). It must have the model's picture "
     "size (64 x 64 pixels for the bundled model). Transparent "
     "pixels become white. A picture saved with --scale is first reduced to its original size.",
     CMD_ENCODE, 1, 1, cmd_encode},
    {"decode", "TOKENS", "convert a token grid to a picture",
     "TOKENS is a text file with one row of the grid per line (- = stdin).", CMD_DECODE, 1, 1,
     cmd_decode},
    {"logits", "", "run the transformer once and write its logits",
     "The result is a float32 array of shape (positions, codes).", CMD_LOGITS, 0, 0, cmd_logits},
    {"info", "[FILE]", "print the contents of a model file or the settings stored in a picture",
     "Without FILE, it prints the contents of the default model. A picture can be read from a pipe "
     "(- = "
     "stdin); a model must be a file.",
     CMD_INFO, 0, 1, cmd_info},
    {"devices", "", "list the available devices",
     "The default is marked with *. --device takes the number in front of a device.", CMD_DEVICES,
     0, 0, cmd_devices},
    {"verify", "MODEL", "check a model file: structure, sizes and digests", NULL, CMD_VERIFY, 1, 1,
     cmd_verify},
    {"bench", "", "measure how fast a device draws pictures and runs steps and kernels",
     "Prints a table with one row per measurement: the median, the spread, and the speed "
     "as a percentage of the device's peak FLOP/s or memory bandwidth, which is measured "
     "in the same run. Results are first checked against a second implementation; if a "
     "check fails, its row shows the reason. If interrupted, it prints the rows measured "
     "so far.",
     CMD_BENCH, 0, 0, cmd_bench},
    {"completion", "SHELL", "print a completion script for a shell",
     "SHELL is bash, zsh or fish. To enable completion in the current bash session:\n  source "
     "<(unmask completion bash)",
     CMD_COMPLETION, 1, 1, cmd_completion},
    {"help", "[COMMAND]", "list the commands, or the options of one command", NULL, CMD_HELP, 0, 1,
     cmd_help},
};

const size_t command_count = sizeof command_table / sizeof command_table[0];
