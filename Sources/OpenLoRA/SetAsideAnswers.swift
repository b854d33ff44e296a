internal import CanonicalCoding
internal import Ledger
internal import Primitives
internal import Storage

/// Answers that the ledger will never settle, kept for good where the operator finds them.
///
/// Each is the document that it was among the unsettled ones; beside it lies why, in words, under
/// the digest of its order.
struct SetAsideAnswers {
  let folder: DocumentFolder

  /// Keeps an answer and the reason; the same again changes nothing.
  func put(_ answer: UnsettledAnswer, because reason: String) throws {
    let order = answer.order.order
    try folder.put(answer.canonicalBytes, as: UnsettledAnswer.name(of: order))
    try folder.put(Array((reason + "\n").utf8), as: Self.reasonName(order.signedDigest))
  }

  /// Why an order's answer is never settled; nil if it is not set aside.
  func reason(ofOrder order: Digest) throws -> String? {
    guard let bytes = try folder.bytes(of: Self.reasonName(order)) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: " ")
  }

  private static func reasonName(_ order: Digest) -> String { "\(order).reason" }
}
