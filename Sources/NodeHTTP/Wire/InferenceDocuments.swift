internal import AttributionRules
internal import ClientAPI
internal import Cryptography
internal import JSONCoding
internal import Ledger
internal import Primitives

extension ModelListing {
  /// OpenAI's members, vLLM's for an adapter (`root`, `parent`, `max_model_len`), and ours.
  var json: JSON {
    var extra = JSONObject([
      .init(name: "kind", value: "adapter"),
      .init(name: "adapter", value: .string(adapter.description)),
      .init(name: "base_model", value: .string(baseModel)),
      .init(name: "server", value: .string(server.description)),
      .init(name: "rate_in", value: .string(rateIn.description)),
      .init(name: "rate_out", value: .string(rateOut.description)),
    ])
    if let run { extra["run"] = .string(run.description) }
    if let contextLength { extra["context_length"] = .integer(contextLength) }
    extra["card"] = card.map { $0.json(of: run) } ?? .null
    return [
      "id": .string(name), "object": "model", "created": 0,
      "owned_by": .string(server.description), "root": .string(adapter.description),
      "parent": .string(baseModel),
      "max_model_len": contextLength.map { .integer($0) } ?? .null, "whence": .object(extra),
    ]
  }

  /// Reads the document; nil if it is none.
  init?(json: JSON) {
    guard let name = json["id"]?.string, let extra = json["whence"],
      let adapter = extra["adapter"]?.string.flatMap({ Digest(hex: $0) }),
      let baseModel = extra["base_model"]?.string,
      let server = extra["server"]?.string.flatMap({ Digest(hex: $0) }),
      let rateIn = extra["rate_in"]?.string.flatMap({ Amount(decimal: $0) }),
      let rateOut = extra["rate_out"]?.string.flatMap({ Amount(decimal: $0) })
    else { return nil }
    self.init(
      adapter: Identifier(adapter), name: name, baseModel: baseModel, server: Identifier(server),
      rateIn: rateIn, rateOut: rateOut,
      run: extra["run"]?.string.flatMap { Digest(hex: $0) }.map { Identifier($0) },
      contextLength: extra["context_length"]?.integer(as: UInt32.self),
      card: extra["card"].flatMap { Card(json: $0) })
  }
}

extension ModelListing.Card {
  fileprivate func json(of run: Identifier<Run>?) -> JSON {
    [
      "url": run.map { .string("/v1/cards/\($0)") } ?? .null,
      "retrainings": .integer(retrainings),
      "lds_in_millionths": score.map {
        ["value": .integer($0.value), "low": .integer($0.low), "high": .integer($0.high)]
      } ?? .null,
    ]
  }

  fileprivate init?(json: JSON) {
    guard let retrainings = json["retrainings"]?.integer(as: UInt32.self) else { return nil }
    var score: MeasuredFigure?
    if let figure = json["lds_in_millionths"],
      let value = figure["value"]?.integer(as: Int64.self),
      let low = figure["low"]?.integer(as: Int64.self),
      let high = figure["high"]?.integer(as: Int64.self)
    {
      score = MeasuredFigure(value: value, low: low, high: high)
    }
    self.init(score: score, retrainings: retrainings)
  }
}

extension ReceiptEnvelope {
  var json: JSON {
    switch self {
    case .open(let published): return published.json
    case .sealed(let sealed):
      return [
        "sealed_for": .array(sealed.keys.map { .string($0.recipient.description) }),
        "message": .string(
          "this receipt is private: `whence verify`, `whence why` and `whence proxy` open it with a "
            + "recipient's key"),
      ]
    }
  }
}

extension PublishedReceipt {
  /// A summary for people; the canonical bytes are what can be checked.
  var json: JSON {
    let order = receipt.order.order
    return [
      "order": .string(order.signedDigest.description),
      "receipt": .string(receipt.digest.description),
      "channel": .string(order.channel.description), "number": .integer(order.number),
      "payer": .string(receipt.payer.description),
      "server": .string(receipt.server.description),
      "adapter": .string(order.adapter.description),
      "base_model": .string(receipt.baseModel.description),
      "run": .string(receipt.run.description), "tokens_in": .integer(receipt.tokensIn),
      "tokens_out": .integer(receipt.tokensOut), "fee": .string(receipt.fee.description),
      "refund": .string(receipt.refund.description),
      "payouts": .array(
        receipt.payouts.map {
          ["account": .string($0.account.description), "amount": .string($0.amount.description)]
        }),
      "evidence": receipt.evidence.json,
    ]
  }
}

extension SignedRunCard {
  /// A summary for people; figures follow from the canonical bytes and the index.
  var json: JSON {
    [
      "run": .string(card.run.description), "maker": .string(maker.bytes.hex),
      "seeds": .integer(card.seeds), "questions": .integer(card.questions.count),
      "halves": .integer(card.halfCount), "half_stop": .integer(card.halfStop),
      "contributors": card.contributors.map {
        [
          "subsets": .string(snakeCase("\($0.subsets)")), "stop": .integer($0.stop),
          "retrainings": .integer($0.losses.count),
        ]
      } ?? .null,
    ]
  }
}

extension Evidence {
  fileprivate var json: JSON {
    [
      "floor": .integer(influence.floor),
      "records": .array(
        influence.records.map {
          [
            "record": .string($0.record.description), "chunk": .integer($0.chunk),
            "score": .integer($0.score),
          ]
        }),
      "spans": spans.map { .array($0.spans.map(\.json)) } ?? .null,
      "retrieval": retrieval?.json ?? .null,
    ]
  }
}

extension CitedSpan {
  fileprivate var json: JSON {
    [
      "start": .integer(range.start), "end": .integer(range.end),
      "surprisal": .integer(surprisal),
      "sources": .array(
        sources.map {
          ["record": .string($0.record.description), "offset": .integer($0.offset)]
        }),
    ]
  }
}

extension RetrievalEvidence {
  fileprivate var json: JSON {
    [
      "likelihoods": [
        "base": .integer(likelihoods.base), "adapter": .integer(likelihoods.adapter),
        "context": .integer(likelihoods.context), "both": .integer(likelihoods.both),
      ],
      "passages": .array(
        passages.map { ["record": .string($0.record.description), "drop": .integer($0.drop)] }),
    ]
  }
}
