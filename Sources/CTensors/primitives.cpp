// Our own operations inside the library's graph: the kernels with hand-written gradients, and for
// each a twin made of the library's operations, which is the oracle and the fallback.
#include "primitive.h"

#include <cmath>

namespace whence {
namespace {

// --- SwiGLU ---

struct SwiGLUGradient : KernelPrimitive {
  using KernelPrimitive::KernelPrimitive;
  const char* name() const override { return "SwiGLUGradient"; }
  void eval_cpu(const Arrays& inputs, Arrays& outputs) override {
    auto *gateGradient = allocate(outputs[0]), *upGradient = allocate(outputs[1]);
    dispatch([gate = inputs[0].data<float>(), up = inputs[1].data<float>(),
              upstream = inputs[2].data<float>(), gateGradient, upGradient,
              count = inputs[0].size()] {
      kernels::swigluGradient(gate, up, upstream, gateGradient, upGradient, count);
    });
  }
};

struct SwiGLU : KernelPrimitive {
  using KernelPrimitive::KernelPrimitive;
  const char* name() const override { return "SwiGLU"; }
  void eval_cpu(const Arrays& inputs, Arrays& outputs) override {
    dispatch([gate = inputs[0].data<float>(), up = inputs[1].data<float>(),
              out = allocate(outputs[0]),
              count = inputs[0].size()] { kernels::swiglu(gate, up, out, count); });
  }
  Arrays vjp(const Arrays& primals, const Arrays& cotangents, const std::vector<int>& arguments,
             const Arrays&) override {
    auto gradients = mx::array::make_arrays(
        {primals[0].shape(), primals[1].shape()}, {mx::float32, mx::float32},
        std::make_shared<SwiGLUGradient>(stream()),
        {primals[0], primals[1], dense(cotangents[0])});
    Arrays wanted;
    for (int argument : arguments) wanted.push_back(gradients[argument]);
    return wanted;
  }
};

// --- GELU: no gradient ---

struct GELU : KernelPrimitive {
  using KernelPrimitive::KernelPrimitive;
  const char* name() const override { return "GELU"; }
  void eval_cpu(const Arrays& inputs, Arrays& outputs) override {
    dispatch([x = inputs[0].data<float>(), out = allocate(outputs[0]),
              count = inputs[0].size()] { kernels::gelu(x, out, count); });
  }
};

// --- Causal softmax: rows come in groups of T; row t of a group sees S − T + t + 1 columns, so
// that in groups of one every row sees all ---

struct CausalSoftmaxBase : KernelPrimitive {
  CausalSoftmaxBase(mx::Stream stream, float scale, size_t queries)
      : KernelPrimitive(stream), scale(scale), queries(queries) {}
  const float scale;
  const size_t queries;

