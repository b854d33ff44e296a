internal import Foundation

/// Why an answer could not be settled, and what becomes of it.
public struct SettlementTrouble: Sendable, CustomStringConvertible {
  /// The answer's document in the server's folder `unsettled`, where it stays.
  public let document: String
  public let cause: any Error
  /// Whether this server tries again by itself; if not, the next one will.
  public let isRetried: Bool

  public var description: String {
    "answer \(document) is not settled: \(cause); "
      + (isRetried ? "trying again" : "kept aside until the server starts again")
  }

  /// Writes a line to standard error.
  public static func log(_ trouble: SettlementTrouble) {
    FileHandle.standardError.write(Data("\(trouble)\n".utf8))
  }
}
