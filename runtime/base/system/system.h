/* What the runtime asks of the operating system beside thread.h, clock.h, host.h and mem.h. One
 * file per system has all of it: windows.c; or posix.c, with what differs between its kind in
 * linux.c or unix.c. Names of files are UTF-8. Failures set errno. */
#ifndef UM_BASE_SYSTEM_SYSTEM_H
#define UM_BASE_SYSTEM_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UM_SYSTEM_PATH = 4096 }; /* bytes of a path, the NUL included */

enum um_file_kind { UM_FILE_REGULAR, UM_FILE_PIPE, UM_FILE_OTHER };

/* A handle to read from, never waiting for a pipe's writer; -1. Others may rename and remove the
 * file meanwhile. */
int um_system_open(const char *path);

/* A handle to write to a new file, which only its owner may read; -1, with EEXIST if the name is
 * taken. */
int um_system_create(const char *path);

bool um_system_status(int handle, enum um_file_kind *kind, uint64_t *bytes);

/* Bytes read at that offset, at most `bytes`; 0 at the end, -1 on failure. */
int64_t um_system_read(int handle, void *data, size_t bytes, uint64_t offset);

/* All bytes, and that they have reached the disk. */
bool um_system_write(int handle, const void *data, size_t bytes);
bool um_system_sync(int handle);
bool um_system_close(int handle);

/* Gives a file another's name; whoever opens that finds the old or the new one, never none. */
bool um_system_replace(const char *from, const char *to);
bool um_system_remove(const char *path);

/* A folder for its owner alone; true if it was there. */
bool um_system_make_folder(const char *path);

/* A file held by this process alone until um_system_close() or the process's end, -1 if another has
 * it, or if it is not there and `create` is false. */
int um_system_lock(const char *path, bool create);

/* The folder in which programs keep caches, absolute, of less than `room` bytes. False if the
 * environment names none. */
bool um_system_cache_home(char *path, size_t room);

bool um_system_readable(const char *path);

/* A variable of the environment; false if there is none. One that is longer than a path becomes a
 * name that cannot be opened. */
bool um_system_environment(const char *name, char value[UM_SYSTEM_PATH]);

/* Number `index` of the folders in which models are looked for: the user's own, those of all users,
 * those that are known from where the program lies. False behind the last one. What the environment
 * does not name is "". */
bool um_system_data_folder(size_t index, char folder[UM_SYSTEM_PATH]);

/* Numbers that another process, or another call, is unlikely to get. */
void um_system_unique(unsigned long *process, unsigned long *moment);

/* Bytes at a multiple of `alignment`, which divides `bytes`; NULL. */
void *um_system_allocate(size_t alignment, size_t bytes);
void um_system_free(void *memory);

#endif
