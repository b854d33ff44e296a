// Shared by this target's C++ files: the handles and the border no exception crosses.
#pragma once
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.h"

namespace whence::decoder {

extern thread_local std::string lastError;

struct BadArgument : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool condition, const char* message) {
  if (!condition) throw BadArgument(message);
}

template <class Body>
cdecoder_status guarded(Body&& body) {
  try {
    body();
    return CDECODER_OK;
  } catch (const std::bad_alloc&) {
    lastError = "out of memory";
    return CDECODER_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    lastError = error.what();
    return CDECODER_BAD_ARGUMENT;
  }
}

/// Bytes at a multiple of 64, and as many zeros behind them as one load reads.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(size_t count);
  uint8_t* data() { return memory.get(); }
  const uint8_t* data() const { return memory.get(); }
  size_t size() const { return count; }

 private:
  struct Free {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<uint8_t, Free> memory;
  size_t count = 0;
};

/// A matrix and the panels that it owns.
struct PackedMatrix {
  Matrix matrix;
  Bytes panels;
};

/// Reorders a stored matrix; throws BadArgument.
PackedMatrix pack(const cdecoder_stored& stored);
/// One row as floats.
void unpackRow(const Matrix& matrix, size_t row, float* out);

constexpr size_t linearCount = 7;

struct Layer {
  PackedMatrix linears[linearCount];
  std::vector<float> attentionNorm, feedForwardNorm;
};

}  // namespace whence::decoder

struct cdecoder_model {
  cdecoder_shape shape;
  std::vector<float> frequencies;
  std::vector<whence::decoder::Layer> layers;
  whence::decoder::PackedMatrix embedding, head;
  std::vector<float> finalNorm;

  const whence::decoder::Matrix& headMatrix() const {
    return head.matrix.rows > 0 ? head.matrix : embedding.matrix;
  }
  /// Rows and columns of a linear map.
  struct Size {
    size_t rows, columns;
  };
  Size size(size_t linear) const;
};

struct cdecoder_adapter {
  std::vector<cdecoder_adapter_part> parts;  // seven a layer
  const uint16_t* weights;
  size_t largestRank;  // of the sums over matrices that share an input
};
