public import CanonicalCoding
public import Primitives

/// What stands behind datanets and their curators.
public struct DatanetParameters: Hashable, CanonicalCodable {
  /// The least that stands behind a datanet.
  public var minimumBond: Amount
  /// The least that stands behind a curator's acts.
  public var minimumCuratorBond: Amount
  /// How many curators accept a version and commit to its held-out set; where one is enough, the
  /// owner may be that one.
  public var curatorsRequired: UInt32
  /// From unbonding, or closing a datanet, to the money.
  public var bondWindow: Window
  /// From a held-out set's opening to the last reveal: whoever has not revealed then loses the bond.
  public var revealWindow: Window
  /// From a version's publication to the opening of its held-out set, unless a curator opens it
  /// before: runs of the version are submitted until then.
  public var trainingWindow: Window

  public init(
    minimumBond: Amount, minimumCuratorBond: Amount, curatorsRequired: UInt32, bondWindow: Window,
    revealWindow: Window,
    trainingWindow: Window = Window(milliseconds: 2_592_000_000, blocks: 1000)
  ) {
    self.minimumBond = minimumBond
    self.minimumCuratorBond = minimumCuratorBond
    self.curatorsRequired = curatorsRequired
    self.bondWindow = bondWindow
    self.revealWindow = revealWindow
    self.trainingWindow = trainingWindow
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(minimumBond)
    encoder.encode(minimumCuratorBond)
    encoder.encode(curatorsRequired)
    encoder.encode(bondWindow)
    encoder.encode(revealWindow)
    encoder.encode(trainingWindow)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    minimumBond = try decoder.decode()
    minimumCuratorBond = try decoder.decode()
    curatorsRequired = try decoder.decode()
    bondWindow = try decoder.decode()
    revealWindow = try decoder.decode()
    trainingWindow = try decoder.decode()
  }
}

extension DatanetParameters {
  /// A network of one operator.
  public static let standard = DatanetParameters(
    minimumBond: Amount(baseUnits: 100_000_000_000_000_000_000),
    minimumCuratorBond: Amount(baseUnits: 100_000_000_000_000_000_000), curatorsRequired: 1,
    bondWindow: Window(milliseconds: 600_000, blocks: 100),
    revealWindow: Window(milliseconds: 600_000, blocks: 100))

  /// Whether every number is one that the rules can work with.
  var isWithinBounds: Bool {
    (1...UInt32(HeldOutRecord.partMaximum)).contains(curatorsRequired)
      && minimumBond <= ParameterBounds.bondMaximum
      && minimumCuratorBond <= ParameterBounds.bondMaximum
      && [bondWindow, revealWindow, trainingWindow].allSatisfy(\.isWithinBounds)
  }
}
