internal import CTensors

/// An array of 32-bit floats (or integers) in a lazy graph: operations describe, reading computes.
///
/// Not `Sendable`: keep a tensor inside one task or actor. Operations throw ``TensorFailure`` when
/// shapes don't fit or memory ends. This file alone touches the C handles.
@safe public final class Tensor {
  let handle: OpaquePointer  // unsafe by type; freed once, in deinit

  /// Takes ownership of the handle.
  init(owning handle: OpaquePointer) { unsafe self.handle = handle }

  deinit { unsafe ctensors_destroy(handle) }

  /// Copies values in row-major order; an empty shape is a scalar.
  /// - Precondition: the shape's product is the number of values.
  public convenience init(_ values: [Float], shape: [Int]) throws(TensorFailure) {
    precondition(values.count == shape.reduce(1, *), "values and shape differ in count")
    let handle = unsafe try Tensor.newHandle {
      unsafe ctensors_from_floats($0, values, shape.map(Int32.init), shape.count)
    }
    unsafe self.init(owning: handle)
  }

  /// Copies integers in row-major order.
  /// - Precondition: the shape's product is the number of values.
  public convenience init(_ values: [Int32], shape: [Int]) throws(TensorFailure) {
    precondition(values.count == shape.reduce(1, *), "values and shape differ in count")
    let handle = unsafe try Tensor.newHandle {
      unsafe ctensors_from_ints($0, values, shape.map(Int32.init), shape.count)
    }
    unsafe self.init(owning: handle)
  }

  public static func zeros(shape: [Int]) throws(TensorFailure) -> Tensor {
    unsafe try make { unsafe ctensors_zeros($0, shape.map(Int32.init), shape.count) }
  }

  public var shape: [Int] {
    (0..<(unsafe ctensors_rank(handle))).map { Int(unsafe ctensors_extent(handle, $0)) }
  }

  public var elementCount: Int { unsafe ctensors_element_count(handle) }

  /// Computes and copies all elements in row-major order.
  public func floats() throws(TensorFailure) -> [Float] {
    let count = elementCount
    var status = CTENSORS_OK
    let values = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      guard let start = buffer.baseAddress, count > 0 else { return }
      status = unsafe ctensors_copy_floats(handle, start)
      filled = status == CTENSORS_OK ? count : 0
    }
    try Tensor.check(status)
    return values
  }

  /// Computes, converts and copies all elements as integers in row-major order.
  public func integers() throws(TensorFailure) -> [Int32] {
    let count = elementCount
    var status = CTENSORS_OK
    let values = unsafe [Int32](unsafeUninitializedCapacity: count) { buffer, filled in
      guard let start = buffer.baseAddress, count > 0 else { return }
      status = unsafe ctensors_copy_ints(handle, start)
      filled = status == CTENSORS_OK ? count : 0
    }
    try Tensor.check(status)
    return values
  }

  /// Computes the tensors together, each shared part once.
  public static func evaluate(_ tensors: [Tensor]) throws(TensorFailure) {
    var status = CTENSORS_OK
    unsafe withHandles(tensors) { status = unsafe ctensors_evaluate($0, $1) }
    try check(status)
  }
}

// MARK: - Crossing the border

extension Tensor {
  typealias Slot = UnsafeMutablePointer<OpaquePointer?>

  /// Runs a call that writes one new handle.
  static func newHandle(
    _ call: (Slot) -> ctensors_status
  ) throws(TensorFailure) -> OpaquePointer {
    var handle: OpaquePointer?
    try check(unsafe call(&handle))
    guard let handle = unsafe handle else {
      throw TensorFailure(code: .internal, message: "the library returned no tensor")
    }
    return unsafe handle
  }

  static func make(_ call: (Slot) -> ctensors_status) throws(TensorFailure) -> Tensor {
    unsafe Tensor(owning: try newHandle(call))
  }

  /// Runs a call that writes three new handles.
  static func makeThree(
    _ call: (Slot, Slot, Slot) -> ctensors_status
  ) throws(TensorFailure) -> (Tensor, Tensor, Tensor) {
    var first: OpaquePointer?
    var second: OpaquePointer?
    var third: OpaquePointer?
    try check(unsafe call(&first, &second, &third))
    guard let first = unsafe first, let second = unsafe second, let third = unsafe third else {
      throw TensorFailure(code: .internal, message: "the library returned no tensor")
    }
    return unsafe (Tensor(owning: first), Tensor(owning: second), Tensor(owning: third))
  }

