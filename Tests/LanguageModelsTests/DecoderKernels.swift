import CDecoder
import Foundation
import Primitives
import Testing

@testable import LanguageModels

/// The decoder's kernels as functions of arrays, and slow, obvious twins in double precision.
enum Kernels {
  static let paths: [cdecoder_path] = [CDECODER_PORTABLE, CDECODER_AVX2]
    .filter { cdecoder_supports($0) }

  static func drawn(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in scale * generator.nextSymmetric() }
  }

  static func padded(_ count: Int) -> Int { (count + 7) / 8 * 8 }

  private static func check(_ status: cdecoder_status) throws {
    try Decoding.check(status, .modelCorrupt)
  }

  /// x [count, columns] times a stored matrix.
  static func product(
    _ path: cdecoder_path, format: UInt32, bytes: [UInt8], rows: Int, columns: Int, x: [Float]
  ) throws -> [[Float]] {
    var packed: OpaquePointer?
    try unsafe bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      var stored = unsafe cdecoder_stored(
        format: format, bytes: start, byte_count: bytes.count, rows: Int32(rows),
        columns: Int32(columns), order: nil)
      try check(unsafe cdecoder_packed_create(&packed, &stored))
    }
    guard let matrix = unsafe packed else { return [] }
    defer { unsafe cdecoder_packed_destroy(matrix) }
    let count = x.count / columns
    var out = [Float](repeating: .nan, count: count * padded(rows))
    try check(unsafe cdecoder_multiply(path, matrix, x, count, &out))
    return (0..<count).map { Array(out[$0 * padded(rows)..<$0 * padded(rows) + rows]) }
  }

  static func normalised(
    _ path: cdecoder_path, _ x: [Float], weight: [Float], epsilon: Float
  ) throws -> [Float] {
    var out = x
    try check(unsafe cdecoder_normalise(path, x, weight, epsilon, x.count, &out))
    return out
  }

  static func gateUp(_ path: cdecoder_path, _ gate: [Float], _ up: [Float]) throws -> [Float] {
    var out = gate
    try check(unsafe cdecoder_gate_up(path, gate, up, gate.count, &out))
    return out
  }

  static func rotated(
    _ path: cdecoder_path, _ head: [Float], angles: [Double], neighbours: Bool
  ) throws -> [Float] {
    var out = head
    let cosines = angles.map { Float(cos($0)) }
    let sines = angles.map { Float(sin($0)) }
    try check(unsafe cdecoder_rotate(path, &out, cosines, sines, head.count, neighbours))
    return out
  }

  static func attention(
    _ path: cdecoder_path, queries: [Float], heads: Int, keys: [Float], values: [Float],
    isHalf: Bool
  ) throws -> [Float] {
    let width = queries.count / heads
    var out = queries
    try check(
      unsafe cdecoder_attend(
        path, queries, heads, width, keys, values, keys.count / width, isHalf, &out))
    return out
  }

  /// y + factor · B A x, by rows of x.
  static func adapted(
    _ path: cdecoder_path, a: [Float], b: [Float], rank: Int, x: [Float], y: [[Float]],
    factor: Float
  ) throws -> [[Float]] {
    let columns = a.count / rank
    let outputs = b.count / rank
    var packedA = [UInt16](repeating: 0, count: a.count)
    var packedB = [UInt16](repeating: 0, count: cdecoder_adapter_up_count(outputs, rank))
    unsafe cdecoder_adapter_pack_down(a, a.count, &packedA)
    unsafe cdecoder_adapter_pack_up(b, outputs, rank, &packedB)
    let stride = padded(outputs)
    var out = y.flatMap { $0 + [Float](repeating: 0, count: stride - outputs) }
    try check(
      unsafe cdecoder_adapt(
        path, packedA, packedB, rank, columns, outputs, x, y.count, factor, &out))
    return y.indices.map { Array(out[$0 * stride..<$0 * stride + outputs]) }
  }

  static func largestIndex(_ path: cdecoder_path, _ values: [Float]) throws -> Int {
    var index = 0
    try check(unsafe cdecoder_find_largest(path, values, values.count, &index))
    return index
  }
}

/// Compares sums with those of a twin that adds exactly; what cancels counts at its size.
func expectSums(
  _ actual: [Float], _ expected: [(sum: Double, size: Double)], within tolerance: Double = 2e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  let worst = zip(actual, expected).map { abs(Double($0) - $1.sum) / max($1.size, 1e-30) }.max()
  #expect((worst ?? 0) <= tolerance, sourceLocation: sourceLocation)
}

/// Σ aᵢ bᵢ and Σ |aᵢ bᵢ|.
func dot(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> (sum: Double, size: Double) {
  zip(a, b).reduce((sum: 0, size: 0)) {
    let product = Double($1.0) * Double($1.1)
    return (sum: $0.sum + product, size: $0.size + abs(product))
  }
}