 protected:
  /// Calls `row(offset, columns, visible)` for each row of `shape`.
  template <class Row>
  static void eachRow(size_t elements, size_t columns, size_t queries, Row row) {
    for (size_t r = 0; r < elements / columns; r++) {
      row(r * columns, columns, columns - queries + r % queries + 1);
    }
  }
};

struct CausalSoftmaxGradient : CausalSoftmaxBase {
  using CausalSoftmaxBase::CausalSoftmaxBase;
  const char* name() const override { return "CausalSoftmaxGradient"; }
  void eval_cpu(const Arrays& inputs, Arrays& outputs) override {
    dispatch([p = inputs[0].data<float>(), upstream = inputs[1].data<float>(),
              out = allocate(outputs[0]), elements = inputs[0].size(),
              columns = static_cast<size_t>(inputs[0].shape(-1)), queries = queries,
              scale = scale] {
      eachRow(elements, columns, queries, [&](size_t at, size_t width, size_t visible) {
        kernels::softmaxRowGradient(p + at, upstream + at, width, visible, scale, out + at);
      });
    });
  }
};

struct CausalSoftmax : CausalSoftmaxBase {
  using CausalSoftmaxBase::CausalSoftmaxBase;
  const char* name() const override { return "CausalSoftmax"; }
  void eval_cpu(const Arrays& inputs, Arrays& outputs) override {
    dispatch([x = inputs[0].data<float>(), out = allocate(outputs[0]),
              elements = inputs[0].size(), columns = static_cast<size_t>(inputs[0].shape(-1)),
              queries = queries, scale = scale] {
      eachRow(elements, columns, queries, [&](size_t at, size_t width, size_t visible) {
        kernels::softmaxRow(x + at, width, visible, scale, out + at);
      });
    });
  }
  Arrays vjp(const Arrays& primals, const Arrays& cotangents, const std::vector<int>&,
             const Arrays& outputs) override {
    auto gradient = std::make_shared<CausalSoftmaxGradient>(stream(), scale, queries);
    return {mx::array(primals[0].shape(), mx::float32, gradient,
                      {outputs[0], dense(cotangents[0])})};
  }
};

// --- Cross entropy: outputs are the losses and each row's log-sum, kept for the gradient ---

struct CrossEntropyGradient : KernelPrimitive {
  using KernelPrimitive::KernelPrimitive;
  const char* name() const override { return "CrossEntropyGradient"; }
  void eval_cpu(const Arrays& inputs, Arrays& outputs) override {
    dispatch([logits = inputs[0].data<float>(), targets = inputs[1].data<int32_t>(),
              logSums = inputs[2].data<float>(), upstream = inputs[3].data<float>(),
              out = allocate(outputs[0]), rows = static_cast<size_t>(inputs[0].shape(0)),
              columns = static_cast<size_t>(inputs[0].shape(1))] {
      for (size_t r = 0; r < rows; r++) {
        kernels::crossEntropyGradient(logits + r * columns, columns,
                                      static_cast<size_t>(targets[r]), logSums[r], upstream[r],
                                      out + r * columns);
      }
    });
  }
};

struct CrossEntropy : KernelPrimitive {
  using KernelPrimitive::KernelPrimitive;
  const char* name() const override { return "CrossEntropy"; }
  void eval_cpu(const Arrays& inputs, Arrays& outputs) override {
    auto *losses = allocate(outputs[0]), *logSums = allocate(outputs[1]);
    dispatch([logits = inputs[0].data<float>(), targets = inputs[1].data<int32_t>(), losses,
              logSums, rows = static_cast<size_t>(inputs[0].shape(0)),
              columns = static_cast<size_t>(inputs[0].shape(1))] {
      for (size_t r = 0; r < rows; r++) {
        const float* row = logits + r * columns;
        logSums[r] = kernels::logSumExp(row, columns);
        losses[r] = logSums[r] - row[targets[r]];
      }
    });
  }
  Arrays vjp(const Arrays& primals, const Arrays& cotangents, const std::vector<int>& arguments,
             const Arrays& outputs) override {
    require(arguments.size() == 1 && arguments[0] == 0, "targets have no gradient");
    return {mx::array(primals[0].shape(), mx::float32,
                      std::make_shared<CrossEntropyGradient>(stream()),
                      {primals[0], primals[1], outputs[1], dense(cotangents[0])})};
  }
};

// --- AdamW: no gradient of its own ---

struct AdamW : KernelPrimitive {
  AdamW(mx::Stream stream, ctensors_adamw_settings settings)
      : KernelPrimitive(stream), settings(settings) {}
  const ctensors_adamw_settings settings;
  const char* name() const override { return "AdamW"; }
  void eval_cpu(const Arrays& inputs, Arrays& outputs) override {
    kernels::AdamW buffers{inputs[0].data<float>(), inputs[1].data<float>(),
                           inputs[2].data<float>(), inputs[3].data<float>(),
                           allocate(outputs[0]),    allocate(outputs[1]),
                           allocate(outputs[2])};
    dispatch([buffers, count = inputs[0].size(), settings = settings] {
      kernels::adamw(buffers, count, settings);
    });
  }
};

// --- The twins ---

mx::array causalMask(int queries, int columns) {
  auto row = mx::reshape(mx::arange(queries), {queries, 1});
  auto column = mx::reshape(mx::arange(columns), {1, columns});
  auto visible = mx::less_equal(column, mx::add(row, mx::array(columns - queries)));
  return mx::where(visible, mx::array(0.0f), mx::array(-INFINITY));
}

mx::array crossEntropyTwin(const mx::array& logits, const mx::array& targets) {
  const int rows = logits.shape(0);
  auto chosen = mx::take_along_axis(logits, mx::reshape(targets, {rows, 1}), -1);
  return mx::subtract(mx::logsumexp(logits, -1), mx::reshape(chosen, {rows}));
}

Arrays adamwTwin(const Arrays& x, const ctensors_adamw_settings& s) {
  auto scaled = [](const mx::array& a, float factor) { return mx::multiply(a, mx::array(factor)); };
  auto first = mx::add(scaled(x[2], s.first_decay), scaled(x[1], 1 - s.first_decay));
  auto second = mx::add(scaled(x[3], s.second_decay), scaled(mx::square(x[1]), 1 - s.second_decay));
  auto spread = mx::add(mx::sqrt(scaled(second, s.second_correction)), mx::array(s.epsilon));
  auto move = mx::add(mx::divide(scaled(first, s.first_correction), spread),
                      scaled(x[0], s.weight_decay));
  return {mx::subtract(x[0], scaled(move, s.learning_rate)), first, second};
}

enum class Sight { past, all };

mx::array attend(const mx::array& q, const mx::array& k, const mx::array& v, float scale,
                 Sight sight, ctensors_path path) {
  require(q.ndim() == 4 && k.ndim() == 4 && v.ndim() == 4, "attention wants four axes");
  const int batch = q.shape(0), heads = q.shape(1), queries = q.shape(2), depth = q.shape(3);
  const int groups = k.shape(1), columns = k.shape(2);
  require(groups > 0 && heads % groups == 0, "query heads must be a multiple of key heads");
  require(k.shape() == v.shape() && k.shape(0) == batch && k.shape(3) == depth,
          "keys and values must match the queries");
  require(queries > 0 && columns > 0, "nothing to attend to");
  require(sight == Sight::all || columns >= queries, "fewer keys than queries");
  // The query heads of one key head stacked as rows: one larger product, nothing broadcast.
  const int share = heads / groups;
  auto stacked = mx::reshape(q, {batch, groups, share * queries, depth});
  auto scores = mx::matmul(stacked, mx::swapaxes(k, -1, -2));
  mx::array weights = scores;
  if (usesKernel(path)) {
    weights = mx::array(
        scores.shape(), mx::float32,
        std::make_shared<CausalSoftmax>(
            currentStream(), scale, sight == Sight::all ? 1 : static_cast<size_t>(queries)),
        {dense(scores)});
  } else {
    auto split = mx::multiply(mx::reshape(scores, {batch, groups, share, queries, columns}),
                              mx::array(scale));
    if (sight == Sight::past) split = mx::add(split, causalMask(queries, columns));
    weights = mx::reshape(mx::softmax(split, -1), scores.shape());
  }
  return mx::reshape(mx::matmul(weights, v), {batch, heads, queries, depth});
}

}  // namespace
}  // namespace whence

