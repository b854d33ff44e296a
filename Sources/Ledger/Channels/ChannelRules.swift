internal import Primitives

extension LedgerState {
  /// Applies the opening of a channel: moves the deposit into its escrow.
  ///
  /// - Throws: `account_insufficient_balance`.
  public mutating func apply(
    _ message: OpenChannel, in context: BlockContext
  ) throws(Rejection) {
    let id = context.newIdentifier(of: Channel.self)
    try move(
      message.deposit, from: .account(context.signer), to: .channelEscrow(id), for: .channelDeposit)
    set(
      .channel(id),
      to: ChannelRecord(
        payer: context.signer, server: message.server, signingKey: message.signingKey,
        lastNumber: 0, status: .open))
    emit(.channelOpened, id.digest, amount: message.deposit)
  }

  /// Applies a top-up: moves the signer's money into the escrow, to whose payer it now belongs.
  ///
  /// - Throws: `notFound`, `notOpen`; `account_insufficient_balance`.
  public mutating func apply(
    _ message: TopUpChannel, in context: BlockContext
  ) throws(Rejection) {
    guard let channel = channel(message.channel) else { throw .channel(.notFound) }
    guard channel.status == .open else { throw .channel(.notOpen) }
    try move(
      message.amount, from: .account(context.signer), to: .channelEscrow(message.channel),
      for: .channelDeposit)
    emit(.channelToppedUp, message.channel.digest, amount: message.amount)
  }

  /// Applies the payer's wish to close: the server can settle until the closing window ends.
  ///
  /// - Throws: `notFound`, `notPayer`, `notOpen`.
  public mutating func apply(
    _ message: CloseChannel, in context: BlockContext
  ) throws(Rejection) {
    guard var channel = channel(message.channel) else { throw .channel(.notFound) }
    guard channel.payer == context.signer else { throw .channel(.notPayer) }
    guard channel.status == .open else { throw .channel(.notOpen) }
    let end = context.parameters.channels.closingWindow.end(from: context)
    channel.status = .closing(end)
    set(.channel(message.channel), to: channel)
    schedule(.closeChannel(message.channel), at: end)
    emit(.channelClosing, message.channel.digest)
  }

  /// Returns what is left of a closing channel to its payer.
  mutating func close(_ id: Identifier<Channel>) throws(Rejection) {
    guard var channel = channel(id) else { throw .channel(.notFound) }
    let rest = balance(of: .channelEscrow(id))
    channel.status = .closed
    set(.channel(id), to: channel)
    try move(rest, from: .channelEscrow(id), to: .account(channel.payer), for: .channelReturn)
    emit(.channelClosed, id.digest, amount: rest)
  }
}
