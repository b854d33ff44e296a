internal import Foundation

/// Why an answer could not be settled, and what becomes of it.
public struct SettlementTrouble: Sendable, CustomStringConvertible {
  /// The answer's document in the server's folder `unsettled`, where it stays, or `set-aside`, where
  /// it went.
  public let document: String
  public let cause: any Error
  /// Whether this server tries again by itself; if not, the next one will, unless it is set aside.
  public let isRetried: Bool
  /// Whether it is kept aside for good: the ledger will never settle it.
  public var isSetAside: Bool { (cause as? ServingFailure)?.code == .settlementImpossible }

  public var description: String {
    "answer \(document) is not settled: \(cause); "
      + (isRetried
        ? "trying again"
        : isSetAside
          ? "set aside for good, in the server's folder set-aside"
          : "kept aside until the server starts again")
  }

  /// Writes a line to standard error.
  public static func log(_ trouble: SettlementTrouble) {
    FileHandle.standardError.write(Data("\(trouble)\n".utf8))
  }
}
