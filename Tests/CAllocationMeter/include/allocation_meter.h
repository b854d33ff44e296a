// allocation_meter.h: how much memory a piece of code holds at its peak, for tests.
//
// The program's own malloc, calloc, realloc and free stand before the system's, for every library
// in the process. They count only between start and stop, and only on the thread that started.

#ifndef ALLOCATION_METER_H
#define ALLOCATION_METER_H

#include <stdint.h>

void allocation_meter_start(void);

// Returns the most bytes that were held at once since the start, what was held before not counted.
int64_t allocation_meter_stop(void);

#endif
