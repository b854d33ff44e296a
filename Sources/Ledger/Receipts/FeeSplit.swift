public import CanonicalCoding
public import Primitives

/// How an answer's fee is divided after the platform fee; the shares sum to the whole.
public struct FeeSplit: Hashable, CanonicalCodable {
  /// Shared with no stake: the certain loss of whoever pays themselves.
  public var treasury: Share
  public var validators: Share
  /// To the base model's owner.
  public var baseModel: Share
  public var adapterOwner: Share
  public var server: Share
  /// To whoever put up the run's bond.
  public var adapterStakers: Share
  public var contributors: Share

  public init(
    treasury: Share, validators: Share, baseModel: Share, adapterOwner: Share, server: Share,
    adapterStakers: Share, contributors: Share
  ) {
    self.treasury = treasury
    self.validators = validators
    self.baseModel = baseModel
    self.adapterOwner = adapterOwner
    self.server = server
    self.adapterStakers = adapterStakers
    self.contributors = contributors
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(treasury)
    encoder.encode(validators)
    encoder.encode(baseModel)
    encoder.encode(adapterOwner)
    encoder.encode(server)
    encoder.encode(adapterStakers)
    encoder.encode(contributors)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    treasury = try decoder.decode()
    validators = try decoder.decode()
    baseModel = try decoder.decode()
    adapterOwner = try decoder.decode()
    server = try decoder.decode()
    adapterStakers = try decoder.decode()
    contributors = try decoder.decode()
  }
}

extension FeeSplit {
  public static let standard = FeeSplit(
    treasury: .percent(3), validators: .percent(7), baseModel: .percent(5),
    adapterOwner: .percent(15), server: .percent(15), adapterStakers: .percent(5),
    contributors: .percent(50))

  /// In the order in which the last units are handed out.
  var shares: [Share] {
    [treasury, validators, baseModel, adapterOwner, server, adapterStakers, contributors]
  }

  /// Whether the shares sum to the whole and respect the bounds that no vote can cross:
  /// contributors at least 40 %, treasury at least 3 %, it and validators together at most 15 %.
  public var isWithinBounds: Bool {
    func parts(_ share: Share) -> UInt64 { UInt64(share.partsPerBillion) }
    return shares.reduce(0) { $0 + parts($1) } == parts(.whole)
      && contributors >= .percent(40) && treasury >= .percent(3)
      && parts(treasury) + parts(validators) <= parts(.percent(15))
  }
}
