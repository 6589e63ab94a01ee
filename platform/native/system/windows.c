/* Windows: names of files are UTF-8 here and UTF-16 there. */
#define WIN32_LEAN_AND_MEAN
#include "system/system.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
/* after windows.h */
#include <psapi.h>
#include <shellapi.h>

enum { CHUNK = 1 << 20, ATTEMPTS = 50, PAUSE_MS = 10 };

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
    case ERROR_DIRECTORY:
        return ENOTDIR;
    case ERROR_DIR_NOT_EMPTY:
        return ENOTEMPTY;
    case ERROR_NO_DATA:
    case ERROR_BROKEN_PIPE:
        return EPIPE;
    default:
        return EIO;
    }
}

static bool failed(void) {
    errno = errno_of(GetLastError());
    return false;
}

static bool widen(const char *text, WCHAR wide[SYSTEM_PATH]) {
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, SYSTEM_PATH) > 0) {
        return true;
    }
    errno = GetLastError() == ERROR_INSUFFICIENT_BUFFER ? ENAMETOOLONG : ENOENT;
    return false;
}

static bool narrow(const WCHAR *wide, char *text, int size) {
    return WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL) > 0;
}

static HANDLE file_of(int file) {
    return (HANDLE)_get_osfhandle(file);
}

/* ---------------------------------------------------------------- the program */

static UINT old_code_page;
static DWORD old_mode;

static void restore_console(void) {
    if (old_code_page != 0) {
        SetConsoleOutputCP(old_code_page);
    }
    if (old_mode != 0) {
        SetConsoleMode(GetStdHandle(STD_ERROR_HANDLE), old_mode);
    }
}

/* Consoles show UTF-8, and know escape sequences if they are asked to. */
static void prepare_console(void) {
    HANDLE error = GetStdHandle(STD_ERROR_HANDLE);
    old_code_page = GetConsoleOutputCP();
    if (old_code_page != 0) {
        SetConsoleOutputCP(CP_UTF8);
    }
    if (!GetConsoleMode(error, &old_mode) ||
        !SetConsoleMode(error, old_mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING)) {
        old_mode = 0;
    }
    atexit(restore_console);
}

/* Without memory the C library's arguments stay, which are the same as long as they are ASCII. */
static void take_arguments(int *argc, char ***argv) {
    int count = 0;
    WCHAR **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    char **list = wide != NULL ? calloc((size_t)count + 1, sizeof *list) : NULL;
    bool whole = list != NULL;
    for (int i = 0; whole && i < count; i++) {
        int size = WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, NULL, 0, NULL, NULL);
        list[i] = size > 0 ? malloc((size_t)size) : NULL;
        whole = list[i] != NULL && narrow(wide[i], list[i], size);
    }
    if (whole) {
        *argc = count;
        *argv = list; /* for as long as the program runs */
    }
    LocalFree(wide);
}

void system_start(int *argc, char ***argv) {
    static const int files[] = {SYSTEM_STDIN, SYSTEM_STDOUT, SYSTEM_STDERR};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        _setmode(files[i], _O_BINARY);
    }
    setvbuf(stderr, NULL, _IONBF, 0);
    take_arguments(argc, argv);
    prepare_console();
}

static void (*on_interrupt)(int number);
static atomic_int interrupts;

/* Closing the window, logging off and shutting down end the program when this returns, or a few
 * seconds later, so there the caller's work gets what time there is. */
static BOOL WINAPI on_control(DWORD event) {
    if (atomic_fetch_add(&interrupts, 1) > 0) {
        return FALSE; /* the system ends the program */
    }
    const bool typed = event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
    on_interrupt(typed ? SIGINT : SIGTERM);
    if (!typed) {
        Sleep(INFINITE);
    }
    return TRUE;
}

void system_interrupts(void (*handler)(int number)) {
    on_interrupt = handler;
    SetConsoleCtrlHandler(on_control, TRUE);
}

bool system_is_screen(int file) {
    DWORD mode;
    return GetConsoleMode(file_of(file), &mode);
}

