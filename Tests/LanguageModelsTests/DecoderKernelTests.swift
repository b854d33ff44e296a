import CDecoder
import Foundation
import Testing

@testable import LanguageModels

/// Each kernel of the decoder against a slow twin, on every kind of processor this one stands for;
/// and their bits against each other.
@Suite struct DecoderKernelTests {
  struct StoredCase: Decodable, CustomTestStringConvertible {
    let name: String
    let format: UInt32
    let bytes: String
    let values: [Float]

    var testDescription: String { name }
    var stored: [UInt8] {
      let digits = Array(bytes.utf8).map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
      return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
  }

  static let cases = (try? Fixture.golden("blocks.json", as: [StoredCase].self)) ?? []

  /// Runs a kernel on every path, and expects the same bits.
  private func bits<Value: Equatable>(_ body: (cdecoder_path) throws -> Value) throws -> Value {
    let results = try Kernels.paths.map(body)
    #expect(results.allSatisfy { $0 == results[0] })
    return results[0]
  }

  // MARK: - Weights

  @Test(arguments: cases)
  func `every storage format is decoded as the reference does`(example: StoredCase) throws {
    let bytes = example.stored
    var values = [Float](repeating: 0, count: example.values.count)
    #expect(cdecoder_row_bytes(example.format, values.count) == bytes.count)
    let status = unsafe cdecoder_decode_row(example.format, bytes, values.count, &values)
    #expect(status == CDECODER_OK)
    expectClose(values, example.values, within: 1e-6)
  }

  @Test(arguments: cases, [1, 13, 40])
  func `stored weights multiply as their numbers do, each row alone as among others`(
    example: StoredCase, rows: Int
  ) throws {
    // Row after row starts one block later, so that no two are alike.
    let columns = example.values.count
    let blocks = columns / (cdecoder_row_bytes(example.format, 32) > 0 ? 32 : 256)
    let bytes = example.stored
    func turned<Element>(_ row: [Element], _ count: Int) -> [Element] {
      let start = count % blocks * (row.count / blocks)
      return Array(row[start...] + row[..<start])
    }
    let stored = (0..<rows).flatMap { turned(bytes, $0) }
    let weights = (0..<rows).map { turned(example.values, $0) }
    let x = Kernels.drawn(7 * columns, seed: 3)

    let products = try bits { path in
      try Kernels.product(
        path, format: example.format, bytes: stored, rows: rows, columns: columns, x: x)
    }
    for (index, product) in products.enumerated() {
      let row = Array(x[index * columns..<(index + 1) * columns])
      expectSums(product, weights.map { dot($0, row) })
    }
    for count in 1...6 {
      let fewer = try Kernels.product(
        CDECODER_FASTEST, format: example.format, bytes: stored, rows: rows, columns: columns,
        x: Array(x[..<(count * columns)]))
      #expect(fewer == Array(products[..<count]))
    }
  }

  @Test(arguments: [1, 5, 24, 64, 577], [1, 7, 8, 33])
  func `plain weights of any size multiply as numbers do`(columns: Int, rows: Int) throws {
    let weights = Kernels.drawn(rows * columns, seed: 4).map { Float(Float16($0)) }
    let halves = weights.flatMap { value in
      unsafe withUnsafeBytes(of: Float16(value).bitPattern.littleEndian) { unsafe Array($0) }
    }
    let singles = weights.flatMap { value in
      unsafe withUnsafeBytes(of: value.bitPattern.littleEndian) { unsafe Array($0) }
    }
    let x = Kernels.drawn(5 * columns, seed: 5)
    for (format, bytes) in [(CDECODER_F16, halves), (CDECODER_F32, singles)] {
      let products = try bits { path in
        try Kernels.product(
          path, format: UInt32(format.rawValue), bytes: bytes, rows: rows, columns: columns, x: x)
      }
      for (index, product) in products.enumerated() {
        let row = x[index * columns..<(index + 1) * columns]
        let expected = (0..<rows).map { dot(weights[$0 * columns..<($0 + 1) * columns], row) }
        expectSums(product, expected)
        let alone = try Kernels.product(
          CDECODER_FASTEST, format: UInt32(format.rawValue), bytes: bytes, rows: rows,
          columns: columns, x: Array(row))
        #expect(alone == [product])
      }
    }
  }

  @Test func `weights that are not what they say are refused`() {
    for (format, columns, count) in [(2, 33, 18), (2, 32, 17), (99, 32, 18), (12, 32, 18)] {
      #expect(throws: ModelFailure.self) {
        try Kernels.product(
          CDECODER_FASTEST, format: UInt32(format), bytes: Array(repeating: 0, count: count),
          rows: 1, columns: columns, x: Array(repeating: 0, count: columns))
      }
    }
  }

  // MARK: - Between the products

  @Test(arguments: [1, 7, 8, 9, 31, 64, 576])
  func `norm and gate are what their formulas say`(count: Int) throws {
    let x = Kernels.drawn(count, seed: 6, scale: 30)
    let y = Kernels.drawn(count, seed: 7)

    let norm = try bits { try Kernels.normalised($0, x, weight: y, epsilon: 1e-5) }
    let mean = x.reduce(0) { $0 + Double($1) * Double($1) } / Double(count)
    expectClose(
      norm, zip(x, y).map { Float(Double($0) / (mean + 1e-5).squareRoot() * Double($1)) },
      within: 1e-6)

    let gated = try bits { try Kernels.gateUp($0, x, y) }
    expectClose(
      gated, zip(x, y).map { Float(Double($0) / (1 + exp(-Double($0))) * Double($1)) }, within: 1e-6
    )
  }

