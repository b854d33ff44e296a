// What our primitives inside the library's graph share.
#pragma once
// The library's encoder binds tasks with std::bind, which C++20's headers call deprecated.
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#include <mlx/backend/cpu/encoder.h>
#include <mlx/primitives.h>

#include <memory>
#include <vector>

#include "internal.h"
#include "kernels.h"

namespace whence {

using Arrays = std::vector<mx::array>;

inline mx::Stream currentStream() { return mx::default_stream(mx::Device::cpu); }

/// What all share: CPU only, outputs allocated here, the loop handed to the stream's thread.
struct KernelPrimitive : mx::Primitive {
  using Primitive::Primitive;
  void eval_gpu(const Arrays&, Arrays&) override {
    throw std::runtime_error("this primitive runs on the CPU only");
  }

 protected:
  static float* allocate(mx::array& output) {
    output.set_data(mx::allocator::malloc(output.nbytes()));
    return output.data<float>();
  }
  template <class Loop>
  void dispatch(Loop loop) {
    mx::cpu::get_command_encoder(stream()).dispatch(std::move(loop));
  }
};

/// Kernels walk dense rows; everything that enters one is made dense first.
inline mx::array dense(const mx::array& x) { return mx::contiguous(x); }

inline bool usesKernel(ctensors_path path) {
  return path == CTENSORS_FASTEST && kernels::supported();
}

}  // namespace whence
