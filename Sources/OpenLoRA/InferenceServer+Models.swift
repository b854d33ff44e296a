public import ClientAPI
internal import LanguageModels
internal import Ledger
internal import Primitives

extension InferenceServer {
  public func models() async throws(InferenceFailure) -> [ModelListing] {
    var listings: [ModelListing] = []
    for (adapter, view) in try await offered(adapters) {
      guard let offer = view.record?.offer else { continue }
      let base: BaseModelRecord?
      do {
        base = try await ledger.record(.baseModel(adapter.run.claim.baseModel))
      } catch { throw InferenceFailure(.unavailable, "the ledger can't be read: \(error)") }
      // Of adapters of one name it is the first's; others are asked for by identifier.
      let isNamed = !listings.contains { $0.name.utf8.elementsEqual(offer.name.utf8) }
      listings.append(
        ModelListing(
          adapter: adapter.id, name: isNamed ? offer.name : adapter.id.description,
          baseModel: base?.name ?? "", server: desk.server, rateIn: offer.rateIn,
          rateOut: offer.rateOut, run: offer.run,
          contextLength: UInt32(clamping: engine.configuration.contextLength),
          card: try await listedCard(of: adapter)))
    }
    return listings
  }

  /// Those of some adapters that orders are taken for now, as the ledger has them, what their lines
  /// recommend first.
  private func offered(
    _ adapters: [ServedAdapter]
  ) async throws(InferenceFailure) -> [(adapter: ServedAdapter, view: AdapterView)] {
    let end = BlockTime(milliseconds: clock().milliseconds + OrderDesk.leastMillisecondsLeft)
    var offered: [(adapter: ServedAdapter, view: AdapterView)] = []
    for adapter in adapters {
      do {
        let view = try await AdapterView(of: adapter.id, on: ledger)
        if view.settles(until: end) { offered.append((adapter, view)) }
      } catch { throw InferenceFailure(.unavailable, "the ledger can't be read: \(error)") }
    }
    return offered.sorted { $0.view.precedes($1.view) }
  }

  /// Who is to answer a request, by the name or identifier of an adapter, or an ensemble's name.
  func answerers(of request: ChatRequest) async throws(InferenceFailure) -> Answerers {
    guard named(request.model).isEmpty, let ensemble = EnsembleName(request.model) else {
      return Answerers(try await adapter(named: request.model))
    }
    guard request.passageLimit == nil else {
      throw InferenceFailure(
        .unsupportedParameter,
        "passages are found among one adapter's records; leave out tools, or ask one adapter",
        parameter: "tools")
    }
    var parts: [(adapter: ServedAdapter, weight: UInt32)] = []
    for part in ensemble.parts { parts.append((try await adapter(named: part.model), part.weight)) }
    guard Set(parts.map(\.adapter.id)).count == parts.count else {
      throw InferenceFailure(
        .invalidRequest, "an ensemble has different adapters", parameter: "model")
    }
    return Answerers(parts)
  }

  private func named(_ model: String) -> [ServedAdapter] {
    adapters.filter { $0.record.offer.name == model || $0.id.description == model }
  }

  private func adapter(named model: String) async throws(InferenceFailure) -> ServedAdapter {
    let meant = named(model)
    guard !meant.isEmpty else { throw .missing(model: model) }
    guard let adapter = try await offered(meant).first?.adapter else {
      throw InferenceFailure(
        .modelNotFound,
        "\(model) is retired, or its run slashed; GET /v1/models lists what is served",
        parameter: "model")
    }
    return adapter
  }
}
