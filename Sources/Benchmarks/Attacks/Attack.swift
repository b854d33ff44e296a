/// A way to earn more than one's data is worth, and how it is tried.
struct Attack: Sendable {
  /// In small letters: what the figures are named after.
  let name: String
  /// What the attacker does.
  let summary: String
  let unit: AttackOutcome.Unit
  let attempt: @Sendable (AttackWorkshop) async throws -> AttackOutcome

  init(
    _ name: String, _ summary: String, unit: AttackOutcome.Unit = .pool,
    _ attempt: @escaping @Sendable (AttackWorkshop) async throws -> AttackOutcome
  ) {
    self.name = name
    self.summary = summary
    self.unit = unit
    self.attempt = attempt
  }

  /// Every attack, family after family.
  static let all =
    copyAttacks + priorityAttacks + splitAttacks + junkAttacks + craftedAttacks + textAttacks
    + heldOutAttacks + paymentAttacks + serverAttacks + ownerAttacks
}

/// What an attack came to.
struct AttackOutcome {
  /// What incomes are parts of.
  enum Unit: String, Sendable {
    /// The contributors' pool of all answers.
    case pool
    /// All fees that were paid.
    case fees
    /// What the attacker has at stake: a bond, or deposits.
    case stake
  }

  /// Of all the attacker's accounts.
  let income: Double
  /// Of the same accounts without the attack.
  let baseline: Double
  /// What is lost on the way: fees that stay with others, deposits, bonds.
  var cost = 0.0
  /// The part of their own income that those lose at whose expense it is; nil if there are none.
  var victimLoss: Double?
  /// The attacker's income as a part of the victim's without the attack; for copies.
  var gain: Double?

  var profit: Double { income - baseline - cost }
}

/// What attacks on one field share: its honest income, and every training that was run.
final class AttackWorkshop {
  let field: AttackField
  let runs: AttackRuns
  private var honest: AttackIncome?

  init(field: AttackField, runs: AttackRuns) {
    self.field = field
    self.runs = runs
  }

  func honestIncome() async throws -> AttackIncome {
    if let honest { return honest }
    let income = try await runs.income(of: field.scene)
    honest = income
    return income
  }

  /// Accounts that have nothing without the attack commit these offers after everybody.
  /// - Parameter victim: at whose expense it is; nil for everybody's.
  func outcome(
    ofNewcomers offers: [Offer], victim: String? = nil, isCopy: Bool = false
  ) async throws -> AttackOutcome {
    let before = try await honestIncome()
    let after = try await runs.income(of: field.scene.adding(offers))
    let income = after.of(Set(offers.map(\.account)))
    let victims = victim.map { [$0] } ?? field.names
    return AttackOutcome(
      income: income, baseline: 0, victimLoss: Self.loss(of: victims, before, after),
      gain: isCopy ? ratio(income, before.of(field.victim.account)) : nil)
  }

  /// A newcomer commits `offer`, last or before everybody, in place of `honest` records of its own.
  /// - Parameter honest: nil if it has nothing without the attack.
  func outcome(
    ofNewcomer offer: Offer, insteadOf honest: Offer?, first: Bool
  ) async throws -> AttackOutcome {
    func scene(_ newcomer: Offer?) -> AttackScene {
      var scene = field.scene
      let place = first ? 0 : scene.offers.count
      scene.offers.insert(contentsOf: newcomer.map { [$0] } ?? [], at: place)
      return scene
    }
    let before = try await runs.income(of: scene(honest))
    let after = try await runs.income(of: scene(offer))
    return AttackOutcome(
      income: after.of(offer.account), baseline: before.of(offer.account),
      victimLoss: Self.loss(of: field.names, before, after))
  }

  /// The last of the honest offers something else, under these accounts.
  func outcome(ofInsider offers: [Offer]) async throws -> AttackOutcome {
    try await outcome(
      ofInsider: field.scene.replacing(field.insider.account, by: offers),
      accounts: Set(offers.map(\.account)))
  }

  func outcome(
    ofInsider scene: AttackScene, accounts: Set<String>
  ) async throws -> AttackOutcome {
    let before = try await honestIncome()
    let after = try await runs.income(of: scene)
    return AttackOutcome(
      income: after.of(accounts), baseline: before.of(field.insider.account),
      victimLoss: Self.loss(of: field.names.dropLast(), before, after))
  }

  static func loss(
    of victims: some Sequence<String>, _ before: AttackIncome, _ after: AttackIncome
  ) -> Double? {
    let earned = before.of(victims)
    return earned > 0 ? (earned - after.of(victims)) / earned : nil
  }

  private func ratio(_ one: Double, _ other: Double) -> Double? { other > 0 ? one / other : nil }
}
