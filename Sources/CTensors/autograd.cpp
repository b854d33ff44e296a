// Value and gradient of a function that lives on the other side of the C border.
#include <memory>
#include <numeric>
#include <vector>

#include "internal.h"

namespace whence {
namespace {

using Arrays = std::vector<mx::array>;

/// Calls back with borrowed handles and takes ownership of what comes out.
Arrays call(ctensors_function function, void* context, const Arrays& inputs, size_t outputCount) {
  std::vector<ctensors_tensor> borrowed;
  borrowed.reserve(inputs.size());
  std::vector<const ctensors_tensor*> handles;
  for (const auto& input : inputs) {
    borrowed.push_back({input});
    handles.push_back(&borrowed.back());
  }
  std::vector<ctensors_tensor*> outputs(outputCount, nullptr);
  const int32_t code = function(context, handles.data(), handles.size(), outputs.data(), outputCount);
  Arrays results;
  for (auto* output : outputs) {
    if (!output) continue;
    results.push_back(output->array);
    ctensors_destroy(output);
  }
  if (code != 0 || results.size() != outputCount) {
    throw CallbackFailure("the function under differentiation failed");
  }
  return results;
}

}  // namespace
}  // namespace whence

extern "C" ctensors_status ctensors_value_and_gradient(
    ctensors_function function, void* context, const ctensors_tensor* const* parameters,
    size_t parameter_count, size_t output_count, ctensors_tensor** outputs,
    ctensors_tensor** gradients) {
  return whence::guarded([&] {
    whence::Arrays inputs;
    for (size_t i = 0; i < parameter_count; i++) inputs.push_back(parameters[i]->array);
    std::vector<int> all(parameter_count);
    std::iota(all.begin(), all.end(), 0);
    auto differentiated = mx::value_and_grad(
        [&](const whence::Arrays& traced) {
          return whence::call(function, context, traced, output_count);
        },
        all);
    auto [values, slopes] = differentiated(inputs);
    for (size_t i = 0; i < output_count; i++) outputs[i] = whence::wrap(values[i]);
    for (size_t i = 0; i < parameter_count; i++) gradients[i] = whence::wrap(slopes[i]);
  });
}
