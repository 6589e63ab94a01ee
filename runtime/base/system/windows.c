/* Windows: names of files are UTF-8 here and UTF-16 there. */
#define WIN32_LEAN_AND_MEAN
#include "base/clock.h"
#include "base/host.h"
#include "base/mem.h"
#include "base/system/system.h"
#include "base/thread.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

enum { READ_BYTES = 1 << 30, ATTEMPTS = 50, PAUSE_MS = 10 };

double um_clock_seconds(void) {
    LARGE_INTEGER now, frequency;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}

void *um_system_allocate(size_t alignment, size_t bytes) {
    return _aligned_malloc(bytes, alignment);
}

void um_system_free(void *memory) {
    _aligned_free(memory);
}

void um_discard(void *memory, size_t bytes) {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    const uintptr_t page = info.dwPageSize, start = (uintptr_t)memory;
    const uintptr_t first = (start + page - 1) / page * page, after = (start + bytes) / page * page;
    if (first < after) /* a hint: failing is harmless */
        (void)VirtualAlloc((void *)first, after - first, MEM_RESET, PAGE_READWRITE);
}

/* They take a right that few users have. */
void um_prefer_large_pages(void *memory, size_t bytes) {
    (void)memory;
    (void)bytes;
}

/* ---------------------------------------------------------------- files */

static int errno_of(DWORD code) {
    switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_NETPATH:
        return ENOENT;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
        return EACCES;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
        return EEXIST;
    case ERROR_TOO_MANY_OPEN_FILES:
        return EMFILE;
    case ERROR_FILENAME_EXCED_RANGE:
        return ENAMETOOLONG;
    case ERROR_DISK_FULL:
        return ENOSPC;
    default:
        return EIO;
    }
}

static bool failed(void) {
    errno = errno_of(GetLastError());
    return false;
}

static bool widen(const char *path, WCHAR wide[UM_SYSTEM_PATH]) {
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, UM_SYSTEM_PATH) > 0)
        return true;
    errno = GetLastError() == ERROR_INSUFFICIENT_BUFFER ? ENAMETOOLONG : ENOENT;
    return false;
}

/* Whoever reads, writes or locks a file leaves others free to rename and remove it. */
static int open_file(const char *path, DWORD access, DWORD how, DWORD flags) {
    WCHAR wide[UM_SYSTEM_PATH];
    if (!widen(path, wide))
        return -1;
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    HANDLE file = CreateFileW(wide, access, share, NULL, how, flags, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        failed();
        errno = errno == ENOENT && wcslen(wide) >= MAX_PATH ? ENAMETOOLONG : errno;
        return -1;
    }
    int handle = _open_osfhandle((intptr_t)file, _O_BINARY);
    if (handle < 0) {
        CloseHandle(file);
        errno = EMFILE;
    }
    return handle;
}

static HANDLE file_of(int handle) {
    return (HANDLE)_get_osfhandle(handle);
}

int um_system_open(const char *path) {
    return open_file(path, GENERIC_READ, OPEN_EXISTING,
                     FILE_FLAG_BACKUP_SEMANTICS); /* a folder opens, too, and is named as such */
}

int um_system_create(const char *path) {
    return open_file(path, GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_NORMAL);
}

