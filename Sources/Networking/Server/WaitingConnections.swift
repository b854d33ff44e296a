import CMicroHTTPD
import Synchronization

/// The connections on which no whole request has come, the one that has waited longest first.
///
/// `@unchecked Sendable` for their pointers: only the library's one thread calls, and it tells of a
/// connection's end before it frees it.
@safe final class WaitingConnections: @unchecked Sendable {
  private let bound: Int
  private let list = Mutex<[UInt]>([])

  init(bound: Int) { self.bound = bound }

  /// Adds one at the end; beyond the bound, ends the first.
  @unsafe func enter(_ connection: OpaquePointer) {
    let name = UInt(bitPattern: connection)
    let first = list.withLock { list -> UInt? in
      list.removeAll { $0 == name }
      list.append(name)
      return list.count > bound ? list.removeFirst() : nil
    }
    if let first, let pointer = unsafe OpaquePointer(bitPattern: first) {
      unsafe cmicrohttpd_hang_up(pointer)
    }
  }

  @unsafe func leave(_ connection: OpaquePointer) {
    let name = UInt(bitPattern: connection)
    list.withLock { $0.removeAll { $0 == name } }
  }
}
