/* Where files are: addresses as file managers give them, the folder for pictures. Pure text, but
 * for the folder. */
#ifndef VIEWER_PLACES_H
#define VIEWER_PLACES_H

#include <stdbool.h>
#include <stddef.h>

/* The path in "file:///a%20b", "file://host/a" or "file:/a"; any other text as it is. A new string
 * (free); NULL when memory has run out. */
char *path_of_uri(const char *text);

/* True for "/run/user/1000/doc/1a2b/name": one file that a sandbox was given, and may write under
 * that name only. */
bool path_is_document(const char *path);

/* "a b" of "/x/a b.jpeg": without folder and ending, cut to fit. */
void path_stem(char *stem, size_t size, const char *path);

/* The folder for pictures: $XDG_PICTURES_DIR, else what user-dirs.dirs says, else ~/Pictures, else
 * the current folder. It need not exist. False if it does not fit. */
bool pictures_folder(char *folder, size_t size);

/* What user-dirs.dirs, whose text is given, says of XDG_PICTURES_DIR. False if it says nothing. */
bool pictures_in_user_dirs(char *folder, size_t size, const char *text, const char *home);

/* Makes the path absolute; false if it does not fit. */
bool path_make_absolute(char *path, size_t size);

/* Makes the folder of the file `path`, and those that it is in, where they are missing. */
void make_folders(const char *path);

#endif