using namespace whence;

extern "C" {

bool ctensors_has_own_kernels(void) { return kernels::supported(); }

ctensors_status ctensors_swiglu(ctensors_tensor** out, const ctensors_tensor* gate,
                                const ctensors_tensor* up, ctensors_path path) {
  return guarded([&] {
    const auto &g = gate->array, &u = up->array;
    require(g.shape() == u.shape(), "gate and up differ in shape");
    if (usesKernel(path)) {
      *out = wrap(mx::array(g.shape(), mx::float32, std::make_shared<SwiGLU>(currentStream()),
                            {dense(g), dense(u)}));
    } else {
      *out = wrap(mx::multiply(mx::multiply(g, mx::sigmoid(g)), u));
    }
  });
}

ctensors_status ctensors_causal_attention(ctensors_tensor** out, const ctensors_tensor* queries,
                                          const ctensors_tensor* keys,
                                          const ctensors_tensor* values, float scale,
                                          ctensors_path path) {
  return guarded([&] {
    *out = wrap(
        attend(queries->array, keys->array, values->array, scale, Sight::past, path));
  });
}

ctensors_status ctensors_attention(ctensors_tensor** out, const ctensors_tensor* queries,
                                   const ctensors_tensor* keys, const ctensors_tensor* values,
                                   float scale, ctensors_path path) {
  return guarded([&] {
    *out = wrap(attend(queries->array, keys->array, values->array, scale, Sight::all, path));
  });
}

ctensors_status ctensors_gelu(ctensors_tensor** out, const ctensors_tensor* operand,
                              ctensors_path path) {
  return guarded([&] {
    const auto& x = operand->array;
    if (usesKernel(path)) {
      *out = wrap(mx::array(x.shape(), mx::float32, std::make_shared<GELU>(currentStream()),
                            {dense(x)}));
    } else {
      auto both = mx::add(mx::erf(mx::multiply(x, mx::array(0.707106781f))), mx::array(1.0f));
      *out = wrap(mx::multiply(mx::multiply(x, mx::array(0.5f)), both));
    }
  });
}

ctensors_status ctensors_cross_entropy(ctensors_tensor** out, const ctensors_tensor* logits,
                                       const int32_t* targets, size_t count, ctensors_path path) {
  return guarded([&] {
    const auto& x = logits->array;
    require(x.ndim() == 2 && count > 0 && static_cast<size_t>(x.shape(0)) == count,
            "cross entropy wants [N, V] logits and N targets");
    for (size_t i = 0; i < count; i++) {
      require(targets[i] >= 0 && targets[i] < x.shape(1), "target out of range");
    }
    const int rows = x.shape(0);
    auto chosen = mx::array(targets, {rows});
    if (!usesKernel(path)) {
      *out = wrap(crossEntropyTwin(x, chosen));
      return;
    }
    auto both = mx::array::make_arrays({{rows}, {rows}}, {mx::float32, mx::float32},
                                       std::make_shared<CrossEntropy>(currentStream()),
                                       {dense(x), chosen});
    *out = wrap(both[0]);
  });
}

ctensors_status ctensors_adamw(ctensors_tensor** out_parameter, ctensors_tensor** out_first,
                               ctensors_tensor** out_second, const ctensors_tensor* parameter,
                               const ctensors_tensor* gradient, const ctensors_tensor* first,
                               const ctensors_tensor* second, ctensors_adamw_settings settings,
                               ctensors_path path) {
  return guarded([&] {
    const auto shape = parameter->array.shape();
    require(gradient->array.shape() == shape && first->array.shape() == shape &&
                second->array.shape() == shape,
            "parameter, gradient and moments differ in shape");
    Arrays inputs{dense(parameter->array), dense(gradient->array), dense(first->array),
                  dense(second->array)};
    auto results = usesKernel(path)
                       ? mx::array::make_arrays({shape, shape, shape},
                                                {mx::float32, mx::float32, mx::float32},
                                                std::make_shared<AdamW>(currentStream(), settings),
                                                inputs)
                       : adamwTwin(inputs, settings);
    *out_parameter = wrap(results[0]);
    *out_first = wrap(results[1]);
    *out_second = wrap(results[2]);
  });
}
}