  static func check(_ status: ctensors_status) throws(TensorFailure) {
    let code: TensorFailure.Code
    switch status {
    case CTENSORS_OK: return
    case CTENSORS_BAD_ARGUMENT: code = .badArgument
    case CTENSORS_OUT_OF_MEMORY: code = .outOfMemory
    default: code = .internal
    }
    throw TensorFailure(code: code, message: unsafe String(cString: ctensors_last_error()))
  }

  /// Lends the handles as one C array; the tensors live until `body` returns.
  static func withHandles(
    _ tensors: [Tensor], _ body: (UnsafePointer<OpaquePointer>, Int) -> Void
  ) {
    withExtendedLifetime(tensors) {
      let handles = unsafe tensors.map { unsafe $0.handle }
      unsafe handles.withUnsafeBufferPointer { buffer in
        // The base of an empty array is nil; there is nothing to compute then.
        if let start = buffer.baseAddress { unsafe body(start, buffer.count) }
      }
    }
  }
}

// MARK: - Differentiation

/// Values of a function and the gradient of its first output.
public struct Differentiated {
  public let values: [Tensor]
  /// One a parameter, of its shape.
  public let gradients: [Tensor]
}

/// Carries the function and its error across the C call.
private final class DifferentiationContext {
  let function: ([Tensor]) throws -> [Tensor]
  var error: (any Error)?

  init(_ function: @escaping ([Tensor]) throws -> [Tensor]) { self.function = function }

  func run(
    _ parameters: UnsafePointer<OpaquePointer>, _ parameterCount: Int,
    _ outputs: UnsafeMutablePointer<OpaquePointer?>, _ outputCount: Int
  ) -> Int32 {
    do {
      let traced = try (0..<parameterCount).map { index in
        let borrowed = unsafe parameters[index]
        return unsafe try Tensor.make { unsafe ctensors_retain($0, borrowed) }
      }
      let results = try function(traced)
      precondition(results.count == outputCount, "the function returned another count of outputs")
      for (index, result) in results.enumerated() {
        try Tensor.check(unsafe ctensors_retain(outputs + index, result.handle))
      }
      return 0
    } catch {
      self.error = error
      return 1
    }
  }
}

extension Tensor {
  /// Runs `function` on `parameters`; differentiates its first output, a scalar, by each of them.
  ///
  /// Lazy like every operation: evaluate values and gradients together.
  /// - Parameter outputs: how many tensors `function` returns.
  /// - Throws: ``TensorFailure``, or whatever `function` throws, unchanged.
  public static func valueAndGradient(
    of parameters: [Tensor], outputs: Int = 1, _ function: ([Tensor]) throws -> [Tensor]
  ) throws -> Differentiated {
    precondition(!parameters.isEmpty && outputs > 0, "nothing to differentiate")
    return try withoutActuallyEscaping(function) { function in
      let context = DifferentiationContext(function)
      var values = unsafe [OpaquePointer?](repeating: nil, count: outputs)
      var gradients = unsafe [OpaquePointer?](repeating: nil, count: parameters.count)
      var status = CTENSORS_OK
      unsafe withHandles(parameters) { handles, count in
        status = unsafe ctensors_value_and_gradient(
          { context, parameters, parameterCount, outputs, outputCount in
            guard let context = unsafe context else { return 1 }
            return unsafe Unmanaged<DifferentiationContext>.fromOpaque(context)
              .takeUnretainedValue().run(parameters, parameterCount, outputs, outputCount)
          }, Unmanaged.passUnretained(context).toOpaque(), handles, count, outputs, &values,
          &gradients)
      }
      if let error = context.error { throw error }
      try check(status)
      return Differentiated(
        values: unsafe values.compactMap { unsafe $0.map(Tensor.init(owning:)) },
        gradients: unsafe gradients.compactMap { unsafe $0.map(Tensor.init(owning:)) })
    }
  }
}
