#include "allocation_meter.h"

#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

static __thread bool is_on;
static __thread int64_t held, peak;

void allocation_meter_start(void) {
  held = 0;
  peak = 0;
  is_on = true;
}

int64_t allocation_meter_stop(void) {
  is_on = false;
  return peak;
}

static void count(void *memory) {
  if (!is_on || memory == NULL) return;
  held += (int64_t)malloc_usable_size(memory);
  if (held > peak) peak = held;
}

static void discount(void *memory) {
  if (is_on && memory != NULL) held -= (int64_t)malloc_usable_size(memory);
}

void *malloc(size_t size) {
  void *memory = __libc_malloc(size);
  count(memory);
  return memory;
}

void *calloc(size_t number, size_t size) {
  void *memory = __libc_calloc(number, size);
  count(memory);
  return memory;
}

void *realloc(void *memory, size_t size) {
  discount(memory);
  void *moved = __libc_realloc(memory, size);
  // The old piece stays if there is no new one.
  count(moved == NULL && size > 0 ? memory : moved);
  return moved;
}

void free(void *memory) {
  discount(memory);
  __libc_free(memory);
}
