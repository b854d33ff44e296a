public import Attribution
public import AttributionRules
public import Primitives

/// The influence uplift of a run's content groups, estimated and in the ledger's integers.
public struct RunUplift: Sendable {
  public struct Group: Hashable, Sendable {
    public let origin: RecordOrigin
    public let estimate: UpliftEstimate
    /// The estimate in micro-nats of held-out loss.
    public let microNats: Int64
    /// What of it is certain, in micro-nats; positive opens the gate.
    public let certainMicroNats: Int64
  }

  /// In commit order; groups of which nothing was trained on are absent and have no uplift.
  public let groups: [Group]

  /// Estimates the uplift of every group of `trained`.
  ///
  /// Estimates have the unit of a record's own drop in loss; they are brought to nats so that all
  /// of them together make the drop that training in fact brought on the held-out set.
  ///
  /// - Parameters:
  ///   - trained: in commit order, as ``RunManifest/trained``.
  ///   - earlierGradients: of ``earlier(besides:)`` of them.
  ///   - heldOutAlike: for each held-out question the records that give it away, if they are
  ///     trained on: they count nothing for it.
  ///   - measuredDrop: base loss minus tuned loss on the held-out set, in nats a token. If it is not
  ///     positive, nothing helped and nobody has uplift.
  public init(
    trained: [TrainingRecord], trainedGradients: [[Float]], earlierGradients: [[Float]],
    heldOutGradients: [[Float]], heldOutDomains: [Int], heldOutAlike: [Set<Digest>],
    measuredDrop: Double
  ) throws {
    var origins: [RecordOrigin] = []
    var gradients: [[Float]] = []
    var numbers: [Int?] = []
    var placesOfTrained: [Int] = []
    var places = (earlier: 0, trained: 0)
    for group in Self.groups(of: trained) {
      gradients += earlierGradients[places.earlier..<places.earlier + group.earlier.count]
      placesOfTrained += gradients.count..<gradients.count + group.count
      gradients += trainedGradients[places.trained..<places.trained + group.count]
      numbers += [Int?](repeating: nil, count: group.earlier.count)
      numbers += [Int?](repeating: origins.count, count: group.count)
      places = (places.earlier + group.earlier.count, places.trained + group.count)
      origins.append(group.origin)
    }
    let estimates = try UpliftEstimate.marginal(
      training: gradients, groups: numbers, heldOut: heldOutGradients,
      alike: heldOutAlike.map { alike in
        zip(trained, placesOfTrained).filter { alike.contains($0.0.digest) }.map(\.1)
      }, domains: heldOutDomains)
    let total = estimates.reduce(0) { $0 + max(0, $1.mean) }
    let scale = total > 0 && measuredDrop > 0 ? measuredDrop / total * 1_000_000 : 0
    groups = zip(origins, estimates).map { origin, estimate in
      Group(
        origin: origin, estimate: estimate,
        microNats: Self.integer(estimate.mean * scale),
        certainMicroNats: Self.integer(estimate.lowerBound * scale))
    }
  }

  /// The neighbours of records trained on that were not: decoys, and records of other Datanets.
  ///
  /// They were first with what they share, as a group would be that stands before the first one with
  /// a record like them; so whoever repeats another Datanet's records adds nothing by it.
  public static func earlier(besides trained: [TrainingRecord]) -> [TrainingRecord.Neighbour] {
    groups(of: trained).flatMap(\.earlier)
  }

  /// Records of one group, and the neighbours that count before it.
  private struct Run {
    let origin: RecordOrigin
    var earlier: [TrainingRecord.Neighbour] = []
    var count = 0
  }

  private static func groups(of trained: [TrainingRecord]) -> [Run] {
    var counted = Set(trained.map(\.digest))
    var groups: [Run] = []
    for record in trained {
      if groups.last?.origin.group != record.origin.group {
        groups.append(Run(origin: record.origin))
      }
      let new = record.neighbours.filter { counted.insert($0.digest).inserted }
      groups[groups.count - 1].earlier += new
      groups[groups.count - 1].count += 1
    }
    return groups
  }

  /// Rounds within what the ledger's integers hold: estimates that all but vanish make the scale
  /// huge, or not a number.
  private static func integer(_ value: Double) -> Int64 {
    value.isNaN ? 0 : Int64(min(max(value.rounded(), -1e18), 1e18))
  }
}
