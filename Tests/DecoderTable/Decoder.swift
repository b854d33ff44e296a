internal import CAllocationMeter

/// One way in which bytes from outside become a value, with samples of what it takes.
///
/// The same decoders are run by the tests, on samples and changes of them, and by the fuzzers, on
/// whatever libFuzzer makes of those.
public struct Decoder: Sendable {
  /// What came of some bytes.
  public enum Reading: Equatable, Sendable {
    case refused
    case accepted
    /// A promise was broken: the sentence says which.
    case faulty(String)
  }

  public let name: String
  private let makeSamples: @Sendable () -> [[UInt8]]
  private let reading: @Sendable ([UInt8]) -> Reading

  /// - Parameters:
  ///   - bytesPerByte: how much memory reading may hold for each byte it is given.
  ///   - read: returns nil or throws for what it refuses.
  ///   - fault: says what is wrong with a value that was read from the bytes; nil if nothing.
  init<Value>(
    _ name: String, samples: @escaping @autoclosure @Sendable () -> [[UInt8]],
    bytesPerByte: Int64 = 64,
    read: @escaping @Sendable ([UInt8]) throws -> Value?,
    fault: @escaping @Sendable (Value, [UInt8]) throws -> String? = { _, _ in nil }
  ) {
    self.name = name
    makeSamples = samples
    reading = { bytes in
      allocation_meter_start()
      let value = try? read(bytes)
      let held = allocation_meter_stop()
      guard held <= Self.memoryForAny + bytesPerByte * Int64(bytes.count) else {
        return .faulty("\(bytes.count) bytes made it hold \(held) bytes of memory")
      }
      guard let value else { return .refused }
      do {
        return try fault(value, bytes).map { .faulty($0) } ?? .accepted
      } catch {
        return .faulty("what was read can't be used: \(error)")
      }
    }
  }

  /// What a decoder may hold for an empty input: the language's own tables, made on first use.
  static let memoryForAny: Int64 = 512 << 10

  /// What it takes; some are found by search, which takes a tenth of a second.
  public var samples: [[UInt8]] { makeSamples() }

  public func read(_ bytes: [UInt8]) -> Reading { reading(bytes) }
}

extension Decoder: CustomStringConvertible {
  public var description: String { name }
}

extension Decoder {
  /// Every decoder of bytes that come from outside of the process.
  public static let all: [Decoder] =
    ledger + records + services + proofs + documents + models + serving

  public static func named(_ name: String) -> Decoder? { all.first { $0.name == name } }
}
