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
    // What gzip makes small may be large, up to the limits.
    Decoder(
      "LoRAAdapter.Files", samples: archives, bytesPerByte: 4_000,
      read: {
        try LoRAAdapter.Files(
          archive: $0, limits: AdapterFileLimits(weights: 64 << 10, settings: 4 << 10))
      },
      fault: { files, bytes in
        files.weights.count <= 64 << 10 && files.settings.count <= 4 << 10
          ? nil : "it holds more than it may"
      }),
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

  /// Both files in a tar archive, and the same behind gzip's header, as they are.
  private static let archives: [[UInt8]] = {
    let tar =
      tarMember("a/\(LoRAAdapter.Files.settingsName)", Array("{}".utf8))
      + tarMember("a/long", Array("16 path=a/other\n".utf8), kind: UInt8(ascii: "x"))
      + tarMember("a/x", [1, 2, 3])
      + tarMember("a/\(LoRAAdapter.Files.weightsName)", [UInt8](repeating: 7, count: 600))
      + [UInt8](repeating: 0, count: 1024)
    var sum = UInt32.max
    for byte in tar {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0xedb8_8320 : 0) }
    }
    let count = UInt16(tar.count)
    let stored = [count, ~count].flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let gzip =
      [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1] + stored + tar + word(~sum)
      + word(UInt32(tar.count))
    return [tar, gzip]
  }()

  private static func tarMember(
    _ name: String, _ content: [UInt8], kind: UInt8 = UInt8(ascii: "0")
  ) -> [UInt8] {
    var header = Array(name.utf8) + [UInt8](repeating: 0, count: 512 - name.utf8.count)
    header.replaceSubrange(124..<124 + 4, with: Array(octal(content.count).utf8))
    header.replaceSubrange(148..<156, with: Array("        ".utf8))
    header[156] = kind
    let sum = octal(header.reduce(0) { $0 + Int($1) })
    header.replaceSubrange(148..<152, with: Array(sum.utf8))
    return header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  private static func octal(_ number: Int) -> String {
    let digits = String(number, radix: 8)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }

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
