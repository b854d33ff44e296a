internal import Primitives

extension LedgerState {
  /// Applies the opening of a channel: moves the deposit into its escrow.
  ///
  /// - Throws: `account_key_unusable`, `account_insufficient_balance`.
  public mutating func apply(
    _ message: OpenChannel, in context: BlockContext
  ) throws(Rejection) {
    try openChannel(
      context.newIdentifier(of: Channel.self), message, payer: context.signer,
      depositFrom: .account(context.signer))
  }

  /// Opens a channel with a deposit from the payer's account or an agent's purse.
  mutating func openChannel(
    _ id: Identifier<Channel>, _ message: OpenChannel, payer: Identifier<Account>,
    depositFrom source: Holder
  ) throws(Rejection) {
    try message.signingKey.checkUsable()
    try move(message.deposit, from: source, to: .channelEscrow(id), for: .channelDeposit)
    set(
      .channel(id),
      to: ChannelRecord(
        payer: payer, payersFunder: funder(of: payer), server: message.server,
        signingKey: message.signingKey,
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

  /// Applies a party's wish to close: the server's closes at once, the payer's lets the server
  /// settle until the closing window ends.
  ///
  /// - Throws: `notFound`, `notParty`, `notOpen`.
  public mutating func apply(
    _ message: CloseChannel, in context: BlockContext
  ) throws(Rejection) {
    let id = message.channel
    guard let channel = channel(id) else { throw .channel(.notFound) }
    guard channel.status != .closed else { throw .channel(.notOpen) }
    if channel.server == context.signer {
      try close(id)
    } else if channel.payer == context.signer {
      try startClosing(id, channel, in: context)
    } else {
      throw .channel(.notParty)
    }
  }

  private mutating func startClosing(
    _ id: Identifier<Channel>, _ channel: ChannelRecord, in context: BlockContext
  ) throws(Rejection) {
    guard channel.status == .open else { throw .channel(.notOpen) }
    var closing = channel
    let end = context.parameters.channels.closingWindow.end(from: context)
    closing.status = .closing(end)
    set(.channel(id), to: closing)
    schedule(.closeChannel(id), at: end)
    emit(.channelClosing, id.digest)
  }

  /// Returns what is left of a channel to where it came from; nothing if that has happened.
  mutating func close(_ id: Identifier<Channel>) throws(Rejection) {
    guard var channel = channel(id) else { throw .channel(.notFound) }
    // The server may have closed it inside the window that is over now.
    guard channel.status != .closed else { return }
    let rest = balance(of: .channelEscrow(id))
    channel.status = .closed
    set(.channel(id), to: channel)
    try move(rest, from: .channelEscrow(id), to: origin(of: id, channel), for: .channelReturn)
    emit(.channelClosed, id.digest, amount: rest)
  }

  /// The purse of the agent that opened a channel; its payer's account if none did or it has retired.
  private func origin(of id: Identifier<Channel>, _ channel: ChannelRecord) -> Holder {
    guard let agent = agent(behind: id), self.agent(agent)?.status != .retired else {
      return .account(channel.payer)
    }
    return .agentPurse(agent)
  }
}
