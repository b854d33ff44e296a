public import CanonicalCoding
public import Cryptography
public import Primitives

/// The subject of channel identifiers: prepaid money of one payer for one server.
public enum Channel: CreatedSubject { public static let domain = "whence/channel" }

/// How far a channel is on its way to its end.
public enum ChannelStatus: Hashable, Sendable {
  case open
  /// Closes by itself once both parts of the deadline have passed.
  case closing(Deadline)
  case closed
}

extension ChannelStatus: CanonicalCodable {
  public func encode(to encoder: inout CanonicalEncoder) {
    switch self {
    case .open: encoder.encode(tag: 1)
    case .closing(let deadline):
      encoder.encode(tag: 2)
      encoder.encode(deadline)
    case .closed: encoder.encode(tag: 3)
    }
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    switch try decoder.tag() {
    case 1: self = .open
    case 2: self = .closing(try decoder.decode())
    case 3: self = .closed
    case let tag: throw .unknownTag(tag)
    }
  }
}

/// A channel; its money is the balance of ``Holder/channelEscrow(_:)``.
public struct ChannelRecord: Hashable, CanonicalCodable {
  public var payer: Identifier<Account>
  /// Who first gave the payer money, if a transfer did; see ``isOwnSide(_:)``.
  public var payersFunder: Identifier<Account>?
  public var server: Identifier<Account>
  public var signingKey: PublicKey
  /// The highest order number settled; 0 before the first.
  public var lastNumber: UInt64
  public var status: ChannelStatus

  public init(
    payer: Identifier<Account>, payersFunder: Identifier<Account>? = nil,
    server: Identifier<Account>, signingKey: PublicKey, lastNumber: UInt64, status: ChannelStatus
  ) {
    self.payer = payer
    self.payersFunder = payersFunder
    self.server = server
    self.signingKey = signingKey
    self.lastNumber = lastNumber
    self.status = status
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(payer)
    encoder.encode(optional: payersFunder)
    encoder.encode(server)
    encoder.encode(signingKey)
    encoder.encode(lastNumber)
    encoder.encode(status)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    payer = try decoder.decode()
    payersFunder = try decoder.optional()
    server = try decoder.decode()
    signingKey = try decoder.decode()
    lastNumber = try decoder.decode()
    status = try decoder.decode()
  }
}

extension ChannelRecord {
  /// Whether an account and whoever pays on this channel are one side, as far as the channel's own
  /// record tells: what the account earns here says nothing of its worth to others.
  ///
  /// It never changes once the channel is open, so that a claim about it can be judged later.
  /// Accounts that were funded in two steps, or from outside, are not recognised.
  public func isOwnSide(_ account: Identifier<Account>) -> Bool {
    let signer = Identifier<Account>(signingKey)
    // Usage of the server's own, or signed by its side, is nobody's income from others.
    return payer == server || signer == server
      || [payer, payersFunder, signer].contains(account)
  }
}

extension StateReader {
  public func channel(_ id: Identifier<Channel>) -> ChannelRecord? { record(.channel(id)) }
}

extension StateKey {
  public static func channel(_ id: Identifier<Channel>) -> StateKey<ChannelRecord> {
    .init(.channels, id)
  }
}
