internal import CanonicalCoding
internal import Primitives

extension Invariant {
  static let channelInvariants = [
    Invariant("every channel's escrow belongs to a channel that is not closed") { state in
      state.allBalances().allSatisfy { holder, _ in
        guard case .channelEscrow(let id) = holder else { return true }
        return state.channel(id).map { $0.status != .closed } ?? false
      }
    },
    Invariant("every closing channel has its place in the queue") { state in
      state.records(in: .channels, named: Identifier<Channel>.self, as: ChannelRecord.self)
        .allSatisfy { id, channel in
          guard case .closing(let end) = channel.status else { return true }
          return state.isScheduled(.closeChannel(id), at: end)
        }
    },
  ]
}
