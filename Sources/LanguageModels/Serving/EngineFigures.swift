internal import Scheduling
internal import Synchronization

/// How a serving engine is doing.
public struct EngineFigures: Hashable, Sendable {
  /// Answers that have a place in the steps, and those that wait for one.
  public var running = 0
  public var waiting = 0
  /// Pages of keys and values: all, those that running answers hold, those kept for what may come.
  public var pages: Int
  public var heldPages = 0
  public var keptPages = 0
  /// Tokens that remain to be read and written at the most.
  public var openTokens = 0
  /// Tokens read and written per second of steps, mostly of the last fifty; 0 before the first.
  public var tokensPerSecond = 0
  public var steps: UInt64 = 0
  /// Processor time of the engine's own thread, with scheduling and the choosing of tokens.
  ///
  /// What the decoder's other threads help is not in it.
  public var processorTime = Duration.zero
  /// Tokens of prompts that were let in, and those of them that were read before.
  public var promptTokens: UInt64 = 0
  public var knownPromptTokens: UInt64 = 0

  public init(pages: Int = 0) { self.pages = pages }
}

/// Where an engine writes its figures, for readers that must not wait for it.
final class EngineFiguresBoard: Sendable {
  private struct State {
    var figures: EngineFigures
    var rate: Double?
  }

  private let state: Mutex<State>

  init(pages: Int) { state = Mutex(State(figures: EngineFigures(pages: pages))) }

  var figures: EngineFigures { state.withLock { $0.figures } }

  func note(_ scheduler: Scheduler) {
    let (running, waiting) = (scheduler.runningCount, scheduler.waitingCount)
    let (free, kept) = (scheduler.freePageCount, scheduler.idlePageCount)
    let open = scheduler.openTokenCount
    let (prompts, known) = (scheduler.promptTokenCount, scheduler.knownTokenCount)
    state.withLock { state in
      state.figures.running = running
      state.figures.waiting = waiting
      state.figures.keptPages = kept
      state.figures.heldPages = state.figures.pages - free - kept
      state.figures.openTokens = open
      state.figures.promptTokens = prompts
      state.figures.knownPromptTokens = known
    }
  }

  func note(_ step: Step, took time: Duration) {
    let tokens = step.segments.reduce(0) { $0 + $1.tokens.count }
    let rate = Double(tokens) / max(time / .seconds(1), 1e-6)
    state.withLock { state in
      let smooth = state.rate.map { $0 + (rate - $0) / 50 } ?? rate
      state.rate = smooth
      state.figures.tokensPerSecond = Int(smooth.rounded(.up))
      state.figures.steps += 1
    }
  }

  func noteProcessor(_ time: Duration) { state.withLock { $0.figures.processorTime += time } }
}
