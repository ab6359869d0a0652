/*
 * Preloaded (LD_PRELOAD) into whatever keeps the embedded database: a disk that tells what was synced, and that can fail.
 *
 * Every change of a file named LATCHKEY_DISK_FILES* is done, and noted in LATCHKEY_DISK_NOTES: writes, truncations, creations, removals,
 * and every sync that succeeded. From these notes a power cut is made (power-cut.ts): what was not synced is gone, or there in part.
 *
 * The first byte of LATCHKEY_DISK_FAULT says how the disk fails: 'F' full, 'R' read-only, 'S' syncs fail. What a failed sync should have
 * brought to the disk is lost for good, even if a later sync succeeds: so Linux does it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITE = 1, TRUNCATE, SYNC, CREATE, REMOVE, SYNC_FOLDER, LOSE };

struct note {
  uint32_t kind, path_length;
  uint64_t offset, length;
};

#define MOST_FILES 4096
static char *paths[MOST_FILES];
static const char *files, *fault;
static size_t files_length, folder_length;
static int notes = -1;

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  static char none;
  const char *notes_path = getenv("LATCHKEY_DISK_NOTES"), *fault_path = getenv("LATCHKEY_DISK_FAULT");
  files = getenv("LATCHKEY_DISK_FILES");
  fault = &none;
  if (files == NULL || notes_path == NULL || fault_path == NULL) return;
  files_length = strlen(files);
  folder_length = strrchr(files, '/') - files;
  REAL(open);
  notes = real(notes_path, O_WRONLY | O_APPEND | O_CLOEXEC);
  int handle = real(fault_path, O_RDONLY | O_CLOEXEC);
  void *page = mmap(NULL, 1, PROT_READ, MAP_SHARED, handle, 0);
  if (notes < 0 || handle < 0 || page == MAP_FAILED) abort();
  fault = page;
}

static void note(enum kind kind, const char *path, uint64_t offset, const void *data, uint64_t length) {
  struct note head = { kind, strlen(path), offset, length };
  struct iovec parts[] = { { &head, sizeof head }, { (void *)path, head.path_length }, { (void *)data, data == NULL ? 0 : length } };
  if (writev(notes, parts, 3) < 0) abort();
}

static uint64_t noted(void) {
  struct stat state;
  return fstat(notes, &state) == 0 ? (uint64_t)state.st_size : 0;
}

/* The shared memory beside the database is made anew after a cut. */
static int is_ours(const char *path) {
  if (notes < 0 || strncmp(path, files, files_length) != 0) return 0;
  size_t length = strlen(path);
  return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static int is_folder(const char *path) {
  return notes >= 0 && strlen(path) == folder_length && strncmp(path, files, folder_length) == 0;
}

static const char *path_of(int handle) {
  return handle >= 0 && handle < MOST_FILES ? paths[handle] : NULL;
}

static int opened(int handle, const char *path, int existed) {
  if (handle < 0 || handle >= MOST_FILES) return handle;
  free(paths[handle]);
  paths[handle] = is_ours(path) || is_folder(path) ? strdup(path) : NULL;
  if (!existed && is_ours(path)) note(CREATE, path, 0, NULL, 0);
  return handle;
}

static int exists(const char *path) {
  struct stat state;
  return stat(path, &state) == 0;
}

#define OPEN(name)                                                                     \
  int name(const char *path, int flags, ...) {                                         \
    REAL(name);                                                                        \
    va_list more;                                                                      \
    va_start(more, flags);                                                             \
    int mode = (flags & O_CREAT) != 0 ? va_arg(more, int) : 0;                         \
    va_end(more);                                                                      \
    int existed = (flags & O_CREAT) == 0 || !is_ours(path) || exists(path);            \
    if (!existed && *fault == 'R') return errno = EROFS, -1;                           \
    if (!existed && *fault == 'F') return errno = ENOSPC, -1;                          \
    return opened(real(path, flags, mode), path, existed);                             \
  }
OPEN(open)
OPEN(open64)

int close(int handle) {
  REAL(close);
  if (path_of(handle) != NULL) {
    free(paths[handle]);
    paths[handle] = NULL;
  }
  return real(handle);
}

/* Whether a write fails: on a full disk, one that makes its file longer. */
static int fails(int handle, off_t end) {
  struct stat state;
  if (*fault == 'R') return errno = EROFS, 1;
  if (*fault == 'F' && fstat(handle, &state) == 0 && end > state.st_size) return errno = ENOSPC, 1;
  return 0;
}

#define PWRITE(name, offset_type)                                                      \
  ssize_t name(int handle, const void *data, size_t length, offset_type offset) {      \
    REAL(name);                                                                        \
    const char *path = path_of(handle);                                                \
    if (path == NULL) return real(handle, data, length, offset);                       \
    if (fails(handle, offset + length)) return -1;                                     \
    ssize_t written = real(handle, data, length, offset);                              \
    if (written > 0) note(WRITE, path, offset, data, written);                         \
    return written;                                                                    \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int handle, const void *data, size_t length) {
  REAL(write);
  const char *path = path_of(handle);
  if (path == NULL) return real(handle, data, length);
  off_t offset = lseek(handle, 0, SEEK_CUR);
  if (fails(handle, offset + length)) return -1;
  ssize_t written = real(handle, data, length);
  if (written > 0) note(WRITE, path, offset, data, written);
  return written;
}

#define TRUNCATE_TO(name, length_type)                                                 \
  int name(int handle, length_type length) {                                           \
    REAL(name);                                                                        \
    const char *path = path_of(handle);                                                \
    if (path == NULL) return real(handle, length);                                     \
    if (*fault == 'R') return errno = EROFS, -1;                                       \
    int done = real(handle, length);                                                   \
    if (done == 0) note(TRUNCATE, path, length, NULL, 0);                              \
    return done;                                                                       \
  }
TRUNCATE_TO(ftruncate, off_t)
TRUNCATE_TO(ftruncate64, off64_t)

/* A sync covers what was noted before it began. */
#define SYNC_BY(name)                                                                  \
  int name(int handle) {                                                               \
    REAL(name);                                                                        \
    const char *path = path_of(handle);                                                \
    if (path == NULL) return real(handle);                                             \
    uint64_t before = noted();                                                         \
    if (*fault == 'S') {                                                               \
      note(LOSE, path, before, NULL, 0);                                               \
      return errno = EIO, -1;                                                          \
    }                                                                                  \
    int done = real(handle);                                                           \
    if (done == 0) note(is_folder(path) ? SYNC_FOLDER : SYNC, path, before, NULL, 0);  \
    return done;                                                                       \
  }
SYNC_BY(fsync)
SYNC_BY(fdatasync)

int unlink(const char *path) {
  REAL(unlink);
  if (is_ours(path) && *fault == 'R') return errno = EROFS, -1;
  int done = real(path);
  if (done == 0 && is_ours(path)) note(REMOVE, path, 0, NULL, 0);
  return done;
}
