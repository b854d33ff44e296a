internal import Primitives

extension Attack {
  /// Records that teach nothing, or the wrong thing.
  static let junkAttacks: [Attack] = [
    Attack("junk_constant", "commits records that differ in a number only") { workshop in
      let documents = workshop.field.victim.records.indices.map { number in
        "item \(100 + number): " + String(repeating: "the same again ", count: 4).prefix(54)
      }
      return try await workshop.outcome(
        ofNewcomers: [try Offer("junk", documents: documents)])
    },
    Attack("junk_random", "commits random bytes") { workshop in
      var random = workshop.field.random("junk_random")
      let documents = workshop.field.victim.records.map { _ in
        AttackText.random(length: AttributionTask.documentLength, by: &random)
      }
      return try await workshop.outcome(
        ofNewcomers: [try Offer("junk", documents: documents)])
    },
    Attack("junk_shuffled", "commits a contributor's records with their bytes shuffled") {
      workshop in
      let field = workshop.field
      var random = field.random("junk_shuffled")
      let documents = field.documents(of: field.victim).map {
        AttackText.shuffled($0, by: &random)
      }
      return try await workshop.outcome(
        ofNewcomers: [try Offer("junk", documents: documents)])
    },
    Attack("junk_padding", "adds as many random records to its good ones") { workshop in
      let field = workshop.field
      var random = field.random("junk_padding")
      let junk = field.insider.records.map { _ in
        AttackText.random(length: AttributionTask.documentLength, by: &random)
      }
      let documents = field.documents(of: field.insider) + junk
      return try await workshop.outcome(
        ofInsider: [try Offer(field.insider.account, documents: documents)])
    },
    Attack("junk_shuffled_first", "commits shuffled bytes before the records they are of") {
      workshop in
      let field = workshop.field
      var random = field.random("junk_shuffled")
      let documents = field.documents(of: field.victim).map {
        AttackText.shuffled($0, by: &random)
      }
      return try await workshop.outcome(
        ofNewcomer: try Offer("junk", documents: documents),
        insteadOf: nil, first: true)
    },
    Attack("label_noise", "mixes the answers of its good records of everybody's kinds") {
      workshop in
      try await labelNoise(workshop, first: false)
    },
    Attack("label_noise_first", "does so before everybody") { workshop in
      try await labelNoise(workshop, first: true)
    },
  ]

  private static func labelNoise(
    _ workshop: AttackWorkshop, first: Bool
  ) async throws -> AttackOutcome {
    let field = workshop.field
    var random = field.random("label_noise")
    let documents = field.spare.flatMap { $0.prefix(4) }
    let mixed = zip(documents, random.shuffled(documents)).map { document, other in
      AttackText.text(document.utf8.prefix(AttackText.questionLength))
        + AttackText.text(other.utf8.dropFirst(AttackText.questionLength))
    }
    return try await workshop.outcome(
      ofNewcomer: try Offer("noise", documents: mixed),
      insteadOf: try Offer("noise", documents: documents), first: first)
  }
}
