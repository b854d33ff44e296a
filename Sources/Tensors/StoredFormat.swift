internal import CTensors

/// How a file stores weights; the raw values are GGUF's type numbers.
public enum StoredFormat: UInt32, Sendable {
  case float32 = 0
  case float16 = 1
  /// Blocks of 32 four-bit values with a scale.
  case q4_0 = 2
  /// Blocks of 32 four-bit values with a scale and a minimum.
  case q4_1 = 3
  /// Blocks of 32 eight-bit values with a scale.
  case q8_0 = 8

  /// The bytes of one row; nil if `columns` is not a whole number of blocks.
  public func rowByteCount(columns: Int) -> Int? {
    guard columns > 0 else { return nil }
    let count = ctensors_row_bytes(rawValue, columns)
    return count > 0 ? count : nil
  }
}

extension Tensor {
  /// Decodes stored rows to floats.
  /// - Throws: ``TensorFailure/Code/badArgument`` unless `bytes` is exactly all rows.
  public convenience init(
    stored bytes: RawSpan, as format: StoredFormat, rows: Int, columns: Int
  ) throws(TensorFailure) {
    guard let rows = Int32(exactly: rows), let columns = Int32(exactly: columns) else {
      throw TensorFailure(code: .badArgument, message: "too many rows or columns")
    }
    let made = unsafe try Tensor.newHandle { slot in
      unsafe bytes.withUnsafeBytes { buffer in
        guard let start = buffer.baseAddress else { return CTENSORS_BAD_ARGUMENT }
        return unsafe ctensors_from_stored(
          slot, format.rawValue, start, buffer.count, rows, columns)
      }
    }
    unsafe self.init(owning: made)
  }
}

/// A weight matrix as its file stores it, for products with one row: a fifth of the memory read.
public struct StoredMatrix {
  private let kept: Tensor  // [rows, bytes]
  private let format: StoredFormat

  /// Keeps stored rows; nil if the format or this processor gains nothing by it.
  public init?(
    _ bytes: RawSpan, as format: StoredFormat, rows: Int, columns: Int
  ) throws(TensorFailure) {
    guard TensorRuntime.hasOwnKernels, [.q4_0, .q4_1, .q8_0].contains(format) else { return nil }
    kept = unsafe try Tensor.make { slot in
      unsafe bytes.withUnsafeBytes { buffer in
        guard let start = buffer.baseAddress else { return CTENSORS_BAD_ARGUMENT }
        return unsafe ctensors_keep_stored(
          slot, format.rawValue, start, buffer.count, Int32(rows), Int32(columns))
      }
    }
    self.format = format
  }

  private init(kept: Tensor, format: StoredFormat) {
    self.kept = kept
    self.format = format
  }

  /// The rows at `indices`, in that order.
  public func rows(_ indices: [Int32]) throws(TensorFailure) -> StoredMatrix {
    let rows = try kept.rows(indices)
    try Tensor.evaluate([rows])
    return StoredMatrix(kept: rows, format: format)
  }

  /// The product of one row x with the transposed matrix, [1, rows]; not differentiable.
  public func product(withRow x: Tensor) throws(TensorFailure) -> Tensor {
    unsafe try Tensor.make {
      unsafe ctensors_stored_product($0, x.handle, kept.handle, format.rawValue)
    }
  }
}
