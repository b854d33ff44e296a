internal import ClientAPI
internal import LanguageModels
internal import Primitives

/// Turns an answer's tokens into what its client is told: text up to a stop, and calls.
///
/// The pieces, however the tokens come, join to the same text and the same calls.
struct AnswerTelling: Sendable {
  private let tokenizer: Tokenizer
  private let order: Digest
  private var decoder: StreamingDecoder
  private var stops: StopTexts
  private var reader: FunctionCallReader
  /// Of tokens whose text was not told yet.
  private var untold: [AnswerToken] = []
  private(set) var text = ""
  private(set) var calls: [ToolCall] = []
  private(set) var likelihoods: [AnswerToken] = []

  /// - Parameter order: the order's digest, from which calls get their names.
  init(_ request: ChatRequest, order: Digest, tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    self.order = order
    decoder = StreamingDecoder(tokenizer)
    stops = StopTexts(request.stops)
    reader = FunctionCallReader(names: Set(request.functions.map(\.name)))
  }

  /// The stop that ended the text; nil if none did.
  var stop: String? { stops.found }

  mutating func append(_ token: AnsweredToken) -> [AnswerPiece] {
    if let first = token.likelihoods.first {
      untold.append(
        AnswerToken(
          chosen: candidate(first), top: token.likelihoods.dropFirst().map { candidate($0) }))
    }
    let told = stops.append(decoder.append(token.token))
    return pieces(reader.append(told))
  }

  /// What was held back, now that nothing follows.
  /// - Parameter isCut: whether the answer's limit ended it, or the server's end.
  mutating func finish(isCut: Bool) -> [AnswerPiece] {
    let rest = stops.append(decoder.finish()) + stops.finish()
    var told = pieces(reader.append(rest) + reader.finish(isCut: isCut))
    // Tokens without text of their own, such as those of a stop, are told of all the same.
    if !untold.isEmpty { told += pieces([.text("")]) }
    return told
  }

  private mutating func pieces(_ read: [FunctionCallReader.Piece]) -> [AnswerPiece] {
    read.map { piece in
      switch piece {
      case .text(let more):
        text += more
        likelihoods += untold
        defer { untold = [] }
        return .text(more, likelihoods: untold)
      case .call(let call):
        let told = ToolCall(
          id: "call_\(order.description.prefix(24))_\(calls.count)", name: call.name,
          arguments: call.arguments)
        calls.append(told)
        return .toolCall(told)
      }
    }
  }

  private func candidate(_ likelihood: TokenLikelihood) -> AnswerToken.Candidate {
    .init(
      bytes: tokenizer.bytes(of: likelihood.token),
      // What a softmax gives is never above one; -inf is what 32 bits of nats can't hold either.
      microNats: Int64(max(Double(likelihood.logProbability), -1e9) * 1e6))
  }
}
