internal import AttributionRules
internal import CanonicalCoding
public import ClientAPI
internal import Cryptography
internal import LanguageModels
internal import Ledger
internal import Primitives
internal import Storage

extension InferenceServer: FiguredService {
  /// How the server is doing: the engine as of its last step, the answers as of now.
  public func figures() -> ServiceFigures {
    let engine = engine.serving.figures
    var figures = ServiceFigures()
    figures.running = engine.running
    figures.waiting = engine.waiting
    figures.pages = engine.pages
    figures.heldPages = engine.heldPages
    figures.keptPages = engine.keptPages
    figures.openTokens = engine.openTokens
    figures.tokensPerSecond = engine.tokensPerSecond
    figures.steps = engine.steps
    figures.promptTokens = engine.promptTokens
    figures.knownPromptTokens = engine.knownPromptTokens
    figures.unsettled = waiting.count
    figures.unattributed = waiting.count - finished.count
    figures.attributionMilliseconds = UInt64(attributionTime / .milliseconds(1))
    figures.settlementTroubles = troubleCount
    figures.residency = residency
    return figures
  }

  /// Without a store, every adapter is in memory.
  private var residency: ServiceFigures.Residency {
    guard let store = loading?.store else { return .init(loaded: adapters.count) }
    let (entries, totals) = (store.residency(), store.totals)
    return ServiceFigures.Residency(
      loaded: entries.count(where: \.isMapped), inUse: entries.count { $0.leases > 0 },
      onDisk: entries.count { !$0.isMapped }, bytes: store.mappedBytes,
      loads: UInt64(totals.loads), evictions: UInt64(totals.evictions))
  }

  /// What the list of models says of the card of an adapter's run; nil if there is none that fits.
  ///
  /// Worked out once for a card, away from the server: it reads the whole index.
  func listedCard(
    of adapter: ServedAdapter
  ) async throws(InferenceFailure) -> ModelListing.Card? {
    let run = adapter.record.offer.run
    guard let signed = try await card(of: run) else { return nil }
    let name = SHA256.digest(of: signed.canonicalBytes)
    if let known = cardFigures[name] { return known }
    let heldOut: HeldOutRecord?
    do { heldOut = try await ledger.record(.heldOut(adapter.run.epoch)) } catch {
      throw InferenceFailure(.unavailable, "the ledger can't be read: \(error)")
    }
    let index: InfluenceIndex
    do { index = try await adapter.index } catch {
      throw InferenceFailure(.unavailable, "the run's index can't be read: \(error)")
    }
    let (record, manifest) = (adapter.run, adapter.manifest)
    let listed = await Task.detached { () -> ModelListing.Card? in
      // A card that does not fit its run says nothing of it; whoever wants it can still fetch it.
      do {
        try signed.check(run: run, heldOut: heldOut)
        let figures = try RunCardFigures(
          of: signed.card, manifest: manifest, index: index, run: record)
        return ModelListing.Card(
          score: figures.datamodelScore, retrainings: UInt32(clamping: figures.retrainings))
      } catch { return nil }
    }.value
    cardFigures[name] = .some(listed)
    return listed
  }
}
