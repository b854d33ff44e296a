#define _GNU_SOURCE
#include "faulty_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { MAXIMUM = 4096 };

// What is known to be on disk of a file: so many of its first bytes.
static struct {
  ino_t file;
  off_t length;
} synced_files[MAXIMUM];
static size_t synced_file_count;

// A name that its folder has on disk.
static struct {
  ino_t folder, file;
  char name[256];
} synced_names[MAXIMUM];
static size_t synced_name_count;

// A rename that its folder does not have on disk yet, and a link to the file it replaced.
static struct {
  ino_t folder;
  char from[PATH_MAX], to[PATH_MAX], replaced[PATH_MAX];
} renames[MAXIMUM];
static size_t rename_count;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char planned_folder[PATH_MAX];
static uint64_t planned_step, steps, state;
static bool planned_after;

void faulty_files_plan(const char *folder, uint64_t step, bool after, uint64_t seed) {
  pthread_mutex_lock(&lock);
  snprintf(planned_folder, sizeof planned_folder, "%s", folder);
  planned_step = step;
  planned_after = after;
  state = seed * 2 + 1;
  steps = 0;
  pthread_mutex_unlock(&lock);
}

uint64_t faulty_files_steps(void) { return steps; }

// xorshift64*
static uint64_t draw(uint64_t below) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (state * 0x2545F4914F6CDD1DULL >> 33) % below;
}

static bool is_planned(const char *path) {
  size_t length = strlen(planned_folder);
  return length > 0 && strncmp(path, planned_folder, length) == 0 &&
         (path[length] == 0 || path[length] == '/');
}

static bool is_planned_file(int file) {
  if (planned_folder[0] == 0) return false;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = 0;
  return is_planned(path);
}

static ino_t number_of(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 ? status.st_ino : 0;
}

static ino_t folder_of(const char *path) {
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%s", path);
  char *end = strrchr(folder, '/');
  if (end == NULL) return 0;
  *end = 0;
  return number_of(folder);
}

static void note_file(ino_t file, off_t length) {
  for (size_t i = 0; i < synced_file_count; i++) {
    if (synced_files[i].file == file) {
      synced_files[i].length = length;
      return;
    }
  }
  if (synced_file_count == MAXIMUM) abort();
  synced_files[synced_file_count].file = file;
  synced_files[synced_file_count++].length = length;
}

static void note_folder(int file, ino_t folder) {
  size_t kept = 0;
  for (size_t i = 0; i < synced_name_count; i++) {
    if (synced_names[i].folder != folder) synced_names[kept++] = synced_names[i];
  }
  synced_name_count = kept;
  kept = 0;
  for (size_t i = 0; i < rename_count; i++) {
    if (renames[i].folder != folder) renames[kept++] = renames[i];
    else if (renames[i].replaced[0] != 0) unlink(renames[i].replaced);
  }
  rename_count = kept;

  DIR *entries = fdopendir(openat(file, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (entries == NULL) abort();
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    if (synced_name_count == MAXIMUM) abort();
    synced_names[synced_name_count].folder = folder;
    synced_names[synced_name_count].file = entry->d_ino;
    snprintf(synced_names[synced_name_count++].name, 256, "%s", entry->d_name);
  }
  closedir(entries);
}

static bool has_synced_name(ino_t folder, ino_t file, const char *name) {
  for (size_t i = 0; i < synced_name_count; i++) {
    if (synced_names[i].folder == folder && synced_names[i].file == file &&
        strcmp(synced_names[i].name, name) == 0)
      return true;
  }
  return false;
}

// Takes back some of the last renames that no folder has on disk.
static void forget_renames(void) {
  for (uint64_t count = draw(rename_count + 1); count > 0; count--) {
    rename_count--;
    renameat(AT_FDCWD, renames[rename_count].to, AT_FDCWD, renames[rename_count].from);
    if (renames[rename_count].replaced[0] != 0)
      renameat(AT_FDCWD, renames[rename_count].replaced, AT_FDCWD, renames[rename_count].to);
  }
}

static bool was_renamed(const char *path) {
  for (size_t i = 0; i < rename_count; i++) {
    if (strcmp(renames[i].to, path) == 0) return true;
  }
  return false;
}

static void remove_tree(const char *path) {
  DIR *entries = opendir(path);
  if (entries == NULL) return;
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    char below[PATH_MAX];
    if (snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= PATH_MAX) abort();
    if (entry->d_type == DT_DIR) remove_tree(below);
    else unlink(below);
  }
  closedir(entries);
  rmdir(path);
}

