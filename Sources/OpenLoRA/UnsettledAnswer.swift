internal import AttributionRules
package import CanonicalCoding
internal import Ledger
internal import Primitives

/// An answer that was given and is not yet attributed and settled: enough to finish the work in
/// another process.
package struct UnsettledAnswer: Hashable, CanonicalCodable {
  var order: SignedOrder
  /// Those that pay for the same answer's other adapters.
  var others: [SignedOrder]
  var disclosure: ReceiptDisclosure
  var tokensIn: UInt32
  /// The records that it could lean on, in the order of their numbers.
  var passages: [Digest]

  init(
    order: SignedOrder, others: [SignedOrder] = [], disclosure: ReceiptDisclosure,
    tokensIn: UInt32, passages: [Digest] = []
  ) {
    self.order = order
    self.others = others
    self.disclosure = disclosure
    self.tokensIn = tokensIn
    self.passages = passages
  }

  package func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(order)
    encoder.encode(list: others)
    encoder.encode(disclosure)
    encoder.encode(tokensIn)
    encoder.encode(list: passages)
  }

  package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    order = try decoder.decode()
    others = try decoder.list(atMost: EnsemblePart.mostParts - 1)
    disclosure = try decoder.decode()
    tokensIn = try decoder.decode()
    passages = try decoder.list(atMost: RetrievalEvidence.mostPassages)
  }
}

extension UnsettledAnswer {
  /// One for each adapter that answered, this one first: each is attributed and settled by itself, and
  /// knows of the others, so that none is lost with them.
  var each: [UnsettledAnswer] {
    let orders = [order] + others
    return orders.indices.map { place in
      var part = self
      part.order = orders[place]
      part.others = orders.enumerated().filter { $0.offset != place }.map(\.element)
      return part
    }
  }

  /// The name of its document: names sort by channel and rising number, the order to settle in.
  static func name(of order: Order) -> String {
    let digits = String(order.number)
    return "\(order.channel)-\(String(repeating: "0", count: 20 - digits.count))\(digits)"
  }
}
