// The only header Swift sees of the tensor library. Every function that can fail returns a status
// and leaves its message in ctensors_last_error(); no exception leaves. One lock serialises all
// calls, so that any thread may make them; long work still belongs on one thread of its own.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// One array of the lazy graph. Owned by the caller: every `out` is a new handle, destroyed once.
typedef struct ctensors_tensor ctensors_tensor;

typedef enum {
  CTENSORS_OK = 0,
  CTENSORS_BAD_ARGUMENT = 1,
  CTENSORS_OUT_OF_MEMORY = 2,
  CTENSORS_CALLBACK = 3,  // the function under differentiation reported a failure of its own
  CTENSORS_INTERNAL = 4,
} ctensors_status;

// This thread's last message; copy it before the next call.
const char *_Nonnull ctensors_last_error(void);

// --- The runtime ---
const char *_Nonnull ctensors_library_version(void);
// The bound BLAS: OpenBLAS's configuration, or "reference" when the link order is wrong.
const char *_Nonnull ctensors_blas_configuration(void);
// Matrix products reach our gemm and OpenBLAS behind it; false means they are twenty times slower.
bool ctensors_blas_is_bound(void);
// Lets threads of the same process that don't compute tensors go first; false, and nothing changes,
// once a tensor was made.
bool ctensors_yield_to_others(void);
// One until this is called.
void ctensors_set_blas_threads(int32_t count);
bool ctensors_has_own_kernels(void);  // the processor has AVX2, FMA and F16C
int64_t ctensors_live_handles(void);
size_t ctensors_active_memory(void);  // bytes
size_t ctensors_peak_memory(void);    // bytes since the last reset
void ctensors_reset_peak_memory(void);

// --- Handles and contents ---
void ctensors_destroy(ctensors_tensor *_Nonnull tensor);
ctensors_status ctensors_from_floats(ctensors_tensor *_Nullable *_Nonnull out,
                                     const float *_Nullable values, const int32_t *_Nullable shape,
                                     size_t rank);
ctensors_status ctensors_from_ints(ctensors_tensor *_Nullable *_Nonnull out,
                                   const int32_t *_Nullable values, const int32_t *_Nullable shape,
                                   size_t rank);
ctensors_status ctensors_zeros(ctensors_tensor *_Nullable *_Nonnull out,
                               const int32_t *_Nullable shape, size_t rank);

// Storage formats of weights; the numbers are GGUF's.
typedef enum {
  CTENSORS_F32 = 0,
  CTENSORS_F16 = 1,
  CTENSORS_Q4_0 = 2,
  CTENSORS_Q4_1 = 3,
  CTENSORS_Q8_0 = 8,
} ctensors_format;
// Bytes of `columns` values in one row; 0 if the format is unknown or does not divide the row.
size_t ctensors_row_bytes(uint32_t format, size_t columns);
// Decodes rows × columns stored values to floats; `count` must be exactly the bytes of all rows.
ctensors_status ctensors_from_stored(ctensors_tensor *_Nullable *_Nonnull out, uint32_t format,
                                     const void *_Nonnull bytes, size_t count, int32_t rows,
                                     int32_t columns);

// Keeps block-stored rows as they are, a [rows, bytes] tensor for ctensors_stored_product.
ctensors_status ctensors_keep_stored(ctensors_tensor *_Nullable *_Nonnull out, uint32_t format,
                                     const void *_Nonnull bytes, size_t count, int32_t rows,
                                     int32_t columns);
// x [1, columns] times the transposed kept rows: [1, rows]. No gradient; wants our own kernels.
ctensors_status ctensors_stored_product(ctensors_tensor *_Nullable *_Nonnull out,
                                        const ctensors_tensor *_Nonnull x,
                                        const ctensors_tensor *_Nonnull kept, uint32_t format);

