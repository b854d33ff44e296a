// faulty_files.h: a disk that loses power, for tests.
//
// The program's own write, pwrite, fsync, fdatasync and rename stand before the system's: for every
// library in the process, RocksDB among them. Until a plan is made they only pass calls on.

#ifndef FAULTY_FILES_H
#define FAULTY_FILES_H

#include <stdbool.h>
#include <stdint.h>

// Plans a loss of power at the files under a folder: at the durable step (an fsync, fdatasync or
// rename) of that number, the first being 1; before the step takes effect, or after.
//
// From now on every eighth write there is cut short, as the system may. When the time comes, what
// was not synced is lost: each file keeps its synced length and a random part of the rest, names
// of files and folders, and renames, that were not synced are forgotten at random, and the process is killed.
void faulty_files_plan(const char *folder, uint64_t step, bool after, uint64_t seed);

// How many durable steps there were since the plan.
uint64_t faulty_files_steps(void);

#endif