  @Test func `a gate stays finite at extremes and passes what isn't a number on`() throws {
    let out = try Kernels.gateUp(CDECODER_FASTEST, [-200, 200, .nan, 0], [1, 1, 1, 1])
    #expect(abs(out[0]) < 1e-30 && out[1] == 200 && out[2].isNaN && out[3] == 0)
  }

  @Test(arguments: [2, 6, 16, 64], [false, true])
  func `pairs turn by their angles, halves or neighbours`(width: Int, neighbours: Bool) throws {
    let head = Kernels.drawn(width, seed: 8)
    let angles = (0..<width / 2).map { Double($0) * 1.7 - 3 }
    let rotated = try bits {
      try Kernels.rotated($0, head, angles: angles, neighbours: neighbours)
    }
    for (pair, angle) in angles.enumerated() {
      let (first, second) = neighbours ? (2 * pair, 2 * pair + 1) : (pair, pair + width / 2)
      let (a, b) = (Double(head[first]), Double(head[second]))
      #expect(abs(Double(rotated[first]) - (a * cos(angle) - b * sin(angle))) < 1e-6)
      #expect(abs(Double(rotated[second]) - (a * sin(angle) + b * cos(angle))) < 1e-6)
    }
  }

  @Test(
    arguments: [(1, 64, 1), (3, 64, 17), (4, 6, 33), (7, 20, 16), (5, 128, 100)], [false, true])
  func `attention is the mean of the values by the softmax of the scores`(
    size: (heads: Int, width: Int, visible: Int), isHalf: Bool
  ) throws {
    let (heads, width, visible) = size
    func kept(_ values: [Float]) -> [Float] { isHalf ? values.map { Float(Float16($0)) } : values }
    let queries = Kernels.drawn(heads * width, seed: 9, scale: 3)
    let keys = Kernels.drawn(visible * width, seed: 10, scale: 3)
    let values = Kernels.drawn(visible * width, seed: 11)
    let out = try bits {
      try Kernels.attention(
        $0, queries: queries, heads: heads, keys: keys, values: values, isHalf: isHalf)
    }
    for head in 0..<heads {
      let query = queries[head * width..<(head + 1) * width]
      let scores = (0..<visible).map {
        dot(query, kept(Array(keys[$0 * width..<($0 + 1) * width]))).sum
          / Double(width).squareRoot()
      }
      let peak = scores.max() ?? 0
      let weights = scores.map { exp($0 - peak) }
      let total = weights.reduce(0, +)
      let expected = (0..<width).map { place in
        weights.indices.reduce(0) {
          $0 + weights[$1] * Double(kept([values[$1 * width + place]])[0])
        } / total
      }
      expectClose(
        Array(out[head * width..<(head + 1) * width]), expected.map(Float.init), within: 1e-5)
    }
  }

  @Test(arguments: [(1, 9, 5), (4, 576, 192), (8, 64, 8), (19, 40, 24), (64, 33, 70)])
  func `an adapter of any rank adds what its matrices say, each row alone as among others`(
    size: (rank: Int, columns: Int, outputs: Int)
  ) throws {
    let (rank, columns, outputs) = size
    func halves(_ count: Int, _ seed: UInt64) -> [Float] {
      Kernels.drawn(count, seed: seed).map { Float(Float16($0)) }
    }
    let (a, b) = (halves(rank * columns, 12), halves(outputs * rank, 13))
    let x = Kernels.drawn(6 * columns, seed: 14)
    let y = (0..<6).map { Kernels.drawn(outputs, seed: UInt64(15 + $0)) }
    let adapted = try bits {
      try Kernels.adapted($0, a: a, b: b, rank: rank, x: x, y: y, factor: 0.5)
    }
    for (index, row) in adapted.enumerated() {
      let input = Array(x[index * columns..<(index + 1) * columns])
      let narrow = (0..<rank).map { dot(a[$0 * columns..<($0 + 1) * columns], input) }
      let expected = (0..<outputs).map { output in
        (0..<rank).reduce((sum: Double(y[index][output]), size: 1.0)) {
          let weight = Double(b[output * rank + $1])
          return (
            sum: $0.sum + 0.5 * weight * narrow[$1].sum,
            size: $0.size + abs(weight) * narrow[$1].size
          )
        }
      }
      expectSums(row, expected)
      let alone = try Kernels.adapted(
        CDECODER_FASTEST, a: a, b: b, rank: rank, x: input, y: [y[index]], factor: 0.5)
      #expect(alone == [row])
    }
  }

  @Test(arguments: [1, 7, 8, 1000])
  func `the first of the largest is found`(count: Int) throws {
    var values = Kernels.drawn(count, seed: 16)
    values[count / 2] = 9
    values[count - 1] = 9
    #expect(try bits { try Kernels.largestIndex($0, values) } == count / 2)
  }
}