// Cuts the files of a folder back to what may be left of them.
static void forget_content(const char *folder) {
  DIR *entries = opendir(folder);
  if (entries == NULL) return;
  ino_t number = number_of(folder);
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= PATH_MAX) abort();
    if (entry->d_type == DT_DIR) {
      bool is_kept = has_synced_name(number, number_of(path), entry->d_name) || was_renamed(path);
      if (!is_kept && draw(2) == 0) remove_tree(path);
      else forget_content(path);
      continue;
    }
    struct stat status;
    if (stat(path, &status) != 0) continue;
    off_t length = 0;
    for (size_t i = 0; i < synced_file_count; i++) {
      if (synced_files[i].file == status.st_ino) length = synced_files[i].length;
    }
    bool is_named = has_synced_name(number, status.st_ino, entry->d_name) || was_renamed(path);
    if (!is_named && draw(2) == 0) {
      unlink(path);
    } else if (status.st_size > length) {
      // All of it, nothing of it, or something between.
      off_t more = status.st_size - length;
      off_t kept[] = {0, more, (off_t)draw((uint64_t)more + 1)};
      if (truncate(path, length + kept[draw(3)]) != 0) abort();
    }
  }
  closedir(entries);
}

// Called with the lock held, which is never let go: nobody else writes any more.
static void lose_power(void) {
  forget_renames();
  forget_content(planned_folder);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void begin_step(void) {
  pthread_mutex_lock(&lock);
  steps++;
  if (steps == planned_step && !planned_after) lose_power();
}

static void end_step(void) {
  if (steps == planned_step && planned_after) lose_power();
  pthread_mutex_unlock(&lock);
}

static int synchronise(int file, long call) {
  if (!is_planned_file(file)) return (int)syscall(call, file);
  begin_step();
  int result = (int)syscall(call, file);
  struct stat status;
  if (result == 0 && fstat(file, &status) == 0) {
    if (S_ISDIR(status.st_mode)) note_folder(file, status.st_ino);
    else note_file(status.st_ino, status.st_size);
  }
  end_step();
  return result;
}

int fsync(int file) { return synchronise(file, SYS_fsync); }

int fdatasync(int file) { return synchronise(file, SYS_fdatasync); }

int rename(const char *from, const char *to) {
  if (!is_planned(to)) return renameat(AT_FDCWD, from, AT_FDCWD, to);
  begin_step();
  if (rename_count == MAXIMUM) abort();
  snprintf(renames[rename_count].from, PATH_MAX, "%s", from);
  snprintf(renames[rename_count].to, PATH_MAX, "%s", to);
  renames[rename_count].replaced[0] = 0;
  char replaced[PATH_MAX];
  snprintf(replaced, sizeof replaced, "%.4000s.replaced-%zu", planned_folder, rename_count);
  if (link(to, replaced) == 0) strcpy(renames[rename_count].replaced, replaced);
  renames[rename_count].folder = folder_of(to);
  int result = renameat(AT_FDCWD, from, AT_FDCWD, to);
  if (result == 0) rename_count++;
  end_step();
  return result;
}

ssize_t write(int file, const void *bytes, size_t count) {
  if (!is_planned_file(file)) return syscall(SYS_write, file, bytes, count);
  pthread_mutex_lock(&lock);
  size_t part = count > 1 && draw(8) == 0 ? count / 2 : count;
  ssize_t result = syscall(SYS_write, file, bytes, part);
  pthread_mutex_unlock(&lock);
  return result;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  if (!is_planned_file(file)) return syscall(SYS_pwrite64, file, bytes, count, offset);
  pthread_mutex_lock(&lock);
  size_t part = count > 1 && draw(8) == 0 ? count / 2 : count;
  ssize_t result = syscall(SYS_pwrite64, file, bytes, part, offset);
  pthread_mutex_unlock(&lock);
  return result;
}
