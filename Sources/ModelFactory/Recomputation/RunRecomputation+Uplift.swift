internal import Attribution
public import AttributionRules
public import ClientAPI
internal import LanguageModels
internal import Primitives

/// A question of a revealed held-out set.
public struct HeldOutQuestion: Sendable {
  /// In the curator's words.
  public let domain: String
  public let record: InstructionRecord

  public init(domain: String, record: InstructionRecord) {
    self.domain = domain
    self.record = record
  }
}

extension RunRecomputation {
  /// The part of a number, or of all that is measured, by which an uplift may differ.
  static let upliftTolerance = 0.01
  /// What rounding may make of a loss, in micro-nats.
  static let leastUplift = 100

  /// Estimates the run's uplift on the revealed questions.
  ///
  /// The drop in loss that gives estimates their unit is measured at the tracing adapter.
  /// - Throws: `AttributionFailure`, `ModelFailure`.
  /// - Complexity: a pass over texts and questions, and two over the questions.
  public func uplift(on questions: [HeldOutQuestion]) async throws -> RunUplift {
    let trained = run.trained
    let texts = questions.map { QuestionAnswer($0.record) }
    let domains = Set(questions.map(\.domain)).sorted()
    return try await withTracing { tracing in
      func vectors(_ texts: [QuestionAnswer]) async throws -> [[Float]] {
        try await tracing.vectors(of: texts.map(example))
      }
      func loss(_ adapter: AdapterHandle?) async throws -> Double {
        try await HeldOutLoss.measure(
          texts, recipe: run.manifest.recipe, engine: engine, adapter: adapter
        ).loss
      }
      return try RunUplift(
        trained: trained, trainedGradients: try await vectors(trained.map(\.text)),
        earlierGradients: try await vectors(
          RunUplift.earlier(besides: trained).map(\.text)),
        heldOutGradients: try await vectors(texts),
        heldOutDomains: questions.map { domains.firstIndex(of: $0.domain) ?? domains.count },
        heldOutAlike: run.givingAway(questions.map(\.record)),
        measuredDrop: try await loss(nil) - loss(tracing.adapter))
    }
  }

  /// What is wrong with an uplift that a run claims, beyond rounding.
  public static func fault(
    ofUplift claimed: [GroupUplift], recomputed uplift: RunUplift
  ) -> RunFault? {
    let measured = uplift.groups.reduce(0.0) { $0 + max(0, Double($1.microNats)) }
    let least = max(Double(leastUplift), measured * upliftTolerance)
    func differ(_ one: Int64, _ other: Int64) -> Bool {
      let (one, other) = (Double(one), Double(other))
      return abs(one - other) > least + max(abs(one), abs(other)) * upliftTolerance
    }
    var open = Dictionary(
      uplift.paid.map { ($0.group, $0) }, uniquingKeysWith: { first, _ in first })
    for claim in claimed {
      // A group without uplift may be left out of either.
      let right = open.removeValue(forKey: claim.group)
      if differ(claim.microNats, right?.microNats ?? min(0, claim.microNats)) {
        return .upliftWrong
      }
    }
    return open.values.contains { differ(max(0, $0.microNats), 0) } ? .upliftWrong : nil
  }
}

extension RunUplift {
  /// What pay is divided by.
  public var paid: [GroupUplift] {
    groups.map {
      GroupUplift(
        group: $0.origin.group, contributor: $0.origin.contributor, microNats: $0.certainMicroNats)
    }
  }
}
