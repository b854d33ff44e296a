internal import CanonicalCoding
internal import JSONCoding
internal import NodeHTTP
internal import Primitives

extension Decoder {
  /// The decoder of a type with one encoding.
  ///
  /// What is read must encode to the bytes it was read from, even where nobody compares them, and
  /// come back the same from JSON.
  /// - Parameter samples: found by search if there are none.
  static func canonical<Value: CanonicalCodable>(
    _ type: Value.Type, named name: String? = nil,
    samples: @escaping @autoclosure @Sendable () -> [[UInt8]]? = nil
  ) -> Decoder {
    Decoder(
      name ?? "\(type)", samples: samples() ?? SampleSearch.samples(of: type)
    ) { bytes in
      try Value(trustedBytes: bytes[...])
    } fault: { value, bytes in
      guard value.canonicalBytes == bytes else { return "it encodes to other bytes" }
      let json = try JSON(encoding: value)
      if let name = json.unlabelledName { return "JSON has a member \(name)" }
      let again: Value = try json.decoded()
      return again.canonicalBytes == bytes ? nil : "it comes back from JSON as another value"
    }
  }
}

extension JSON {
  /// The name of a member that only Swift's own coding of an enumeration would give.
  fileprivate var unlabelledName: String? {
    if let array { return array.lazy.compactMap(\.unlabelledName).first }
    return object?.members.lazy.compactMap {
      $0.name.hasPrefix("_") ? $0.name : $0.value.unlabelledName
    }.first
  }
}

/// Finds bytes that a type's decoder takes, by asking the decoder where it stumbles.
enum SampleSearch {
  private static let seeds: Range<UInt64> = 0..<12
  private static let wanted = 2
  private static let longest = 2_000

  static func samples<Value: CanonicalCodable>(of type: Value.Type) -> [[UInt8]] {
    var found: [[UInt8]] = []
    for seed in seeds where found.count < wanted {
      var generator = SeededGenerator(seed: seed)
      guard let bytes = sample(of: type, zeros: seed.isMultiple(of: 2) ? 97 : 60, &generator),
        !found.contains(bytes)
      else { continue }
      found.append(bytes)
    }
    return found
  }

  /// Grows bytes from the front: a byte more while they end early, another last one when what they
  /// end in is refused.
  private static func sample<Value: CanonicalCodable>(
    of type: Value.Type, zeros: UInt64, _ generator: inout SeededGenerator
  ) -> [UInt8]? {
    var bytes: [UInt8] = []
    for _ in 0..<3 * longest where bytes.count < longest {
      do throws(CanonicalDecodingError) {
        _ = try Value(trustedBytes: bytes[...])
        return bytes
      } catch .truncated {
        bytes.append(likelyByte(zeros: zeros, &generator))
      } catch .trailingBytes {
        bytes.removeLast()
      } catch {
        // A tag has two bytes, and some rules look at more.
        let back = [1, 1, 1, 2, 2, 5, 40][Int(generator.next(below: 7))]
        bytes.removeLast(min(back, bytes.count))
        bytes.append(likelyByte(zeros: 50, &generator))
      }
    }
    return nil
  }

  /// Counts, flags and tags are small, and their first bytes nearly always zero.
  /// - Parameter zeros: of a hundred bytes.
  private static func likelyByte(zeros: UInt64, _ generator: inout SeededGenerator) -> UInt8 {
    guard generator.next(below: 100) >= zeros else { return 0 }
    return switch generator.next(below: 4) {
    case 0, 1: 1
    case 2: UInt8(generator.next(below: 12))
    default: UInt8(generator.next(below: 256))
    }
  }
}
