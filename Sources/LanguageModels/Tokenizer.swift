/// Byte-level byte-pair encoding with SmolLM's pre-split.
///
/// Plain text never becomes a control token: "<|im_end|>" in a message is encoded as its characters.
/// Only ``encode(_:notControl:from:)`` makes control tokens, for ``ChatTemplate``.
public struct Tokenizer: Sendable {
  /// Each token's bytes; a control token's are its name's.
  private let tokens: [[UInt8]]
  private let controlTokens: Set<Int32>
  private let controlByName: [[UInt8]: Int32]
  /// By their first byte, the longest first.
  private let controlNames: [UInt8: [[UInt8]]]
  /// What templates call them: `bos_token` and its like.
  let namedTokens: [String: String]
  /// The token of each single byte; nil for the few that text hardly holds, which are left out.
  private let byteTokens: [Int32?]
  let merges: [UInt64: TokenMerge]
  /// The token that ends a turn.
  public let endOfTurn: Int32

  public var vocabularySize: Int { tokens.count }

  /// Reads the vocabulary and merges of a model file.
  /// - Throws: ``ModelFailure`` with `modelUnsupported` for another kind of tokenizer,
  ///   `modelCorrupt` if merges name no tokens.
  public init(_ file: GGUFFile) throws(ModelFailure) {
    let metadata = file.metadata
    guard case .text(let model)? = metadata["tokenizer.ggml.model"], model == Array("gpt2".utf8),
      case .text(let split)? = metadata["tokenizer.ggml.pre"], split == Array("smollm".utf8)
    else { throw ModelFailure(.modelUnsupported, "not a SmolLM tokenizer") }
    guard case .texts(let names)? = metadata["tokenizer.ggml.tokens"],
      case .integers(let types)? = metadata["tokenizer.ggml.token_type"],
      case .texts(let merges)? = metadata["tokenizer.ggml.merges"],
      case .integer(let end)? = metadata["tokenizer.ggml.eos_token_id"],
      names.count == types.count, names.indices.contains(Int(end))
    else { throw ModelFailure(.modelCorrupt, "the tokenizer is incomplete") }
    var named: [String: String] = [:]
    let stored = ["bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"]
    for (name, key) in stored {
      guard case .integer(let token)? = metadata["tokenizer.ggml.\(key)_token_id"],
        names.indices.contains(Int(token))
      else { continue }
      named["\(name)_token"] = String(decoding: names[Int(token)], as: UTF8.self)
    }
    try self.init(
      names: names, types: types, merges: merges, endOfTurn: Int32(end), namedTokens: named)
  }

  private init(
    names: [[UInt8]], types: [Int64], merges: [[UInt8]], endOfTurn: Int32,
    namedTokens: [String: String]
  ) throws(ModelFailure) {
    let alphabet = ByteAlphabet()
    var tokens: [[UInt8]] = []
    var idByName: [[UInt8]: Int32] = [:]
    var byteTokens = [Int32?](repeating: nil, count: 256)
    var controlTokens: Set<Int32> = []
    var controlByName: [[UInt8]: Int32] = [:]
    for (index, name) in names.enumerated() {
      let id = Int32(index)
      if types[index] == 3 {
        tokens.append(name)
        controlTokens.insert(id)
        controlByName[name] = id
        continue
      }
      guard let bytes = alphabet.bytes(of: name) else {
        throw ModelFailure(.modelCorrupt, "token \(id) is not in the byte alphabet")
      }
      tokens.append(bytes)
      idByName[name] = id
      if bytes.count == 1 { byteTokens[Int(bytes[0])] = id }
    }
    self.tokens = tokens
    self.controlTokens = controlTokens
    self.controlByName = controlByName
    self.byteTokens = byteTokens
    self.endOfTurn = endOfTurn
    self.namedTokens = namedTokens
    controlNames = Dictionary(grouping: controlByName.keys.filter { !$0.isEmpty }) { $0[0] }
      .mapValues { $0.sorted { ($1.count, $0.description) < ($0.count, $1.description) } }
    self.merges = try Tokenizer.table(of: merges, idByName: idByName)
  }

