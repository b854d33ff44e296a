internal import Primitives

/// Decides what the model computes next: continuous batching over a paged key-value cache.
///
/// Sequences of any adapters share a step. One that answers has a token in every step; what is left
/// of the step's tokens goes to prompts, in pieces: half to the one that was let in first, the rest to those of
/// which least is unread. So a long prompt does not make others wait, nor they it for ever.
/// A sequence is let in only when there are pages for its prompt and its longest answer: once it
/// runs, nothing takes its place away. Beginnings that were read before are not read again.
///
/// A value without clock or model: whoever drives it asks for a ``step()``, computes it, says so by
/// ``complete(_:)``, gives each sequence that was asked its token by ``append(_:to:)``, and
/// ``remove(_:)``s those that are over.
public struct Scheduler: Sendable {
  public let limits: SchedulerLimits
  private var queue = FairQueue()
  private var waiting: [SequenceNumber: Submission] = [:]
  private var running: [SequenceNumber: RunningSequence] = [:]
  /// Those that run, in the order in which they were let in.
  private var order: [SequenceNumber] = []
  private var pages: PageHolders
  private var cache = PrefixCache()
  private var nextNumber: UInt64 = 0
  /// Tokens of prompts that were let in, and those of them that were read before.
  public private(set) var promptTokenCount: UInt64 = 0
  public private(set) var knownTokenCount: UInt64 = 0

  public init(limits: SchedulerLimits) {
    self.limits = limits
    pages = PageHolders(count: limits.pages)
  }

  public var waitingCount: Int { waiting.count }
  public var runningCount: Int { order.count }
  /// Pages that nobody holds.
  public var freePageCount: Int { pages.freeCount }
  /// Pages that are kept for what may come, and can be given up.
  public var idlePageCount: Int { cache.idleCount(in: pages) }
  /// Tokens that remain to be read and written at the most: what a newcomer waits for.
  public var openTokenCount: Int {
    waiting.values.reduce(0) { $0 + $1.prompt.count + $1.maximumTokens }
      + running.values.reduce(0) { $0 + $1.openTokenCount }
  }

  // MARK: - Coming and going

  /// Takes a prompt into the queue.
  public mutating func submit(
    _ submission: Submission
  ) throws(SubmissionFault) -> SequenceNumber {
    guard !submission.prompt.isEmpty, submission.maximumTokens > 0 else { throw .empty }
    // The last token of an answer is not read.
    let tokens = submission.prompt.count.addingReportingOverflow(submission.maximumTokens - 1)
    guard !tokens.overflow, tokens.partialValue <= limits.context,
      pageCount(of: submission) <= limits.pages
    else { throw .tooLong }
    guard queue.count < limits.waiting,
      queue.waitingCount(of: submission.payer) < limits.waitingOfPayer
    else { throw .queueFull }
    let number = SequenceNumber(nextNumber)
    nextNumber += 1
    waiting[number] = submission
    queue.enter(
      .init(sequence: number, payer: submission.payer, priority: submission.priority))
    return number
  }

  /// Forgets a sequence, whether it waits or runs, and lets its pages go; what is not there is not
  /// missed.
  public mutating func remove(_ sequence: SequenceNumber) {
    if let submission = waiting.removeValue(forKey: sequence) {
      queue.remove(sequence)
      queue.leave(submission.payer)
    } else if let gone = running.removeValue(forKey: sequence) {
      order.removeAll { $0 == sequence }
      for page in gone.pages { pages.letGo(page) }
      queue.leave(gone.submission.payer)
    }
  }

  /// The sequences whose deadline has passed, in no step any more.
  public mutating func expire(now: UInt64) -> [SequenceNumber] {
    let late =
      waiting.filter { $0.value.isLate(now) }.map(\.key)
      + running.filter { $0.value.submission.isLate(now) }.map(\.key)
    for sequence in late { remove(sequence) }
    return late.sorted()
  }

  // MARK: - Steps

  /// What to compute next; nil if nothing waits that fits.
  public mutating func step() -> Step? {
    letIn()
    var segments: [Segment] = []
    var left = limits.stepTokens
    let answering = order.filter { running[$0]?.isAnswering == true }
    for sequence in answering where left > 0 {
      guard let running = running[sequence] else { continue }
      let next = running.segments(of: sequence, atMost: left, pageTokens: limits.pageTokens)
      left -= next.reduce(0) { $0 + $1.tokens.count }
      segments += next
    }
    for (sequence, count) in shares(ofReading: left) {
      guard let running = running[sequence] else { continue }
      segments += running.segments(of: sequence, atMost: count, pageTokens: limits.pageTokens)
    }
    guard !segments.isEmpty else { return nil }
    let adapters = segments.enumerated().sorted { one, other in
      one.element.adapter == other.element.adapter
        ? one.offset < other.offset : one.element.adapter.precedes(other.element.adapter)
    }
    return Step(segments: adapters.map(\.element))
  }

