internal import ClientAPI
public import Ledger
internal import Primitives
internal import Storage

/// Exports a running node's state every so many blocks, and keeps the latest few.
///
/// It reads from a fixed moment of the store, so blocks do not wait for it. Each snapshot is a
/// folder of its own, named after its height: the same files on every node.
public struct SnapshotKeeper: Sendable {
  private let node: LedgerNode
  private let path: String
  private let interval: UInt64
  private let keptCount: Int

  /// - Parameters:
  ///   - path: the folder of the snapshots' folders.
  ///   - interval: how many blocks from one to the next, at least.
  ///   - keptCount: how many stay; older ones are removed.
  public init(of node: LedgerNode, at path: String, interval: UInt64, keptCount: Int = 2) {
    precondition(interval > 0 && keptCount > 0, "snapshots come and stay")
    self.node = node
    self.path = path
    self.interval = interval
    self.keptCount = keptCount
  }

  /// Takes one at each multiple of the interval, until the task is cancelled.
  ///
  /// Only the latest state can be exported: while one export lasts longer than the blocks of an
  /// interval, the next is of the height that is reached then.
  public func run(every pause: Duration = .milliseconds(20)) async throws {
    var next = due(after: try snapshots().last?.height.number ?? 0)
    while true {
      let height = try await node.status().header.height.number
      if height >= next { next = due(after: try take().header.height.number) }
      try await Task.sleep(for: pause)
    }
  }

  /// The first multiple of the interval above a height.
  private func due(after height: UInt64) -> UInt64 { (height / interval + 1) * interval }

  /// Takes one now.
  @discardableResult
  public func take() throws(NodeFailure) -> StateManifest {
    let (all, draft) = try onDisk { () throws(StorageFailure) in
      let all = try SnapshotFolder(at: path)
      try all.removeDraft()
      return (all, try all.makeDraft())
    }
    let manifest = try node.exportState(to: draft)
    try onDisk { () throws(StorageFailure) in
      try all.publish(named: String(manifest.header.height.number))
    }
    // Those that stay, and nothing that a crash left half removed.
    let kept = Set(try snapshots().suffix(keptCount).map { String($0.height.number) })
    try onDisk { () throws(StorageFailure) in
      for name in try all.names() where !kept.contains(name) { try all.remove(name) }
    }
    return manifest
  }

  /// The headers of what is there whole, by rising height.
  public func snapshots() throws(NodeFailure) -> [BlockHeader] {
    let all = try onDisk { () throws(StorageFailure) in try SnapshotFolder(at: path) }
    let names = try onDisk { () throws(StorageFailure) in try all.names() }
    var headers: [BlockHeader] = []
    for name in names {
      let (folder, manifest) = try onDisk { () throws(StorageFailure) in
        let folder = try all.folder(name)
        return (folder, try folder.bytes(of: StateManifest.name))
      }
      if manifest != nil { headers.append(try StateManifest(in: folder).header) }
    }
    return headers.sorted { $0.height.number < $1.height.number }
  }
}
