internal import Datanets
internal import Primitives

extension Attack {
  /// Knowing, or choosing, what uplift is measured on.
  static let heldOutAttacks: [Attack] = [
    Attack("heldout_leak", "commits held-out questions that a curator gave away") { workshop in
      let documents = leaked(workshop.field)
      return try await workshop.outcome(
        ofNewcomers: [try Offer("leak", documents: documents)])
    },
    Attack("heldout_leak_noisy", "the same with 10 % of the bytes changed") { workshop in
      var random = workshop.field.random("heldout_leak_noisy")
      let documents = leaked(workshop.field).map {
        AttackText.changingBytes(of: $0, percent: 10, by: &random)
      }
      return try await workshop.outcome(
        ofNewcomers: [try Offer("leak", documents: documents)])
    },
    Attack("heldout_removal", "commits the questions of a rival's kind, so that they don't count") {
      workshop in
      let field = workshop.field
      let victim = field.victim.account
      let documents = field.scene.heldOut.filter { $0.domain == victim }
        .map { AttackText.document($0.record) }
      let scene = field.scene.adding([try Offer("leak", documents: documents)])
      var outcome = try await workshop.outcome(
        ofInsider: scene, accounts: [field.insider.account, "leak"])
      outcome.victimLoss = AttackWorkshop.loss(
        of: [victim], try await workshop.honestIncome(), try await workshop.runs.income(of: scene))
      return outcome
    },
    Attack("curator_collusion", "one curator in three asks only about an accomplice's junk") {
      workshop in
      let field = workshop.field
      let before = try await workshop.honestIncome()
      var random = field.random("curator_collusion")
      func junk(_ count: Int) -> [String] {
        (0..<count).map { _ in
          let digits = (0..<30).map { _ in String(random.next(below: 10)) }.joined()
          return "serial number of the item in store " + digits
        }
      }
      var scene = field.scene.adding([
        try Offer("accomplice", documents: junk(field.victim.records.count))
      ])
      scene.heldOut += try junk(field.scene.heldOut.count / 2).map {
        HeldOutItem(domain: "serial numbers", record: try AttackText.record($0))
      }
      let after = try await workshop.runs.income(of: scene)
      return AttackOutcome(
        income: after.of("accomplice"), baseline: 0,
        victimLoss: AttackWorkshop.loss(of: field.names, before, after))
    },
  ]

  /// Four questions of each kind.
  private static func leaked(_ field: AttackField) -> [String] {
    field.names.flatMap { name in
      field.scene.heldOut.filter { $0.domain == name }.prefix(4)
        .map { AttackText.document($0.record) }
    }
  }
}
