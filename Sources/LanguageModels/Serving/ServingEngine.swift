internal import ConstrainedOutput
public import Primitives
internal import Scheduling
internal import Tensors

/// Answers many prompts at once: each step computes a token of every answer and a piece of the
/// prompts that wait, whatever adapters they use.
///
/// An answer has the same bits whether it is alone or among others. Computes on threads of its own;
/// between two steps answers come and go.
public actor ServingEngine {
  private struct OpenAnswer {
    let request: GenerationRequest
    /// Kept until the answer is over, whether it is unloaded meanwhile or not.
    let adapter: AdapterLease?
    var sampler: Sampler
    /// Away while a mask is worked out.
    var progress: FormProgress?
    /// What the next token may be; nil for any.
    var mask: TokenMask?
    var tokens: [Int32] = []
    let onToken: @Sendable (AnsweredToken) -> Void
    let continuation: CheckedContinuation<Generation, any Error>
  }

  public nonisolated let limits: ServingLimits
  public nonisolated let model: DecoderModel
  private nonisolated let endOfTurn: Int32
  private let bytes: @Sendable (Int32) -> [UInt8]
  private let decoder: Decoder
  private let pages: KeyValuePages
  private var scheduler: Scheduler
  private var adapters: [AdapterHandle: LoadedAdapter] = [:]
  private var open: [SequenceNumber: OpenAnswer] = [:]
  private var isRunning = false
  private let start = ContinuousClock.now
  private let published: EngineFiguresBoard
  private let executor = TensorExecutor(label: "whence.serving")

  /// How it is doing, as of the last step; asked without waiting for the next.
  public nonisolated var figures: EngineFigures { published.figures }

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// - Parameters:
  ///   - endOfTurn: the token that ends an answer, and is no part of it.
  ///   - bytes: what a token stands for; forms are kept to by it.
  /// - Throws: ``ModelFailure`` with `outOfMemory`.
  public init(
    _ model: DecoderModel, endOfTurn: Int32, bytes: @escaping @Sendable (Int32) -> [UInt8],
    limits: ServingLimits
  ) throws(ModelFailure) {
    let context = model.configuration.contextLength
    let pageCount = KeyValuePages.pageCount(positions: max(limits.cachedTokens, context))
    self.model = model
    self.limits = limits
    self.endOfTurn = endOfTurn
    self.bytes = bytes
    decoder = try Decoder(model, rowLimit: limits.stepTokens, threads: limits.threads)
    pages = KeyValuePages(for: model, count: pageCount)
    scheduler = Scheduler(
      limits: SchedulerLimits(
        rows: limits.rows, stepTokens: limits.stepTokens, pages: pageCount,
        pageTokens: KeyValuePages.tokensPerPage, context: context, waiting: limits.waiting,
        waitingOfPayer: limits.waiting))
    published = EngineFiguresBoard(pages: pageCount)
  }

  // MARK: - Adapters

  private enum LoadedAdapter {
    case held(AdapterLease)
    case stored(AdapterStore, Digest)
  }

  /// Makes an adapter ready under a handle that is new.
  /// - Throws: ``ModelFailure`` with `adapterMismatch` if it was made for other sizes.
  public func load(_ adapter: LoRAAdapter, as handle: AdapterHandle) throws(ModelFailure) {
    adapters[handle] = .held(AdapterLease(try DecoderAdapter(adapter, for: model)))
  }

  /// Takes an adapter that is registered in a store from there, whenever it is asked for.
  public func load(_ name: Digest, from store: AdapterStore, as handle: AdapterHandle) {
    adapters[handle] = .stored(store, name)
  }

  /// What an answer keeps of its adapter from its beginning to its end, the wait for a place included.
  private func lease(_ handle: AdapterHandle) async throws -> AdapterLease {
    switch adapters[handle] {
    case .held(let lease): return lease
    case .stored(let store, let name):
      // Only what is not in memory lets others go first.
      if let lease = store.leaseIfMapped(name) { return lease }
      let lease = try await store.lease(name)
      try Task.checkCancellation()
      return lease
    case nil: throw ModelFailure(.adapterUnknown, "the adapter is not loaded")
    }
  }

  /// Forgets an adapter; answers under way keep it.
  public func unload(_ handle: AdapterHandle) { adapters[handle] = nil }

  // MARK: - Answers

  /// Answers a prompt, calling `onToken` with each token as it is chosen.
  ///
  /// A cancelled task's answer gives its place up before the next step.
  /// - Throws: ``ModelFailure`` with `inputInvalid`, `adapterUnknown`, `overloaded` or
  ///   `deadlineMissed`; `CancellationError`.
  public nonisolated func answer(
    _ request: GenerationRequest, onToken: @escaping @Sendable (AnsweredToken) -> Void = { _ in }
  ) async throws -> Generation {
    try Task.checkCancellation()
    let vocabulary = Int32(model.configuration.vocabularySize)
    guard request.sampling.isValid, !request.prompt.isEmpty,
      request.prompt.allSatisfy({ (0..<vocabulary).contains($0) })
    else {
      throw ModelFailure(
        .inputInvalid, "an empty prompt, a token outside the vocabulary, or impossible sampling")
    }
    guard request.maximumTokens > 0 else { return Generation(tokens: [], end: .length) }
    // Masks are worked out here and in tasks of their own, never between two steps.
    var progress = request.form.map { FormProgress($0) }
    let mask = progress?.isHeld == true ? progress?.mask(endOfTurn: endOfTurn) : nil
    return try await answer(request, progress, mask, onToken: onToken)
  }

  private func answer(
    _ request: GenerationRequest, _ progress: FormProgress?, _ mask: TokenMask?,
    onToken: @escaping @Sendable (AnsweredToken) -> Void
  ) async throws -> Generation {
    var adapter: AdapterLease?
    if let handle = request.adapter { adapter = try await lease(handle) }
    let number = try submit(request)
    published.note(scheduler)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        open[number] = OpenAnswer(
          request: request, adapter: adapter, sampler: Sampler(request.sampling),
          progress: progress, mask: mask, onToken: onToken, continuation: continuation)
        keepRunning()
      }
    } onCancel: {
      Task { await self.end(number, .failure(CancellationError())) }
    }
  }

  private func submit(_ request: GenerationRequest) throws(ModelFailure) -> SequenceNumber {
    // The last token is never read, so an answer may end one beyond the context.
    let room = model.configuration.contextLength - request.prompt.count + 1
    guard room > 0 else {
      throw ModelFailure(.inputInvalid, "the prompt is longer than the model's context")
    }
    do throws(SubmissionFault) {
      return try scheduler.submit(
        Submission(
          payer: request.payer, priority: request.priority, adapter: request.adapter?.digest,
          activation: request.activation, prompt: request.prompt,
          maximumTokens: min(request.maximumTokens, room),
          deadline: request.timeLimit.map { now + UInt64(max($0 / .milliseconds(1), 0)) }))
    } catch {
      switch error {
      case .queueFull:
        throw ModelFailure(.overloaded, "\(limits.waiting) answers wait; try again in a while")
      case .empty, .tooLong:
        throw ModelFailure(.inputInvalid, "the prompt does not fit: \(error.rawValue)")
      }
    }
  }

  /// In milliseconds.
  private var now: UInt64 { UInt64((ContinuousClock.now - start) / .milliseconds(1)) }

  private func keepRunning() {
    guard !isRunning else { return }
    isRunning = true
    Task {
      // Whoever comes or goes gets in between two steps.
      while advance() { await Task.yield() }
      isRunning = false
    }
  }

  /// Computes a step; false if there is none.
  private func advance() -> Bool {
    let begun = ThreadTime.now
    defer { published.noteProcessor(ThreadTime.now - begun) }
    return computeStep()
  }

  private func computeStep() -> Bool {
    for late in scheduler.expire(now: now) {
      end(late, .failure(ModelFailure(.deadlineMissed, "the answer's time is over")))
    }
    guard let step = scheduler.step() else { return false }
    let begun = ContinuousClock.now
    do throws(ModelFailure) {
      try decoder.run(decoderStep(step), pages: pages)
    } catch {
      // Nothing was written; what asked for it can't go on.
      for sequence in Set(step.segments.map(\.sequence)) { end(sequence, .failure(error)) }
      return true
    }
    scheduler.complete(step)
    published.note(step, took: ContinuousClock.now - begun)
    published.note(scheduler)
    for (index, segment) in step.segments.filter(\.isAsked).enumerated() {
      choose(for: segment.sequence, from: index)
    }
    return true
  }

  private func decoderStep(_ step: Step) -> DecoderStep {
    var rows = DecoderStep()
    var places: [AdapterHandle: Int] = [:]
    for segment in step.segments {
      let answer = open[segment.sequence]
      var adapter: Int?
      if segment.adapter != nil, let handle = answer?.request.adapter,
        let known = answer?.adapter?.adapter
      {
        adapter = places[handle] ?? rows.adapters.count
        if places[handle] == nil { rows.adapters.append(known) }
        places[handle] = adapter
      }
      rows.append(
        segment.tokens, from: segment.position, sequence: rows.pageTables.count, adapter: adapter,
        wantsLastLogits: segment.isAsked)
      rows.pageTables.append(segment.pages.map { Int32($0.value) })
    }
    return rows
  }

  /// Chooses the next token of an answer, from the logits at an index of the last step.
  private func choose(for number: SequenceNumber, from index: Int) {
    guard var answer = open[number] else { return }
    let token =
      answer.sampler.isPlain && answer.mask == nil
      ? decoder.likeliestToken(index)
      : answer.sampler.next(decoder.logits(index), allowed: answer.mask)
    guard token != endOfTurn else {
      end(number, .success(Generation(tokens: answer.tokens, end: .endOfTurn)))
      return
    }
    answer.tokens.append(token)
    var told: [TokenLikelihood] = []
    if let count = answer.request.likelihoods {
      let (chosen, top) = Sampler.likelihoods(of: token, top: count, in: decoder.logits(index))
      told = [chosen] + top
    }
    answer.onToken(AnsweredToken(token: token, likelihoods: told))
    answer.mask = nil
    answer.progress?.read(bytes(token))
    open[number] = answer
    if answer.request.isEnded?(answer.tokens) == true {
      end(number, .success(Generation(tokens: answer.tokens, end: .stopped)))
    } else if answer.progress?.isOver == true {
      end(number, .success(Generation(tokens: answer.tokens, end: .endOfTurn)))
    } else if answer.progress?.isHeld == true {
      workOutMask(for: number)
    } else {
      goOn(number)
    }
  }

  /// Has the last token of an answer read in the next step, if there is room for one more.
  private func goOn(_ number: SequenceNumber) {
    guard let answer = open[number], let token = answer.tokens.last else { return }
    if !scheduler.append(token, to: number) {
      end(number, .success(Generation(tokens: answer.tokens, end: .length)))
    }
  }

  /// The answer takes part in no step until it is known what may follow; others don't wait for it.
  private func workOutMask(for number: SequenceNumber) {
    // Taken out, so that what the decoder remembers is not copied.
    guard let progress = open[number]?.progress.take() else { return }
    let endOfTurn = endOfTurn
    Task.detached {
      var progress = progress
      let mask = progress.mask(endOfTurn: endOfTurn)
      await self.goOn(number, progress, mask)
    }
  }

  private func goOn(_ number: SequenceNumber, _ progress: FormProgress, _ mask: TokenMask) {
    guard open[number] != nil else { return }
    open[number]?.progress = progress
    open[number]?.mask = mask
    goOn(number)
    keepRunning()
  }

  private func end(_ number: SequenceNumber, _ result: Result<Generation, any Error>) {
    scheduler.remove(number)
    published.note(scheduler)
    open.removeValue(forKey: number)?.continuation.resume(with: result)
  }
}
