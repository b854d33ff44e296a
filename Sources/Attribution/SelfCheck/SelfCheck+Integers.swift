internal import AttributionRules
internal import CInfluence
internal import CanonicalCoding
internal import Cryptography
internal import LanguageModels
internal import Primitives

extension SelfCheck {
  /// The examples' rows and the first one's query, by the curvature of their own gradients.
  struct Traced: Sendable {
    let curvature: AdapterCurvature
    let rows: [SignRow]
    let vector: [Float]
    let query: QueryVector

    var digest: Digest {
      var encoder = CanonicalEncoder()
      encoder.encode(list: rows)
      encoder.encode(query)
      for row in rows { encoder.encode(row.score(query)) }
      return SHA256.digest(of: encoder.bytes)
    }
  }

  func traced(_ alone: [[Float]]) async throws -> Traced {
    let energies = alone[0].indices.map { coordinate in
      alone.reduce(0.0) { $0 + Double($1[coordinate]) * Double($1[coordinate]) }
    }
    let curvature = try AdapterCurvature(
      basis: basis, energies: energies, exampleCount: alone.count,
      dimension: CurvatureLimits.committed.dimension)
    let rows = try await paths.gradients(examples, curvature.basis, true).map {
      paths.row(try paths.vector(curvature, $0))
    }
    let vector = try await vector(curvature)
    return Traced(curvature: curvature, rows: rows, vector: vector, query: paths.query(vector))
  }

  /// The first example's, along the path of a query.
  private func vector(_ curvature: AdapterCurvature) async throws -> [Float] {
    try paths.vector(
      curvature, try await paths.gradients([examples[0]], curvature.basis, false)[0])
  }

  /// Mean squares of 24, 8 and 0, of which a tenth of the mean is 1: factors 1/5, 1/3 and 1.
  func whitening() throws -> Finding {
    let places = 0..<64
    let means = places.map { $0 < 20 ? 24.0 : $0 < 40 ? 8.0 : 0.0 }
    let curvature = try AdapterCurvature(
      basis: AdapterBasis(pairs: [.init(input: .whole(8), output: .whole(8))]),
      energies: means.map { 4 * $0 }, exampleCount: 4, dimension: 64)
    let gradient = places.map { Float(15 * ($0 + 1)) }
    let expected = places.map { gradient[$0] / ($0 < 20 ? 5 : $0 < 40 ? 3 : 1) }
    return Finding(
      name: .whitening, compared: "a known gradient of 64 coordinates and its whitened vector",
      deviation: deviation(of: try paths.vector(curvature, gradient), from: expected),
      tolerance: 1e-6)
  }

  /// Of magnitude ½ all and length 4: a scale of ½ / 4; and a query of halves.
  func rounding() -> Finding {
    let vector = (0..<64).map { Float($0 % 3 == 0 ? -0.5 : 0.5) }
    var word: UInt64 = 0
    for place in 0..<64 where place % 3 != 0 { word |= 1 << UInt64(place) }
    let row = paths.row(vector)
    let scaleError = abs(Int64(row.scale) - 1 << 28)
    let signErrors = row.signs.count == 1 ? (row.signs[0] ^ word).nonzeroBitCount : 64

    let values: [Float] = [2, 1, 0, -1, -2, 0.001] + [Float](repeating: 0, count: 58)
    let rounded: [Int16] =
      [32_767, 16_384, 0, -16_384, -32_767, 16] + [Int16](repeating: 0, count: 58)
    let query = paths.query(values).values
    let queryError =
      query.count == 64
      ? zip(query, rounded).map { abs(Int64($0) - Int64($1)) }.max() ?? 0 : Int64.max
    return Finding(
      name: .rounding, compared: "known vectors of 64 coordinates, their row and their query",
      deviation: Double(max(scaleError, Int64(signErrors), queryError)), tolerance: 0)
  }

  /// The model's own rows, and drawn ones at the widths where scans change their stride.
  func scan(_ traced: Traced) -> Finding {
    var worst: UInt64 = 0
    var count = 0
    for sample in [RowSample(traced)] + [64, 1_088, 8_192].map({ RowSample(drawn: $0) }) {
      let fast = paths.scores(sample.packed, sample.query)
      worst = max(
        worst, largestDifference(fast, sample.portableScores),
        largestDifference(fast, sample.rows.map { $0.score(sample.query) }))
      count += sample.rows.count
    }
    return Finding(
      name: .scan, compared: "\(count) rows' scores by scan, by the portable scan, and row by row",
      deviation: Double(worst), tolerance: 0)
  }

  /// Both halves of the rows at once.
  func concurrency() async -> Finding {
    let sample = RowSample(drawn: 1_088)
    let middle = sample.rows.count / 2
    func half(_ rows: ArraySlice<SignRow>) async -> [Int64] {
      await Task.detached { [paths] in
        paths.scores(PackedRows(rows, dimension: sample.packed.dimension), sample.query)
      }.value
    }
    async let first = half(sample.rows[..<middle])
    async let second = half(sample.rows[middle...])
    let halves = await first + second
    return Finding(
      name: .concurrency, compared: "\(sample.rows.count) rows' scores by one task and by two",
      deviation: Double(largestDifference(halves, sample.rows.map { $0.score(sample.query) })),
      tolerance: 0)
  }

  /// A gradient by another number of threads, before it is rounded.
  func threadCounts(_ traced: Traced) async throws -> Finding {
    let other = threads == 1 ? 2 : 1
    paths.useThreads(other)
    defer { paths.useThreads(threads) }
    let vector = try await vector(traced.curvature)
    let query = paths.query(vector)
    let differing = zip(query.values, traced.query.values).filter { $0 != $1 }.count
    return Finding(
      name: .threads,
      compared: "a query by \(threads) and \(other) threads: \(differing) of "
        + "\(query.values.count) integers differ",
      deviation: deviation(of: vector, from: traced.vector), tolerance: Self.gradientTolerance)
  }
}

/// Rows and a query to score them with.
private struct RowSample: Sendable {
  let rows: [SignRow]
  let query: QueryVector
  let packed: PackedRows

  init(_ traced: SelfCheck.Traced) {
    rows = traced.rows
    query = traced.query
    packed = PackedRows(rows, dimension: traced.curvature.dimension)
  }

  init(drawn dimension: Int) {
    var generator = SeededGenerator(seed: UInt64(dimension))
    rows = (0..<33).map { _ in
      SignRow(
        signs: (0..<dimension / 64).map { _ in generator.next() },
        scale: UInt32(truncatingIfNeeded: generator.next()))
    }
    query = QueryVector(
      values: (0..<dimension).map { _ in Int16(truncatingIfNeeded: generator.next()) })
    packed = PackedRows(rows, dimension: dimension)
  }

  var portableScores: [Int64] {
    let signs = rows.flatMap(\.signs)
    var sums = [Int64](repeating: 0, count: rows.count)
    unsafe influence_sums_portable(
      signs, rows.count, packed.dimension / 64, query.values, &sums)
    return zip(sums, rows).map { $0 * Int64($1.scale) }
  }
}

/// All bits if the counts differ.
private func largestDifference(_ one: [Int64], _ other: [Int64]) -> UInt64 {
  guard one.count == other.count else { return .max }
  return zip(one, other).map { ($0 - $1).magnitude }.max() ?? 0
}
