import Foundation
import Synchronization

/// The wish of whoever runs this process that it end: SIGTERM, or SIGINT from the keyboard.
enum StopSignal {
  private static let isRaised = Atomic(false)

  /// From now on the first such signal is only noted; see ``wait()``.
  static func listen() {
    // Made here, because a signal's handler may not: it may do almost nothing but set a flag.
    isRaised.store(false, ordering: .relaxed)
    for number in [SIGTERM, SIGINT] {
      signal(number) { _ in StopSignal.isRaised.store(true, ordering: .relaxed) }
    }
  }

  /// Returns once a signal came; the next one ends the process at once.
  /// - Throws: `CancellationError`.
  static func wait() async throws {
    while !isRaised.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(50)) }
    for number in [SIGTERM, SIGINT] { signal(number, SIG_DFL) }
  }
}
