internal import Attribution
internal import AttributionRules
internal import CanonicalCoding
internal import Cryptography
internal import LanguageModels
internal import Primitives
internal import TestKit

extension Decoder {
  /// Files of models and of what answers are traced with.
  static let models: [Decoder] = [
    Decoder(
      "GGUFFile", samples: [gguf], bytesPerByte: 200, read: { try GGUFFile(bytes: $0) },
      fault: { file, _ in
        // Whatever these make of it, they may not fail but by throwing.
        _ = try? LlamaConfiguration(file)
        return nil
      }),
    Decoder(
      "Tokenizer", samples: [gguf], bytesPerByte: 600,
      read: { try Tokenizer(GGUFFile(bytes: $0)) },
      fault: { tokenizer, _ in
        let text = "hello, <|im_end|> \u{1f600}"
        let tokens = tokenizer.encode(text)
        return tokens.allSatisfy { $0 >= 0 && $0 < tokenizer.vocabularySize }
          ? nil : "it gives a token that is none"
      }),
    Decoder(
      "SafetensorsFile", samples: [safetensors], bytesPerByte: 200,
      read: { try SafetensorsFile(decoding: $0) },
      fault: { file, _ in
        let bytes = file.encoded()
        return try SafetensorsFile(decoding: bytes).encoded() == bytes
          ? nil : "it comes back as other arrays"
      }),
    // The weights' file beside settings that take it.
    Decoder("LoRAAdapter.weights", samples: adapter.map { [$0.weights] } ?? [], bytesPerByte: 200) {
      try adapter.map { [weights = $0] in
        try LoRAAdapter(
          .init(weights: weights, settings: $0.settings), for: TinyModel.configuration)
      }
    },
    Decoder("LoRAAdapter.settings", samples: adapter.map { [$0.settings] } ?? [], bytesPerByte: 200)
    {
      try adapter.map { [settings = $0] in
        try LoRAAdapter(
          .init(weights: $0.weights, settings: settings), for: TinyModel.configuration)
      }
    },
    // Without the digest at its end, which would refuse every change.
    Decoder(
      "SpanShard", samples: spanShards,
      read: { try SpanShard(bytes: $0 + SHA256.digest(of: $0).bytes) },
      fault: { shard, _ in
        // Whatever order its suffixes have, looking in it stays inside.
        let index = SpanIndex(searching: shard)
        let found = try index.evidence(answer: spanText, prompt: [])
        return found.spans.allSatisfy { $0.range.end <= UInt32(spanText.count) }
          ? nil : "it finds what the answer does not have"
      }),
    .canonical(
      SpanManifest.self,
      samples: [[], [.zero]].map { SpanManifest(shards: $0).canonicalBytes }),
    .canonical(SpanEvidence.self),
    Decoder(
      "AdapterCurvature", samples: [adapterCurvature], bytesPerByte: 200,
      read: { try AdapterCurvature(bytes: $0) },
      fault: { curvature, _ in
        try AdapterCurvature(bytes: curvature.bytes) == curvature ? nil : "it comes back as another"
      }),
  ]

  private static let spanText = Array("qZ#xQ~vK%jW^zX|kV&qJ and mV*pH!uY@wG$bN?".utf8)

  private static let spanShards: [[UInt8]] = {
    let texts = ["so: qZ#xQ~vK%jW^zX|kV&qJ", "", "mV*pH!uY@wG$bN", "mV*pH!uY@wG$bN"]
    let records = texts.enumerated().map { index, text in
      SpanRecord(
        record: Digest(words: [0, 0, 0, UInt64(index)]),
        place: CommitPlace(
          height: Height(UInt64(index)), indexInBlock: 0, indexInContribution: 0),
        text: text)
    }
    return [1, records.count].compactMap { count in
      guard let index = try? SpanIndex(Array(records.prefix(count))) else { return nil }
      return index.shards.first.map { $0.fileBytes.dropLast(Digest.byteCount) }.map { Array($0) }
    }
  }()

  private static let gguf = TinyModel.outline

  private static let safetensors = SafetensorsFile(arrays: [
    "a": .init(shape: [2, 2], values: [1, 2, 3, 4]), "b\"\n": .init(shape: [0], values: []),
  ]).encoded()

  private static let adapter: LoRAAdapter.Files? = {
    let model = TinyModel.configuration
    return try? LoRAAdapter(fresh: model, rank: 2, alpha: 4, seed: 1).files(baseModel: "tiny")
  }()

  private static func word(_ word: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
  }

  /// Two matrices of 8 × 4 coordinates that share their inputs' directions, all of them kept.
  private static let adapterCurvature: [UInt8] = {
    let header: [UInt32] = [2, 64, 9, 8, 5, 4, 0, 9, 8, 5, 4, 0]
    let directions = [Float](repeating: 0.5, count: 9 * 8 + 2 * 5 * 4)
    let words =
      header + directions.map(\.bitPattern) + (0..<64).map(UInt32.init)
      + [Float](repeating: 2, count: 64).map(\.bitPattern)
    return Array("WHNCURV2".utf8) + words.flatMap(word)
  }()
}
