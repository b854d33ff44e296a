import Cryptography
import Ledger
import Primitives

@testable import Node

extension MempoolEntry {
  static func account(_ number: UInt64) -> Identifier<Account> {
    Identifier(SHA256.digest(of: Array("account \(number)".utf8)))
  }

  /// An entry whose identifier follows from everything else.
  static func of(
    _ account: UInt64, sequence: UInt64? = nil, price: UInt128, gas: UInt64 = 10, size: Int = 100,
    expiry: UInt64 = 1000, expiryTime: UInt64? = nil, isDispute: Bool = false
  ) -> MempoolEntry {
    let name = "\(account) \(String(describing: sequence)) \(price) \(gas) \(size) \(expiry)"
    return MempoolEntry(
      id: Identifier(SHA256.digest(of: Array(name.utf8))), account: Self.account(account),
      sequence: sequence, price: price, gas: gas, sizeInBytes: size, expiry: Height(expiry),
      expiryTime: expiryTime.map(BlockTime.init(milliseconds:)), isDispute: isDispute)
  }
}

/// The mempool as one list in the order of arrival, searched from end to end for everything.
struct MempoolModel {
  let bounds: MempoolBounds
  var list: [(entry: MempoolEntry, isUnderWay: Bool)] = []

  func lane(_ account: Identifier<Account>) -> [MempoolEntry] {
    list.map(\.entry).filter { $0.account == account && $0.sequence != nil }
      .sorted { ($0.sequence ?? 0) < ($1.sequence ?? 0) }
  }

  mutating func add(_ entry: MempoolEntry, next: UInt64) -> MempoolAnswer {
    if list.contains(where: { $0.entry.id == entry.id }) { return .waitsAlready }
    let lane = lane(entry.account)
    if let sequence = entry.sequence,
      sequence != lane.last.flatMap(\.sequence).map({ $0 + 1 }) ?? next
    {
      guard
        let index = list.firstIndex(where: {
          $0.entry.account == entry.account && $0.entry.sequence == sequence
        }), !list[index].isUnderWay
      else { return .refused(.wrongSequence) }
      let old = list[index].entry
      guard entry.price > old.price, entry.price >= old.price / 100 * 110 else {
        return .refused(.replacementTooCheap)
      }
      let before = list
      list.remove(at: index)
      guard hasRoom(for: entry) else {
        list = before
        return .refused(.full)
      }
      list.append((entry, false))
      return .waits(evicted: [], replaced: old.id)
    }
    guard list.count(where: { $0.entry.account == entry.account }) < bounds.transactionsPerAccount
    else { return .refused(.accountFull) }
    let before = list
    var evicted: [Identifier<Transaction>] = []
    while !hasRoom(for: entry) {
      let victim = list.enumerated().filter {
        !$0.element.isUnderWay && !$0.element.entry.isDispute
          && $0.element.entry.account != entry.account && $0.element.entry.price < entry.price
      }.min {
        ($0.element.entry.price, -$0.offset) < ($1.element.entry.price, -$1.offset)
      }
      guard let victim else {
        list = before
        return .refused(.full)
      }
      evicted += drop(victim.element.entry.id)
    }
    list.append((entry, false))
    return .waits(evicted: evicted, replaced: nil)
  }

  mutating func takeBlock(_ count: Int) -> [Identifier<Transaction>] {
    var chosen: [Identifier<Transaction>] = []
    while chosen.count < count {
      let heads = list.enumerated().filter { place in
        let entry = place.element.entry
        return !chosen.contains(entry.id)
          && (entry.sequence == nil
            || lane(entry.account).first { !chosen.contains($0.id) }?.id == entry.id)
      }
      let best = heads.max {
        ($0.element.entry.price, -$0.offset) < ($1.element.entry.price, -$1.offset)
      }
      guard let best else { break }
      chosen.append(best.element.entry.id)
      list[best.offset].isUnderWay = true
    }
    return chosen
  }

  mutating func endBlock(
    included: [Identifier<Transaction>], refused: [Identifier<Transaction>]
  ) -> [Identifier<Transaction>] {
    list.removeAll { included.contains($0.entry.id) }
    var gone: [Identifier<Transaction>] = []
    for id in refused { gone += drop(id).filter { $0 != id } }
    for index in list.indices { list[index].isUnderWay = false }
    return gone
  }

  mutating func drop(_ id: Identifier<Transaction>) -> [Identifier<Transaction>] {
    guard let entry = list.map(\.entry).first(where: { $0.id == id }) else { return [] }
    var gone = [id]
    if let sequence = entry.sequence {
      gone = lane(entry.account).filter { ($0.sequence ?? 0) >= sequence }.map(\.id)
    }
    list.removeAll { gone.contains($0.entry.id) }
    return gone
  }

  private func hasRoom(for entry: MempoolEntry) -> Bool {
    let ordinary = list.count { !$0.entry.isDispute }
    let size = list.reduce(0) { $0 + $1.entry.sizeInBytes }
    let ordinarySize = list.filter { !$0.entry.isDispute }.reduce(0) { $0 + $1.entry.sizeInBytes }
    return list.count < bounds.transactions && size + entry.sizeInBytes <= bounds.sizeInBytes
      && (entry.isDispute
        || (ordinary < bounds.ordinaryTransactions
          && ordinarySize + entry.sizeInBytes <= bounds.ordinarySizeInBytes))
  }
}
