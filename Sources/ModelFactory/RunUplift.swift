public import Attribution
public import AttributionRules

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
  ///   - measuredDrop: base loss minus tuned loss on the held-out set, in nats a token. If it is not
  ///     positive, nothing helped and nobody has uplift.
  public init(
    trained: [TrainingRecord], trainedGradients: [[Float]], heldOutGradients: [[Float]],
    heldOutDomains: [Int], measuredDrop: Double
  ) throws {
    var origins: [RecordOrigin] = []
    var numbers: [Int] = []
    for record in trained {
      if origins.last?.group != record.origin.group { origins.append(record.origin) }
      numbers.append(origins.count - 1)
    }
    let estimates = try UpliftEstimate.marginal(
      training: trainedGradients, groups: numbers, heldOut: heldOutGradients,
      domains: heldOutDomains)
    let total = estimates.reduce(0) { $0 + max(0, $1.mean) }
    let scale = total > 0 && measuredDrop > 0 ? measuredDrop / total * 1_000_000 : 0
    groups = zip(origins, estimates).map { origin, estimate in
      Group(
        origin: origin, estimate: estimate,
        microNats: Self.integer(estimate.mean * scale),
        certainMicroNats: Self.integer(estimate.lowerBound * scale))
    }
  }

  /// Rounds within what the ledger's integers hold: estimates that all but vanish make the scale
  /// huge, or not a number.
  private static func integer(_ value: Double) -> Int64 {
    value.isNaN ? 0 : Int64(min(max(value.rounded(), -1e18), 1e18))
  }
}
