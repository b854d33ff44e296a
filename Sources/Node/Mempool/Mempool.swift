internal import Ledger
internal import Primitives

/// Transactions waiting for a block: a lane an account, the best paying lanes first; bounded.
///
/// A lane holds an account's sequences without gaps; what comes too early is refused, so that its
/// sender knows at once. Unordered transactions wait beside the lanes. A block under way keeps its
/// transactions here until it is committed: nothing takes their place meanwhile.
struct Mempool: Sendable {
  private struct Place: Sendable {
    let entry: MempoolEntry
    /// Counts up; the first of two that pay the same is the one that came first.
    let arrival: UInt64
    var isUnderWay = false
  }

  private struct Candidate: Sendable {
    let price: UInt128
    let arrival: UInt64
    let id: Identifier<Transaction>
  }

  /// Of those that might make room for one newcomer.
  private static let evictionMaximum = 256

  let bounds: MempoolBounds
  private var places: [Identifier<Transaction>: Place] = [:]
  private var lanes: [Identifier<Account>: [Identifier<Transaction>]] = [:]
  private var counts: [Identifier<Account>: Int] = [:]
  // All that wait, the worst paying first; and some that no longer do.
  private var cheapest = Heap<Candidate> {
    $0.price != $1.price ? $0.price < $1.price : $0.arrival > $1.arrival
  }
  private var load = Load()
  private var arrivals: UInt64 = 0

  init(bounds: MempoolBounds = MempoolBounds()) { self.bounds = bounds }

  var isEmpty: Bool { places.isEmpty }
  var count: Int { places.count }

  func contains(_ id: Identifier<Transaction>) -> Bool { places[id] != nil }

  /// The sequence an account must use next if it has some waiting.
  func nextSequence(of account: Identifier<Account>) -> UInt64? {
    lanes[account]?.last.flatMap { places[$0]?.entry.sequence }.map { $0 + 1 }
  }

  /// Lets a transaction wait, if there is room or a cheaper one can go.
  ///
  /// - Parameter sequence: the next one of its account, by the committed state.
  mutating func add(_ entry: MempoolEntry, next sequence: UInt64) -> MempoolAnswer {
    guard places[entry.id] == nil else { return .waitsAlready }
    if let wanted = entry.sequence, wanted != nextSequence(of: entry.account) ?? sequence {
      return replace(entry, at: wanted)
    }
    guard counts[entry.account, default: 0] < bounds.transactionsPerAccount else {
      return .refused(.accountFull)
    }
    guard let evicted = makeRoom(for: entry) else { return .refused(.full) }
    if entry.sequence != nil { lanes[entry.account, default: []].append(entry.id) }
    insert(entry)
    return .waits(evicted: evicted, replaced: nil)
  }

  /// Chooses what the next block may hold, the best paying first, each lane in its order.
  mutating func takeBlock(room: BlockRoom) -> [MempoolEntry] {
    var heads = Heap(firstOfLanes()) {
      $0.price != $1.price ? $0.price > $1.price : $0.arrival < $1.arrival
    }
    var left = room
    var chosen: [MempoolEntry] = []
    while left.transactions > 0, let candidate = heads.pop() {
      guard let entry = places[candidate.id]?.entry else { continue }
      guard left.take(entry) else { continue }
      chosen.append(entry)
      places[entry.id]?.isUnderWay = true
      if let next = follower(of: entry) { heads.push(next) }
    }
    return chosen
  }

  /// Takes transactions out: those of a committed block, and those that may enter none.
  ///
  /// - Returns: those that waited behind one that is in no block, which leave with it.
  mutating func endBlock(
    included: [Identifier<Transaction>], refused: [Identifier<Transaction>]
  ) -> [Identifier<Transaction>] {
    for id in included { remove(id) }
    var left: [Identifier<Transaction>] = []
    for id in refused { left += removeWithFollowers(id).filter { $0 != id } }
    for id in places.filter({ $0.value.isUnderWay }).keys { places[id]?.isUnderWay = false }
    return left
  }

  /// Takes out what no block from this height and time on may hold, and what waited behind it.
  mutating func expire(
    before height: Height, time: BlockTime
  ) -> [Identifier<Transaction>] {
    let expired = places.values.filter { place in
      place.entry.expiry < height || place.entry.expiryTime.map { $0 < time } ?? false
    }
    return expired.sorted { $0.arrival < $1.arrival }.flatMap { removeWithFollowers($0.entry.id) }
  }

  /// Takes out everything.
  mutating func removeAll() { self = Mempool(bounds: bounds) }

  private func firstOfLanes() -> [Candidate] {
    lanes.values.compactMap { $0.first.flatMap(candidate) }
      + places.values.filter { $0.entry.sequence == nil }.map(candidate)
  }

  private func candidate(_ id: Identifier<Transaction>) -> Candidate? {
    places[id].map(candidate)
  }

  private func candidate(_ place: Place) -> Candidate {
    Candidate(price: place.entry.price, arrival: place.arrival, id: place.entry.id)
  }

  private func follower(of entry: MempoolEntry) -> Candidate? {
    guard let sequence = entry.sequence else { return nil }
    return position(of: sequence + 1, in: entry.account).flatMap { candidate($0.id) }
  }

  /// Where a sequence waits in its account's lane.
  private func position(
    of sequence: UInt64, in account: Identifier<Account>
  ) -> (index: Int, id: Identifier<Transaction>)? {
    guard let lane = lanes[account], let head = lane.first.flatMap({ places[$0]?.entry.sequence }),
      sequence >= head, sequence - head < UInt64(lane.count)
    else { return nil }
    let index = Int(sequence - head)
    return (index, lane[index])
  }

