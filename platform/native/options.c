/* Every command and option, once. */
#include "options.h"

/* Seeds are any 64-bit number; the session takes at most 1024 steps. */
const struct option_spec option_table[OPTION_COUNT] = {
    [OPT_MODEL] = {"model", 'm', KIND_TEXT, "FILE",
                   "model file (GGUF); default: $UNMASK_MODEL_PATH, else the bundled emoji-64.gguf",
                   CMD_MODEL, 0, 0, 0, 0},
    [OPT_CLASS] =
        {"class", 'c', KIND_TEXT, "CLASS[,CLASS...]",
         "what to draw: a number, a name, a part of one, or the emoji itself; a name with "
         "commas in double quotes",
         CMD_DRAW | CMD_LOGITS | CMD_BENCH, 0, 0, 0, 0},
    [OPT_SEED] = {"seed", 's', KIND_WHOLE, "N",
                  "seed of all randomness; default: a random one (bench: 1)", CMD_DRAW | CMD_BENCH,
                  0, UINT64_MAX, 0, 0},
    [OPT_COUNT] = {"batch", 'b', KIND_WHOLE, "N", "pictures per class; default 1", CMD_DRAW, 1,
                   100000, 0, 0},
    [OPT_PER_CLASS] = {"count", 0, KIND_WHOLE, "N", "the same as --batch", CMD_GENERATE, 1, 100000,
                       0, 0},
    [OPT_FIRST_IMAGE] = {"first-image", 0, KIND_WHOLE, "N",
                         "number the pictures from N: picture N of a batch can be drawn alone; "
                         "default 0",
                         CMD_DRAW, 0, 1000000000, 0, 0},
    [OPT_CLASSES_SAMPLE] = {"classes-sample", 0, KIND_WHOLE, "N",
                            "N classes spread over the model's list, instead of --class",
                            CMD_GENERATE, 1, 65536, 0, 0},
    [OPT_ALL_CLASSES] = {"all-classes", 0, KIND_FLAG, 0, "every class, instead of --class",
                         CMD_GENERATE, 0, 0, 0, 0},
    [OPT_SHARD] = {"shard", 0, KIND_TEXT, "I/N",
                   "draw only the I-th of N equal parts of the pictures, I from 1; all parts "
                   "together are what one run draws",
                   CMD_GENERATE, 0, 0, 0, 0},
    [OPT_STEPS] = {"steps", 0, KIND_WHOLE, "N",
                   "rounds of unmasking, 1 to 1024; default: the model's (bench: 12 with a file)",
                   CMD_DRAW | CMD_BENCH, 1, 1024, 0, 0},
    [OPT_SCHEDULE] = {"schedule", 0, KIND_TEXT, "S",
                      "how many tokens stay masked: cosine, linear, square, cubic, powK (pow2.5), "
                      "exponential, sqrt, logarithmic, arccos, or a share per step (0.9,0.7,0); "
                      "default: the model's",
                      CMD_DRAW, 0, 0, 0, 0},
    [OPT_SAMPLER] =
        {"sampler", 0, KIND_TEXT, "S",
         "how tokens are chosen: confidence, halton (an even spread), raster (row by row), "
         "or one that revises: remdm-cap, remdm-rescale, remdm-conf, recheck; default: "
         "the model's",
         CMD_DRAW, 0, 0, 0, 0},
    [OPT_ETA] = {"eta", 0, KIND_REAL, "F",
                 "remdm: how readily fixed tokens are masked again, up to 1; default: the model's",
                 CMD_DRAW, 0, 0, 1e-6, 1},
    [OPT_LOOP] = {"loop", 0, KIND_TEXT, "ON[,OFF[,ALPHA]]",
                  "remdm: with time running from 1 to 0, revise only from ON until OFF (0.05), "
                  "while the share ALPHA (0.9) of the tokens is fixed; none = all the time",
                  CMD_DRAW, 0, 0, 0, 0},
    [OPT_RECHECK_ROUNDS] = {"recheck-rounds", 0, KIND_WHOLE, "N",
                            "recheck: steps after the others that judge an eighth of the tokens "
                            "each, 1 to 256; default: the model's",
                            CMD_DRAW, 1, 256, 0, 0},
    [OPT_RECHECK_THRESHOLD] = {"recheck-threshold", 0, KIND_REAL, "F",
                               "recheck: draw anew what is less probable than this share of the "
                               "most probable code, up to 1; default: the model's",
                               CMD_DRAW, 0, 0, 1e-6, 1},
    [OPT_TEMPERATURE] = {"temperature", 0, KIND_REAL, "F",
                         "divides the logits, 0.0001 to 100; default: the model's", CMD_DRAW, 0, 0,
                         1e-4, 100},
    [OPT_TOP_K] = {"top-k", 0, KIND_WHOLE, "N",
                   "draw from the N most probable codes, 0 = all; default: the model's", CMD_DRAW,
                   0, 65536, 0, 0},
    [OPT_TOP_P] = {"top-p", 0, KIND_REAL, "F",
                   "draw from the fewest codes that have this probability together, 1 = all; "
                   "default: the model's",
                   CMD_DRAW, 0, 0, 1e-6, 1},
    [OPT_CHOICE_TEMPERATURE] = {"choice-temperature", 0, KIND_REAL, "F",
                                "noise on the confidences, 0 = none; default: the model's",
                                CMD_DRAW, 0, 0, 0, 1000},
    [OPT_CFG_SCALE] = {"cfg-scale", 0, KIND_REAL, "F",
                       "guidance scale, 0 = none; default: the model's", CMD_DRAW, 0, 0, 0, 100},
    [OPT_CFG_SCHEDULE] = {"cfg-schedule", 0, KIND_TEXT, "S",
                          "how guidance rises over the steps: constant, linear, power-cosine, "
                          "power-cosineK; default: the model's",
                          CMD_DRAW, 0, 0, 0, 0},
    [OPT_STEP_TABLE] = {"step-table", 0, KIND_TEXT, "FILE",
                        "settings of each step: a line of column names (mask_ratio, temperature, "
                        "choice_temperature, cfg_scale), then a line per step, - = as without it; "
                        "none = no table",
                        CMD_DRAW, 0, 0, 0, 0},
    [OPT_FROM] = {"from", 0, KIND_TEXT, "PNG",
                  "take the settings from a picture made by unmask; other options win", CMD_DRAW, 0,
                  0, 0, 0},
    [OPT_IMAGE] = {"init-img", 'i', KIND_TEXT, "IMAGE",
                   "the picture to start from (PNG, JPEG or WebP), - = stdin; transparency becomes "
                   "white; one that was saved with --scale is worked on at its own size and "
                   "enlarged again",
                   CMD_CHANGE, 0, 0, 0, 0},
    [OPT_MASK] = {"mask", 0, KIND_TEXT, "IMAGE",
                  "what to draw anew: a picture of the same size, light (from middle grey on) = "
                  "repaint, dark or less than half opaque = keep; where dark strokes are all there "
                  "is on a transparent layer, the strokes are repainted",
                  CMD_EDIT | CMD_VARY, 0, 0, 0, 0},
    [OPT_BOX] = {"box", 0, KIND_TEXT, "T,L,H,W",
                 "the same as a rectangle in pixels: top, left, height, width", CMD_EDIT | CMD_VARY,
                 0, 0, 0, 0},
    [OPT_LEFT] = {"left", 0, KIND_WHOLE, "N", "pixels to add at the left", CMD_OUTPAINT, 0, 8192, 0,
                  0},
    [OPT_RIGHT] = {"right", 0, KIND_WHOLE, "N", "pixels to add at the right", CMD_OUTPAINT, 0, 8192,
                   0, 0},
    [OPT_TOP] = {"top", 0, KIND_WHOLE, "N", "pixels to add at the top", CMD_OUTPAINT, 0, 8192, 0,
                 0},
    [OPT_BOTTOM] = {"bottom", 0, KIND_WHOLE, "N", "pixels to add at the bottom", CMD_OUTPAINT, 0,
                    8192, 0, 0},
    [OPT_PANORAMA] = {"panorama", 0, KIND_WHOLE, "N",
                      "add at the left and the right until it is N model pictures wide",
                      CMD_OUTPAINT, 2, 8192, 0, 0},
    [OPT_SHARE] = {"share", 0, KIND_REAL, "F",
                   "how much of the picture is drawn anew, 0.001 to 1; default 0.5", CMD_VARY, 0, 0,
                   0.001, 1},
    [OPT_ORDER] = {"order", 0, KIND_TEXT, "O",
                   "which part: confidence, what the model finds least probable (default), or "
                   "halton, an even spread",
                   CMD_VARY, 0, 0, 0, 0},
    [OPT_TOKENS] = {"tokens", 0, KIND_TEXT, "FILE",
                    "token grid, one row per line, -1 = masked, - = stdin", CMD_LOGITS, 0, 0, 0, 0},
    [OPT_OUTPUT] = {"output", 'o', KIND_TEXT, "FILE",
                    "where the result goes, - = stdout; pictures: .png, .npy (float32), "
                    ".ppm, hash or null, several pictures need a pattern like out_%03d.png; %% = %",
                    CMD_DRAW | CMD_ENCODE | CMD_DECODE | CMD_LOGITS, 0, 0, 0, 0},
    [OPT_SCALE] = {"scale", 0, KIND_WHOLE, "N",
                   "enlarge pictures N times; default 1 (sheet: to about 192 pixels each)",
                   CMD_DRAW | CMD_DECODE, 1, 64, 0, 0},
    [OPT_SHEET] = {"sheet", 0, KIND_TEXT, "PNG",
                   "one picture of all that were drawn; without --output it is the only one",
                   CMD_DRAW, 0, 0, 0, 0},
    [OPT_SAVE_STEPS] = {"save-steps", 0, KIND_TEXT, "DIR",
                        "one picture per step into DIR, masked tokens covered", CMD_DRAW, 0, 0, 0,
                        0},
    [OPT_SAVE_ANIM] = {"save-anim", 0, KIND_TEXT, "PNG", "animated PNG of the reveal", CMD_DRAW, 0,
                       0, 0, 0},
    [OPT_TOKENS_OUT] = {"tokens-out", 0, KIND_TEXT, "FILE", "the token grid as text", CMD_DRAW, 0,
                        0, 0, 0},
    [OPT_NO_METADATA] = {"no-metadata", 0, KIND_FLAG, 0, "no settings in the PNG files", CMD_DRAW,
                         0, 0, 0, 0},
    [OPT_RUNS] = {"runs", 0, KIND_WHOLE, "N", "timed runs per row; default 5", CMD_BENCH, 1, 1000,
                  0, 0},
    [OPT_BUDGET] = {"budget", 0, KIND_REAL, "SECONDS",
                    "most time for a row, 0.1 to 3600; default 15", CMD_BENCH, 0, 0, 0.1, 3600},
    [OPT_SYNTHETIC] = {"synthetic", 0, KIND_TEXT, "SIZE",
                       "random weights instead of a model file: imagenet256 or imagenet512",
                       CMD_BENCH, 0, 0, 0, 0},
    [OPT_WEIGHTS] = {"type", 0, KIND_TEXT, "T",
                     "with --synthetic, the type of the weights: f32, f16 (default) or q8_0",
                     CMD_BENCH, 0, 0, 0, 0},
    [OPT_AUTOREGRESSIVE] = {"autoregressive", 0, KIND_FLAG, 0,
                            "also time the same transformer drawing one token after another",
                            CMD_BENCH, 0, 0, 0, 0},
    [OPT_ALL_DEVICES] = {"all-devices", 0, KIND_FLAG, 0, "measure every device of `unmask devices`",
                         CMD_BENCH, 0, 0, 0, 0},
    [OPT_FORMAT] = {"format", 'o', KIND_TEXT, "F", "md (default), csv or json", CMD_BENCH, 0, 0, 0,
                    0},
    [OPT_COMPARE] = {"compare", 0, KIND_TEXT, "FILE",
                     "an earlier result (json) to show beside this one", CMD_BENCH, 0, 0, 0, 0},
    [OPT_JSON] = {"json", 0, KIND_FLAG, 0, "one JSON object on stdout",
                  CMD_DRAW | CMD_INFO | CMD_DEVICES | CMD_BENCH, 0, 0, 0, 0},
    [OPT_DEVICE] = {"device", 0, KIND_TEXT, "D",
                    "auto, cpu, gpu, vulkan, a number of `unmask devices`, part of a name, or a "
                    "UUID; "
                    "default: $UNMASK_DEVICE, else auto",
                    CMD_MODEL, 0, 0, 0, 0},
    [OPT_THREADS] = {"threads", 't', KIND_WHOLE, "N",
                     "CPU threads; default 0 = all, or what a CPU quota allows", CMD_MODEL, 0, 1024,
                     0, 0},
    [OPT_PRECISION] = {"precision", 0, KIND_TEXT, "P",
                       "f32 (default); bf16: the transformer in bf16, about twice as fast on CPUs "
                       "with AVX-512 BF16; f16: factors in F16 on the matrix units of a GPU, for "
                       "files in F16; tokens may differ",
                       CMD_DRAW | CMD_LOGITS | CMD_BENCH, 0, 0, 0, 0},
    [OPT_QUIET] = {"quiet", 'q', KIND_FLAG, 0, "only errors (and the seed) on stderr", CMD_ALL, 0,
                   0, 0, 0},
    [OPT_VERBOSE] = {"verbose", 'v', KIND_FLAG, 0, "say more; twice: everything", CMD_ALL, 0, 0, 0,
                     0},
    [OPT_HELP] = {"help", 'h', KIND_FLAG, 0, "this text", CMD_ALL, 0, 0, 0, 0},
    [OPT_VERSION] = {"version", 0, KIND_FLAG, 0, "version and build", CMD_ALL, 0, 0, 0, 0},
};

