internal import Cryptography
internal import Dispatch
internal import Foundation
public import Primitives
internal import Synchronization

/// The adapters that a model may be asked for, thousands of them, each a file until it is used.
///
/// An adapter is named by the digest of what it was made from. Registered, it has a packed file in the
/// store's folder; used, the file is mapped and checked; unused, it is the first to leave when another
/// needs its room. Whoever answers with one holds a lease, and what is leased stays. All reading is
/// done on threads of the store's own, so that nothing which runs waits for it.
public final class AdapterStore: Sendable {
  /// Reads an adapter from the bytes that its name is the digest of.
  public typealias Original = @Sendable () throws -> LoRAAdapter

  let folder: String
  let model: DecoderModel
  /// Bytes of mapped adapters.
  public let budget: Int
  let state: Mutex<State>
  let readers = DispatchQueue(label: "whence.adapters", qos: .utility)

  /// Opens a folder, which is made if missing, and which one process uses.
  /// - Parameter budget: in bytes; those in use are never taken away for it.
  /// - Throws: ``ModelFailure`` with `fileUnwritable`.
  public init(folder: String, model: DecoderModel, budget: Int = 1 << 30) throws(ModelFailure) {
    self.folder = folder
    self.model = model
    self.budget = budget
    state = Mutex(State())
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try PackedAdapterFile.removeDrafts(in: folder)
    } catch {
      throw ModelFailure(.fileUnwritable, "can't keep adapters in \(folder)", underlying: error)
    }
  }

  /// The name of an adapter: of the base model's file, the settings' and the weights' digests.
  public static func name(base: Digest, settings: Digest, weights: Digest) -> Digest {
    Digest(
      domain: "whence.adapter", hashing: base.bytes + settings.bytes + weights.bytes)
  }

  func file(_ name: Digest) -> PackedAdapterFile {
    PackedAdapterFile(path: "\(folder)/\(name)", name: name)
  }

  // MARK: - Registering

  /// Makes an adapter known, packing it unless an earlier process did; as often as it is registered,
  /// so often it is to be removed.
  ///
  /// - Parameter original: read now if there is no sound packed file, and whenever that is damaged.
  /// - Throws: what `original` throws; ``ModelFailure`` with `adapterUnsupported`, `adapterMismatch`,
  ///   `fileUnwritable`, or `overloaded` if it is larger than the budget.
  public func register(_ name: Digest, original: @escaping Original) async throws {
    guard !state.withLock({ $0.enter(name) }) else { return }
    let size = try await reading { [self] in
      try file(name).byteCount(for: model.configuration) ?? pack(name, original)
    }
    guard size <= budget else {
      throw ModelFailure(
        .overloaded, "the adapter takes \(size) bytes of memory, and \(budget) are allowed for all")
    }
    state.withLock { $0.enter(name, size: size, original: original) }
  }

  /// Takes back one registration; answers under way keep what they hold.
  public func remove(_ name: Digest) {
    // What is freed is freed outside of the lock.
    withExtendedLifetime(state.withLock { $0.leave(name) }) {}
  }

  func pack(_ name: Digest, _ original: Original) throws -> Int {
    let adapter = try original()
    guard adapter.configuration == model.configuration else {
      throw ModelFailure(.adapterMismatch, "the adapter was made for another model")
    }
    return try file(name).write(PackedAdapter(adapter), for: model.configuration)
  }

  // MARK: - Keeping

  /// Maps an adapter and keeps it in memory, used or not.
  /// - Throws: as answering with it does; then it is not kept.
  public func pin(_ name: Digest) async throws {
    state.withLock { $0.entries[name]?.isPinned = true }
    do {
      _ = try await lease(name)
    } catch {
      unpin(name)
      throw error
    }
  }

  /// Lets an adapter go like others.
  public func unpin(_ name: Digest) { state.withLock { $0.entries[name]?.isPinned = false } }

  /// Begins to map an adapter that is about to be asked for; nobody waits.
  public func prefetch(_ name: Digest) {
    let isAway = state.withLock { state in
      guard var entry = state.entries[name], entry.mapping == nil, !entry.isLoading else {
        return false
      }
      entry.isLoading = true
      state.entries[name] = entry
      return true
    }
    if isAway { load(name) }
  }

  /// Runs on a thread of the store's own.
  func reading<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      readers.async { continuation.resume(with: Result(catching: body)) }
    }
  }
}
