internal import Attribution
internal import ClientAPI
internal import ConstrainedOutput
internal import LanguageModels
internal import Ledger
internal import Primitives

extension GenerationRequest {
  /// What a chat request asks of the engine: the same for whoever answers it and whoever repeats the
  /// answer.
  /// - Throws: ``ConstraintError`` if the answer can't be held to what is asked for.
  init(
    _ request: ChatRequest, prompt: [Int32], adapter: AdapterHandle, engine: LanguageEngine,
    order: Order, payer: Identifier<Account>
  ) throws(ConstraintError) {
    let (tokenizer, stops) = (engine.tokenizer, request.stops)
    self.init(
      prompt: prompt, adapter: adapter, sampling: Sampling(request.sampling, order: order),
      maximumTokens: Int(request.maximumTokens), payer: payer.digest)
    form = try engine.forms.form(request.wish)
    likelihoods = request.likelihoods.map(Int.init)
    guard !stops.isEmpty else { return }
    isEnded = { StopTexts.isEnded($0, by: stops, tokenizer) }
  }
}

extension InferenceServer {
  /// Compiles what the answer is to be held to, for ``GenerationRequest`` to find; nil if it can be.
  ///
  /// Not on the server's own thread: a large schema takes a while.
  func formFault(of request: ChatRequest) async -> InferenceFailure? {
    let (forms, wish) = (engine.forms, request.wish)
    let fault = await Task.detached { () -> ConstraintError? in
      do throws(ConstraintError) {
        _ = try forms.form(wish)
        return nil
      } catch { return error }
    }.value
    return fault.map {
      InferenceFailure(
        .invalidRequest, "an answer can't be held to this: \($0)",
        parameter: request.format == .text ? "tools" : "response_format")
    }
  }
}

extension ChatRequest {
  /// What the answer is held to.
  var wish: AnswerForms.Wish {
    var wish = AnswerForms.Wish(callsSeveral: callsInParallel)
    switch toolChoice {
    case .none: break
    case .auto: wish.tools = functions
    case .required: (wish.tools, wish.mustCall) = (functions, true)
    case .named(let name):
      wish.tools = functions.filter { $0.name == name }
      (wish.mustCall, wish.callsSeveral) = (true, false)
    }
    switch format {
    case .text: break
    case .jsonObject: wish.format = .jsonObject
    case .schema(let text): wish.format = .schema(text)
    case .expression(let source): wish.format = .expression(source)
    }
    return wish
  }

  /// The functions that the model is told of, as templates take them.
  var functions: [FunctionTool] {
    offeredTools.map {
      FunctionTool(name: $0.name, description: $0.description, parameters: $0.parameters)
    }
  }
}

extension Sampling {
  /// Without a seed of its own a request's follows from the order, so that whoever holds order and
  /// request can repeat the answer (DESIGN section 3).
  init(_ sampling: ChatSampling, order: Order) {
    let drawn = order.request.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    self.init(
      temperature: Float(sampling.temperature) / 1000, topP: Float(sampling.topP) / 1000,
      seed: sampling.seed ?? drawn)
    topK = Int(sampling.topK)
    minP = Float(sampling.minP) / 1000
    presencePenalty = Float(sampling.presencePenalty) / 1000
    frequencyPenalty = Float(sampling.frequencyPenalty) / 1000
    for entry in sampling.bias {
      bias[Int32(bitPattern: entry.token)] = Float(entry.thousandths) / 1000
    }
  }
}
