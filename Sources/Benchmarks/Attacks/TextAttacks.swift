internal import Datanets
internal import Primitives

extension Attack {
  /// Text that answers are bound to repeat.
  static let textAttacks: [Attack] = [
    Attack("span_squatting", "commits what many write, piece by piece, before others can") {
      workshop in
      let field = workshop.field
      var random = field.random("span_squatting")
      let length = AttributionTask.documentLength / 3
      let pieces = random.shuffled(
        field.spare.flatMap { $0 }.flatMap { document in
          let bytes = Array(document.utf8)
          return (0..<3).map { AttackText.text(bytes[$0 * length..<($0 + 1) * length]) }
        })
      let documents = (0..<field.victim.records.count).map { number in
        (0..<3).map { pieces[(number * 3 + $0) % pieces.count] }.joined()
      }
      return try await workshop.outcome(
        ofNewcomers: [try Offer("squatter", documents: documents)])
    },
    Attack("regurgitation", "pays for answers that repeat its own records", unit: .fees) {
      workshop in
      let field = workshop.field
      var scene = field.scene
      // As many questions as everybody else asks.
      scene.questions = field.scene.questions.indices.map { number in
        HeldOutItem(
          domain: field.insider.account,
          record: field.insider.records[number % field.insider.records.count])
      }
      let own = try await workshop.runs.income(of: scene).of(field.insider.account)
      return AttackOutcome(
        income: own * AttackMoney.contributorsShare, baseline: 0, cost: 1, victimLoss: 0)
    },
  ]
}
