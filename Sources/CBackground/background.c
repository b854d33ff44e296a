#include "cbackground.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Each text ends with byte 255, which no UTF-8 holds.
static const char texts[] =
#include "texts.inc"
    ;

enum { END_OF_TEXT = 255 };

static pthread_once_t made = PTHREAD_ONCE_INIT;
static uint8_t *runs;
static size_t run_count;

static int compare(const void *one, const void *other) {
  return memcmp(one, other, BACKGROUND_RUN);
}

static void make(void) {
  const size_t length = sizeof texts - 1;
  runs = malloc(length * BACKGROUND_RUN);
  if (runs == NULL) abort();
  size_t count = 0;
  for (size_t start = 0; start + BACKGROUND_RUN <= length; start++) {
    if (memchr(texts + start, END_OF_TEXT, BACKGROUND_RUN) != NULL) continue;
    memcpy(runs + count++ * BACKGROUND_RUN, texts + start, BACKGROUND_RUN);
  }
  qsort(runs, count, BACKGROUND_RUN, compare);
  for (size_t index = 0; index < count; index++) {
    const uint8_t *run = runs + index * BACKGROUND_RUN;
    uint8_t *next = runs + run_count * BACKGROUND_RUN;
    if (run_count > 0 && compare(next - BACKGROUND_RUN, run) == 0) continue;
    memmove(next, run, BACKGROUND_RUN);
    run_count++;
  }
  uint8_t *shorter = realloc(runs, run_count * BACKGROUND_RUN);
  if (shorter != NULL) runs = shorter;
}

const uint8_t *background_runs(size_t *count) {
  pthread_once(&made, make);
  *count = run_count;
  return runs;
}

void background_mark(const uint8_t *text, size_t count, uint8_t *is_common) {
  pthread_once(&made, make);
  memset(is_common, 0, count);
  size_t marked = 0;
  for (size_t start = 0; start + BACKGROUND_RUN <= count; start++) {
    if (bsearch(text + start, runs, run_count, BACKGROUND_RUN, compare) == NULL) continue;
    if (marked < start) marked = start;
    memset(is_common + marked, 1, start + BACKGROUND_RUN - marked);
    marked = start + BACKGROUND_RUN;
  }
}
