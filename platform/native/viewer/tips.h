/* What each setting does. */
#ifndef VIEWER_TIPS_H
#define VIEWER_TIPS_H

/* One sentence about the widget of that name, and its key; NULL if there is none. */
const char *tip_of(const char *name);

#endif
