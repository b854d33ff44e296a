internal import Foundation
internal import LanguageModels
internal import Tensors

/// Other methods, written here from their papers, for comparison on the same gradients and texts.
enum BaselineScores {
  /// ⟨g_q, g_i⟩ of the adapter's plain gradients, summed matrix by matrix: of a large adapter no
  /// second copy is held.
  static func gradientProducts(
    _ training: [[Float]], _ queries: [[Float]], widths: [Int]
  ) throws -> InfluenceScores {
    var sums = queries.map { _ in [Double](repeating: 0, count: training.count) }
    var start = 0
    for width in widths {
      let range = start..<start + width
      start += width
      let part = try products(queries.map { Array($0[range]) }, training.map { Array($0[range]) })
      for query in queries.indices {
        for index in training.indices { sums[query][index] += part[query][index] }
      }
    }
    return InfluenceScores(values: sums)
  }

  /// DataInf (Kwon et al., 2024, arXiv 2310.00902), matrix by matrix:
  /// (1/λ)(g_q·g_i − 1/n Σ_j (g_q·g_j)(g_j·g_i) / (λ + ‖g_j‖²)), λ = 0.1 · mean g².
  ///
  /// - Parameter widths: the numbers of each matrix, one after another in a gradient.
  static func dataInf(
    _ training: [[Float]], _ queries: [[Float]], widths: [Int]
  ) throws -> InfluenceScores {
    var sums = queries.map { _ in [Double](repeating: 0, count: training.count) }
    var start = 0
    for width in widths {
      let range = start..<start + width
      start += width
      let rows = training.map { Array($0[range]) }
      let own = try products(rows, rows)
      let cross = try products(queries.map { Array($0[range]) }, rows)
      let squares = rows.indices.map { own[$0][$0] }
      let damping = 0.1 * squares.reduce(0, +) / Double(rows.count * width)
      guard damping > 0 else { continue }
      // Σ_j (g_q·g_j)/(λ + ‖g_j‖²) (g_j·g_i) as one product; the weights are below 1.
      let weighted = cross.map { row in
        zip(row, squares).map { Float($0 / (damping + $1)) }
      }
      let corrections = try products(weighted, own.map { $0.map(Float.init) })
      for query in queries.indices {
        for index in rows.indices {
          sums[query][index] +=
            (cross[query][index] - corrections[query][index] / Double(rows.count)) / damping
        }
      }
    }
    return InfluenceScores(values: sums)
  }

  /// Cosines of TF-IDF vectors over pieces of three to five characters within a text, with
  /// smoothed document frequencies: ln((1 + n)/(1 + df)) + 1.
  static func termFrequencies(_ training: [String], _ queries: [String]) -> InfluenceScores {
    let counts = training.map(pieces)
    var frequencies: [[UInt8]: Int] = [:]
    for count in counts { for piece in count.keys { frequencies[piece, default: 0] += 1 } }
    func vector(_ counts: [[UInt8]: Int]) -> [[UInt8]: Double] {
      // Pieces that no training text has say nothing about any.
      var vector: [[UInt8]: Double] = [:]
      for (piece, count) in counts {
        guard let frequency = frequencies[piece] else { continue }
        let rarity = log(Double(1 + training.count) / Double(1 + frequency)) + 1
        vector[piece] = Double(count) * rarity
      }
      let length = vector.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return length > 0 ? vector.mapValues { $0 / length } : vector
    }
    let rows = counts.map(vector)
    return InfluenceScores(
      values: queries.map { query in
        // Sorted, so that sums are the same in every process.
        let own = vector(pieces(query)).sorted { $0.key.lexicographicallyPrecedes($1.key) }
        return rows.map { row in own.reduce(0) { $0 + $1.value * (row[$1.key] ?? 0) } }
      })
  }

  private static func pieces(_ text: String) -> [[UInt8]: Int] {
    let bytes = Array(text.utf8)
    var counts: [[UInt8]: Int] = [:]
    for length in 3...5 where bytes.count >= length {
      for start in 0...bytes.count - length {
        counts[Array(bytes[start..<start + length]), default: 0] += 1
      }
    }
    return counts
  }

  /// All inner products of two lists of vectors of one length.
  static func products(_ left: [[Float]], _ right: [[Float]]) throws -> [[Double]] {
    func tensor(_ rows: [[Float]]) throws -> Tensor {
      try Tensor(Array(rows.joined()), shape: [rows.count, rows[0].count])
    }
    guard !left.isEmpty, !right.isEmpty else { return left.map { _ in [] } }
    let values = try tensor(left).matmul(try tensor(right).transposed()).floats()
    return left.indices.map { row in
      values[row * right.count..<(row + 1) * right.count].map(Double.init)
    }
  }
}
