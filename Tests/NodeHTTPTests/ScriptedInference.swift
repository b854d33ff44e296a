import AttributionRules
import ClientAPI
import Cryptography
import Ledger
import Primitives
import Synchronization

/// A service that says what the test has written for it.
final class ScriptedInference: InferenceClient {
  struct Script: Sendable {
    var listings = [ModelListing.test]
    var pieces = ["Wh", "ence", " –\n", "ok"]
    /// Thrown after `failsAfter` pieces.
    var failure: InferenceFailure?
    var failsAfter = 0
    /// Whether models are told all the same.
    var listsModels = false
    /// Orders with a lower number are refused as used.
    var lowestNumber: UInt64 = 0
    /// Says the pieces and then nothing more until the task is cancelled.
    var hangs = false
    var receipt: ReceiptEnvelope?
    var passages: [Passage] = []
    /// Said after the pieces.
    var toolCalls: [ToolCall] = []
    /// What ended the answer.
    var stop: String?
    /// Whether the limit ended it.
    var isCut = false
    /// One for each piece, or none.
    var likelihoods: [AnswerToken] = []
    var blobs: [Digest: [UInt8]] = [:]
    var card: SignedRunCard?
  }

  private let script: Mutex<Script>
  private let received = Mutex<[PaidRequest]>([])
  let asked = Signal()
  /// A hanging answer was given up.
  let left = Signal()

  init(_ script: Script = Script()) { self.script = Mutex(script) }

  var requests: [PaidRequest] { received.withLock { $0 } }

  func rewrite(_ change: @Sendable (inout Script) -> Void) { script.withLock { change(&$0) } }

  func models() async throws(InferenceFailure) -> [ModelListing] {
    let script = script.withLock { $0 }
    if let failure = script.failure, !script.listsModels { throw failure }
    return script.listings
  }

  func complete(
    _ request: PaidRequest, onPiece: @escaping @Sendable (AnswerPiece) async -> Void
  ) async throws(InferenceFailure) -> ChatCompletion {
    received.withLock { $0.append(request) }
    asked.raise()
    let script = script.withLock { $0 }
    if let number = request.order?.order.number, number < script.lowestNumber {
      throw InferenceFailure(.orderUsed, "order number \(number) was used")
    }
    await onPiece(.prompt(tokens: 7))
    let failsAfter = script.failure == nil ? script.pieces.count : script.failsAfter
    for (index, piece) in script.pieces.prefix(failsAfter).enumerated() {
      let told = script.likelihoods.isEmpty ? [] : [script.likelihoods[index]]
      await onPiece(.text(piece, likelihoods: told))
    }
    if let failure = script.failure { throw failure }
    if script.hangs {
      try? await Task.sleep(for: .seconds(600))
      left.raise()
      throw InferenceFailure(.unavailable, "cancelled")
    }
    guard let order = request.order else { throw InferenceFailure(.paymentRequired, "no order") }
    for call in script.toolCalls { await onPiece(.toolCall(call)) }
    var completion = ChatCompletion(
      order: order.order.signedDigest, model: "terms", text: script.pieces.joined(),
      end: script.isCut ? .length : script.toolCalls.isEmpty ? .stop : .toolCalls,
      tokensIn: 7, tokensOut: UInt32(script.pieces.count), fee: Amount(baseUnits: 1 << 100),
      passages: script.passages)
    completion.orders = request.orders.map(\.order.signedDigest)
    completion.toolCalls = script.toolCalls
    completion.stop = script.stop
    if !script.likelihoods.isEmpty { completion.likelihoods = script.likelihoods }
    return completion
  }

  /// Of what was said, the bytes.
  func promptLength(of request: ChatRequest) async throws(InferenceFailure) -> UInt32 {
    if let failure = script.withLock({ $0.failure }) { throw failure }
    return UInt32(request.messages.reduce(0) { $0 + $1.content.utf8.count })
  }

  func receipt(ofOrder order: Digest) async throws(InferenceFailure) -> ReceiptEnvelope? {
    let script = script.withLock { $0 }
    if let failure = script.failure { throw failure }
    guard case .open(let published) = script.receipt else { return script.receipt }
    return published.receipt.order.order.signedDigest == order ? script.receipt : nil
  }

  func blob(_ digest: Digest) async throws(InferenceFailure) -> [UInt8]? {
    let script = script.withLock { $0 }
    if let failure = script.failure { throw failure }
    return script.blobs[digest]
  }

  func card(of run: Identifier<Run>) async throws(InferenceFailure) -> SignedRunCard? {
    let script = script.withLock { $0 }
    if let failure = script.failure { throw failure }
    return script.card.flatMap { $0.card.run == run ? $0 : nil }
  }
}

/// Tells a test that something happened, once.
final class Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func raise() { continuation.finish() }
  func wait() async { for await _ in stream {} }
}
