internal import ClientAPI
internal import Ledger
internal import Primitives

/// What the ledger says now of an adapter: its price, and whether its answers settle.
///
/// Read anew for every order: prices change and adapters retire while a server runs.
struct AdapterView {
  let id: Identifier<Adapter>
  let record: AdapterRecord?
  let standing: RunStanding?
  /// Whether its line recommends it.
  let isActive: Bool

  init(
    of id: Identifier<Adapter>, on ledger: any LedgerClient
  ) async throws(ClientFailure) {
    self.id = id
    record = try await ledger.record(.adapter(id))
    guard let record else {
      (standing, isActive) = (nil, false)
      return
    }
    standing = try await ledger.record(.standing(of: record.offer.run))
    isActive = try await ledger.record(.adapterLine(record.line))?.active == id
  }

  /// Whether the ledger settles its answers in every block up to `end`, whatever their heights.
  func settles(until end: BlockTime) -> Bool {
    standing?.settles == true && record?.settles(at: end, height: Height(.max)) == true
  }

  /// Whether the ledger takes an order's rates now and in every block up to `end`.
  func accepts(_ order: Order, at status: LedgerStatus, until end: BlockTime) -> Bool {
    record?.accepts(
      rateIn: order.rateIn, rateOut: order.rateOut, at: status.header.time,
      height: status.header.height, until: max(end, status.header.time),
      notice: status.parameters.models.priceNotice) == true
  }

  /// Comes first among adapters of one name: what the line recommends, then what is not retired.
  func precedes(_ other: AdapterView) -> Bool {
    func rank(_ view: AdapterView) -> Int {
      view.isActive ? 0 : view.record?.retires == nil ? 1 : 2
    }
    return (rank(self), id) < (rank(other), other.id)
  }
}
