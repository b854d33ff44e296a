public import Primitives

/// Names a sequence that a scheduler has taken.
public struct SequenceNumber: Hashable, Comparable, Sendable {
  public let value: UInt64

  public init(_ value: UInt64) { self.value = value }

  public static func < (lhs: SequenceNumber, rhs: SequenceNumber) -> Bool { lhs.value < rhs.value }
}

/// A prompt that waits for its answer.
public struct Submission: Hashable, Sendable {
  /// Whoever pays: the queue is fair between payers.
  public var payer: Digest
  /// Higher ones go first.
  public var priority: Int
  /// What names the adapter's content, or a mix of adapters; nil for the base model alone.
  public var adapter: Digest?
  /// The token from which on the adapter is used; what stands before is read by the base model, and
  /// shares its pages (activated LoRA: arXiv 2504.12397).
  public var activation: Int
  public var prompt: [Int32]
  /// The most tokens of an answer.
  public var maximumTokens: Int
  /// In milliseconds of the clock that ``Scheduler`` is told; nil for none.
  public var deadline: UInt64?

  public init(
    payer: Digest, priority: Int = 0, adapter: Digest?, activation: Int = 0, prompt: [Int32],
    maximumTokens: Int, deadline: UInt64? = nil
  ) {
    self.payer = payer
    self.priority = priority
    self.adapter = adapter
    self.activation = activation
    self.prompt = prompt
    self.maximumTokens = maximumTokens
    self.deadline = deadline
  }
}

/// Why a scheduler does not take a prompt; the raw values are stable.
public enum SubmissionFault: String, Error, CaseIterable, Sendable {
  /// There is no token to read, or none may be written.
  case empty = "sequence_empty"
  /// Prompt and answer are longer than the context, or need more pages than there are.
  case tooLong = "sequence_too_long"
  /// As many wait as may, of everybody or of this payer: try again later.
  case queueFull = "queue_full"
}

/// What a scheduler may use.
public struct SchedulerLimits: Hashable, Sendable {
  /// Sequences in a step.
  public var rows: Int
  /// Tokens in a step, those that are written included.
  public var stepTokens: Int
  public var pages: Int
  public var pageTokens: Int
  /// Tokens that the model can look back on.
  public var context: Int
  public var waiting: Int
  public var waitingOfPayer: Int

  /// - Precondition: all are positive, and a step has room for a token of each row.
  public init(
    rows: Int = 32, stepTokens: Int = 256, pages: Int, pageTokens: Int = 16, context: Int,
    waiting: Int = 512, waitingOfPayer: Int = 128
  ) {
    precondition([rows, pages, pageTokens, context, waiting, waitingOfPayer].allSatisfy { $0 > 0 })
    precondition(stepTokens >= rows, "a step has room for a token of each row")
    self.rows = rows
    self.stepTokens = stepTokens
    self.pages = pages
    self.pageTokens = pageTokens
    self.context = context
    self.waiting = waiting
    self.waitingOfPayer = waitingOfPayer
  }
}