bool system_is_terminal(int file) {
    DWORD mode;
    return GetConsoleMode(file_of(file), &mode) && (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
}

const char *system_environment(const char *name) {
    static char text[3 * SYSTEM_PATH];
    WCHAR key[SYSTEM_PATH], value[SYSTEM_PATH];
    if (!widen(name, key)) {
        return NULL;
    }
    DWORD length = GetEnvironmentVariableW(key, value, SYSTEM_PATH);
    return length > 0 && length < SYSTEM_PATH && narrow(value, text, sizeof text) ? text : NULL;
}

/* What the system calls itself to old programs would be an older version, so its core is asked. */
void system_name(char *text, size_t size) {
    typedef LONG(WINAPI * version_function)(OSVERSIONINFOW *);
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    HMODULE core = GetModuleHandleW(L"ntdll.dll");
    FARPROC found = core != NULL ? GetProcAddress(core, "RtlGetVersion") : NULL;
    version_function get;
    memcpy(&get, &found, sizeof get);
    if (get == NULL || get(&version) != 0) {
        snprintf(text, size, "Windows x86_64");
        return;
    }
    snprintf(text, size, "Windows %lu.%lu.%lu x86_64", version.dwMajorVersion,
             version.dwMinorVersion, version.dwBuildNumber);
}

double system_seconds(void) {
    LARGE_INTEGER now, frequency;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}

/* RtlGenRandom, which advapi32 exports by a number of its own name. */
uint32_t system_random(void) {
    typedef BOOLEAN(WINAPI * random_function)(void *, ULONG);
    LARGE_INTEGER now;
    uint32_t number;
    HMODULE library = LoadLibraryW(L"advapi32.dll");
    FARPROC found = library != NULL ? GetProcAddress(library, "SystemFunction036") : NULL;
    random_function get;
    memcpy(&get, &found, sizeof get);
    if (get != NULL && get(&number, sizeof number)) {
        return number;
    }
    QueryPerformanceCounter(&now);
    return (uint32_t)now.QuadPart ^ GetCurrentProcessId() << 16;
}

uint64_t system_peak_memory(void) {
    PROCESS_MEMORY_COUNTERS counters;
    return GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters)
               ? counters.PeakWorkingSetSize
               : 0;
}

unsigned long system_process(void) {
    return GetCurrentProcessId();
}

/* ---------------------------------------------------------------- folders */

static bool separates(char letter) {
    return letter == '/' || letter == '\\';
}

const char *system_name_in(const char *path) {
    const char *name = path[0] != '\0' && path[1] == ':' ? path + 2 : path;
    for (const char *at = name; *at != '\0'; at++) {
        if (separates(*at)) {
            name = at + 1;
        }
    }
    return name;
}

bool system_make_folder(const char *path) {
    WCHAR wide[SYSTEM_PATH];
    return widen(path, wide) && (CreateDirectoryW(wide, NULL) || failed());
}

bool system_remove_folder(const char *path) {
    WCHAR wide[SYSTEM_PATH];
    return widen(path, wide) && (RemoveDirectoryW(wide) || failed());
}

int system_list(const char *folder, int (*each)(void *user, const char *name), void *user) {
    char pattern[SYSTEM_PATH], name[3 * MAX_PATH];
    WCHAR wide[SYSTEM_PATH];
    WIN32_FIND_DATAW found;
    if (snprintf(pattern, sizeof pattern, "%s/*", folder) >= SYSTEM_PATH || !widen(pattern, wide)) {
        return 0;
    }
    HANDLE search = FindFirstFileW(wide, &found);
    int code = 0;
    for (BOOL more = search != INVALID_HANDLE_VALUE; more && code == 0;
         more = FindNextFileW(search, &found)) {
        if (narrow(found.cFileName, name, sizeof name)) {
            code = each(user, name);
        }
    }
    if (search != INVALID_HANDLE_VALUE) {
        FindClose(search);
    }
    return code;
}

/* ---------------------------------------------------------------- files */

static HANDLE open_handle(const char *path, DWORD access, DWORD how, DWORD flags) {
    WCHAR wide[SYSTEM_PATH];
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    if (!widen(path, wide)) {
        return INVALID_HANDLE_VALUE;
    }
    HANDLE file = CreateFileW(wide, access, share, NULL, how, flags, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        failed();
        errno = errno == ENOENT && wcslen(wide) >= MAX_PATH ? ENAMETOOLONG : errno;
    }
    return file;
}

static int open_file(const char *path, DWORD access, DWORD how, DWORD flags) {
    HANDLE handle = open_handle(path, access, how, flags);
    int file = handle != INVALID_HANDLE_VALUE ? _open_osfhandle((intptr_t)handle, _O_BINARY) : -1;
    if (handle != INVALID_HANDLE_VALUE && file < 0) {
        CloseHandle(handle);
        errno = EMFILE;
    }
    return file;
}