  private mutating func replace(_ entry: MempoolEntry, at sequence: UInt64) -> MempoolAnswer {
    guard let waiting = position(of: sequence, in: entry.account),
      let place = places[waiting.id], !place.isUnderWay
    else { return .refused(.wrongSequence) }
    let least = place.entry.price / 100 * (100 + bounds.replacementPercent)
    guard entry.price > place.entry.price, entry.price >= least else {
      return .refused(.replacementTooCheap)
    }
    var old = Load()
    old.add(place.entry)
    guard hasRoom(for: entry, without: old) else { return .refused(.full) }
    discard(place.entry)
    lanes[entry.account]?[waiting.index] = entry.id
    insert(entry)
    return .waits(evicted: [], replaced: waiting.id)
  }

  /// Whether an entry fits once others have gone.
  private func hasRoom(for entry: MempoolEntry, without gone: Load = Load()) -> Bool {
    let all = load.without(gone)
    return all.count < bounds.transactions
      && all.sizeInBytes + entry.sizeInBytes <= bounds.sizeInBytes
      && (entry.isDispute
        || (all.ordinaryCount < bounds.ordinaryTransactions
          && all.ordinarySizeInBytes + entry.sizeInBytes <= bounds.ordinarySizeInBytes))
  }

  /// Evicts cheaper transactions, and what waits behind them, until the new one has room.
  ///
  /// - Returns: who went; nil if there is no room, and then everyone is still there.
  private mutating func makeRoom(for entry: MempoolEntry) -> [Identifier<Transaction>]? {
    guard !hasRoom(for: entry) else { return [] }
    var looked: [Candidate] = []
    var victims: [Identifier<Transaction>] = []
    var doomed: Set<Identifier<Transaction>> = []
    var freed = Load()
    while !hasRoom(for: entry, without: freed) {
      // Looking at so many at most keeps a flood from making every newcomer dear.
      guard looked.count < Self.evictionMaximum, let next = cheapest.pop() else { break }
      looked.append(next)
      guard next.price < entry.price else { break }
      guard let place = places[next.id], place.arrival == next.arrival else { continue }
      guard !place.isUnderWay, !place.entry.isDispute, place.entry.account != entry.account,
        !doomed.contains(next.id)
      else { continue }
      for id in withFollowers(next.id) where doomed.insert(id).inserted {
        victims.append(id)
        places[id].map { freed.add($0.entry) }
      }
    }
    for candidate in looked where places[candidate.id]?.arrival == candidate.arrival {
      cheapest.push(candidate)
    }
    guard hasRoom(for: entry, without: freed) else { return nil }
    for id in victims { _ = removeWithFollowers(id) }
    return victims
  }

  private mutating func insert(_ entry: MempoolEntry) {
    arrivals += 1
    let place = Place(entry: entry, arrival: arrivals)
    places[entry.id] = place
    counts[entry.account, default: 0] += 1
    load.add(entry)
    cheapest.push(candidate(place))
    // Those that no longer wait are swept out before they outnumber the others.
    if cheapest.count > 2 * places.count + 64 {
      cheapest = Heap(places.values.map(candidate)) {
        $0.price != $1.price ? $0.price < $1.price : $0.arrival > $1.arrival
      }
    }
  }

  /// Forgets an entry, but not its place in its lane.
  private mutating func discard(_ entry: MempoolEntry) {
    places[entry.id] = nil
    let count = counts[entry.account, default: 0] - 1
    counts[entry.account] = count > 0 ? count : nil
    load.remove(entry)
  }

  /// Removes a transaction whose sequence is used, the first of its lane.
  private mutating func remove(_ id: Identifier<Transaction>) {
    guard let entry = places[id]?.entry else { return }
    if entry.sequence != nil {
      lanes[entry.account]?.removeAll { $0 == id }
      if lanes[entry.account]?.isEmpty == true { lanes[entry.account] = nil }
    }
    discard(entry)
  }

  /// A transaction and those behind it in its lane.
  private func withFollowers(_ id: Identifier<Transaction>) -> [Identifier<Transaction>] {
    guard let entry = places[id]?.entry else { return [] }
    guard let sequence = entry.sequence, let lane = lanes[entry.account],
      let position = position(of: sequence, in: entry.account)
    else { return [id] }
    return Array(lane[position.index...])
  }

  /// Removes a transaction and, because their sequences have no predecessor then, those behind it.
  private mutating func removeWithFollowers(
    _ id: Identifier<Transaction>
  ) -> [Identifier<Transaction>] {
    guard let entry = places[id]?.entry else { return [] }
    let removed = withFollowers(id)
    if entry.sequence != nil {
      lanes[entry.account]?.removeLast(removed.count)
      if lanes[entry.account]?.isEmpty == true { lanes[entry.account] = nil }
    }
    for id in removed { places[id].map { discard($0.entry) } }
    return removed
  }
}

extension BlockRoom {
  /// Takes an entry's room off what is left, if it fits.
  fileprivate mutating func take(_ entry: MempoolEntry) -> Bool {
    guard entry.sizeInBytes <= sizeInBytes, entry.gas <= gas else { return false }
    if !entry.isDispute {
      guard ordinaryTransactions > 0, entry.gas <= ordinaryGas,
        entry.sizeInBytes <= ordinarySizeInBytes
      else { return false }
      ordinaryTransactions -= 1
      ordinaryGas -= entry.gas
      ordinarySizeInBytes -= entry.sizeInBytes
    }
    transactions -= 1
    sizeInBytes -= entry.sizeInBytes
    gas -= entry.gas
    return true
  }
}
