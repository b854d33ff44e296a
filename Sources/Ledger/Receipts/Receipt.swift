public import AttributionRules
public import CanonicalCoding
internal import Cryptography
public import Primitives

/// Why one answer was worth its fee, and who is paid for it (DESIGN section 3).
///
/// The ledger settles its digest and its amounts; the receipt itself, with the text it speaks of,
/// is published or kept among payer, server and auditors.
public struct Receipt: Hashable, CanonicalCodable {
  public static let payoutMaximum = 256

  /// What the payer's side signed before the first token.
  public var order: SignedOrder
  public var payer: Identifier<Account>
  public var server: Identifier<Account>
  public var baseModel: Identifier<BaseModel>
  public var run: Identifier<Run>
  /// The digest of the answer behind a salt; see ``ReceiptDisclosure/answerDigest``.
  public var answer: Digest
  /// ``SaltedText/digest`` of the answer's text, by which its spans are judged.
  public var answerText: Digest
  /// ``SaltedText/digest`` of all that stood before it.
  public var promptText: Digest
  public var tokensIn: UInt32
  public var tokensOut: UInt32
  public var fee: Amount
  public var evidence: Evidence
  /// Strictly sorted by account.
  public var payouts: [Payout]
  public var refund: Amount

  public init(
    order: SignedOrder, payer: Identifier<Account>, server: Identifier<Account>,
    baseModel: Identifier<BaseModel>, run: Identifier<Run>, answer: Digest, answerText: Digest,
    promptText: Digest, tokensIn: UInt32, tokensOut: UInt32, fee: Amount, evidence: Evidence,
    payouts: [Payout], refund: Amount
  ) {
    self.order = order
    self.payer = payer
    self.server = server
    self.baseModel = baseModel
    self.run = run
    self.answer = answer
    self.answerText = answerText
    self.promptText = promptText
    self.tokensIn = tokensIn
    self.tokensOut = tokensOut
    self.fee = fee
    self.evidence = evidence
    self.payouts = payouts
    self.refund = refund
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(order)
    encoder.encode(payer)
    encoder.encode(server)
    encoder.encode(baseModel)
    encoder.encode(run)
    encoder.encode(answer)
    encoder.encode(answerText)
    encoder.encode(promptText)
    encoder.encode(tokensIn)
    encoder.encode(tokensOut)
    encoder.encode(fee)
    encoder.encode(evidence)
    encoder.encode(list: payouts)
    encoder.encode(refund)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    order = try decoder.decode()
    payer = try decoder.decode()
    server = try decoder.decode()
    baseModel = try decoder.decode()
    run = try decoder.decode()
    answer = try decoder.decode()
    answerText = try decoder.decode()
    promptText = try decoder.decode()
    tokensIn = try decoder.decode()
    tokensOut = try decoder.decode()
    fee = try decoder.decode()
    evidence = try decoder.decode()
    payouts = try decoder.list(atMost: Receipt.payoutMaximum)
    refund = try decoder.decode()
  }
}

extension Receipt {
  public var digest: Digest { Digest(domain: "whence/receipt", hashing: self) }

  /// What a batch takes of it.
  public var settled: SettledReceipt {
    SettledReceipt(
      receipt: digest, order: order, tokensIn: tokensIn, tokensOut: tokensOut, payouts: payouts,
      refund: refund)
  }
}

/// The text behind a receipt's digests: what a payer publishes to let strangers check it.
public struct ReceiptDisclosure: Hashable, CanonicalCodable {
  public static let requestMaximum = 1 << 20
  public static let tokenMaximum = 1 << 16

  /// The request's body, byte for byte as it was sent.
  public var request: [UInt8]
  /// Hides the request's digest from guessing; the payer's side drew it.
  public var requestSalt: Digest
  /// The answer as the model's tokens; the text follows from them.
  public var answer: [UInt32]
  /// Hides the answer's digest from guessing; the server drew it.
  public var answerSalt: Digest

  public init(request: [UInt8], requestSalt: Digest, answer: [UInt32], answerSalt: Digest) {
    self.request = request
    self.requestSalt = requestSalt
    self.answer = answer
    self.answerSalt = answerSalt
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(bytes: request)
    encoder.encode(requestSalt)
    encoder.encode(list: answer)
    encoder.encode(answerSalt)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    request = try decoder.bytes(atMost: ReceiptDisclosure.requestMaximum)
    requestSalt = try decoder.decode()
    answer = try decoder.list(atMost: ReceiptDisclosure.tokenMaximum)
    answerSalt = try decoder.decode()
  }
}

extension ReceiptDisclosure {
  /// What ``Receipt/answer`` must be.
  public var answerDigest: Digest {
    var encoder = CanonicalEncoder()
    encoder.encode(answerSalt)
    encoder.encode(list: answer)
    return Digest(domain: "whence/answer", hashing: encoder.bytes)
  }
}

extension ReceiptDisclosure {
  /// The answer's text with its own salt: whoever shows it shows neither tokens nor prompt.
  public func saltedAnswer(_ text: [UInt8]) -> SaltedText {
    SaltedText(salt: Digest(domain: "whence/answer-text-salt", hashing: answerSalt), text: text)
  }

  /// All that stood before the answer, with its own salt.
  public func saltedPrompt(_ text: [UInt8]) -> SaltedText {
    SaltedText(salt: Digest(domain: "whence/prompt-text-salt", hashing: answerSalt), text: text)
  }
}

extension Receipt {
  /// What it says of the answer's spans.
  public var spanClaim: SpanClaim {
    SpanClaim(answer: answerText, prompt: promptText, spans: evidence.spans)
  }
}

extension Order {
  /// What ``request`` must be for a body behind its salt.
  public static func requestDigest(of body: [UInt8], salt: Digest) -> Digest {
    Digest(domain: "whence/request", hashing: salt.bytes + body)
  }

  /// What ``nonce`` must be for the request's salt: public, and no help in guessing the request.
  public static func nonce(of salt: Digest) -> Digest {
    Digest(domain: "whence/order-nonce", hashing: salt)
  }

  /// Whether these are the body and the salt that the payer's side signed for.
  public func isFor(_ body: [UInt8], salt: Digest) -> Bool {
    request == Self.requestDigest(of: body, salt: salt) && nonce == Self.nonce(of: salt)
  }
}

/// A receipt with the text behind it: what a public order's server shows everybody, and a private
/// one's seals for those it concerns.
public struct PublishedReceipt: Hashable, CanonicalCodable {
  public var receipt: Receipt
  public var disclosure: ReceiptDisclosure
  /// Where it is settled; nil before.
  public var settlement: ReceiptSettlement?

  public init(
    receipt: Receipt, disclosure: ReceiptDisclosure, settlement: ReceiptSettlement? = nil
  ) {
    self.receipt = receipt
    self.disclosure = disclosure
    self.settlement = settlement
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(receipt)
    encoder.encode(disclosure)
    encoder.encode(optional: settlement)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    receipt = try decoder.decode()
    disclosure = try decoder.decode()
    settlement = try decoder.optional()
  }
}
