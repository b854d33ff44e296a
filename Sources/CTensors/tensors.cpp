// Handles, contents and the library's own operations.
#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

extern "C" {
// Present only when OpenBLAS is the bound BLAS.
extern void openblas_set_num_threads(int) __attribute__((weak));
extern char* openblas_get_config(void) __attribute__((weak));
}

namespace whence {

thread_local std::string lastError;

namespace {

std::atomic<int64_t> liveHandles{0};

/// Of the thread that computes, once there is one.
std::atomic<int> niceness{0};
std::atomic<bool> streamExists{false};

/// A lazy array belongs to a stream, and streams to threads; this one serves every thread, which
/// is sound because the lock serialises them. Swift's tasks hop threads.
mx::Stream sharedStream() {
  static const mx::Stream stream = [] {
    if (niceness == 0) return mx::new_thread_unsafe_stream(mx::Device::cpu);
    // A thread inherits the niceness of the one that starts it, which nobody may lower again.
    std::optional<mx::Stream> made;
    std::thread([&made] {
      setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), niceness);
      made = mx::new_thread_unsafe_stream(mx::Device::cpu);
    }).join();
    return *made;
  }();
  streamExists = true;
  return stream;
}

mx::array unary(ctensors_unary kind, const mx::array& x) {
  switch (kind) {
    case CTENSORS_NEGATE: return mx::negative(x);
    case CTENSORS_SQUARE: return mx::square(x);
    case CTENSORS_SIGMOID: return mx::sigmoid(x);
    case CTENSORS_STOP_GRADIENT: return mx::stop_gradient(x);
    case CTENSORS_SWAP_LAST_AXES: return mx::swapaxes(x, -1, -2);
    case CTENSORS_SUM: return mx::sum(x);
  }
  throw std::invalid_argument("unknown unary operation");
}

mx::array binary(ctensors_binary kind, const mx::array& x, const mx::array& y) {
  switch (kind) {
    case CTENSORS_ADD: return mx::add(x, y);
    case CTENSORS_SUBTRACT: return mx::subtract(x, y);
    case CTENSORS_MULTIPLY: return mx::multiply(x, y);
    case CTENSORS_DIVIDE: return mx::divide(x, y);
    case CTENSORS_MATMUL: return mx::matmul(x, y);
  }
  throw std::invalid_argument("unknown binary operation");
}

template <class Element>
mx::array fromHost(const Element* values, const int32_t* extents, size_t rank) {
  auto shape = makeShape(extents, rank);
  if (elementCount(shape) == 0) return mx::zeros(shape, mx::TypeToDtype<Element>());
  require(values != nullptr, "no values");
  return mx::array(values, shape);
}

template <class Element>
void copyOut(const mx::array& source, Element* into) {
  auto flat = mx::contiguous(mx::astype(source, mx::TypeToDtype<Element>()));
  flat.eval();
  std::copy_n(flat.template data<Element>(), flat.size(), into);
}

std::vector<mx::array> gather(const ctensors_tensor* const* handles, size_t count) {
  std::vector<mx::array> arrays;
  arrays.reserve(count);
  for (size_t i = 0; i < count; i++) arrays.push_back(handles[i]->array);
  return arrays;
}

}  // namespace

void enterThread() {
  static thread_local bool entered = false;
  if (entered) return;
  // A second spinning thread on a busy core costs many times what it brings; callers may raise it.
  static const bool once = (ctensors_set_blas_threads(1), true);
  (void)once;
  mx::set_default_device(mx::Device::cpu);
  mx::set_default_stream(sharedStream());
  entered = true;
}

std::recursive_mutex& libraryLock() {
  static std::recursive_mutex lock;
  return lock;
}

ctensors_tensor* wrap(mx::array array) {
  auto* handle = new ctensors_tensor{std::move(array)};
  liveHandles++;
  return handle;
}

}  // namespace whence

using whence::guarded;
using whence::makeShape;
using whence::require;
using whence::wrap;

