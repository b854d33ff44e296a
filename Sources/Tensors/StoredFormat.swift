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