const struct command_spec command_table[] = {
    {"generate", "", "draw pictures of classes",
     "Writes out.png (several pictures: out_%03d.png) and prints the names of the files.",
     CMD_GENERATE, 0, 0, cmd_generate},
    {"edit", "", "draw a part of a picture anew",
     "The part is what --mask or --box marks; away from it and a soft edge the picture stays as it "
     "is, byte for byte. Pictures may be larger than the model's. Without --class a picture made "
     "by "
     "unmask keeps its own.",
     CMD_EDIT, 0, 0, cmd_edit},
    {"outpaint", "", "draw what lies beyond the sides of a picture",
     "Away from a soft edge the picture itself stays as it is, byte for byte. Without --class a "
     "picture made by unmask keeps its own.",
     CMD_OUTPAINT, 0, 0, cmd_outpaint},
    {"vary", "", "draw variations of a picture",
     "Keeps a share of the picture's tokens and draws the others anew; with --mask or --box only "
     "there. Without --class a picture made by unmask keeps its own.",
     CMD_VARY, 0, 0, cmd_vary},
    {"encode", "IMAGE", "turn a picture into a token grid",
     "IMAGE is a PNG, JPEG or WebP file of the model's size (- = stdin); transparency becomes "
     "white, an enlargement that --scale made is undone. The grid goes to stdout unless --output "
     "names a file.",
     CMD_ENCODE, 1, 1, cmd_encode},
    {"decode", "TOKENS", "turn a token grid into a picture",
     "TOKENS is a text file, one row of the grid per line (- = stdin). Writes out.png unless "
     "--output says otherwise.",
     CMD_DECODE, 1, 1, cmd_decode},
    {"logits", "", "one forward pass: scores of every code at every position",
     "Writes float32 (positions, codes) to logits.npy unless --output names a file. CLASS is one "
     "class, or -1 for the null class.",
     CMD_LOGITS, 0, 0, cmd_logits},
    {"info", "FILE", "show what a model file or a picture's metadata says",
     "A picture may come through a pipe (- = stdin); a model has to be a file.", CMD_INFO, 1, 1,
     cmd_info},
    {"devices", "", "list the devices that can draw",
     "The default is marked with *. Positions are what --device takes.", CMD_DEVICES, 0, 0,
     cmd_devices},
    {"verify", "MODEL", "check a model file: structure, sizes and digests", NULL, CMD_VERIFY, 1, 1,
     cmd_verify},
    {"bench", "", "measure what a device does: pictures, steps, kernels",
     "Prints medians, and beside them how much of what the device could do at most that is. "
     "Results are compared with another path's before a time is believed; a row that fails says "
     "so and why. Interrupted, it prints what it has.",
     CMD_BENCH, 0, 0, cmd_bench},
    {"completion", "SHELL", "print a script that lets a shell complete commands and options",
     "SHELL is bash, zsh or fish. For the running bash: source <(unmask completion bash)",
     CMD_COMPLETION, 1, 1, cmd_completion},
    {"help", "[COMMAND]", "print this, or the options of a command", NULL, CMD_HELP, 0, 1,
     cmd_help},
};

const size_t command_count = sizeof command_table / sizeof command_table[0];
