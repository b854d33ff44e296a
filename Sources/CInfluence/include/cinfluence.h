// Scans over the rows of an influence index: one sign a dimension, 64 dimensions a word, the first in
// the lowest bit, every row of as many words. AVX2 where the processor has it, else portable; both
// give the same integers.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Whether the fast paths run on this processor.
int influence_has_avx2(void);

// distances[i] = in how many dimensions row i's sign is other than `signs`; at most 65,535 dimensions.
void influence_distances(const uint64_t *rows, size_t count, size_t words, const uint64_t *signs,
                         uint16_t *distances);
void influence_distances_portable(const uint64_t *rows, size_t count, size_t words,
                                  const uint64_t *signs, uint16_t *distances);

// sums[i] = the query's values where row i has a plus, less those where it has a minus; at most 8,192
// dimensions.
void influence_sums(const uint64_t *rows, size_t count, size_t words, const int16_t *query,
                    int64_t *sums);
void influence_sums_portable(const uint64_t *rows, size_t count, size_t words, const int16_t *query,
                             int64_t *sums);

// The exclusive or of all words: reads memory and does next to nothing else, so a scan can be compared
// with what the memory gives.
uint64_t influence_read(const uint64_t *words, size_t count);

#ifdef __cplusplus
}
#endif
