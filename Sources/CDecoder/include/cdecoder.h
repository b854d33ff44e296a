// A Llama-shaped decoder for many sequences and adapters at once, and its kernels one by one. The
// only header Swift sees. Nothing here knows requests, texts or files: the caller owns pages of keys
// and values and adapters' weights, and says row by row what one step computes.
//
// Every row has the same bits whatever else a step computes, however a prompt is cut into steps, on
// any count of threads, on any kind of processor.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CDECODER_OK = 0,
  CDECODER_BAD_ARGUMENT = 1,
  CDECODER_OUT_OF_MEMORY = 2,
} cdecoder_status;
// This thread's last message; copy it before the next call.
const char *_Nonnull cdecoder_last_error(void);

// --- Kinds of processor ---
typedef enum {
  CDECODER_FASTEST = 0,
  CDECODER_PORTABLE = 1,
  CDECODER_AVX2 = 2,  // with FMA and F16C
} cdecoder_path;
bool cdecoder_supports(cdecoder_path path);
// Of what the fastest path is.
const char *_Nonnull cdecoder_path_name(void);

// --- Stored weights; the numbers are GGUF's ---
typedef enum {
  CDECODER_F32 = 0,
  CDECODER_F16 = 1,
  CDECODER_Q4_0 = 2,
  CDECODER_Q4_1 = 3,
  CDECODER_Q5_0 = 6,
  CDECODER_Q5_1 = 7,
  CDECODER_Q8_0 = 8,
  CDECODER_Q2_K = 10,
  CDECODER_Q3_K = 11,
  CDECODER_Q4_K = 12,
  CDECODER_Q5_K = 13,
  CDECODER_Q6_K = 14,
  CDECODER_IQ4_NL = 20,
  CDECODER_IQ4_XS = 23,
  CDECODER_BF16 = 30,
} cdecoder_format;
// Bytes of `columns` values in one row; 0 if the format is unknown or does not divide the row.
size_t cdecoder_row_bytes(uint32_t format, size_t columns);
// Decodes `columns` values of one row.
cdecoder_status cdecoder_decode_row(uint32_t format, const void *_Nonnull bytes, size_t columns,
                                    float *_Nonnull out);

// A matrix [rows, columns] as its file has it.
typedef struct {
  uint32_t format;
  const void *_Nonnull bytes;
  size_t byte_count;
  int32_t rows, columns;
  // Where the file keeps each row; null if in order.
  const int32_t *_Nullable order;
} cdecoder_stored;

// --- The model ---
typedef struct {
  int32_t layers, width, inner_width, heads, key_heads, head_width, vocabulary;
  float norm_epsilon;
  // Neighbouring dimensions of a head form the pairs that are rotated, instead of its halves.
  bool rotates_neighbours;
} cdecoder_shape;

typedef enum {
  CDECODER_QUERY,
  CDECODER_KEY,
  CDECODER_VALUE,
  CDECODER_OUTPUT,
  CDECODER_GATE,
  CDECODER_UP,
  CDECODER_DOWN,
  CDECODER_EMBEDDING,  // layer 0
  CDECODER_HEAD,       // layer 0; the embedding if never set
} cdecoder_matrix;
typedef enum {
  CDECODER_ATTENTION_NORM,
  CDECODER_FEED_FORWARD_NORM,
  CDECODER_FINAL_NORM,  // layer 0
} cdecoder_vector;

// Frozen weights, to be shared by any count of engines.
typedef struct cdecoder_model cdecoder_model;
// `frequencies`: half a head's width of them, radians a position.
cdecoder_status cdecoder_model_create(cdecoder_model *_Nullable *_Nonnull out,
                                      const cdecoder_shape *_Nonnull shape,
                                      const float *_Nonnull frequencies);
void cdecoder_model_destroy(cdecoder_model *_Nonnull model);
// Copies a matrix into the order in which it is multiplied. Integers keep their values, scales too,
// so nothing is rounded: formats with scales of scales take 6 bits a weight (Q4_K), 10 or 12 (Q2_K).
cdecoder_status cdecoder_model_set_matrix(cdecoder_model *_Nonnull model, cdecoder_matrix which,
                                          int32_t layer, const cdecoder_stored *_Nonnull stored);
