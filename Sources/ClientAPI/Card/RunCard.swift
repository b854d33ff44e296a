public import AttributionRules
public import CanonicalCoding
public import Ledger
public import Primitives

/// What retraining showed of a run: measured losses, and nothing that is worked out of them.
///
/// Whoever has the run's index works out how well its scores predict, and what each contributor was
/// worth, as ``RunCardFigures`` does; what a subset is, ``CardDraw`` says, so that nobody chooses
/// subsets with results in view. Forms are in docs/spec/cards.md.
public struct RunCard: Hashable, CanonicalCodable {
  public static let mostQuestions = 1_024
  /// Subsets times seeds.
  public static let mostRetrainings = 4_096
  public static let mostSeeds: UInt32 = 64

  public var run: Identifier<Run>
  /// The revealed blobs of the epoch's held-out set, in the order of their commitments.
  public var heldOut: [Digest]
  public var codeVersion: String
  /// How often each subset was trained on, each time from another seed.
  public var seeds: UInt32
  /// The step after which the training on a half stops; its schedule is that of a run of its
  /// records.
  public var halfStop: UInt32
  /// The query of each held-out question that was drawn, its own answer taken for the answer.
  public var questions: [QueryVector]
  /// Half by half, seed after seed.
  public var halves: [HeldOutLosses]
  public var contributors: ContributorRetrainings?

  public init(
    run: Identifier<Run>, heldOut: [Digest], codeVersion: String, seeds: UInt32, halfStop: UInt32,
    questions: [QueryVector], halves: [HeldOutLosses], contributors: ContributorRetrainings?
  ) {
    self.run = run
    self.heldOut = heldOut
    self.codeVersion = codeVersion
    self.seeds = seeds
    self.halfStop = halfStop
    self.questions = questions
    self.halves = halves
    self.contributors = contributors
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(run)
    encoder.encode(list: heldOut)
    encoder.encode(text: codeVersion)
    encoder.encode(seeds)
    encoder.encode(halfStop)
    encoder.encode(list: questions)
    encoder.encode(list: halves)
    encoder.encode(optional: contributors)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
    heldOut = try decoder.list(atMost: HeldOutRecord.partMaximum)
    codeVersion = try decoder.text(atMost: RunManifest.codeVersionMaximum)
    seeds = try decoder.decode()
    halfStop = try decoder.decode()
    questions = try decoder.list(atMost: Self.mostQuestions)
    halves = try decoder.list(atMost: Self.mostRetrainings)
    contributors = try decoder.optional()
    guard isWhole else { throw .invalidValue }
  }

  /// Whether every loss is there: each question's, for each seed of each subset.
  private var isWhole: Bool {
    let tables = [halves, contributors?.losses ?? []]
    return (1...Self.mostSeeds).contains(seeds) && !questions.isEmpty
      && halves.count <= Int(seeds) * RankCorrelation.mostValues
      && tables.allSatisfy { table in
        table.count.isMultiple(of: Int(seeds))
          && table.allSatisfy { $0.microNats.count == questions.count }
      }
  }
}

extension RunCard {
  /// How many halves were retrained, each with every seed.
  public var halfCount: Int { halves.count / Int(seeds) }
}

/// What one retraining led to: each question's mean loss of its answer's tokens, in micro-nats.
public struct HeldOutLosses: Hashable, CanonicalCodable {
  public var microNats: [UInt32]

  public init(microNats: [UInt32]) { self.microNats = microNats }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(list: microNats) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    microNats = try decoder.list(atMost: RunCard.mostQuestions)
  }
}

/// Retrainings on subsets of contributors, at as many steps as with everybody.
public struct ContributorRetrainings: Hashable, CanonicalCodable {
  /// The most contributors that are left out one by one.
  public static let mostLeftOut = 20

  public enum Subsets: UInt16, CaseIterable, CanonicalCodable {
    /// Everybody, then everybody but one contributor, in the order of their accounts.
    case leaveOneOut = 1
    /// Each contributor is in a coalition or not, by a lot.
    case coalitions = 2

    public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(tag: rawValue) }

    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
      let tag = try decoder.tag()
      guard let subsets = Subsets(rawValue: tag) else { throw .unknownTag(tag) }
      self = subsets
    }
  }

  public var subsets: Subsets
  /// The step after which training stops; the schedule is the whole run's.
  public var stop: UInt32
  /// Subset by subset, seed after seed.
  public var losses: [HeldOutLosses]

  public init(subsets: Subsets, stop: UInt32, losses: [HeldOutLosses]) {
    self.subsets = subsets
    self.stop = stop
    self.losses = losses
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(subsets)
    encoder.encode(stop)
    encoder.encode(list: losses)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    subsets = try decoder.decode()
    stop = try decoder.decode()
    losses = try decoder.list(atMost: RunCard.mostRetrainings)
  }
}