  private static func table(
    of merges: [[UInt8]], idByName: [[UInt8]: Int32]
  ) throws(ModelFailure) -> [UInt64: TokenMerge] {
    var table: [UInt64: TokenMerge] = [:]
    table.reserveCapacity(merges.count)
    for (rank, line) in merges.enumerated() {
      guard let space = line.firstIndex(of: UInt8(ascii: " ")),
        let left = idByName[Array(line[..<space])],
        let right = idByName[Array(line[(space + 1)...])],
        let result = idByName[Array(line[..<space] + line[(space + 1)...])]
      else { throw ModelFailure(.modelCorrupt, "merge \(rank) names no tokens") }
      table[BytePairMerger.key(left, right)] = TokenMerge(rank: Int32(rank), result: result)
    }
    return table
  }

  // MARK: - Encoding

  /// Returns the tokens of plain text.
  /// - Complexity: O(n log n) in the text's bytes, whatever they are.
  public func encode(_ text: String) -> [Int32] {
    var result: [Int32] = []
    var cache: [[UInt8]: [Int32]] = [:]
    for piece in PreSplitter.pieces(text) {
      let bytes = Array(String(piece).utf8)
      if let known = cache[bytes] {
        result += known
        continue
      }
      let tokens = BytePairMerger.merged(startTokens(bytes), merges)
      cache[bytes] = tokens
      result += tokens
    }
    return result
  }

  /// Returns the tokens of a rendered conversation, from a byte on: names of control tokens are these
  /// tokens, unless some of the name stands in `notControl`; between them it is plain text.
  /// - Parameter notControl: ranges of bytes in order, no two overlapping.
  /// - Complexity: as ``encode(_:)``, and O(n) for each control token with the same first byte.
  func encode(_ bytes: [UInt8], notControl: [Range<Int>], from start: Int = 0) -> [Int32] {
    var result: [Int32] = []
    var begin = start
    var place = start
    var marks = notControl[...]
    while place < bytes.count {
      while let mark = marks.first, mark.upperBound <= place { marks.removeFirst() }
      if let mark = marks.first, mark.contains(place) {
        place = mark.upperBound
        continue
      }
      let room = bytes[place..<(marks.first?.lowerBound ?? bytes.count)]
      guard let name = controlNames[bytes[place]]?.first(where: { room.starts(with: $0) }),
        let token = controlByName[name]
      else {
        place += 1
        continue
      }
      result += encode(String(decoding: bytes[begin..<place], as: UTF8.self))
      result.append(token)
      place += name.count
      begin = place
    }
    return result + encode(String(decoding: bytes[min(begin, bytes.count)...], as: UTF8.self))
  }

  /// One token a byte; bytes that no token stands for are left out.
  func startTokens(_ bytes: [UInt8]) -> [Int32] { bytes.compactMap { byteTokens[Int($0)] } }

  /// The control token of a name such as `<|im_start|>`, or nil.
  public func controlToken(_ name: String) -> Int32? { controlByName[Array(name.utf8)] }

  // MARK: - Decoding

  /// The bytes a token stands for; none for control tokens and for numbers outside the vocabulary.
  public func bytes(of token: Int32) -> [UInt8] {
    guard tokens.indices.contains(Int(token)), !controlTokens.contains(token) else { return [] }
    return tokens[Int(token)]
  }

  /// Returns the text of tokens; bytes that are no UTF-8 become U+FFFD, control tokens vanish.
  public func decode(_ tokens: some Sequence<Int32>) -> String {
    String(decoding: tokens.flatMap { bytes(of: $0) }, as: UTF8.self)
  }
}

/// The printable characters that stand for bytes in GPT-2's vocabulary files.
struct ByteAlphabet {
  private var byteByScalar: [UInt32: UInt8] = [:]

  /// The characters, byte by byte.
  var names: [String] {
    let scalars = Dictionary(uniqueKeysWithValues: byteByScalar.map { ($0.value, $0.key) })
    return (UInt8.min...UInt8.max).map { byte in
      scalars[byte].flatMap(Unicode.Scalar.init).map { String($0) } ?? ""
    }
  }

  init() {
    var next: UInt32 = 256
    for byte in UInt8.min...UInt8.max {
      switch byte {
      case 33...126, 161...172, 174...255:
        byteByScalar[UInt32(byte)] = byte
      default:
        byteByScalar[next] = byte
        next += 1
      }
    }
  }

  func bytes(of name: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    for scalar in String(decoding: name, as: UTF8.self).unicodeScalars {
      guard let byte = byteByScalar[scalar.value] else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
