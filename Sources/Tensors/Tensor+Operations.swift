internal import CTensors

extension Tensor {
  public static func + (lhs: Tensor, rhs: Tensor) throws(TensorFailure) -> Tensor {
    try lhs.combined(CTENSORS_ADD, with: rhs)
  }

  public static func - (lhs: Tensor, rhs: Tensor) throws(TensorFailure) -> Tensor {
    try lhs.combined(CTENSORS_SUBTRACT, with: rhs)
  }

  public static func * (lhs: Tensor, rhs: Tensor) throws(TensorFailure) -> Tensor {
    try lhs.combined(CTENSORS_MULTIPLY, with: rhs)
  }

  public static func / (lhs: Tensor, rhs: Tensor) throws(TensorFailure) -> Tensor {
    try lhs.combined(CTENSORS_DIVIDE, with: rhs)
  }

  public static func * (lhs: Tensor, factor: Float) throws(TensorFailure) -> Tensor {
    unsafe try make { unsafe ctensors_scale($0, lhs.handle, factor) }
  }

  /// The product of the last two axes; leading axes broadcast.
  public func matmul(_ other: Tensor) throws(TensorFailure) -> Tensor {
    try combined(CTENSORS_MATMUL, with: other)
  }

  private func combined(
    _ kind: ctensors_binary, with other: Tensor
  ) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make { unsafe ctensors_apply_binary($0, kind, handle, other.handle) }
  }

  private func applying(_ kind: ctensors_unary) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make { unsafe ctensors_apply_unary($0, kind, handle) }
  }

  public func negated() throws(TensorFailure) -> Tensor { try applying(CTENSORS_NEGATE) }
  public func squared() throws(TensorFailure) -> Tensor { try applying(CTENSORS_SQUARE) }
  public func sigmoid() throws(TensorFailure) -> Tensor { try applying(CTENSORS_SIGMOID) }
  /// The same values, a constant to differentiation.
  public func detached() throws(TensorFailure) -> Tensor { try applying(CTENSORS_STOP_GRADIENT) }
  /// A view with the last two axes exchanged.
  public func transposed() throws(TensorFailure) -> Tensor {
    try applying(CTENSORS_SWAP_LAST_AXES)
  }
  /// The sum of all elements, a scalar.
  public func sum() throws(TensorFailure) -> Tensor { try applying(CTENSORS_SUM) }

  public func sum(axis: Int) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make { unsafe ctensors_sum_axis($0, handle, Int32(axis)) }
  }

  /// The index of the largest element along the last axis, the first of equals.
  public func argmax() throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make { unsafe ctensors_argmax_last($0, handle) }
  }

  public func reshaped(_ shape: [Int]) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make {
      unsafe ctensors_reshape($0, handle, shape.map(Int32.init), shape.count)
    }
  }

  /// A view whose axis `i` is this tensor's axis `axes[i]`.
  public func permuted(_ axes: [Int]) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make {
      unsafe ctensors_transpose($0, handle, axes.map(Int32.init), axes.count)
    }
  }

  public func slice(axis: Int, _ range: Range<Int>) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make {
      unsafe ctensors_slice(
        $0, handle, Int32(axis), Int32(range.lowerBound), Int32(range.upperBound))
    }
  }

  /// The rows at `indices` of the first axis, in that order.
  public func rows(_ indices: [Int32]) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make { unsafe ctensors_rows($0, handle, indices, indices.count) }
  }

  public static func concatenated(_ parts: [Tensor], axis: Int) throws(TensorFailure) -> Tensor {
    precondition(!parts.isEmpty, "nothing to concatenate")
    return unsafe try make { out in
      var status = CTENSORS_OK
      unsafe withHandles(parts) {
        status = unsafe ctensors_concatenate(out, $0, $1, Int32(axis))
      }
      return status
    }
  }
}
