/// When the receipts of finished answers leave together for the ledger.
///
/// What a batch costs hardly grows with its receipts, so they leave together while more are on their way;
/// whoever asks a server that has nothing else to do has his receipt at once.
public struct BatchPolicy: Sendable {
  /// A batch of so many leaves at once.
  public var receiptMaximum: Int
  /// The first of a batch's receipts waits so long for answers that are not here yet.
  public var interval: Duration
  /// While answers wait to be attributed, the first waits so long for their receipts.
  public var patience: Duration

  public init(receiptMaximum: Int, interval: Duration, patience: Duration) {
    precondition(receiptMaximum > 0, "a batch holds at least one receipt")
    self.receiptMaximum = receiptMaximum
    self.interval = interval
    self.patience = patience
  }

  /// Half a second, and as long as attributing a dozen answers may take.
  public static let standard = BatchPolicy(
    receiptMaximum: 64, interval: .milliseconds(500), patience: .seconds(20))
}
