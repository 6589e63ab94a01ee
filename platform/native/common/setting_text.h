/* Settings as text: what --from, options, metadata, JSON and the window say of um_sampling. */
#ifndef CLI_COMMON_SETTING_TEXT_H
#define CLI_COMMON_SETTING_TEXT_H

#include "common/json.h"

#include <unmask/unmask.h>

enum { SETTING_TEXT = 256 };

/* As options take it: "0.9", "power-cosine2", "0.7,0.1"; "none" for no loop, "table" for a schedule
 * of shares. Returns `text`. */
const char *setting_text(char text[SETTING_TEXT], um_setting_id id, const um_sampling *sampling);

/* The reverse, without shares. False if it is nothing that the setting can be. */
bool setting_read(um_setting_id id, um_sampling *sampling, const char *text);

/* The number of a setting for people: what stands for it where nothing is said, not NAN. */
double setting_number(um_setting_id id, const um_sampling *sampling);

/* Whether a setting is kept as a number. */
bool setting_is_number(um_setting_id id);

/* A member of the setting's name. */
void setting_json(struct json *json, um_setting_id id, const um_sampling *sampling);

/* Replaces what is the default by what `defaults` says. */
void setting_fill(um_sampling *sampling, const um_sampling *defaults);

#endif
