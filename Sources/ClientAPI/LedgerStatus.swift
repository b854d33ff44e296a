public import CanonicalCoding
public import Ledger

/// Where a chain stands.
public struct LedgerStatus: Hashable, CanonicalCodable {
  public var chain: ChainRecord
  public var parameters: LedgerParameters
  /// The latest durable block's.
  public var header: BlockHeader

  public init(chain: ChainRecord, parameters: LedgerParameters, header: BlockHeader) {
    self.chain = chain
    self.parameters = parameters
    self.header = header
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(chain)
    encoder.encode(parameters)
    encoder.encode(header)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    chain = try decoder.decode()
    parameters = try decoder.decode()
    header = try decoder.decode()
  }
}
