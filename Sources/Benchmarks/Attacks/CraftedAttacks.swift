internal import Primitives

extension Attack {
  /// Records changed until attribution likes them better (Wang et al., 2024, arXiv 2409.05657).
  static let craftedAttacks: [Attack] = [
    Attack("outlier", "changes its records a little, to what the base model expects least") {
      workshop in
      let candidates = Candidates(of: workshop.field, attack: "outlier")
      let losses = try await workshop.runs.baseLosses(of: candidates.documents)
      return try await workshop.outcome(ofInsider: [
        try Offer(workshop.field.insider.account, documents: candidates.best(by: losses))
      ])
    },
    Attack("shadow", "changes its records a little, to what scores best on a run of its own") {
      workshop in
      let field = workshop.field
      let candidates = Candidates(of: field, attack: "shadow")
      // What an attacker finds who collects text of all kinds: half to train on, half to ask.
      let halves = field.spare.map { ($0.prefix($0.count / 2), $0.dropFirst($0.count / 2)) }
      let scores = try await workshop.runs.totalScores(
        of: candidates.documents,
        trainedOn: field.documents(of: field.insider) + halves.flatMap(\.0),
        questions: halves.flatMap(\.1), seed: field.seed &+ 1)
      return try await workshop.outcome(ofInsider: [
        try Offer(field.insider.account, documents: candidates.best(by: scores))
      ])
    },
  ]
}

/// Each record of the insider with some small changes of it.
private struct Candidates {
  private static let eachCount = 6

  private(set) var documents: [String] = []

  init(of field: AttackField, attack: String) {
    var random = field.random(attack)
    for document in field.documents(of: field.insider) {
      documents.append(document)
      for _ in 1..<Self.eachCount {
        documents.append(AttackText.changingBytes(of: document, percent: 10, by: &random))
      }
    }
  }

  /// Of each record the form with the highest value.
  func best(by values: [Double]) -> [String] {
    stride(from: 0, to: documents.count, by: Self.eachCount).map { start in
      let forms = start..<start + Self.eachCount
      return documents[forms.max { values[$0] < values[$1] } ?? start]
    }
  }
}
