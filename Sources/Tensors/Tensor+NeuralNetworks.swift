internal import CTensors

/// How an operation that has a kernel of ours is computed.
public enum KernelPath: Sendable {
  /// Our kernel where the processor has AVX2, else the library's operations.
  case fastest
  /// The library's operations: slower, the oracle in tests.
  case operations

  var raw: ctensors_path { self == .fastest ? CTENSORS_FASTEST : CTENSORS_OPERATIONS }
}

extension Tensor {
  /// Divides each last-axis row by its root mean square, then multiplies by `weight`.
  public func rootMeanSquareNormalised(
    weight: Tensor, epsilon: Float
  ) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make { unsafe ctensors_rms_norm($0, handle, weight.handle, epsilon) }
  }

  /// Brings each last-axis row to mean 0 and variance 1, then multiplies and adds.
  public func layerNormalised(
    weight: Tensor, bias: Tensor, epsilon: Float
  ) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make {
      unsafe ctensors_layer_norm($0, handle, weight.handle, bias.handle, epsilon)
    }
  }

  /// x · Φ(x), where Φ is the normal distribution's integral; not differentiable.
  public func gelu(path: KernelPath = .fastest) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make { unsafe ctensors_gelu($0, handle, path.raw) }
  }

  /// Rotary positions on [..., T, D]: pairs are (i, i + D/2), row t stands at `offset + t`.
  public func rotated(base: Float, offset: Int = 0) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make { unsafe ctensors_rope($0, handle, base, Int32(offset)) }
  }

  /// silu(gate) · up, element by element.
  public static func swiglu(
    gate: Tensor, up: Tensor, path: KernelPath = .fastest
  ) throws(TensorFailure) -> Tensor {
    unsafe try make { unsafe ctensors_swiglu($0, gate.handle, up.handle, path.raw) }
  }

  /// Attention in which query t of T sees the first S − T + t + 1 of S keys.
  ///
  /// - Parameters:
  ///   - queries: [B, H, T, D].
  ///   - keys: [B, K, S, D] with H a multiple of K; `values` alike.
  public static func causalAttention(
    queries: Tensor, keys: Tensor, values: Tensor, scale: Float, path: KernelPath = .fastest
  ) throws(TensorFailure) -> Tensor {
    unsafe try make {
      unsafe ctensors_causal_attention(
        $0, queries.handle, keys.handle, values.handle, scale, path.raw)
    }
  }

  /// Attention in which every query sees every key; shapes as in causal attention.
  public static func attention(
    queries: Tensor, keys: Tensor, values: Tensor, scale: Float, path: KernelPath = .fastest
  ) throws(TensorFailure) -> Tensor {
    unsafe try make {
      unsafe ctensors_attention(
        $0, queries.handle, keys.handle, values.handle, scale, path.raw)
    }
  }

  /// −ln softmax(row)[target] for each row of [N, V] logits, in nats.
  public func crossEntropy(
    targets: [Int32], path: KernelPath = .fastest
  ) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make {
      unsafe ctensors_cross_entropy($0, handle, targets, targets.count, path.raw)
    }
  }
}

/// The constants of AdamW (Loshchilov and Hutter, 2019).
public struct AdamWSettings: Hashable, Sendable {
  public var firstDecay: Float = 0.9
  public var secondDecay: Float = 0.999
  public var epsilon: Float = 1e-8
  public var weightDecay: Float = 0

  public init() {}
}

/// A parameter with the two moments of its gradient.
public struct AdamWState {
  public let parameter: Tensor
  let first: Tensor
  let second: Tensor

  public init(parameter: Tensor) throws(TensorFailure) {
    self.parameter = parameter
    first = try Tensor.zeros(shape: parameter.shape)
    second = try Tensor.zeros(shape: parameter.shape)
  }

  private init(parameter: Tensor, first: Tensor, second: Tensor) {
    self.parameter = parameter
    self.first = first
    self.second = second
  }

  /// Everything that must be evaluated together, lest the graph grow from step to step.
  public var tensors: [Tensor] { [parameter, first, second] }

  /// Returns the state after one step; `step` counts from 1.
  public func updated(
    gradient: Tensor, step: Int, learningRate: Float, settings: AdamWSettings,
    path: KernelPath = .fastest
  ) throws(TensorFailure) -> AdamWState {
    precondition(step > 0, "the first step is 1")
    let raw = ctensors_adamw_settings(
      learning_rate: learningRate, first_decay: settings.firstDecay,
      second_decay: settings.secondDecay,
      first_correction: 1 / (1 - power(settings.firstDecay, step)),
      second_correction: 1 / (1 - power(settings.secondDecay, step)), epsilon: settings.epsilon,
      weight_decay: settings.weightDecay)
    let updated = unsafe try Tensor.makeThree {
      unsafe ctensors_adamw(
        $0, $1, $2, parameter.handle, gradient.handle, first.handle, second.handle, raw, path.raw)
    }
    return AdamWState(parameter: updated.0, first: updated.1, second: updated.2)
  }
}

/// βᵗ in double precision: 1 − βᵗ loses its digits in single.
private func power(_ base: Float, _ exponent: Int) -> Float {
  var result = 1.0
  for _ in 0..<min(exponent, 1_000_000) { result *= Double(base) }
  return Float(result)
}
