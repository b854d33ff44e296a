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

  /// Whether a signal came.
  static var hasCome: Bool { isRaised.load(ordering: .relaxed) }

  /// Returns once a signal came; the next one ends the process at once.
  ///
  /// Signals of one moment are one: `timeout` sends two, to the process and to its group.
  /// - Throws: `CancellationError`.
  static func wait() async throws {
    while !isRaised.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(50)) }
    for number in [SIGTERM, SIGINT] { signal(number, SIG_DFL) }
  }
}

/// The wish that this process read its configuration again: SIGHUP.
enum ReloadSignal {
  private static let count = Atomic(0)

  /// From now on such a signal is counted, and ends nothing.
  static func listen() {
    count.store(0, ordering: .relaxed)
    signal(SIGHUP) { _ in ReloadSignal.count.add(1, ordering: .relaxed) }
  }

  /// Calls `body` for what came since the last time, until the task is cancelled; several signals in
  /// one moment are one.
  static func each(_ body: () async throws -> Void) async throws {
    var known = 0
    while true {
      let now = count.load(ordering: .relaxed)
      if now != known { try await body() }
      known = now
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}

/// The wish that what is being done be given up, and nothing else: Ctrl-C in a conversation.
enum InterruptSignal {
  private static let hasCome = Atomic(false)

  /// From now on the signal ends nothing by itself.
  static func listen() {
    forget()
    signal(SIGINT) { _ in InterruptSignal.hasCome.store(true, ordering: .relaxed) }
  }

  /// What is done from now on is not meant by a signal that came before.
  static func forget() { hasCome.store(false, ordering: .relaxed) }

  /// Returns once a signal came since ``forget()``.
  /// - Throws: `CancellationError`.
  static func wait() async throws {
    while !hasCome.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(20)) }
  }
}
