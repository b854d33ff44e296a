import Primitives
import Testing

@testable import Scheduling

@Suite struct SchedulerTests {
  private func limits(
    rows: Int = 4, stepTokens: Int = 16, pages: Int = 64, pageTokens: Int = 4, context: Int = 96,
    waiting: Int = 64, waitingOfPayer: Int = 32
  ) -> SchedulerLimits {
    SchedulerLimits(
      rows: rows, stepTokens: stepTokens, pages: pages, pageTokens: pageTokens, context: context,
      waiting: waiting, waitingOfPayer: waitingOfPayer)
  }

  private func submission(
    payer: UInt8 = 1, priority: Int = 0, adapter: UInt8? = 1, activation: Int = 0,
    prompt: ClosedRange<Int32>, maximumTokens: Int = 3, deadline: UInt64? = nil
  ) -> Submission {
    Submission(
      payer: .numbered(payer), priority: priority, adapter: adapter.map { .numbered($0) },
      activation: activation, prompt: Array(prompt), maximumTokens: maximumTokens,
      deadline: deadline)
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `answers are those of prompts that are alone, whatever shares their steps`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    func number(below bound: Int) -> Int { Int(random.next(below: UInt64(bound))) }
    let pageTokens = 1 + number(below: 5)
    let limits = limits(
      rows: 1 + number(below: 6), stepTokens: 6 + number(below: 20),
      pages: 40 / pageTokens + number(below: 60), pageTokens: pageTokens, context: 40)
    var driver = Driver(limits)
    var open: [SequenceNumber: Submission] = [:]
    var removed: Set<SequenceNumber> = []
    // Few beginnings, so that many share one.
    for _ in 0..<60 {
      switch number(below: 4) {
      case 0...1:
        let beginning = (0..<number(below: 20)).map { Int32($0 * (1 + number(below: 2))) }
        let prompt = beginning + (0...number(below: 6)).map { _ in Int32(number(below: 9)) }
        let adapter = number(below: 4)
        let submission = Submission(
          payer: .numbered(UInt8(number(below: 3))), priority: number(below: 2),
          adapter: adapter == 0 ? nil : .numbered(UInt8(adapter)),
          activation: number(below: 2) * number(below: 14), prompt: prompt,
          maximumTokens: 1 + number(below: 12))
        if let sequence = try? driver.scheduler.submit(submission) { open[sequence] = submission }
      case 2:
        if number(below: 3) == 0, let gone = open.keys.sorted().randomElement(using: &random) {
          driver.scheduler.remove(gone)
          if !driver.finished.contains(gone) { removed.insert(gone) }
        }
      default: break
      }
      let step = driver.advance()
      #expect((step?.tokenCount ?? 0) <= limits.stepTokens)
      #expect(driver.scheduler.runningCount <= limits.rows)
      #expect(Set(step?.segments.map(\.sequence) ?? []).count <= limits.rows)
    }
    driver.finishAll()
    #expect(driver.finished.union(removed) == Set(open.keys))
    for (sequence, submission) in open.sorted(by: { $0.key < $1.key }) {
      let alone = PagedModel.answer(to: submission)
      if removed.contains(sequence) {
        #expect(alone.starts(with: driver.answers[sequence] ?? []))
      } else {
        #expect(driver.answers[sequence] == alone, "seed \(seed), \(sequence)")
      }
    }
    #expect(driver.scheduler.openTokenCount == 0)
    #expect(driver.scheduler.freePageCount + driver.scheduler.idlePageCount == limits.pages)
  }

  @Test func `what answers has a token in every step, however long another's prompt is`() throws {
    var driver = Driver(limits(stepTokens: 8))
    // Never ends before its tenth token.
    let first = try driver.scheduler.submit(submission(prompt: 1...1, maximumTokens: 10))
    _ = driver.advance()
    _ = try driver.scheduler.submit(submission(payer: 2, prompt: 1...60))
    for _ in 0..<6 where !driver.finished.contains(first) {
      let next = driver.advance()
      let step = try #require(next)
      #expect(step.segments.contains { $0.sequence == first })
      #expect(step.tokenCount == 8)
    }
  }

