import Primitives

@testable import Scheduling

/// Stands in for a model: its cache holds which token was read with which adapter, and the next token
/// follows from all of that.
struct PagedModel {
  struct Read: Hashable {
    let token: Int32
    let adapter: Digest?
  }

  let pageTokens: Int
  private var cells: [PageNumber: [Read?]] = [:]
  private(set) var readCount = 0

  init(pageTokens: Int) { self.pageTokens = pageTokens }

  /// Computes a step as a model does: all is written before anything is looked back on.
  /// - Returns: the chosen tokens.
  mutating func compute(_ step: Step) -> [SequenceNumber: Int32] {
    for segment in step.segments {
      readCount += segment.tokens.count
      for (offset, token) in segment.tokens.enumerated() {
        let place = segment.position + offset
        cells[segment.pages[place / pageTokens], default: .init(repeating: nil, count: pageTokens)][
          place % pageTokens] = Read(token: token, adapter: segment.adapter)
      }
    }
    var chosen: [SequenceNumber: Int32] = [:]
    for segment in step.segments where segment.isAsked {
      let history = (0..<segment.position + segment.tokens.count).map { place in
        cells[segment.pages[place / pageTokens]]?[place % pageTokens]
      }
      chosen[segment.sequence] = Self.next(after: history.compactMap { $0 })
    }
    return chosen
  }

  /// The answer to a prompt that is alone.
  static func answer(to submission: Submission) -> [Int32] {
    var history = submission.prompt.enumerated().map { place, token in
      Read(token: token, adapter: place < submission.activation ? nil : submission.adapter)
    }
    var answer: [Int32] = []
    for _ in 0..<submission.maximumTokens {
      let token = next(after: history)
      answer.append(token)
      if token == 0 { break }
      let isBase = history.count < submission.activation
      history.append(Read(token: token, adapter: isBase ? nil : submission.adapter))
    }
    return answer
  }

  /// One in sixteen ends the answer.
  private static func next(after history: [Read]) -> Int32 {
    var mixed = UInt64(history.count)
    for read in history {
      let adapter = read.adapter.map { UInt64($0.bytes[0]) } ?? 256
      mixed =
        (mixed ^ UInt64(UInt32(bitPattern: read.token)) ^ adapter << 32) &* 0x9e37_79b9_7f4a_7c15
      mixed ^= mixed >> 29
    }
    return Int32(mixed % 16)
  }
}

/// Drives a scheduler as a server does.
struct Driver {
  var scheduler: Scheduler
  var model: PagedModel
  private(set) var answers: [SequenceNumber: [Int32]] = [:]
  private(set) var finished: Set<SequenceNumber> = []

  init(_ limits: SchedulerLimits) {
    scheduler = Scheduler(limits: limits)
    model = PagedModel(pageTokens: limits.pageTokens)
  }

  /// Computes a step; nil if there was none.
  mutating func advance() -> Step? {
    guard let step = scheduler.step() else { return nil }
    let chosen = model.compute(step)
    scheduler.complete(step)
    for (sequence, token) in chosen.sorted(by: { $0.key < $1.key }) {
      answers[sequence, default: []].append(token)
      if !scheduler.append(token, to: sequence) || token == 0 {
        scheduler.remove(sequence)
        finished.insert(sequence)
      }
    }
    return step
  }

  mutating func finishAll() {
    while advance() != nil {}
  }
}

extension Digest {
  static func numbered(_ number: UInt8) -> Digest {
    Digest(words: [UInt64(number) << 56, 0, 0, 1])
  }
}
