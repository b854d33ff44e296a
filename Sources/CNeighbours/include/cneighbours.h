// Nearest neighbours among vectors of 8-bit numbers: dot products with all of them, and hnswlib's
// graph (Malkov and Yashunin, 2016) for more than one wants to look at. Every function that can
// fail returns a status; no exception leaves. One caller at a time for a graph that changes.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// dots[i] = row i · query; rows of `width` numbers one behind the other. The same integers with
// AVX2 and without.
void neighbours_dots(const int8_t *_Nonnull rows, size_t count, size_t width,
                     const int8_t *_Nonnull query, int32_t *_Nonnull dots);
void neighbours_dots_portable(const int8_t *_Nonnull rows, size_t count, size_t width,
                              const int8_t *_Nonnull query, int32_t *_Nonnull dots);

typedef enum {
  NEIGHBOURS_OK = 0,
  NEIGHBOURS_OUT_OF_MEMORY = 1,
  NEIGHBOURS_FAILED = 2,  // the label is unknown, or used already
} neighbours_status;

// Owned by the caller: create, then destroy once.
typedef struct neighbours_graph neighbours_graph;

// For vectors of `width` numbers; grows as it is filled.
neighbours_status neighbours_graph_create(size_t width,
                                          neighbours_graph *_Nullable *_Nonnull graph);
void neighbours_graph_destroy(neighbours_graph *_Nonnull graph);
// The vector is row · scale. A label is used once.
neighbours_status neighbours_graph_add(neighbours_graph *_Nonnull graph, const int8_t *_Nonnull row,
                                       float scale, uint64_t label);
// The label is found no more; its place in the graph stays.
neighbours_status neighbours_graph_remove(neighbours_graph *_Nonnull graph, uint64_t label);
// The labels of up to `count` vectors with the largest dot products, largest first, looking at
// `breadth` candidates at a time; `found` tells how many.
neighbours_status neighbours_graph_search(neighbours_graph *_Nonnull graph,
                                          const int8_t *_Nonnull row, float scale, size_t count,
                                          size_t breadth, uint64_t *_Nonnull labels,
                                          size_t *_Nonnull found);

#ifdef __cplusplus
}
#endif