cdecoder_status cdecoder_model_set_vector(cdecoder_model *_Nonnull model, cdecoder_vector which,
                                          int32_t layer, const float *_Nonnull values,
                                          size_t count);
// Of all matrices.
size_t cdecoder_model_bytes(const cdecoder_model *_Nonnull model);
// FNV-1a over all weights, 64 bits: that nothing wrote into them.
uint64_t cdecoder_model_checksum(const cdecoder_model *_Nonnull model);

// --- Adapters: y += factor · B A x ---
// What an adapter adds to one matrix; offsets count halves from the start of its weights.
typedef struct {
  int32_t rank;  // 0: nothing
  float factor;
  size_t a;  // [rank, in], row by row
  size_t b;  // in panels of eight outputs, [rank, 8] each; the last one is filled up with zeros
} cdecoder_adapter_part;
// Halves that B takes in panels.
size_t cdecoder_adapter_up_count(size_t outputs, size_t rank);
// Rounds A, or anything, to halves.
void cdecoder_adapter_pack_down(const float *_Nonnull values, size_t count,
                                uint16_t *_Nonnull into);
// Rounds B [outputs, rank] to halves in panels.
void cdecoder_adapter_pack_up(const float *_Nonnull values, size_t outputs, size_t rank,
                              uint16_t *_Nonnull into);
typedef struct cdecoder_adapter cdecoder_adapter;
// Checks the parts, seven a layer in the order of cdecoder_matrix, against the model's sizes.
// The weights stay the caller's and must outlive the adapter. Where the A of matrices that share an
// input (query, key, value; gate, up) lie one behind the other, with one factor, they are read as one.
cdecoder_status cdecoder_adapter_create(cdecoder_adapter *_Nullable *_Nonnull out,
                                        const cdecoder_model *_Nonnull model,
                                        const cdecoder_adapter_part *_Nonnull parts,
                                        const uint16_t *_Nonnull weights, size_t weight_count);
void cdecoder_adapter_destroy(cdecoder_adapter *_Nonnull adapter);

// --- Steps ---
// Positions of a page.
#define CDECODER_PAGE_TOKENS 16
// Bytes of a page: keys and values of all layers, in halves or floats.
size_t cdecoder_page_bytes(const cdecoder_model *_Nonnull model, bool is_half);
// Logits of a row start that many floats after the last row's: the vocabulary, to whole eights.
size_t cdecoder_logits_stride(const cdecoder_model *_Nonnull model);

// One token of one sequence. Pages hold what the sequence's earlier positions left there, in this
// step or before; several sequences may share pages of which they write none. No two rows of a step
// may write to one place.
typedef struct {
  int32_t token;
  int32_t position;    // from 0
  int32_t first_page;  // where this sequence's page numbers begin in the step's list
  int32_t adapter;     // in the step's list; −1 for none
  bool wants_logits;
} cdecoder_row;

typedef struct {
  const cdecoder_row *_Nonnull rows;
  size_t row_count;
  const int32_t *_Nonnull pages;  // page numbers
  size_t page_number_count;
  const cdecoder_adapter *_Nonnull const *_Nullable adapters;
  size_t adapter_count;
  void *_Nonnull pool;  // aligned to 32 bytes
  size_t pool_pages;
  bool is_half;
} cdecoder_batch;

// Threads and room for steps over one model. One step at a time; the model must outlive it.
typedef struct cdecoder_engine cdecoder_engine;
// `threads` counts the caller; they sleep between steps.
cdecoder_status cdecoder_engine_create(cdecoder_engine *_Nullable *_Nonnull out,
                                       const cdecoder_model *_Nonnull model, int32_t max_rows,
                                       int32_t threads, cdecoder_path path);
void cdecoder_engine_destroy(cdecoder_engine *_Nonnull engine);
// Runs all rows through all layers, writes their keys and values into their pages, and the logits of
// the rows that want them, in the rows' order. On an error nothing was written. Rows of one adapter
// should stand together.
cdecoder_status cdecoder_step(cdecoder_engine *_Nonnull engine,
                              const cdecoder_batch *_Nonnull batch, float *_Nullable logits);
// The first of the largest.
size_t cdecoder_largest(const float *_Nonnull values, size_t count);

#ifdef __cplusplus
}
#endif