static bool status_of(HANDLE file, struct system_status *status) {
    const DWORD type = GetFileType(file);
    BY_HANDLE_FILE_INFORMATION info;
    *status = (struct system_status){
        .kind = type == FILE_TYPE_CHAR ? SYSTEM_CHARACTER : SYSTEM_OTHER,
        .number = (uint64_t)(uintptr_t)file,
    };
    if (type == FILE_TYPE_UNKNOWN && GetLastError() != NO_ERROR) {
        return failed();
    }
    if (type != FILE_TYPE_DISK) {
        return true;
    }
    if (!GetFileInformationByHandle(file, &info)) {
        return failed();
    }
    status->kind =
        (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? SYSTEM_FOLDER : SYSTEM_FILE;
    status->device = info.dwVolumeSerialNumber;
    status->number = (uint64_t)info.nFileIndexHigh << 32 | info.nFileIndexLow;
    status->bytes = (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow;
    status->names = info.nNumberOfLinks;
    status->mode = info.dwFileAttributes;
    return true;
}

bool system_status(const char *path, struct system_status *status) {
    HANDLE file = open_handle(path, 0, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
    bool known = file != INVALID_HANDLE_VALUE && status_of(file, status);
    if (file != INVALID_HANDLE_VALUE) {
        CloseHandle(file);
    }
    return known;
}

bool system_status_of(int file, struct system_status *status) {
    return status_of(file_of(file), status);
}

/* The system knows the end of a chain of links if there is a file. */
bool system_follow(char path[SYSTEM_PATH]) {
    WCHAR wide[SYSTEM_PATH];
    if (!widen(path, wide)) {
        return false;
    }
    const DWORD attributes = GetFileAttributesW(wide);
    if (attributes == INVALID_FILE_ATTRIBUTES || (attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0) {
        return true;
    }
    HANDLE file = open_handle(path, 0, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
    if (file == INVALID_HANDLE_VALUE) {
        return false;
    }
    const DWORD length = GetFinalPathNameByHandleW(file, wide, SYSTEM_PATH, FILE_NAME_NORMALIZED);
    CloseHandle(file);
    return length > 0 && length < SYSTEM_PATH && narrow(wide, path, SYSTEM_PATH);
}

static bool opens(const char *path, DWORD access) {
    HANDLE file = open_handle(path, access, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL);
    if (file != INVALID_HANDLE_VALUE) {
        CloseHandle(file);
    }
    return file != INVALID_HANDLE_VALUE;
}

bool system_readable(const char *path) {
    return opens(path, GENERIC_READ);
}

bool system_writable(const char *path) {
    return opens(path, GENERIC_WRITE);
}

/* Here the folder's rights do not go over the file's. */
bool system_replaceable(const char *path, const struct system_status *status) {
    (void)path;
    (void)status;
    return false;
}

int system_open(const char *path) {
    return open_file(path, GENERIC_READ, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
}

int system_open_to_write(const char *path) {
    return open_file(path, GENERIC_WRITE, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL);
}

/* Who may open it is what its folder says. */
int system_create(const char *path, bool owner_only) {
    (void)owner_only;
    return open_file(path, GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_NORMAL);
}

int system_duplicate_stdout(void) {
    return _dup(SYSTEM_STDOUT);
}

bool system_close(int file) {
    return _close(file) == 0;
}

bool system_take_after(int file, const struct system_status *old) {
    (void)file;
    (void)old;
    return true;
}

int64_t system_read(int file, void *bytes, size_t size) {
    DWORD got = 0;
    if (ReadFile(file_of(file), bytes, (DWORD)(size < CHUNK ? size : CHUNK), &got, NULL)) {
        return got;
    }
    const bool end = GetLastError() == ERROR_BROKEN_PIPE || GetLastError() == ERROR_HANDLE_EOF;
    const bool folder = GetLastError() == ERROR_INVALID_FUNCTION;
    failed();
    errno = folder ? EISDIR : errno;
    return end ? 0 : -1;
}

/* Pipes cannot be waited for, only looked into. */
int system_wait(int file, int milliseconds) {
    for (int waited = 0; waited < milliseconds; waited += PAUSE_MS) {
        DWORD ready = 0;
        if (GetFileType(file_of(file)) != FILE_TYPE_PIPE ||
            !PeekNamedPipe(file_of(file), NULL, 0, NULL, &ready, NULL) || ready > 0) {
            return 1; /* reading says what is wrong */
        }
        Sleep(PAUSE_MS);
    }
    return 0;
}

bool system_write(int file, const void *bytes, size_t size) {
    for (const unsigned char *from = bytes; size > 0;) {
        DWORD written = 0;
        const DWORD part = (DWORD)(size < CHUNK ? size : CHUNK);
        if (!WriteFile(file_of(file), from, part, &written, NULL) || written == 0) {
            return failed();
        }
        from += written;
        size -= written;
    }
    return true;
}

bool system_sync(int file) {
    return FlushFileBuffers(file_of(file)) || failed();
}

bool system_reserve(int file, uint64_t bytes) {
    FILE_ALLOCATION_INFO info = {.AllocationSize.QuadPart = (LONGLONG)bytes};
    return SetFileInformationByHandle(file_of(file), FileAllocationInfo, &info, sizeof info) ||
           GetLastError() != ERROR_DISK_FULL || failed();
}

bool system_cut(int file, uint64_t bytes) {
    FILE_END_OF_FILE_INFO info = {.EndOfFile.QuadPart = (LONGLONG)bytes};
    return SetFileInformationByHandle(file_of(file), FileEndOfFileInfo, &info, sizeof info) ||
           failed();
}

/* A scanner that looks at the old file for a moment makes this fail, so it is tried again. */
bool system_rename(const char *from, const char *to) {
    WCHAR old[SYSTEM_PATH], new[SYSTEM_PATH];
    if (!widen(from, old) || !widen(to, new)) {
        return false;
    }
    for (int i = 0; i < ATTEMPTS; i++) {
        if (MoveFileExW(old, new, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
            return true;
        }
        failed();
        if (errno != EACCES) {
            return false;
        }
        Sleep(PAUSE_MS);
    }
    return false;
}

bool system_remove(const char *path) {
    WCHAR wide[SYSTEM_PATH];
    return widen(path, wide) && (DeleteFileW(wide) || failed());
}
