/* What the arguments of options and commands can be. */
#include "complete/complete.h"

#include <stdio.h>
#include <string.h>

static const char *const option_words[OPTION_COUNT] = {
    [OPT_FORMAT] = "md csv json",
    [OPT_SYNTHETIC] = "imagenet256 imagenet512",
    [OPT_WEIGHTS] = "f32 f16 q8_0",
    [OPT_PRECISION] = "f32 bf16 f16",
    [OPT_DEVICE] = "auto cpu gpu vulkan",
    [OPT_ORDER] = "confidence halton",
    [OPT_CFG_SCHEDULE] = "constant linear power-cosine",
    [OPT_LOOP] = "none",
    [OPT_SAMPLER] = "confidence halton raster remdm-cap remdm-rescale remdm-conf recheck",
    [OPT_SCHEDULE] = "cosine linear square cubic pow2.5 exponential sqrt logarithmic arccos",
};

static const struct {
    const char *argument; /* as --help names it */
    struct value value;
} by_name[] = {
    {"PNG", {VALUE_FILE, ".png"}},
    {"IMAGE", {VALUE_FILE, ".png .jpg .jpeg .webp"}},
    {"MODEL", {VALUE_FILE, ".gguf"}},
    {"TOKENS", {VALUE_FILE, ".txt"}},
    {"FILE", {VALUE_FILE, NULL}},
    {"[FILE]", {VALUE_FILE, NULL}},
    {"DIR", {VALUE_FOLDER, NULL}},
    {"SHELL", {VALUE_WORDS, "bash fish zsh"}},
    {"[COMMAND]",
     {VALUE_WORDS, "generate edit outpaint vary encode decode logits info devices verify bench "
                   "completion help"}},
};

static struct value find(const char *argument) {
    for (size_t i = 0; i < sizeof by_name / sizeof by_name[0]; i++) {
        if (strcmp(by_name[i].argument, argument) == 0) {
            return by_name[i].value;
        }
    }
    return (struct value){VALUE_FREE, NULL};
}

void complete_each(const char *words, const char *before, const char *after) {
    while (*words != '\0') {
        int length = (int)strcspn(words, " ");
        printf("%s%.*s%s", before, length, words, after);
        words += length + (words[length] == ' ');
    }
}

struct value complete_option(const struct option_spec *option) {
    size_t id = (size_t)(option - option_table());
    if (option_words[id] != NULL) {
        return (struct value){VALUE_WORDS, option_words[id]};
    }
    return id == OPT_MODEL ? find("MODEL") : find(option->argument);
}

struct value complete_operand(const struct command_spec *command) {
    return find(command->operands);
}

void complete_escaped(const char *text, const char *special, const char *quote) {
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs(quote, stdout);
            continue;
        }
        if (strchr(special, *text) != NULL) {
            putchar('\\');
        }
        putchar(*text);
    }
}