extern "C" {

const char* ctensors_last_error(void) { return whence::lastError.c_str(); }
const char* ctensors_library_version(void) { return mx::version(); }
const char* ctensors_blas_configuration(void) {
  return openblas_get_config ? openblas_get_config() : "reference";
}
bool ctensors_yield_to_others(void) {
  if (whence::streamExists) return false;
  whence::niceness = 10;
  return true;
}

void ctensors_set_blas_threads(int32_t count) {
  if (openblas_set_num_threads) openblas_set_num_threads(count);
}
int64_t ctensors_live_handles(void) { return whence::liveHandles; }
size_t ctensors_active_memory(void) { return mx::get_active_memory(); }
size_t ctensors_peak_memory(void) { return mx::get_peak_memory(); }
void ctensors_reset_peak_memory(void) { mx::reset_peak_memory(); }

void ctensors_destroy(ctensors_tensor* tensor) {
  std::lock_guard<std::recursive_mutex> lock(whence::libraryLock());
  delete tensor;
  whence::liveHandles--;
}

ctensors_status ctensors_retain(ctensors_tensor** out, const ctensors_tensor* tensor) {
  return guarded([&] { *out = wrap(tensor->array); });
}

ctensors_status ctensors_from_floats(ctensors_tensor** out, const float* values,
                                     const int32_t* shape, size_t rank) {
  return guarded([&] { *out = wrap(whence::fromHost(values, shape, rank)); });
}

ctensors_status ctensors_from_ints(ctensors_tensor** out, const int32_t* values,
                                   const int32_t* shape, size_t rank) {
  return guarded([&] { *out = wrap(whence::fromHost(values, shape, rank)); });
}

ctensors_status ctensors_zeros(ctensors_tensor** out, const int32_t* shape, size_t rank) {
  return guarded([&] { *out = wrap(mx::zeros(makeShape(shape, rank), mx::float32)); });
}

size_t ctensors_rank(const ctensors_tensor* tensor) { return tensor->array.ndim(); }
int32_t ctensors_extent(const ctensors_tensor* tensor, size_t axis) {
  return axis < tensor->array.ndim() ? tensor->array.shape()[axis] : 0;
}
size_t ctensors_element_count(const ctensors_tensor* tensor) { return tensor->array.size(); }

ctensors_status ctensors_copy_floats(const ctensors_tensor* tensor, float* into) {
  return guarded([&] { whence::copyOut(tensor->array, into); });
}

ctensors_status ctensors_copy_ints(const ctensors_tensor* tensor, int32_t* into) {
  return guarded([&] { whence::copyOut(tensor->array, into); });
}

ctensors_status ctensors_evaluate(const ctensors_tensor* const* tensors, size_t count) {
  return guarded([&] { mx::eval(whence::gather(tensors, count)); });
}

ctensors_status ctensors_apply_unary(ctensors_tensor** out, ctensors_unary kind,
                                     const ctensors_tensor* operand) {
  return guarded([&] { *out = wrap(whence::unary(kind, operand->array)); });
}

ctensors_status ctensors_apply_binary(ctensors_tensor** out, ctensors_binary kind,
                                      const ctensors_tensor* left, const ctensors_tensor* right) {
  return guarded([&] { *out = wrap(whence::binary(kind, left->array, right->array)); });
}

ctensors_status ctensors_scale(ctensors_tensor** out, const ctensors_tensor* operand,
                               float factor) {
  return guarded([&] { *out = wrap(mx::multiply(operand->array, mx::array(factor))); });
}

ctensors_status ctensors_reshape(ctensors_tensor** out, const ctensors_tensor* operand,
                                 const int32_t* shape, size_t rank) {
  return guarded([&] { *out = wrap(mx::reshape(operand->array, makeShape(shape, rank))); });
}

ctensors_status ctensors_transpose(ctensors_tensor** out, const ctensors_tensor* operand,
                                   const int32_t* axes, size_t rank) {
  return guarded([&] {
    *out = wrap(mx::transpose(operand->array, std::vector<int>(axes, axes + rank)));
  });
}

ctensors_status ctensors_slice(ctensors_tensor** out, const ctensors_tensor* operand, int32_t axis,
                               int32_t from, int32_t to) {
  return guarded([&] {
    auto end = operand->array.shape();
    require(axis >= 0 && static_cast<size_t>(axis) < end.size(), "no such axis");
    require(0 <= from && from <= to && to <= end[axis], "slice outside the axis");
    auto start = mx::Shape(end.size(), 0);
    start[axis] = from;
    end[axis] = to;
    *out = wrap(mx::slice(operand->array, start, end));
  });
}

ctensors_status ctensors_concatenate(ctensors_tensor** out, const ctensors_tensor* const* operands,
                                     size_t count, int32_t axis) {
  return guarded([&] { *out = wrap(mx::concatenate(whence::gather(operands, count), axis)); });
}

ctensors_status ctensors_rows(ctensors_tensor** out, const ctensors_tensor* operand,
                              const int32_t* indices, size_t count) {
  return guarded([&] {
    // The library does not check gather indices; a wrong one would read foreign memory.
    require(operand->array.ndim() > 0, "a scalar has no rows");
    const int32_t extent = operand->array.shape(0);
    for (size_t i = 0; i < count; i++) {
      require(indices[i] >= 0 && indices[i] < extent, "row index out of range");
    }
    const auto extents = static_cast<int32_t>(count);
    *out = wrap(mx::take(operand->array, whence::fromHost(indices, &extents, 1), 0));
  });
}

ctensors_status ctensors_sum_axis(ctensors_tensor** out, const ctensors_tensor* operand,
                                  int32_t axis) {
  return guarded([&] { *out = wrap(mx::sum(operand->array, axis)); });
}

ctensors_status ctensors_argmax_last(ctensors_tensor** out, const ctensors_tensor* operand) {
  return guarded([&] { *out = wrap(mx::argmax(operand->array, -1)); });
}

ctensors_status ctensors_rms_norm(ctensors_tensor** out, const ctensors_tensor* operand,
                                  const ctensors_tensor* weight, float epsilon) {
  return guarded([&] {
    *out = wrap(mx::fast::rms_norm(operand->array, weight->array, epsilon));
  });
}

ctensors_status ctensors_layer_norm(ctensors_tensor** out, const ctensors_tensor* operand,
                                    const ctensors_tensor* weight, const ctensors_tensor* bias,
                                    float epsilon) {
  return guarded([&] {
    *out = wrap(mx::fast::layer_norm(operand->array, weight->array, bias->array, epsilon));
  });
}

ctensors_status ctensors_rope(ctensors_tensor** out, const ctensors_tensor* operand, float base,
                              int32_t offset) {
  return guarded([&] {
    require(operand->array.ndim() >= 3, "rotation wants [..., T, D]");
    *out = wrap(mx::fast::rope(operand->array, operand->array.shape(-1), /*traditional=*/false,
                               base, 1.0f, offset));
  });
}
}
