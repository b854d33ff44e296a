/// The tokens of a model by their bytes, as a tree: what can't begin is not tried token by token.
public struct TokenVocabulary: Sendable {
  /// Each node's byte, in the order of a walk from the root.
  private(set) var bytes: [UInt8] = []
  /// Each node's depth, from 1.
  private(set) var depths: [Int32] = []
  /// The node that follows all that is below each node.
  private(set) var ends: [Int32] = []
  /// Where a node's tokens begin in `tokens`; one more at the end.
  private(set) var firstTokens: [Int32] = []
  private(set) var tokens: [Int32] = []
  public let count: Int
  /// The bytes that are tokens of their own.
  public let singleBytes: Set<UInt8>

  public static let allBytes = Set(UInt8.min...UInt8.max)

  /// - Parameter tokens: by number; tokens without bytes, such as those that control a model, are
  ///   never allowed.
  /// - Complexity: O(n log n) in the tokens, once for a model.
  public init(_ tokens: [[UInt8]]) {
    count = tokens.count
    singleBytes = Set(tokens.filter { $0.count == 1 }.map { $0[0] })
    let order = tokens.indices.filter { !tokens[$0].isEmpty }
      .sorted { lhs, rhs in
        tokens[lhs] == tokens[rhs] ? lhs < rhs : tokens[lhs].lexicographicallyPrecedes(tokens[rhs])
      }
    var path: [Int] = []
    var last: [UInt8] = []
    for token in order {
      let text = tokens[token]
      let shared = zip(last, text).prefix { $0 == $1 }.count
      close(&path, to: shared)
      for byte in text[shared...] {
        path.append(bytes.count)
        bytes.append(byte)
        depths.append(Int32(path.count))
        ends.append(0)
        firstTokens.append(Int32(self.tokens.count))
      }
      self.tokens.append(Int32(token))
      last = text
    }
    close(&path, to: 0)
    firstTokens.append(Int32(self.tokens.count))
  }

  private mutating func close(_ path: inout [Int], to depth: Int) {
    while path.count > depth { ends[path.removeLast()] = Int32(bytes.count) }
  }
}

/// Which tokens may come next.
public struct TokenMask: Sendable, Equatable {
  /// A bit for each token, the lowest first.
  public private(set) var words: [UInt64]
  /// How many tokens there are.
  public let count: Int

  /// None of so many.
  public init(count: Int) {
    self.count = count
    words = [UInt64](repeating: 0, count: (count + 63) / 64)
  }

  public func contains(_ token: Int32) -> Bool {
    token >= 0 && token < count && words[Int(token) / 64] >> UInt64(token % 64) & 1 == 1
  }

  public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  /// - Precondition: the token is one of those that are counted.
  public mutating func insert(_ token: Int32) { words[Int(token) / 64] |= 1 << UInt64(token % 64) }
}
