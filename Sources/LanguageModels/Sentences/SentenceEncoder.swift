internal import Foundation
internal import Tensors

/// Turns texts into vectors of length one whose dot products say how alike they are in meaning.
///
/// Computes on the thread that all engines share, one batch at a time.
public actor SentenceEncoder {
  /// The length of every vector: 384 for all-MiniLM-L6-v2.
  public nonisolated let dimension: Int

  private nonisolated let tokenizer: WordPieceTokenizer
  private let model: SentenceModel

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe TensorExecutor.shared.asUnownedSerialExecutor()
  }

  /// Loads `model.safetensors` and `vocab.txt` from a folder.
  ///
  /// Blocks for about a second and takes four bytes a parameter: 91 MB for all-MiniLM-L6-v2.
  /// - Throws: ``ModelFailure`` with `modelMissing` or `modelCorrupt`.
  public init(folder: String) throws {
    func read(_ name: String) throws(ModelFailure) -> [UInt8] {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
        throw ModelFailure(.modelMissing, "no readable file at \(folder)/\(name)")
      }
      return Array(data)
    }
    let tokenizer = try WordPieceTokenizer(vocabulary: read("vocab.txt"))
    let file: SafetensorsFile
    do {
      // Beside its weights the file counts positions, in integers.
      file = try SafetensorsFile(
        decoding: read("model.safetensors"), skipping: ["embeddings.position_ids"])
    } catch let error as SafetensorsFile.Malformed {
      throw ModelFailure(.modelCorrupt, error.reason, underlying: error)
    }
    let model = try SentenceModel(file)
    guard tokenizer.vocabularySize == model.vocabularySize else {
      throw ModelFailure(.modelCorrupt, "the tokenizer and the model differ in vocabulary")
    }
    self.tokenizer = tokenizer
    self.model = model
    dimension = model.width
  }

  /// The most tokens of a text that count.
  public static let tokenMaximum = SentenceModel.longestText

  /// A text's tokens, with those that frame it; one more than ``tokenMaximum`` for a longer text.
  public nonisolated func tokenCount(of text: String) -> Int {
    tokenizer.encode(text, limit: Self.tokenMaximum + 1).count
  }

  /// Returns a vector a text, in order; only a text's first 256 tokens count.
  ///
  /// What else is in the call changes a vector by rounding only. Between two batches other calls
  /// get their turn.
  /// - Throws: ``Tensors/TensorFailure`` when memory ends; `CancellationError`.
  public func vectors(for texts: [String]) async throws -> [[Float]] {
    let tokens = texts.map { tokenizer.encode($0, limit: SentenceModel.longestText) }
    var vectors: [[Float]] = []
    var start = 0
    while start < tokens.count {
      try Task.checkCancellation()
      let end = SentenceEncoder.endOfBatch(tokens, from: start)
      let means = try model.means(Array(tokens[start..<end])).floats()
      for row in 0..<end - start {
        vectors.append(unit(means[row * dimension..<(row + 1) * dimension]))
      }
      start = end
      await Task.yield()
    }
    return vectors
  }

  /// As many texts as hold 1,024 tokens together, and at least one.
  private static func endOfBatch(_ texts: [[Int32]], from start: Int) -> Int {
    var end = start
    var count = 0
    while end < texts.count, end == start || count + texts[end].count <= 1024 {
      count += texts[end].count
      end += 1
    }
    return end
  }

  private nonisolated func unit(_ values: ArraySlice<Float>) -> [Float] {
    let length = values.reduce(0 as Float) { $0 + $1 * $1 }.squareRoot()
    return length > 0 ? values.map { $0 / length } : Array(values)
  }
}