bool um_system_status(int handle, enum um_file_kind *kind, uint64_t *bytes) {
    const DWORD type = GetFileType(file_of(handle));
    BY_HANDLE_FILE_INFORMATION info;
    *kind = type == FILE_TYPE_PIPE ? UM_FILE_PIPE : UM_FILE_OTHER;
    *bytes = 0;
    if (type != FILE_TYPE_DISK)
        return true;
    if (!GetFileInformationByHandle(file_of(handle), &info))
        return failed();
    if (!(info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        *kind = UM_FILE_REGULAR;
    *bytes = (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow;
    return true;
}

int64_t um_system_read(int handle, void *data, size_t bytes, uint64_t offset) {
    OVERLAPPED place = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
    DWORD got = 0;
    if (ReadFile(file_of(handle), data, (DWORD)(bytes < READ_BYTES ? bytes : READ_BYTES), &got,
                 &place))
        return got;
    const bool end = GetLastError() == ERROR_HANDLE_EOF;
    failed();
    return end ? 0 : -1;
}

bool um_system_write(int handle, const void *data, size_t bytes) {
    for (const char *from = data; bytes > 0;) {
        DWORD written = 0;
        const DWORD part = (DWORD)(bytes < READ_BYTES ? bytes : READ_BYTES);
        if (!WriteFile(file_of(handle), from, part, &written, NULL) || written == 0)
            return failed();
        from += written;
        bytes -= written;
    }
    return true;
}

bool um_system_sync(int handle) {
    return FlushFileBuffers(file_of(handle)) || failed();
}

bool um_system_close(int handle) {
    return _close(handle) == 0;
}

/* A scanner that looks at the old file for a moment makes this fail, so it is tried again. */
bool um_system_replace(const char *from, const char *to) {
    WCHAR old[UM_SYSTEM_PATH], new[UM_SYSTEM_PATH];
    if (!widen(from, old) || !widen(to, new))
        return false;
    for (int i = 0; i < ATTEMPTS; i++) {
        if (MoveFileExW(old, new, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
            return true;
        failed();
        if (errno != EACCES || GetFileAttributesW(new) & FILE_ATTRIBUTE_DIRECTORY)
            return false;
        Sleep(PAUSE_MS);
    }
    return false;
}

bool um_system_remove(const char *path) {
    WCHAR wide[UM_SYSTEM_PATH];
    return widen(path, wide) && (DeleteFileW(wide) || failed());
}

/* A user's own folders are closed to others by what they inherit. */
bool um_system_make_folder(const char *path) {
    WCHAR wide[UM_SYSTEM_PATH];
    return widen(path, wide) &&
           (CreateDirectoryW(wide, NULL) || GetLastError() == ERROR_ALREADY_EXISTS || failed());
}

int um_system_lock(const char *path, bool create) {
    int lock = open_file(path, GENERIC_READ | GENERIC_WRITE, create ? OPEN_ALWAYS : OPEN_EXISTING,
                         FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT);
    OVERLAPPED place = {0};
    if (lock >= 0 && !LockFileEx(file_of(lock), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY,
                                 0, 1, 0, &place)) {
        failed();
        _close(lock);
        lock = -1;
    }
    return lock;
}

bool um_system_readable(const char *path) {
    int file = open_file(path, GENERIC_READ, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL);
    return file >= 0 && um_system_close(file);
}

bool um_system_environment(const char *name, char value[UM_SYSTEM_PATH]) {
    WCHAR key[UM_SYSTEM_PATH], wide[UM_SYSTEM_PATH];
    if (!widen(name, key))
        return false;
    const DWORD length = GetEnvironmentVariableW(key, wide, UM_SYSTEM_PATH);
    if (length == 0)
        return false;
    const bool fits =
        length < UM_SYSTEM_PATH &&
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, value, UM_SYSTEM_PATH, NULL, NULL) > 0;
    if (!fits) { /* still a name, and of no file */
        memset(value, '?', UM_SYSTEM_PATH - 1);
        value[UM_SYSTEM_PATH - 1] = '\0';
    }
    return true;
}

static bool is_absolute(const char *path) {
    return (path[0] && path[1] == ':' && (path[2] == '\\' || path[2] == '/')) ||
           (path[0] == '\\' && path[1] == '\\');
}

bool um_system_cache_home(char *path, size_t room) {
    char base[UM_SYSTEM_PATH];
    const bool named = um_system_environment("LOCALAPPDATA", base) && is_absolute(base);
    const size_t length = named ? strlen(base) : room;
    if (length >= room)
        return false;
    memcpy(path, base, length + 1);
    return true;
}

static void folder_of_environment(const char *name, char folder[UM_SYSTEM_PATH]) {
    char base[UM_SYSTEM_PATH];
    folder[0] = '\0';
    if (um_system_environment(name, base) && is_absolute(base))
        snprintf(folder, UM_SYSTEM_PATH, "%s\\unmask\\models", base);
}

static void beside_program(const char *where, char folder[UM_SYSTEM_PATH]) {
    WCHAR wide[UM_SYSTEM_PATH];
    char program[UM_SYSTEM_PATH];
    const DWORD length = GetModuleFileNameW(NULL, wide, UM_SYSTEM_PATH);
    folder[0] = '\0';
    if (length == 0 || length >= UM_SYSTEM_PATH ||
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, program, sizeof program, NULL, NULL) <= 0)
        return;
    const char *end = strrchr(program, '\\');
    if (end)
        snprintf(folder, UM_SYSTEM_PATH, "%.*s%s", (int)(end + 1 - program), program, where);
}

bool um_system_data_folder(size_t index, char folder[UM_SYSTEM_PATH]) {
    static const char *const variables[] = {"LOCALAPPDATA", "PROGRAMDATA"};
    static const char *const places[] = {"models", "..\\share\\unmask\\models",
                                         "..\\..\\..\\..\\assets"};
    enum { VARIABLES = 2, PLACES = 3 };
    if (index < VARIABLES) {
        folder_of_environment(variables[index], folder);
    } else if (index < VARIABLES + PLACES) {
        beside_program(places[index - VARIABLES], folder);
    }
    return index < VARIABLES + PLACES;
}

void um_system_unique(unsigned long *process, unsigned long *moment) {
    LARGE_INTEGER now;
    QueryPerformanceCounter(&now);
    *process = GetCurrentProcessId();
    *moment = (unsigned long)now.QuadPart;
}

/* ---------------------------------------------------------------- threads */

static SRWLOCK process_lock = SRWLOCK_INIT;

static SRWLOCK *mutex_of(struct um_mutex *mutex) {
    return (SRWLOCK *)mutex->room;
}

static CONDITION_VARIABLE *condition_of(struct um_condition *condition) {
    return (CONDITION_VARIABLE *)condition->room;
}

bool um_mutex_make(struct um_mutex *mutex) {
    InitializeSRWLock(mutex_of(mutex));
    return true;
}

void um_mutex_end(struct um_mutex *mutex) {
    (void)mutex;
}

void um_mutex_lock(struct um_mutex *mutex) {
    AcquireSRWLockExclusive(mutex_of(mutex));
}

void um_mutex_unlock(struct um_mutex *mutex) {
    ReleaseSRWLockExclusive(mutex_of(mutex));
}

bool um_condition_make(struct um_condition *condition) {
    InitializeConditionVariable(condition_of(condition));
    return true;
}

void um_condition_end(struct um_condition *condition) {
    (void)condition;
}

void um_condition_wait(struct um_condition *condition, struct um_mutex *mutex) {
    (void)SleepConditionVariableSRW(condition_of(condition), mutex_of(mutex), INFINITE, 0);
}

void um_condition_wake_one(struct um_condition *condition) {
    WakeConditionVariable(condition_of(condition));
}

void um_condition_wake_all(struct um_condition *condition) {
    WakeAllConditionVariable(condition_of(condition));
}

static DWORD WINAPI thread_main(void *user) {
    struct um_thread *thread = user;
    thread->fn(thread->arg);
    return 0;
}

bool um_thread_start(struct um_thread *thread, void (*fn)(void *arg), void *arg) {
    thread->fn = fn;
    thread->arg = arg;
    HANDLE handle = CreateThread(NULL, 0, thread_main, thread, 0, NULL);
    memcpy(thread->room, &handle, sizeof handle);
    return handle != NULL;
}

void um_thread_join(struct um_thread *thread) {
    HANDLE handle;
    memcpy(&handle, thread->room, sizeof handle);
    WaitForSingleObject(handle, INFINITE);
    CloseHandle(handle);
}

void um_process_lock(void) {
    AcquireSRWLockExclusive(&process_lock);
}

void um_process_unlock(void) {
    ReleaseSRWLockExclusive(&process_lock);
}

/* ---------------------------------------------------------------- the machine */

/* The mask covers one group of at most 64; a process that nobody has limited may use all groups. */
uint32_t um_host_processors(void) {
    DWORD_PTR mine = 0, all = 0;
    if (GetProcessAffinityMask(GetCurrentProcess(), &mine, &all) && mine != all)
        return (uint32_t)__builtin_popcountll(mine);
    const DWORD count = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    return count > 0 ? count : 1;
}

uint64_t um_host_memory(void) {
    MEMORYSTATUSEX status = {.dwLength = sizeof status};
    return GlobalMemoryStatusEx(&status) ? status.ullTotalPhys : 0;
}

void um_host_cpu_name(char *name, size_t size) {
    static const WCHAR key[] = L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0";
    WCHAR wide[256];
    char text[3 * sizeof wide / sizeof *wide];
    DWORD bytes = sizeof wide;
    snprintf(name, size, "CPU");
    if (RegGetValueW(HKEY_LOCAL_MACHINE, key, L"ProcessorNameString", RRF_RT_REG_SZ, NULL, wide,
                     &bytes) == ERROR_SUCCESS &&
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, sizeof text, NULL, NULL) > 1) {
        snprintf(name, size, "%s", text + strspn(text, " "));
        um_utf8_trim(name);
    }
}
