public import CanonicalCoding
public import Primitives

/// The money that corrections of open batches gave an account, until the epoch is released.
public struct ClaimName: Hashable, CanonicalCodable {
  public var epoch: EpochName
  public var run: Identifier<Run>
  public var account: Identifier<Account>

  public init(epoch: EpochName, run: Identifier<Run>, account: Identifier<Account>) {
    self.epoch = epoch
    self.run = run
    self.account = account
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(epoch)
    encoder.encode(run)
    encoder.encode(account)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    epoch = try decoder.decode()
    run = try decoder.decode()
    account = try decoder.decode()
  }
}

extension StateReader {
  public func claim(_ name: ClaimName) -> Amount { record(.claim(name)) ?? .zero }
}

extension StateKey {
  public static func claim(_ name: ClaimName) -> StateKey<Amount> { .init(.claims, name) }
}
