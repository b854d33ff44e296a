/// Ordered reading, from the live store or from a snapshot of it.
public protocol KeyValueReader: Sendable {
  /// Returns the key's value, or nil if the key is absent.
  func value(for key: [UInt8], in keyspace: Keyspace) throws(StorageFailure) -> [UInt8]?

  /// Visits the entries whose keys begin with `prefix`, in the byte order of their keys.
  ///
  /// One scan sees one moment of the store, whatever is written meanwhile.
  /// - Parameters:
  ///   - prefix: empty for the whole keyspace.
  ///   - start: the first key to visit, itself included; nil for the prefix's first.
  ///   - visit: answers whether to go on.
  func scan(
    _ keyspace: Keyspace, prefix: [UInt8], from start: [UInt8]?,
    _ visit: (KeyValueEntry) -> ScanStep
  ) throws(StorageFailure)
}

extension KeyValueReader {
  /// Returns at most `limit` entries whose keys begin with `prefix`, in key order.
  /// - Parameter start: the first key to return, itself included; nil for the prefix's first.
  public func entries(
    in keyspace: Keyspace, prefix: [UInt8] = [], from start: [UInt8]? = nil, limit: Int = .max
  ) throws(StorageFailure) -> [KeyValueEntry] {
    guard limit > 0 else { return [] }
    var entries: [KeyValueEntry] = []
    try scan(keyspace, prefix: prefix, from: start) { entry in
      entries.append(entry)
      return entries.count < limit ? .next : .stop
    }
    return entries
  }
}
