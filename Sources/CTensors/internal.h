// Shared by this target's C++ files: handles, the lock and the border no exception crosses.
#pragma once
#include <mlx/mlx.h>

#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#include "ctensors.h"

namespace mx = mlx::core;

struct ctensors_tensor {
  mx::array array;
};

namespace whence {

/// The function under differentiation failed; its own error is kept on the Swift side.
struct CallbackFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

extern thread_local std::string lastError;

/// Binds the calling thread to the one shared stream; the first call of a thread does the work.
void enterThread();

/// Recursive, because the function under differentiation calls back in.
std::recursive_mutex& libraryLock();

ctensors_tensor* wrap(mx::array array);

template <class Body>
ctensors_status guarded(Body&& body) {
  try {
    std::lock_guard<std::recursive_mutex> lock(libraryLock());
    enterThread();
    body();
    return CTENSORS_OK;
  } catch (const CallbackFailure& error) {
    lastError = error.what();
    return CTENSORS_CALLBACK;
  } catch (const std::bad_alloc&) {
    lastError = "out of memory";
    return CTENSORS_OUT_OF_MEMORY;
  } catch (const std::invalid_argument& error) {
    lastError = error.what();
    return CTENSORS_BAD_ARGUMENT;
  } catch (const std::out_of_range& error) {
    lastError = error.what();
    return CTENSORS_BAD_ARGUMENT;
  } catch (const std::exception& error) {
    lastError = error.what();
    return CTENSORS_INTERNAL;
  } catch (...) {
    lastError = "unknown C++ exception";
    return CTENSORS_INTERNAL;
  }
}

inline void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

inline mx::Shape makeShape(const int32_t* extents, size_t rank) {
  return rank == 0 ? mx::Shape{} : mx::Shape(extents, extents + rank);
}

inline size_t elementCount(const mx::Shape& shape) {
  size_t count = 1;
  for (auto extent : shape) {
    require(extent >= 0, "an extent is negative");
    count *= static_cast<size_t>(extent);
  }
  return count;
}

}  // namespace whence