size_t ctensors_rank(const ctensors_tensor *_Nonnull tensor);
int32_t ctensors_extent(const ctensors_tensor *_Nonnull tensor, size_t axis);
size_t ctensors_element_count(const ctensors_tensor *_Nonnull tensor);
// Both evaluate, convert and copy all elements in row-major order.
ctensors_status ctensors_copy_floats(const ctensors_tensor *_Nonnull tensor, float *_Nonnull into);
ctensors_status ctensors_copy_ints(const ctensors_tensor *_Nonnull tensor, int32_t *_Nonnull into);
ctensors_status ctensors_evaluate(const ctensors_tensor *_Nonnull const *_Nonnull tensors,
                                  size_t count);

// --- Operations ---
typedef enum {
  CTENSORS_NEGATE,
  CTENSORS_SQUARE,
  CTENSORS_SIGMOID,
  CTENSORS_STOP_GRADIENT,
  CTENSORS_SWAP_LAST_AXES,
  CTENSORS_SUM,
} ctensors_unary;
typedef enum {
  CTENSORS_ADD,
  CTENSORS_SUBTRACT,
  CTENSORS_MULTIPLY,
  CTENSORS_DIVIDE,
  CTENSORS_MATMUL,
} ctensors_binary;
ctensors_status ctensors_apply_unary(ctensors_tensor *_Nullable *_Nonnull out, ctensors_unary kind,
                                     const ctensors_tensor *_Nonnull operand);
ctensors_status ctensors_apply_binary(ctensors_tensor *_Nullable *_Nonnull out,
                                      ctensors_binary kind, const ctensors_tensor *_Nonnull left,
                                      const ctensors_tensor *_Nonnull right);
ctensors_status ctensors_scale(ctensors_tensor *_Nullable *_Nonnull out,
                               const ctensors_tensor *_Nonnull operand, float factor);
ctensors_status ctensors_reshape(ctensors_tensor *_Nullable *_Nonnull out,
                                 const ctensors_tensor *_Nonnull operand,
                                 const int32_t *_Nullable shape, size_t rank);
ctensors_status ctensors_transpose(ctensors_tensor *_Nullable *_Nonnull out,
                                   const ctensors_tensor *_Nonnull operand,
                                   const int32_t *_Nonnull axes, size_t rank);
ctensors_status ctensors_slice(ctensors_tensor *_Nullable *_Nonnull out,
                               const ctensors_tensor *_Nonnull operand, int32_t axis, int32_t from,
                               int32_t to);
ctensors_status ctensors_concatenate(ctensors_tensor *_Nullable *_Nonnull out,
                                     const ctensors_tensor *_Nonnull const *_Nonnull operands,
                                     size_t count, int32_t axis);
// Rows of `operand` along its first axis. `indices` are checked against its extent.
ctensors_status ctensors_rows(ctensors_tensor *_Nullable *_Nonnull out,
                              const ctensors_tensor *_Nonnull operand,
                              const int32_t *_Nullable indices, size_t count);
ctensors_status ctensors_sum_axis(ctensors_tensor *_Nullable *_Nonnull out,
                                  const ctensors_tensor *_Nonnull operand, int32_t axis);
ctensors_status ctensors_argmax_last(ctensors_tensor *_Nullable *_Nonnull out,
                                     const ctensors_tensor *_Nonnull operand);
ctensors_status ctensors_rms_norm(ctensors_tensor *_Nullable *_Nonnull out,
                                  const ctensors_tensor *_Nonnull operand,
                                  const ctensors_tensor *_Nonnull weight, float epsilon);
// Shifts each last-axis row to mean 0 and scales it to variance 1, then times weight plus bias.
ctensors_status ctensors_layer_norm(ctensors_tensor *_Nullable *_Nonnull out,
                                    const ctensors_tensor *_Nonnull operand,
                                    const ctensors_tensor *_Nonnull weight,
                                    const ctensors_tensor *_Nonnull bias, float epsilon);
// Rotates [..., T, D] by position offset + t; the two halves of D form the pairs.
ctensors_status ctensors_rope(ctensors_tensor *_Nullable *_Nonnull out,
                              const ctensors_tensor *_Nonnull operand, float base, int32_t offset);

