/// Why the ledger rejected a channel message.
public enum ChannelRejection: UInt32, SubjectRejection {
  public static let subject = "channel"

  /// No channel has this identifier.
  case notFound = 401
  /// The signer did not open the channel.
  case notPayer = 402
  /// The channel is closing or closed.
  case notOpen = 403
}
