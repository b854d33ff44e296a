/// Why the ledger rejected a channel message.
public enum ChannelRejection: UInt32, SubjectRejection {
  public static let subject = "channel"

  /// No channel has this identifier.
  case notFound = 401
  /// The signer is neither the channel's payer nor its server.
  case notParty = 402
  /// The channel is closed, or closing and its payer can't close it again.
  case notOpen = 403
}
