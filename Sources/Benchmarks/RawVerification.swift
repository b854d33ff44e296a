internal import Cryptography
internal import Dispatch
internal import Primitives

/// The machine's own rate of signature checks: libsodium's, on all cores, and nothing else.
struct RawVerification {
  /// 32-byte messages, as transactions sign: the digest of their content.
  private let signed: [(key: PublicKey, message: [UInt8], signature: Signature)]

  init(keys: [SigningKey]) {
    signed = keys.prefix(512).map { key in
      let message = SHA256.digest(of: key.publicKey.bytes).bytes
      return (key.publicKey, message, key.sign(message))
    }
  }

  /// Checks `count` signatures on all cores.
  func measure(_ count: Int) -> Cost {
    let part = 64
    let signed = signed
    return Cost.of(count) {
      DispatchQueue.concurrentPerform(iterations: count / part) { iteration in
        for offset in 0..<part {
          let one = signed[(iteration * part + offset) % signed.count]
          precondition(one.key.verifies(one.signature, over: one.message), "it was signed so")
        }
      }
    }
  }
}

/// What a number of equal pieces of work took.
struct Cost: Sendable {
  let count: Int
  let wallSeconds: Double
  let processorSeconds: Double

  var perSecond: Double { Double(count) / wallSeconds }
  var processorSecondsEach: Double { processorSeconds / Double(count) }

  static func of(_ count: Int, _ body: () throws -> Void) rethrows -> Cost {
    let start = (ProcessorClock.wallSeconds(), ProcessorClock.processorSeconds())
    try body()
    return since(start, count: count)
  }

  static func since(_ start: (wall: Double, processor: Double), count: Int) -> Cost {
    Cost(
      count: count, wallSeconds: ProcessorClock.wallSeconds() - start.wall,
      processorSeconds: ProcessorClock.processorSeconds() - start.processor)
  }
}
