// What everybody repeats: licences, their notices, the turns of dictionaries. Fixed, and named by its
// digest in docs/spec/spans.md; scripts/background/make_texts.py counted it once.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bytes of a run.
#define BACKGROUND_RUN 16

// All runs of 16 bytes that stand in the texts, each once, sorted by their bytes, one behind the other;
// `count` gets how many. They stay for good. The first call sorts them (some 30 ms); any thread may call.
const uint8_t *background_runs(size_t *count);

// is_common[i] = 1 for each byte of `text` that lies in one of the runs, else 0. O(count · log runs).
void background_mark(const uint8_t *text, size_t count, uint8_t *is_common);

#ifdef __cplusplus
}
#endif