  /// How many tokens of each prompt the next step reads, of so many in all.
  private func shares(ofReading count: Int) -> [(sequence: SequenceNumber, count: Int)] {
    let reading = order.filter { running[$0]?.isAnswering == false }
    let unread = reading.map { running[$0]?.unreadCount ?? 0 }
    guard let first = reading.first else { return [] }
    let others = unread.dropFirst().reduce(0, +)
    var left = count
    func take(_ wanted: Int) -> Int {
      defer { left -= min(wanted, left) }
      return min(wanted, left)
    }
    // More than half where the others do not need theirs.
    var shares = [(first, take(min(unread[0], max((count + 1) / 2, count - others))))]
    let shortest = reading.indices.dropFirst().sorted { (unread[$0], $0) < (unread[$1], $1) }
    for place in shortest { shares.append((reading[place], take(unread[place]))) }
    return shares.filter { $0.1 > 0 }
  }

  /// Says that a step was computed; sequences that were removed meanwhile are passed over.
  public mutating func complete(_ step: Step) {
    for segment in step.segments {
      guard var sequence = running[segment.sequence] else { continue }
      let unreadPrompt = max(sequence.submission.prompt.count - segment.position, 0)
      queue.serve(sequence.submission.payer, read: min(segment.tokens.count, unreadPrompt))
      sequence.readCount = max(sequence.readCount, segment.position + segment.tokens.count)
      running[segment.sequence] = sequence
    }
    for number in Set(step.segments.map(\.sequence)).sorted() { keepFullPages(of: number) }
  }

  /// Adds the token that was chosen for a sequence.
  /// - Returns: whether another may be chosen.
  public mutating func append(_ token: Int32, to sequence: SequenceNumber) -> Bool {
    guard var known = running[sequence] else { return false }
    known.tokens.append(token)
    running[sequence] = known
    queue.serve(known.submission.payer, written: 1)
    return known.writtenCount < known.submission.maximumTokens
  }

  private func pageCount(of submission: Submission) -> Int {
    let tokens = submission.prompt.count + submission.maximumTokens - 1
    return (tokens + limits.pageTokens - 1) / limits.pageTokens
  }

  /// Lets sequences in while there are rows and pages for the one whose turn it is.
  private mutating func letIn() {
    while order.count < limits.rows, let entry = queue.next,
      let submission = waiting[entry.sequence]
    {
      // The last token is read in any case: the answer's first is chosen from what follows it.
      let (known, last) = cache.matching(
        (submission.prompt.count - 1) / limits.pageTokens,
        place: { submission.place(ofPage: $0, behind: $1, pageTokens: limits.pageTokens) },
        in: &pages)
      let missing = pageCount(of: submission) - known.count
      cache.giveUp(until: missing, in: &pages)
      guard pages.freeCount >= missing else {
        // Whoever's turn it is waits for those that run: smaller ones don't pass, or it waited forever.
        for page in known { pages.letGo(page) }
        return
      }
      let fresh = (0..<missing).compactMap { _ in pages.take() }
      queue.remove(entry.sequence)
      waiting[entry.sequence] = nil
      promptTokenCount += UInt64(submission.prompt.count)
      knownTokenCount += UInt64(known.count * limits.pageTokens)
      order.append(entry.sequence)
      running[entry.sequence] = RunningSequence(
        submission: submission, tokens: submission.prompt,
        readCount: known.count * limits.pageTokens, pages: known + fresh,
        keptCount: known.count, keptLast: last)
    }
  }

  private mutating func keepFullPages(of number: SequenceNumber) {
    guard var sequence = running[number] else { return }
    while (sequence.keptCount + 1) * limits.pageTokens <= sequence.readCount {
      let index = sequence.keptCount
      let place = sequence.submission.place(
        ofPage: index, behind: sequence.keptLast, of: sequence.tokens,
        pageTokens: limits.pageTokens)
      let kept = cache.add(place, page: sequence.pages[index], in: &pages)
      sequence.pages[index] = kept.page
      sequence.keptLast = kept.number
      sequence.keptCount += 1
    }
    running[number] = sequence
  }
}

extension Digest? {
  /// The base model first, then adapters by their names.
  fileprivate func precedes(_ other: Digest?) -> Bool {
    guard let other else { return false }
    return map { $0 < other } ?? true
  }
}