// --- Own differentiable primitives, each with a twin made of library operations ---
typedef enum {
  CTENSORS_FASTEST = 0,     // own kernel where the processor has it, else the twin
  CTENSORS_OPERATIONS = 1,  // the twin: the oracle in tests
} ctensors_path;
// silu(gate) * up, element by element.
ctensors_status ctensors_swiglu(ctensors_tensor *_Nullable *_Nonnull out,
                                const ctensors_tensor *_Nonnull gate,
                                const ctensors_tensor *_Nonnull up, ctensors_path path);
// x · Φ(x), Φ the normal distribution's integral, element by element; not differentiable.
ctensors_status ctensors_gelu(ctensors_tensor *_Nullable *_Nonnull out,
                              const ctensors_tensor *_Nonnull operand, ctensors_path path);
// q [B, H, T, D], k and v [B, K, S, D], H a multiple of K: every query sees every key.
ctensors_status ctensors_attention(ctensors_tensor *_Nullable *_Nonnull out,
                                   const ctensors_tensor *_Nonnull queries,
                                   const ctensors_tensor *_Nonnull keys,
                                   const ctensors_tensor *_Nonnull values, float scale,
                                   ctensors_path path);
// The same shapes: query t sees keys 0 ... S - T + t.
ctensors_status ctensors_causal_attention(ctensors_tensor *_Nullable *_Nonnull out,
                                          const ctensors_tensor *_Nonnull queries,
                                          const ctensors_tensor *_Nonnull keys,
                                          const ctensors_tensor *_Nonnull values, float scale,
                                          ctensors_path path);
// −ln softmax(logits [N, V])[target], one loss a row. `targets` are checked against V.
ctensors_status ctensors_cross_entropy(ctensors_tensor *_Nullable *_Nonnull out,
                                       const ctensors_tensor *_Nonnull logits,
                                       const int32_t *_Nonnull targets, size_t count,
                                       ctensors_path path);

typedef struct {
  float learning_rate;
  float first_decay, second_decay;            // β₁, β₂
  float first_correction, second_correction;  // 1 / (1 − βᵗ)
  float epsilon;
  float weight_decay;
} ctensors_adamw_settings;
// One AdamW update (Loshchilov and Hutter, 2019): new parameter and new moments.
ctensors_status ctensors_adamw(ctensors_tensor *_Nullable *_Nonnull out_parameter,
                               ctensors_tensor *_Nullable *_Nonnull out_first,
                               ctensors_tensor *_Nullable *_Nonnull out_second,
                               const ctensors_tensor *_Nonnull parameter,
                               const ctensors_tensor *_Nonnull gradient,
                               const ctensors_tensor *_Nonnull first,
                               const ctensors_tensor *_Nonnull second,
                               ctensors_adamw_settings settings, ctensors_path path);

// --- Decomposition ---
// The `count` largest eigenvalues of a symmetric matrix [width, width], smallest of them first, and
// as many rows of `width` numbers, their eigenvectors; of few among many, the last ones are close to
// eigenvectors rather than exact. The same matrix always gives the same.
ctensors_status ctensors_eigen_symmetric(const float *_Nonnull matrix, int32_t width,
                                         int32_t count, float *_Nonnull values,
                                         float *_Nonnull vectors);

// --- Differentiation ---
// Gets borrowed parameters, valid during the call, and writes owned outputs, the first a scalar.
// A non-zero return makes the outer call end with CTENSORS_CALLBACK.
typedef int32_t (*ctensors_function)(void *_Nullable context,
                                     const ctensors_tensor *_Nonnull const *_Nonnull parameters,
                                     size_t parameter_count,
                                     ctensors_tensor *_Nullable *_Nonnull outputs,
                                     size_t output_count);
// A second handle on the same array.
ctensors_status ctensors_retain(ctensors_tensor *_Nullable *_Nonnull out,
                                const ctensors_tensor *_Nonnull tensor);
ctensors_status ctensors_value_and_gradient(
    ctensors_function _Nonnull function, void *_Nullable context,
    const ctensors_tensor *_Nonnull const *_Nonnull parameters, size_t parameter_count,
    size_t output_count, ctensors_tensor *_Nullable *_Nonnull outputs,
    ctensors_tensor *_Nullable *_Nonnull gradients);

#ifdef __cplusplus
}
#endif