  @Test
  func `a short prompt is read at once behind a long one, which goes on with half of each step`()
    throws
  {
    var driver = Driver(limits(stepTokens: 8, context: 96))
    let long = try driver.scheduler.submit(submission(prompt: 1...80, maximumTokens: 1))
    _ = driver.advance()
    for _ in 0..<9 {
      let short = try driver.scheduler.submit(submission(prompt: 1...4, maximumTokens: 1))
      let next = driver.advance()
      let step = try #require(next)
      #expect(driver.finished.contains(short))
      #expect(step.segments.first { $0.sequence == long }?.tokens.count == 4)
    }
    // Of several, those of which least is unread go first, and the first has what they do not need.
    let others = try [30, 9, 2].map {
      try driver.scheduler.submit(submission(adapter: 2, prompt: 1...$0, maximumTokens: 1))
    }
    let next = driver.advance()
    let step = try #require(next)
    let counts = ([long] + others).map { sequence in
      step.segments.filter { $0.sequence == sequence }.reduce(0) { $0 + $1.tokens.count }
    }
    #expect(counts == [4, 0, 2, 2])
  }

  @Test func `segments of one adapter stand together`() throws {
    var driver = Driver(limits(stepTokens: 64))
    for adapter in [2, 1, nil, 2] as [UInt8?] {
      _ = try driver.scheduler.submit(submission(adapter: adapter, prompt: 1...5))
    }
    let next = driver.advance()
    let step = try #require(next)
    #expect(step.segments.map(\.adapter) == [nil, .numbered(1), .numbered(2), .numbered(2)])
  }

  @Test func `a beginning is read once for each adapter`() throws {
    var driver = Driver(limits())
    var reads: [Int] = []
    for adapter in [1, 1, 2, nil, nil] as [UInt8?] {
      let before = driver.model.readCount
      _ = try driver.scheduler.submit(
        submission(adapter: adapter, prompt: 1...33, maximumTokens: 1))
      driver.finishAll()
      reads.append(driver.model.readCount - before)
    }
    #expect(reads == [33, 1, 33, 33, 1])
  }

  @Test func `an adapter that is activated late shares what the base model read`() throws {
    var driver = Driver(limits())
    var reads: [Int] = []
    for (adapter, activation) in [(nil, 0), (1, 30), (2, 30), (2, 0), (1, 29)] as [(UInt8?, Int)] {
      let before = driver.model.readCount
      _ = try driver.scheduler.submit(
        submission(adapter: adapter, activation: activation, prompt: 1...33, maximumTokens: 1))
      driver.finishAll()
      reads.append(driver.model.readCount - before)
    }
    // Seven pages of four are whole before the activation.
    #expect(reads == [33, 5, 5, 33, 5])
  }

  @Test func `known beginnings give way to those that run, the longest unused first`() throws {
    var driver = Driver(limits(pages: 20, context: 72))
    for first in [100, 200, 100] as [Int32] {
      _ = try driver.scheduler.submit(
        submission(prompt: first...first + 31, maximumTokens: 1))
      driver.finishAll()
    }
    #expect(driver.scheduler.idlePageCount == 16)
    // Needs all but two pages of the first text.
    _ = try driver.scheduler.submit(submission(prompt: 300...346, maximumTokens: 1))
    driver.finishAll()
    let before = driver.model.readCount
    _ = try driver.scheduler.submit(submission(prompt: 200...231, maximumTokens: 1))
    driver.finishAll()
    #expect(driver.model.readCount - before == 32)
  }

  @Test func `two payers are served alike, however much one of them asks`() throws {
    var driver = Driver(limits(rows: 2, waiting: 400, waitingOfPayer: 300))
    var payers: [SequenceNumber: UInt8] = [:]
    for index in 0..<200 {
      payers[
        try driver.scheduler.submit(
          submission(payer: 1, prompt: 1...Int32(1 + index % 9), maximumTokens: 4))] = 1
    }
    for index in 0..<20 {
      payers[
        try driver.scheduler.submit(
          submission(payer: 2, prompt: 50...Int32(60 + index % 9), maximumTokens: 4))] = 2
    }
    var served: [UInt8: Int] = [1: 0, 2: 0]
    while driver.finished.count(where: { payers[$0] == 2 }) < 20 {
      let before = driver.answers.mapValues(\.count)
      let next = driver.advance()
      let step = try #require(next)
      for segment in step.segments {
        let payer = try #require(payers[segment.sequence])
        let written =
          (driver.answers[segment.sequence]?.count ?? 0) - (before[segment.sequence] ?? 0)
        served[payer, default: 0] +=
          (segment.position < 10 ? segment.tokens.count : 0) + 2 * written
      }
      // At most the rows' worth of tokens apart: Sheng et al., theorem 4.4, for two rows.
      let apart = abs((served[1] ?? 0) - (served[2] ?? 0))
      #expect(apart <= 2 * 2 * (19 + 2 * 4), "\(served)")
    }
  }

