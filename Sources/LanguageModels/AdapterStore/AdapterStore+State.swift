internal import Primitives

extension AdapterStore {
  typealias Waiting = CheckedContinuation<AdapterLease, any Error>

  /// What the store knows of one adapter.
  struct Entry {
    /// Of its packed file.
    var size: Int
    var original: Original
    var registrations = 1
    var isPinned = false
    var mapping: PackedAdapterFile.Mapping?
    var leases = 0
    /// The later, the higher.
    var lastUse: UInt64 = 0
    var isLoading = false
    var waiting: [Waiting] = []
    var lastLoad: Duration?
  }

  /// All that changes.
  ///
  /// Nothing here waits, reads files or frees memory.
  struct State {
    var entries: [Digest: Entry] = [:]
    /// Those that are mapped and unused, for whom age decides.
    private var idle: Set<Digest> = []
    /// Bytes of what is mapped or being mapped.
    private(set) var used = 0
    private var uses: UInt64 = 0
    var totals = Totals()

    /// Counts one more registration of an adapter that is here.
    mutating func enter(_ name: Digest) -> Bool {
      guard var entry = entries[name] else { return false }
      entry.registrations += 1
      entries[name] = entry
      return true
    }

    mutating func enter(_ name: Digest, size: Int, original: @escaping Original) {
      guard !enter(name) else { return }
      entries[name] = Entry(size: size, original: original)
    }

    /// - Returns: what is no longer mapped.
    mutating func leave(_ name: Digest) -> PackedAdapterFile.Mapping? {
      entries[name]?.registrations -= 1
      return clear(name)
    }

    /// Forgets an adapter that nobody registers or uses any more.
    private mutating func clear(_ name: Digest) -> PackedAdapterFile.Mapping? {
      guard let entry = entries[name], entry.registrations <= 0, entry.leases == 0,
        !entry.isLoading
      else { return nil }
      entries[name] = nil
      idle.remove(name)
      if entry.mapping != nil { used -= entry.size }
      return entry.mapping
    }

    // MARK: - Use

    /// Counts a use of an adapter; nil if it is not mapped.
    mutating func use(_ name: Digest) -> DecoderAdapter? {
      guard var entry = entries[name], entry.registrations > 0 else { return nil }
      uses += 1
      entry.lastUse = uses
      if entry.mapping != nil {
        entry.leases += 1
        idle.remove(name)
      }
      entries[name] = entry
      return entry.mapping?.adapter
    }

    /// - Returns: what is no longer mapped.
    mutating func release(_ name: Digest) -> PackedAdapterFile.Mapping? {
      guard var entry = entries[name] else { return nil }
      entry.leases -= 1
      entries[name] = entry
      if entry.leases == 0 { idle.insert(name) }
      return clear(name)
    }

    // MARK: - Room

    /// Sets room aside, at the cost of what was not used for the longest time.
    /// - Returns: what is no longer mapped; nil, and nothing changes, if all is in use or pinned.
    mutating func makeRoom(_ size: Int, budget: Int) -> [PackedAdapterFile.Mapping]? {
      var removed: [Digest] = []
      var free = budget - used
      if free < size {
        let candidates = idle.compactMap { name in entries[name].map { (name, $0) } }
          .filter { !$0.1.isPinned }.sorted { $0.1.lastUse < $1.1.lastUse }
        for (name, entry) in candidates where free < size {
          removed.append(name)
          free += entry.size
        }
        guard free >= size else { return nil }
      }
      used += size
      totals.evictions += removed.count
      return removed.compactMap { unmap($0) }
    }

    private mutating func unmap(_ name: Digest) -> PackedAdapterFile.Mapping? {
      guard var entry = entries[name], let mapping = entry.mapping else { return nil }
      entry.mapping = nil
      entries[name] = entry
      idle.remove(name)
      used -= entry.size
      return mapping
    }

    // MARK: - Loading

    /// Keeps what was mapped, with a lease for each who waits.
    /// - Returns: who waits; and the mapping, if nobody wants it any more.
    mutating func finish(
      _ name: Digest, _ mapping: PackedAdapterFile.Mapping, took: Duration
    ) -> (waiting: [Waiting], unwanted: PackedAdapterFile.Mapping?) {
      guard var entry = entries[name] else { return ([], mapping) }
      let waiting = entry.waiting
      if entry.lastUse == 0 {
        uses += 1
        entry.lastUse = uses
      }
      entry.waiting = []
      entry.isLoading = false
      entry.mapping = mapping
      entry.leases += waiting.count
      entry.lastLoad = took
      entries[name] = entry
      if entry.leases == 0 { idle.insert(name) }
      totals.loads += 1
      return (waiting, clear(name))
    }

    /// Gives up a load.
    /// - Parameter room: what was set aside for it.
    mutating func fail(_ name: Digest, room: Int) -> [Waiting] {
      used -= room
      guard var entry = entries[name] else { return [] }
      let waiting = entry.waiting
      entry.waiting = []
      entry.isLoading = false
      entries[name] = entry
      // Not mapped: there is nothing to free.
      _ = clear(name)
      return waiting
    }
  }
}
