internal import CanonicalCoding
internal import Ledger
internal import Primitives

extension Decoder {
  /// The names in the keys of the state's tables and the records in their values, each type once.
  static let records: [Decoder] = {
    var decoders: [Decoder] = []
    for table in StateTable.allCases {
      for form in [table.form.name, table.form.record] {
        // Identifiers differ in what they name, not in their bytes.
        let name = "\(form)".prefix { $0 != "<" }
        guard !decoders.contains(where: { $0.name == name }) else { continue }
        decoders.append(form.decoder(named: String(name)))
      }
    }
    return decoders
  }()
}

extension CanonicalCodable {
  fileprivate static func decoder(named name: String) -> Decoder {
    // The parameters' own rules tie too many fields together for a search.
    .canonical(
      self, named: name,
      samples: self == LedgerParameters.self ? [LedgerParameters().canonicalBytes] : nil)
  }
}
