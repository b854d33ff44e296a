internal import Dispatch
public import Primitives
internal import Synchronization

extension AdapterStore {
  /// What an answer reads an adapter by, mapped first if it is not.
  ///
  /// - Throws: ``ModelFailure`` with `adapterUnknown` if it is not registered, `overloaded` if all
  ///   that is mapped is in use, or what mapping and packing it anew throw.
  public func lease(_ name: Digest) async throws -> AdapterLease {
    if let lease = leaseIfMapped(name) { return lease }
    return try await withCheckedThrowingContinuation { continuation in
      // It may have come meanwhile.
      if let lease = state.withLock({ $0.use(name) }).map({ granted(name, $0) }) {
        return continuation.resume(returning: lease)
      }
      let begins: Bool? = state.withLock { state in
        guard var entry = state.entries[name], entry.registrations > 0 else { return nil }
        let begins = !entry.isLoading
        entry.isLoading = true
        entry.waiting.append(continuation)
        state.entries[name] = entry
        state.totals.misses += 1
        return begins
      }
      switch begins {
      case nil:
        continuation.resume(
          throwing: ModelFailure(.adapterUnknown, "the adapter is not registered"))
      case true?: load(name)
      case false?: break
      }
    }
  }

  /// The same for an adapter that is mapped already; nil for another.
  func leaseIfMapped(_ name: Digest) -> AdapterLease? {
    let adapter = state.withLock { state in
      let adapter = state.use(name)
      if adapter != nil { state.totals.hits += 1 }
      return adapter
    }
    return adapter.map { granted(name, $0) }
  }

  private func granted(_ name: Digest, _ adapter: DecoderAdapter) -> AdapterLease {
    AdapterLease(adapter) { [self] in
      withExtendedLifetime(state.withLock { $0.release(name) }) {}
    }
  }

  /// Maps an adapter that is marked as being loaded, and serves who waits for it.
  func load(_ name: Digest) {
    readers.async { [self] in
      let start = ContinuousClock.now
      var room = 0
      do {
        guard let entry = state.withLock({ $0.entries[name] }) else { return }
        // Old mappings go before the new one comes.
        guard let gone = state.withLock({ $0.makeRoom(entry.size, budget: budget) }) else {
          state.withLock { $0.totals.refusals += 1 }
          throw ModelFailure(
            .overloaded, "all memory for adapters is in use; try again in a while")
        }
        room = entry.size
        withExtendedLifetime(gone) {}
        let mapping = try mapped(name, original: entry.original)
        let (waiting, unwanted) = state.withLock {
          $0.finish(name, mapping, took: ContinuousClock.now - start)
        }
        withExtendedLifetime(unwanted) {}
        for continuation in waiting {
          continuation.resume(returning: granted(name, mapping.adapter))
        }
      } catch {
        for continuation in state.withLock({ $0.fail(name, room: room) }) {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  private func mapped(
    _ name: Digest, original: Original
  ) throws -> PackedAdapterFile.Mapping {
    if let mapping = try file(name).map(for: model) { return mapping }
    // Damaged, or removed by hand.
    state.withLock { $0.totals.repairs += 1 }
    _ = try pack(name, original)
    guard let mapping = try file(name).map(for: model) else {
      throw ModelFailure(.adapterCorrupt, "\(file(name).path) is damaged as soon as it is written")
    }
    return mapping
  }
}
