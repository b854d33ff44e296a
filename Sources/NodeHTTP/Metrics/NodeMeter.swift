internal import ClientAPI
internal import Synchronization
internal import Telemetry

/// Measures what passes through a node's routes.
final class NodeMeter: Sendable {
  private let registry = MetricRegistry(NodeMetric.all)

  /// A request was answered; `code` if it was refused.
  func answered(route: String, method: String, status: Int, code: String?) {
    let methods = ["GET", "POST", "DELETE", "HEAD", "PUT", "OPTIONS", "PATCH"]
    registry.count(
      NodeMetric.requests, [route, methods.contains(method) ? method : "other", "\(status)"])
    if let code { registry.count(NodeMetric.refusals, [code]) }
  }

  func embedded(texts: Int, tokens: Int) {
    registry.update { set in
      set.count(NodeMetric.embeddedTexts, by: Double(texts))
      set.count(NodeMetric.embeddedTokens, by: Double(tokens))
    }
  }

  /// Answers a request, and measures how long its pieces take.
  func complete(
    _ request: PaidRequest, by client: any InferenceClient,
    onPiece: @escaping @Sendable (AnswerPiece) async -> Void
  ) async throws(InferenceFailure) -> ChatCompletion {
    let start = ContinuousClock.now
    let last = Mutex<ContinuousClock.Instant?>(nil)
    let completion = try await client.complete(request) { [registry] piece in
      if case .prompt = piece { return await onPiece(piece) }
      let now = ContinuousClock.now
      let before = last.withLock { last in
        defer { last = now }
        return last
      }
      registry.observe(
        Self.seconds(now - (before ?? start)),
        in: before == nil ? NodeMetric.firstToken : NodeMetric.betweenTokens)
      await onPiece(piece)
    }
    let whole = Self.seconds(ContinuousClock.now - start)
    registry.update { set in
      set.observe(whole, in: NodeMetric.wholeAnswer)
      set.count(NodeMetric.promptTokens, by: Double(completion.tokensIn))
      set.count(NodeMetric.answerTokens, by: Double(completion.tokensOut))
      set.count(NodeMetric.answers, [completion.end.rawValue])
    }
    return completion
  }

  /// Everything measured, with what the service says of itself now.
  func text(_ figures: ServiceFigures?, height: UInt64) -> String {
    registry.update { set in
      set.set(NodeMetric.height, to: Double(height))
      if let figures { Self.write(figures, into: &set) }
    }
    return registry.text
  }

  private static func write(_ figures: ServiceFigures, into set: inout MetricSet) {
    let numbers: [(MetricFamily, Double)] = [
      (NodeMetric.running, Double(figures.running)), (NodeMetric.waiting, Double(figures.waiting)),
      (
        NodeMetric.cacheUsage,
        figures.pages > 0 ? Double(figures.heldPages) / Double(figures.pages) : 0
      ),
      (NodeMetric.prefixQueries, Double(figures.promptTokens)),
      (NodeMetric.prefixHits, Double(figures.knownPromptTokens)),
      (NodeMetric.steps, Double(figures.steps)),
      (NodeMetric.openTokens, Double(figures.openTokens)),
      (NodeMetric.throughput, Double(figures.tokensPerSecond)),
      (NodeMetric.unsettled, Double(figures.unsettled)),
      (NodeMetric.unattributed, Double(figures.unattributed)),
      (NodeMetric.attribution, Double(figures.attributionMilliseconds) / 1000),
      (NodeMetric.troubles, Double(figures.settlementTroubles)),
      (NodeMetric.adapterBytes, Double(figures.residency.bytes)),
      (NodeMetric.adapterLoads, Double(figures.residency.loads)),
      (NodeMetric.adapterEvictions, Double(figures.residency.evictions)),
    ]
    for (family, value) in numbers { set.set(family, to: value) }
    let free = figures.pages - figures.heldPages - figures.keptPages
    set.set(NodeMetric.pages, ["held"], to: Double(figures.heldPages))
    set.set(NodeMetric.pages, ["kept"], to: Double(figures.keptPages))
    set.set(NodeMetric.pages, ["free"], to: Double(free))
    set.set(NodeMetric.adapters, ["loaded"], to: Double(figures.residency.loaded))
    set.set(NodeMetric.adapters, ["in_use"], to: Double(figures.residency.inUse))
    set.set(NodeMetric.adapters, ["on_disk"], to: Double(figures.residency.onDisk))
  }

  private static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
