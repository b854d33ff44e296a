/// When the receipts of finished answers leave together for the ledger.
public struct BatchPolicy: Sendable {
  /// A batch of so many leaves at once.
  public var receiptMaximum: Int
  /// The first of a batch's receipts waits no longer for others.
  public var interval: Duration

  public init(receiptMaximum: Int, interval: Duration) {
    precondition(receiptMaximum > 0, "a batch holds at least one receipt")
    self.receiptMaximum = receiptMaximum
    self.interval = interval
  }

  /// Half a second, well below the time that attributing a few answers takes.
  public static let standard = BatchPolicy(receiptMaximum: 64, interval: .milliseconds(500))
}
