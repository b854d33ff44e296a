public import Ledger
public import Primitives

extension InferenceServer {
  /// The adapters that are ready, offered or not.
  public var ready: Set<Identifier<Adapter>> { Set(adapters.map(\.id)) }

  /// Changes what is offered: answers under way, and those that wait to be settled, keep their adapters.
  ///
  /// - Parameters:
  ///   - added: adapters that were made ready on ``engine``.
  ///   - wanted: names or identifiers; nil: all that are ready.
  public func offer(_ added: [ServedAdapter], only wanted: [String]?) {
    let known = ready
    adapters += added.filter { !known.contains($0.id) }
    self.wanted = wanted
  }

  func isWanted(_ adapter: ServedAdapter) -> Bool {
    let name = adapter.record.offer.name
    return wanted?.contains {
      $0.utf8.elementsEqual(name.utf8) || $0 == adapter.id.description
    } ?? true
  }
}
