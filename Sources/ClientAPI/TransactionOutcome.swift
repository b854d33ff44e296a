public import CanonicalCoding
public import Ledger
public import Primitives

/// What became of a transaction, and where to find it.
public struct TransactionOutcome: Hashable, CanonicalCodable {
  public var id: Identifier<Transaction>
  public var height: Height
  /// Its place in the block.
  public var index: UInt32
  public var result: TransactionResult

  public init(
    id: Identifier<Transaction>, height: Height, index: UInt32, result: TransactionResult
  ) {
    self.id = id
    self.height = height
    self.index = index
    self.result = result
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(id)
    encoder.encode(height)
    encoder.encode(index)
    encoder.encode(result)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    id = try decoder.decode()
    height = try decoder.decode()
    index = try decoder.decode()
    result = try decoder.decode()
  }
}

extension TransactionOutcome {
  /// Which rule rejected the message; nil if it succeeded.
  public var rejection: Rejection? { result.rejection }
}
