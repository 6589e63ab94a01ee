/* Scripts: the viewer driven by a file, through the same events that a person causes.
 *
 * One command per line; # begins a comment. Words with spaces stand in double quotes. Coordinates
 * are window coordinates unless something else is said.
 *
 *   wait plan | tip                                     until it is said what an edit would be, or
 *                                                       what the widget does under the mouse
 *   wait dialog                                         until no file dialog is open
 *   wait model | idle | step N | frames N | ms N        until the model is loaded, nothing is being
 *                                                       drawn and shown, N rounds are done, ...
 *   key [Ctrl+][Shift+]NAME    down NAME    up NAME     SDL's key names
 *   text STRING                                         typed
 *   click NAME | X Y           right X Y    wheel N     NAME: a widget
 *   press NAME | X Y           release NAME | X Y       the two halves of a click
 *   hover NAME                                          the mouse rests on a widget
 *   move X Y                   drag X Y X Y             left button
 *   stroke X Y X Y [X Y ...]   erase ...                the same in picture pixels (their middles)
 *   drop FILE                  resize W H               scale F     (of the widgets)
 *   set NAME VALUE             of: class seed steps images schedule sampler, the settings that are
 *                              numbers by their names (um_setting), brush vary_share lock smooth
 *                              veil dark grid order heat revised zoom shown (step)
 *                              scroll (of the panel)
 *   forget                                              messages and frame times so far
 *   note                                                the picture that is shown, if it is whole;
 *                                                       `lost` counts those that are nowhere
 *   expect NAME OP VALUE       OP: == != < <= > >= ~ (contains); NAME: see script_values.c
 *   print NAME                 screenshot FILE          quit
 */
#ifndef VIEWER_SCRIPT_H
#define VIEWER_SCRIPT_H

#include "viewer/app.h"

struct script;

/* NULL, with one line on stderr, if the file cannot be read. */
struct script *script_open(const char *path);
void script_free(struct script *script);

/* Does what can be done now, before a frame. Sets app->quit at the end, or when a line fails. */
void script_run(struct script *script, struct app *app);

/* True after a failure; it was printed. */
bool script_failed(const struct script *script);

/* ---------------------------------------------------------------- script_values.c */

/* A value as text; false if there is none of that name. `pixel X Y` and `mask X Y` take picture
 * coordinates. */
bool script_value(struct app *app, const char *name, char *text, size_t size);
bool script_set(struct app *app, const char *name, const char *value);
void script_note(const struct app *app);

#endif
