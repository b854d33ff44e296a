// Weights as files store them, decoded to floats. Blocks of 32 values share a scale; the layouts
// are those of the GGUF specification.
#include <cstring>

#include "primitive.h"

namespace whence {
namespace {

constexpr size_t blockLength = 32;

float fromHalf(const uint8_t* bytes) {
  const uint32_t half = static_cast<uint32_t>(bytes[0] | bytes[1] << 8);
  const uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent == 0) {  // zero or subnormal: fraction · 2⁻²⁴
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  const uint32_t bits = sign | wide << 23 | fraction << 13;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// The low nibbles are the first half of a block, the high ones the second.
void decodeNibbles(const uint8_t* nibbles, float scale, float offset, float* out) {
  for (size_t i = 0; i < blockLength / 2; i++) {
    out[i] = static_cast<float>(nibbles[i] & 15) * scale + offset;
    out[i + blockLength / 2] = static_cast<float>(nibbles[i] >> 4) * scale + offset;
  }
}

void decode(uint32_t format, const uint8_t* bytes, float* out, size_t count) {
  if (format == CTENSORS_F32) {
    std::memcpy(out, bytes, count * sizeof(float));
    return;
  }
  if (format == CTENSORS_F16) {
    for (size_t i = 0; i < count; i++) out[i] = fromHalf(bytes + 2 * i);
    return;
  }
  const size_t step = ctensors_row_bytes(format, blockLength);
  for (size_t done = 0; done < count; done += blockLength, bytes += step, out += blockLength) {
    const float scale = fromHalf(bytes);
    if (format == CTENSORS_Q4_0) {
      decodeNibbles(bytes + 2, scale, -8 * scale, out);
    } else if (format == CTENSORS_Q4_1) {
      decodeNibbles(bytes + 4, scale, fromHalf(bytes + 2), out);
    } else {
      for (size_t i = 0; i < blockLength; i++) {
        out[i] = static_cast<float>(static_cast<int8_t>(bytes[2 + i])) * scale;
      }
    }
  }
}

/// One row times kept rows, without decoding them to memory first.
struct KeptProduct : KernelPrimitive {
  KeptProduct(mx::Stream stream, uint32_t format) : KernelPrimitive(stream), format(format) {}
  const uint32_t format;
  const char* name() const override { return "KeptProduct"; }
  void eval_cpu(const Arrays& inputs, Arrays& outputs) override {
    kernels::StoredProduct product{
        inputs[1].data<uint8_t>(), static_cast<size_t>(inputs[1].shape(1)),
        static_cast<size_t>(inputs[1].shape(0)), inputs[0].size() / blockLength,
        inputs[0].data<float>(), nullptr, allocate(outputs[0])};
    dispatch([product, format = format]() mutable {
      std::vector<float> sums(product.blocks, 0.0f);
      for (size_t i = 0; i < product.blocks * blockLength; i++) {
        sums[i / blockLength] += product.x[i];
      }
      product.blockSums = sums.data();
      kernels::storedProduct(product, format);
    });
  }
};

bool isBlockFormat(uint32_t format) {
  return format == CTENSORS_Q4_0 || format == CTENSORS_Q4_1 || format == CTENSORS_Q8_0;
}

/// - Returns: the bytes of a row.
size_t checkStored(uint32_t format, size_t count, int32_t rows, int32_t columns) {
  require(rows > 0 && columns > 0, "a stored tensor has rows and columns");
  const size_t rowBytes = ctensors_row_bytes(format, static_cast<size_t>(columns));
  require(rowBytes > 0, "unknown storage format, or a row it does not divide");
  require(rowBytes * static_cast<size_t>(rows) == count, "stored bytes and shape differ");
  return rowBytes;
}

}  // namespace
}  // namespace whence

extern "C" {

size_t ctensors_row_bytes(uint32_t format, size_t columns) {
  if (format == CTENSORS_F32) return columns * 4;
  if (format == CTENSORS_F16) return columns * 2;
  if (columns % whence::blockLength != 0) return 0;
  const size_t blocks = columns / whence::blockLength;
  switch (format) {
    case CTENSORS_Q4_0: return blocks * 18;
    case CTENSORS_Q4_1: return blocks * 20;
    case CTENSORS_Q8_0: return blocks * 34;
    default: return 0;
  }
}

ctensors_status ctensors_from_stored(ctensors_tensor** out, uint32_t format, const void* bytes,
                                     size_t count, int32_t rows, int32_t columns) {
  return whence::guarded([&] {
    whence::checkStored(format, count, rows, columns);
    const size_t elements = static_cast<size_t>(rows) * static_cast<size_t>(columns);
    auto buffer = mx::allocator::malloc(elements * sizeof(float));
    whence::decode(format, static_cast<const uint8_t*>(bytes),
                   static_cast<float*>(buffer.buffer().raw_ptr()), elements);
    *out = whence::wrap(mx::array(std::move(buffer), {rows, columns}, mx::float32));
  });
}

ctensors_status ctensors_keep_stored(ctensors_tensor** out, uint32_t format, const void* bytes,
                                     size_t count, int32_t rows, int32_t columns) {
  return whence::guarded([&] {
    whence::require(whence::isBlockFormat(format), "only block formats are worth keeping");
    const size_t rowBytes = whence::checkStored(format, count, rows, columns);
    *out = whence::wrap(mx::array(static_cast<const uint8_t*>(bytes),
                                  {rows, static_cast<int32_t>(rowBytes)}, mx::uint8));
  });
}

ctensors_status ctensors_stored_product(ctensors_tensor** out, const ctensors_tensor* x,
                                        const ctensors_tensor* kept, uint32_t format) {
  return whence::guarded([&] {
    const auto &row = x->array, &weights = kept->array;
    whence::require(whence::kernels::supported(), "this processor has no kernels of ours");
    whence::require(whence::isBlockFormat(format) && weights.ndim() == 2 &&
                        weights.dtype() == mx::uint8 && row.dtype() == mx::float32 &&
                        ctensors_row_bytes(format, row.size()) ==
                            static_cast<size_t>(weights.shape(1)),
                    "x is not one row of the kept weights' columns");
    const auto made = std::make_shared<whence::KeptProduct>(whence::currentStream(), format);
    *out = whence::wrap(mx::array({1, weights.shape(0)}, mx::float32, made,
                                  {whence::dense(row), whence::dense(weights)}));
  });
}
}
