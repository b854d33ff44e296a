public import AttributionRules
public import CanonicalCoding
public import Primitives

/// One piece of what a batch or run commits to, by its place.
public enum DataPiece: Hashable, Sendable {
  /// A receipt leaf and the document it names.
  case receipt(batch: Identifier<Batch>, index: UInt32)
  /// An amount leaf of an adapter.
  case amount(tree: BatchAdapterName, index: UInt32)
  /// A row of a run's records.
  case row(run: Identifier<Run>, index: UInt32)
  /// A row of a run's decoys.
  case decoy(run: Identifier<Run>, index: UInt32)
}

extension DataPiece: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "receipt", "amount", "row", "decoy",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .receipt(let owner, let index):
      encoder.encode(tag: 1)
      encoder.encode(owner)
      encoder.encode(index)
    case .amount(let owner, let index):
      encoder.encode(tag: 2)
      encoder.encode(owner)
      encoder.encode(index)
    case .row(let owner, let index):
      encoder.encode(tag: 3)
      encoder.encode(owner)
      encoder.encode(index)
    case .decoy(let owner, let index):
      encoder.encode(tag: 4)
      encoder.encode(owner)
      encoder.encode(index)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .receipt(batch: try decoder.decode(), index: try decoder.decode())
    case 2: self = .amount(tree: try decoder.decode(), index: try decoder.decode())
    case 3: self = .row(run: try decoder.decode(), index: try decoder.decode())
    case 4: self = .decoy(run: try decoder.decode(), index: try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// A piece with the path that proves it is the one demanded.
public enum ServedData: Hashable, Sendable {
  case receipt(opened: OpenedReceipt, receipt: Receipt)
  case amount(OpenedAmount)
  /// Of the records or the decoys.
  case row(OpenedRecord)
}

extension ServedData: CanonicalCodable, UnionCodable {
  public static let caseNames = [
    "receipt", "amount", "row",
  ]

  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .receipt(let opened, let receipt):
      encoder.encode(tag: 1)
      encoder.encode(opened)
      encoder.encode(receipt)
    case .amount(let value):
      encoder.encode(tag: 2)
      encoder.encode(value)
    case .row(let value):
      encoder.encode(tag: 3)
      encoder.encode(value)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .receipt(opened: try decoder.decode(), receipt: try decoder.decode())
    case 2: self = .amount(try decoder.decode())
    case 3: self = .row(try decoder.decode())
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// Demands a piece of a batch or run in the open, with a deposit.
public struct DemandData: Hashable, CanonicalCodable {
  public var piece: DataPiece
  /// Shows that a receipt is public; its payer and its auditors need not.
  public var order: OpenedOrder?

  public init(piece: DataPiece, order: OpenedOrder? = nil) {
    self.piece = piece
    self.order = order
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(piece)
    encoder.encode(optional: order)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    piece = try decoder.decode()
    order = try decoder.optional()
  }
}

/// Answers a demand, by anyone; the deposit goes to whoever stands behind batch or run.
public struct ServeData: Hashable, CanonicalCodable {
  public var piece: DataPiece
  public var data: ServedData

  public init(piece: DataPiece, data: ServedData) {
    self.piece = piece
    self.data = data
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(piece)
    encoder.encode(data)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    piece = try decoder.decode()
    data = try decoder.decode()
  }
}

/// A demand that nobody has answered yet.
public struct DataDemandRecord: Hashable, CanonicalCodable {
  public var account: Identifier<Account>
  public var deposit: Amount
  public var ends: Deadline

  public init(account: Identifier<Account>, deposit: Amount, ends: Deadline) {
    self.account = account
    self.deposit = deposit
    self.ends = ends
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(account)
    encoder.encode(deposit)
    encoder.encode(ends)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    account = try decoder.decode()
    deposit = try decoder.decode()
    ends = try decoder.decode()
  }
}
