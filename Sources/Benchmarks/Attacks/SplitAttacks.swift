extension Attack {
  /// The same records under more names, or in more pieces.
  static let splitAttacks: [Attack] = [
    Attack("split_accounts", "deals its records over four accounts") { workshop in
      let records = workshop.field.insider.records
      let offers = (0..<4).map { part in
        Offer(
          "part \(part)",
          records.indices.filter { $0 * 4 / records.count == part }.map { records[$0] })
      }
      return try await workshop.outcome(ofInsider: offers)
    },
    Attack("split_records", "cuts each of its records in two") { workshop in
      let field = workshop.field
      let halves = field.documents(of: field.insider).flatMap { document in
        let bytes = Array(document.utf8)
        let half = bytes.count / 2
        return [AttackText.text(bytes[..<half]), AttackText.text(bytes[half...])]
      }
      return try await workshop.outcome(
        ofInsider: [try Offer(field.insider.account, documents: halves)])
    },
  ]
}
