import Tensors
import Testing

/// Each kernel of ours against its twin of library operations, values and gradients.
///
/// At lengths around the vector width. Without AVX2 both sides are the twin.
@Suite struct KernelTests {
  static let lengths = [1, 7, 8, 9, 31, 64]

  /// Runs a function both ways and compares a random linear form of it and all gradients.
  private func compare(
    _ parameters: [Tensor], within tolerance: Float = 2e-6,
    _ function: ([Tensor], KernelPath) throws -> Tensor
  ) throws {
    let results = try [KernelPath.fastest, .operations].map { path in
      try Tensor.valueAndGradient(of: parameters, outputs: 2) { parameters in
        let output = try function(parameters, path)
        let weights = try Tensor.drawn(output.shape, seed: 99)
        return [try (output * weights).sum(), output]
      }
    }
    expectClose(
      try results[0].values[1].floats(), try results[1].values[1].floats(), within: tolerance)
    for (ours, twin) in zip(results[0].gradients, results[1].gradients) {
      expectClose(try ours.floats(), try twin.floats(), within: tolerance)
    }
  }

  @Test(arguments: lengths) func `SwiGLU equals its twin`(length: Int) throws {
    let gate = try Tensor.drawn([3, length], seed: 1, scale: 8)
    let up = try Tensor.drawn([3, length], seed: 2)
    try compare([gate, up]) { try .swiglu(gate: $0[0], up: $0[1], path: $1) }
  }

  @Test func `SwiGLU stays finite at extremes and passes what isn't a number on`() throws {
    let gate = try Tensor([-200, 200, .nan, 0] as [Float], shape: [4])
    let up = try Tensor([1, 1, 1, 1] as [Float], shape: [4])

    let out = try Tensor.swiglu(gate: gate, up: up).floats()

    #expect(abs(out[0]) < 1e-30 && out[1] == 200 && out[2].isNaN && out[3] == 0)
  }

  @Test(arguments: lengths) func `cross entropy equals its twin`(length: Int) throws {
    let logits = try Tensor.drawn([4, length], seed: 3, scale: 20)
    let targets = [0, length / 2, length - 1, length / 3].map(Int32.init)
    try compare([logits], within: 1e-5) { try $0[0].crossEntropy(targets: targets, path: $1) }
  }

  @Test func `targets outside the vocabulary are refused`() throws {
    let logits = try Tensor.drawn([1, 5], seed: 3)
    for target: Int32 in [-1, 5] {
      #expect(throws: TensorFailure.self) { try logits.crossEntropy(targets: [target]) }
    }
  }

  @Test(arguments: [(1, 1), (1, 9), (5, 5), (7, 20), (17, 17)])
  func `causal attention equals its twin`(queries: Int, keys: Int) throws {
    let q = try Tensor.drawn([2, 6, queries, 4], seed: 4, scale: 3)
    let k = try Tensor.drawn([2, 3, keys, 4], seed: 5, scale: 3)
    let v = try Tensor.drawn([2, 3, keys, 4], seed: 6)
    try compare([q, k, v]) {
      try .causalAttention(queries: $0[0], keys: $0[1], values: $0[2], scale: 0.5, path: $1)
    }
  }

  @Test(arguments: [(1, 1), (5, 5), (9, 4), (7, 20)])
  func `attention to everything equals its twin`(queries: Int, keys: Int) throws {
    let q = try Tensor.drawn([2, 6, queries, 4], seed: 4, scale: 3)
    let k = try Tensor.drawn([2, 3, keys, 4], seed: 5, scale: 3)
    let v = try Tensor.drawn([2, 3, keys, 4], seed: 6)
    try compare([q, k, v]) {
      try .attention(queries: $0[0], keys: $0[1], values: $0[2], scale: 0.5, path: $1)
    }
  }

  @Test(arguments: lengths) func `GELU equals its twin`(length: Int) throws {
    let x = try Tensor.drawn([3, length], seed: 1, scale: 6)
    expectClose(try x.gelu().floats(), try x.gelu(path: .operations).floats(), within: 1e-6)
  }

  @Test func `GELU leaves large numbers, clears small ones, passes what isn't a number on`() throws
  {
    let out = try Tensor([-30, 30, .nan, 0] as [Float], shape: [4]).gelu().floats()
    #expect(abs(out[0]) < 1e-5 && out[1] == 30 && out[2].isNaN && out[3] == 0)
  }

  @Test func `no query sees a later key`() throws {
    let q = try Tensor.drawn([1, 1, 4, 8], seed: 7)
    let k = try Tensor.drawn([1, 1, 4, 8], seed: 8)
    let values = (0..<32).map { Float($0 / 8) }
    let changed = values.map { $0 == 3 ? 1000 : $0 }

    let outputs = try [values, changed].map {
      try Tensor.causalAttention(
        queries: q, keys: k, values: Tensor($0, shape: [1, 1, 4, 8]), scale: 1
      ).floats()
    }

    #expect(outputs[0][..<24] == outputs[1][..<24])
    #expect(outputs[0][24...] != outputs[1][24...])
  }

  @Test(arguments: lengths) func `AdamW equals its twin over steps`(length: Int) throws {
    var settings = AdamWSettings()
    settings.weightDecay = 0.1
    let start = try Tensor.drawn([length], seed: 9)
    let results = try [KernelPath.fastest, .operations].map { path in
      var state = try AdamWState(parameter: start)
      for step in 1...5 {
        state = try state.updated(
          gradient: Tensor.drawn([length], seed: UInt64(step)), step: step, learningRate: 0.01,
          settings: settings, path: path)
      }
      return try state.parameter.floats()
    }
    expectClose(results[0], results[1], within: 1e-6)
    #expect(results[0] != (try start.floats()))
  }

  @Test func `AdamW's first step moves each parameter by the learning rate`() throws {
    let state = try AdamWState(parameter: Tensor([1, 1] as [Float], shape: [2]))
      .updated(
        gradient: Tensor([0.5, -3] as [Float], shape: [2]), step: 1, learningRate: 0.1,
        settings: AdamWSettings())
    expectClose(try state.parameter.floats(), [0.9, 1.1], within: 1e-6)
  }
}