  @Test func `who pauses does not save up a claim`() throws {
    var queue = FairQueue()
    queue.enter(.init(sequence: .init(1), payer: .numbered(1), priority: 0))
    queue.serve(.numbered(1), read: 1000)
    queue.enter(.init(sequence: .init(2), payer: .numbered(2), priority: 0))
    #expect(queue.servedCount(of: .numbered(2)) == 1000)
    queue.serve(.numbered(2), written: 100)
    queue.remove(.init(2))
    queue.leave(.numbered(2))
    // Nor does it forgive what one was served beyond the others.
    queue.enter(.init(sequence: .init(3), payer: .numbered(2), priority: 0))
    #expect(queue.servedCount(of: .numbered(2)) == 1200)
    #expect(queue.next?.sequence == .init(1))
  }

  @Test func `a higher priority goes first, and a payer's own prompts keep their order`() throws {
    var driver = Driver(limits(rows: 1))
    let normal = try (0..<3).map { _ in
      try driver.scheduler.submit(submission(prompt: 1...3, maximumTokens: 1))
    }
    let urgent = try driver.scheduler.submit(
      submission(payer: 2, priority: 1, prompt: 1...3, maximumTokens: 1))
    var order: [SequenceNumber] = []
    while let step = driver.advance() { order += step.segments.map(\.sequence) }
    #expect(order == [urgent] + normal)
  }

  @Test func `a deadline ends what waits and what runs, and what is removed leaves nothing`() throws
  {
    var driver = Driver(limits(rows: 1))
    let running = try driver.scheduler.submit(
      submission(adapter: nil, prompt: 1...30, maximumTokens: 9, deadline: 50))
    let waiting = try driver.scheduler.submit(submission(prompt: 1...3, deadline: 40))
    let patient = try driver.scheduler.submit(submission(prompt: 1...3))
    let next = driver.scheduler.step()
    let step = try #require(next)
    let early = driver.scheduler.expire(now: 39)
    let late = driver.scheduler.expire(now: 50)
    #expect(early.isEmpty && late == [running, waiting])
    // The step was under way.
    _ = driver.model.compute(step)
    driver.scheduler.complete(step)
    let goesOn = driver.scheduler.append(7, to: running)
    #expect(!goesOn)
    driver.finishAll()
    #expect(driver.finished == [patient])
    driver.scheduler.remove(running)
    #expect(driver.scheduler.freePageCount + driver.scheduler.idlePageCount == 64)
  }

  @Test func `what can't be answered is refused, and a full queue says so`() throws {
    var scheduler = Scheduler(limits: limits(pages: 10, waiting: 3, waitingOfPayer: 2))
    func fault(_ submission: Submission) -> SubmissionFault? {
      do throws(SubmissionFault) {
        _ = try scheduler.submit(submission)
        return nil
      } catch { return error }
    }
    var empty = submission(prompt: 1...1)
    empty.prompt = []
    #expect(fault(empty) == .empty)
    #expect(fault(submission(prompt: 1...1, maximumTokens: 0)) == .empty)
    #expect(fault(submission(prompt: 1...1, maximumTokens: .max)) == .tooLong)
    #expect(fault(submission(prompt: 1...39)) == .tooLong)
    #expect(fault(submission(prompt: 1...38)) == nil)
    #expect(fault(submission(prompt: 1...3)) == nil)
    #expect(fault(submission(prompt: 1...3)) == .queueFull)
    #expect(fault(submission(payer: 2, prompt: 1...3)) == nil)
    #expect(fault(submission(payer: 3, prompt: 1...3)) == .queueFull)
    #expect(scheduler.openTokenCount == 41 + 6 + 6)
  }
}
